//! A call for which its user first has to give a grant at a third party, in a browser.

use std::fmt;

/// The question for a grant: a link to a page of Weir's own, in the form that the client can show.
#[derive(Clone, PartialEq, Eq)]
pub struct GrantNeeded {
    /// The origin's title or name, for people.
    pub(crate) origin: String,
    /// The link; `None` if the user can't sign in at this gateway, so that no page could know them.
    pub(crate) url: Option<String>,
    /// The identifier of the elicitation, for legacy clients.
    pub(crate) id: String,
    /// The form.
    pub(crate) form: AskingForm,
}

/// The form of a question for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskingForm {
    /// The result `input_required` with an elicitation in URL mode (MCP 2026-07-28).
    InputRequired,
    /// Error -32042 (MCP 2025-11-25).
    Error,
    /// Words with the link, for a client that has not declared that it shows pages.
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
