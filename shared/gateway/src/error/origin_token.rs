//! The failure to get an access token for an origin, in words that tell what to do about it.

use std::fmt;

use oauth::issued_token::IssuedTokenError;

/// The failure to get an access token from the authorization server of an origin. Nothing was sent to the origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginTokenFault {
    meaning: Meaning,
    is_answer: bool,
    /// The credential's kind, and the status and error code of the response or the host's error.
    detail: String,
}

/// The conclusion for those who ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The authorization server doesn't answer, or is out of service.
    Unavailable,
    /// It answered with something that is no access token.
    Unusable,
    /// It refuses Weir as a client, or what Weir asks for.
    RefusedGateway,
    /// It refuses this user.
    RefusedUser,
    /// The user has to do something there first.
    NeedsUser,
    /// The caller is a service, and the token would be about a user.
    NoUser,
}

impl OriginTokenFault {
    /// No whole response; `detail` is the host's error.
    pub(crate) fn unreachable(kind: &str, detail: &str) -> Self {
        Self { meaning: Meaning::Unavailable, is_answer: false, detail: format!("{kind}: {detail}") }
    }

    /// A response that can't be used for a reason that is no token's.
    pub(crate) fn unusable(kind: &str, detail: &str) -> Self {
        Self { meaning: Meaning::Unusable, is_answer: true, detail: format!("{kind}: {detail}") }
    }

    /// A response without a token. `for_user` is true if the grant was about the user, whom the server may refuse.
    pub(crate) fn answered(kind: &str, error: &IssuedTokenError, for_user: bool) -> Self {
        let meaning = match error {
            IssuedTokenError::Refused(status, code) => match (*status, code.as_str()) {
                (429 | 500..=599, _) | (_, "temporarily_unavailable" | "server_error" | "slow_down") => {
                    Meaning::Unavailable
                }
                // OpenID Connect Core 1.0 §3.1.2.6, Microsoft Entra ID, and RFC 9470 in the ID-JAG draft.
                (
                    _,
                    "interaction_required"
                    | "login_required"
                    | "consent_required"
                    | "account_selection_required"
                    | "insufficient_user_authentication",
                ) if for_user => Meaning::NeedsUser,
                (_, "invalid_grant" | "access_denied") if for_user => Meaning::RefusedUser,
                (_, "") => Meaning::Unusable,
                _ => Meaning::RefusedGateway,
            },
            IssuedTokenError::Redirect(_)
            | IssuedTokenError::Malformed
            | IssuedTokenError::WrongType
            | IssuedTokenError::WrongKind => Meaning::Unusable,
        };
        Self { meaning, is_answer: true, detail: format!("{kind}: {}", error.to_string().trim_end()) }
    }

    /// The caller is a service: nothing was asked.
    pub(crate) fn no_user(kind: &str) -> Self {
        Self { meaning: Meaning::NoUser, is_answer: false, detail: format!("{kind}: the caller is a service") }
    }

    /// The stable code for audit events and metrics.
    pub(crate) const fn reason(&self) -> &'static str {
        match self.meaning {
            Meaning::Unavailable => "origin_token_unavailable",
            Meaning::Unusable => "origin_token_unusable",
            Meaning::RefusedGateway => "origin_token_refused",
            Meaning::RefusedUser => "origin_user_refused",
            Meaning::NeedsUser => "origin_consent_needed",
            Meaning::NoUser => "origin_needs_user",
        }
    }

    /// True if only the platform team can mend it.
    pub(crate) const fn is_of_platform_team(&self) -> bool {
        matches!(self.meaning, Meaning::Unusable | Meaning::RefusedGateway)
    }

    /// True if the server has answered, so that the same request would be answered alike.
    pub(crate) const fn is_answer(&self) -> bool {
        self.is_answer
    }

    /// The text for the audit event.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }
}

/// An authorization server in the words of those who know only the gateway.
const SERVER: &str = "the authorization server of the MCP server behind the gateway";

impl fmt::Display for OriginTokenFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(SERVER)?;
        formatter.write_str(match self.meaning {
            Meaning::Unavailable => " does not answer at the moment; try again later",
            Meaning::Unusable => " gave no usable access token; tell your platform team",
            Meaning::RefusedGateway => " refuses the gateway; tell your platform team",
            Meaning::RefusedUser => {
                " gives the gateway no access token for you; ask your platform team whether you have an account there"
            }
            Meaning::NoUser => {
                " gives access tokens about users alone, and you are a service; ask your platform team for a credential \
                 of this server that needs no user"
            }
            Meaning::NeedsUser => {
                " wants you to sign in or to consent there first; do so in its own application and try again, or ask \
                 your platform team"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_says_who_can_mend_it() {
        use IssuedTokenError::{Malformed, Redirect, Refused, WrongKind, WrongType};
        let refused = |status, code: &str| Refused(status, code.to_owned());
        for (error, of_nobody, of_user) in [
            (refused(401, "invalid_client"), "origin_token_refused", "origin_token_refused"),
            (refused(400, "unauthorized_client"), "origin_token_refused", "origin_token_refused"),
            (refused(400, "unsupported_grant_type"), "origin_token_refused", "origin_token_refused"),
            (refused(400, "invalid_scope"), "origin_token_refused", "origin_token_refused"),
            (refused(400, "invalid_target"), "origin_token_refused", "origin_token_refused"),
            (refused(400, "invalid_grant"), "origin_token_refused", "origin_user_refused"),
            (refused(403, "access_denied"), "origin_token_refused", "origin_user_refused"),
            (refused(400, "interaction_required"), "origin_token_refused", "origin_consent_needed"),
            (refused(400, "consent_required"), "origin_token_refused", "origin_consent_needed"),
            (refused(400, "insufficient_user_authentication"), "origin_token_refused", "origin_consent_needed"),
            (refused(429, ""), "origin_token_unavailable", "origin_token_unavailable"),
            (refused(503, "invalid_grant"), "origin_token_unavailable", "origin_token_unavailable"),
            (refused(400, "temporarily_unavailable"), "origin_token_unavailable", "origin_token_unavailable"),
            (refused(404, ""), "origin_token_unusable", "origin_token_unusable"),
            (Redirect(307), "origin_token_unusable", "origin_token_unusable"),
            (Malformed, "origin_token_unusable", "origin_token_unusable"),
            (WrongType, "origin_token_unusable", "origin_token_unusable"),
            (WrongKind, "origin_token_unusable", "origin_token_unusable"),
        ] {
            let reason = |for_user| OriginTokenFault::answered("kind", &error, for_user).reason();
            assert_eq!((reason(false), reason(true)), (of_nobody, of_user), "{error}");
        }
    }
}
