//! Bearer tokens in HTTP (RFC 6750): taking one from a request, and the challenge that asks for one.
//!
//! ```text
//! Authorization: Bearer <b64token>
//! WWW-Authenticate: Bearer resource_metadata="https://HOST/.well-known/oauth-protected-resource/mcp", scope="tools:list"
//! WWW-Authenticate: Bearer error="invalid_token", error_description="…", resource_metadata="…", scope="…"
//! ```

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

/// Why a request carries no bearer token that is worth verifying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BearerTokenError {
    /// No `Authorization` header, or one of another scheme.
    #[error("no bearer token was sent")]
    Missing,
    /// More than one `Authorization` header (RFC 6750 §3.1: the parameter is repeated).
    #[error("more than one `Authorization` header was sent")]
    Repeated,
    /// The header is not `Bearer`, spaces, and one `b64token`.
    #[error("the bearer token is garbled")]
    Garbled,
}

impl BearerTokenError {
    /// The stable code of this error for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Repeated => "token_repeated",
            Self::Garbled => "token_garbled",
        }
    }
}

/// The token of the one `Authorization: Bearer` header (RFC 6750 §2.1). The scheme's name has no case (RFC 9110 §11.1).
/// Tokens in a query string or a form are never looked for.
///
/// # Errors
/// When there is none, more than one, or one that breaks the grammar.
pub fn parse(headers: &HeaderMap) -> Result<&str, BearerTokenError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(BearerTokenError::Missing)?;
    if values.next().is_some() {
        return Err(BearerTokenError::Repeated);
    }
    let text = value.to_str().map_err(|_| BearerTokenError::Garbled)?.trim_matches([' ', '\t']);
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(BearerTokenError::Missing);
    }
    let token = token.trim_start_matches(' ');
    if is_b64token(token) { Ok(token) } else { Err(BearerTokenError::Garbled) }
}

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    !body.is_empty()
        && body
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/'))
}

/// The error code of a challenge (RFC 6750 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeError {
    /// 400: the request carries its token in a wrong way.
    InvalidRequest,
    /// 401: the token is garbled, expired, forged, or for something else.
    InvalidToken,
    /// 403: the token stands and does not reach.
    InsufficientScope,
}

impl ChallengeError {
    /// The code on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }

    /// The HTTP status that goes with the code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::InvalidToken => 401,
            Self::InsufficientScope => 403,
        }
    }
}

/// What a client needs to know to come back with a token that does.
#[derive(Clone, Copy, Debug)]
pub struct Challenge<'a> {
    /// The address of the protected resource's metadata document (RFC 9728 §5.1).
    pub resource_metadata: &'a str,
    /// The scopes that this operation needs; the client takes them as authoritative. Left out when empty.
    pub scope: &'a [&'a str],
    /// What was wrong with the token; `None` when none was sent (RFC 6750 §3.1 then wants no code).
    pub error: Option<ChallengeError>,
    /// The error in words; only sent along with a code.
    pub description: Option<&'a str>,
}

impl Challenge<'_> {
    /// The value of `WWW-Authenticate`. Every parameter is a quoted string out of which nothing can break: what is not
    /// printable ASCII, `"` and `\` become `?`.
    #[must_use]
    pub fn header_value(&self) -> HeaderValue {
        let mut value = String::from("Bearer ");
        if let Some(error) = self.error {
            push(&mut value, "error", error.as_str());
            if let Some(description) = self.description {
                push(&mut value, "error_description", description);
            }
        }
        push(&mut value, "resource_metadata", self.resource_metadata);
        if !self.scope.is_empty() {
            push(&mut value, "scope", &self.scope.join(" "));
        }
        HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("Bearer"))
    }
}

fn push(value: &mut String, name: &str, text: &str) {
    if value.ends_with('"') {
        value.push_str(", ");
    }
    value.push_str(name);
    value.push_str("=\"");
    value.push_str(&printable(text));
    value.push('"');
}

/// A text in the alphabet of `error_description` (RFC 6749 §5.2, RFC 6750 §3): printable ASCII without `"` and `\`.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '"' | '\\' => '?',
            ' '..='~' => character,
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn bearer_token_is_taken_from_its_header() {
        for value in ["Bearer a.b-c_d~e+f/g==", "bearer  a.b-c_d~e+f/g==", "BEARER a.b-c_d~e+f/g== "] {
            assert_eq!(parse(&headers(&[value])), Ok("a.b-c_d~e+f/g=="), "{value:?} should be read");
        }
    }

    #[test]
    fn bearer_token_is_missing_without_header_or_under_another_scheme() {
        assert_eq!(parse(&headers(&[])), Err(BearerTokenError::Missing), "no header");
        for value in ["Basic YTpi", "DPoP abc", "Bearerabc", ""] {
            assert_eq!(
                parse(&headers(&[value])),
                Err(BearerTokenError::Missing),
                "{value:?} should be no bearer token"
            );
        }
    }

    #[test]
    fn bearer_token_is_refused_twice() {
        assert_eq!(
            parse(&headers(&["Bearer a", "Bearer a"])),
            Err(BearerTokenError::Repeated),
            "two headers should be refused even when they agree"
        );
    }

    #[test]
    fn bearer_token_is_refused_when_garbled() {
        for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer =", "Bearer a=b", "Bearer \u{e4}"] {
            let mut headers = HeaderMap::new();
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(parse(&headers), Err(BearerTokenError::Garbled), "{value:?} should be garbled");
        }
    }

    #[test]
    fn challenge_without_token_has_no_error_code() {
        let challenge = Challenge {
            resource_metadata: "https://mcp.example.com/.well-known/oauth-protected-resource/mcp",
            scope: &["tools:list"],
            error: None,
            description: Some("not sent"),
        };
        assert_eq!(
            challenge.header_value(),
            "Bearer resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\", \
             scope=\"tools:list\"",
            "the first challenge should name metadata and scope only"
        );
    }

    #[test]
    fn challenge_names_error_description_and_every_scope() {
        let challenge = Challenge {
            resource_metadata: "https://mcp.example.com/m",
            scope: &["tools:list", "tools:call"],
            error: Some(ChallengeError::InsufficientScope),
            description: Some("more is needed"),
        };
        assert_eq!(
            challenge.header_value(),
            "Bearer error=\"insufficient_scope\", error_description=\"more is needed\", \
             resource_metadata=\"https://mcp.example.com/m\", scope=\"tools:list tools:call\"",
            "a step-up challenge should name everything"
        );
        assert_eq!(ChallengeError::InsufficientScope.status(), 403, "may not");
        assert_eq!(ChallengeError::InvalidToken.status(), 401, "nobody");
        assert_eq!(ChallengeError::InvalidRequest.status(), 400, "malformed");
    }

    proptest! {
        #[test]
        fn parse_never_panics(value in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let mut headers = HeaderMap::new();
                headers.append(AUTHORIZATION, value);
                let _ = parse(&headers);
            }
        }

        #[test]
        fn challenge_can_not_be_broken_out_of(text in any::<String>()) {
            let challenge = Challenge {
                resource_metadata: &text,
                scope: &[],
                error: Some(ChallengeError::InvalidToken),
                description: Some(&text),
            };
            let value = challenge.header_value();
            let value = value.to_str().unwrap();
            prop_assert_eq!(value.matches('"').count(), 6, "only our own quotes should be there: {}", value);
        }
    }
}
