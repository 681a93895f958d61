//! The refusal of a call until its user has given a grant at the origin's authorization server, in a browser.

use std::fmt;

/// The request to the user for a grant: a link to a page of Weir's own, in the form that the client supports.
#[derive(Clone, PartialEq, Eq)]
pub struct GrantNeeded {
    /// The origin's title or name, for people.
    pub(crate) origin: String,
    /// The link; `None` if the user's identity provider is not that of `[sign_in]`, so no page could verify them.
    pub(crate) url: Option<String>,
    /// `elicitationId`, for legacy clients.
    pub(crate) id: String,
    /// The form that the client supports.
    pub(crate) form: AskingForm,
}

/// The form of a request to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskingForm {
    /// The result `input_required` with an elicitation in URL mode (MCP 2026-07-28).
    InputRequired,
    /// Error -32042 (MCP 2025-11-25).
    Error,
    /// An ordinary refusal with the link in its text, for a client without the capability `elicitation.url`.
    Words,
}

impl GrantNeeded {
    /// The text beside a link.
    pub(crate) fn message(&self) -> String {
        format!("connect your own account at `{}`, then try again", self.origin)
    }
}

impl fmt::Debug for GrantNeeded {
    /// Omits the link.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GrantNeeded")
            .field("origin", &self.origin)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for GrantNeeded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.url {
            Some(url) => write!(
                formatter,
                "the user has to connect their own account at `{}` first: show them this link to open in a browser, and try \
                 again when they have done so: {url}",
                self.origin
            ),
            None => write!(
                formatter,
                "this needs the user's own account at `{}`, and accounts of their identity provider can't be connected \
                 through this gateway; ask your platform team",
                self.origin
            ),
        }
    }
}
