//! Access tokens in HTTP (RFC 6750, RFC 9449 §7): reading one from a request, and the challenge that demands one.
//!
//! ```text
//! Authorization: Bearer <b64token>
//! Authorization: DPoP <b64token>                              bound to a key, with a proof (see `dpop`)
//! WWW-Authenticate: Bearer resource_metadata="https://HOST/.well-known/oauth-protected-resource/mcp", scope="tools:list"
//! WWW-Authenticate: Bearer error="invalid_token", error_description="…", resource_metadata="…", scope="…"
//! ```

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

use crate::algorithm::Algorithm;
use crate::dpop;

/// The reason why a request carries no well-formed bearer token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BearerTokenError {
    /// There is no `Authorization` header, or it has a scheme other than `Bearer` and `DPoP`.
    #[error("no bearer token was sent")]
    Missing,
    /// There is more than one `Authorization` header (RFC 6750 §2: one method per request).
    #[error("more than one `Authorization` header was sent")]
    Repeated,
    /// The header is not the scheme, spaces and one `b64token` (RFC 6750 §2.1).
    #[error("the bearer token is malformed")]
    Garbled,
}

impl BearerTokenError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Repeated => "token_repeated",
            Self::Garbled => "token_garbled",
        }
    }
}

/// The scheme of an access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// `Bearer` (RFC 6750): whoever has the token may use it.
    #[default]
    Bearer,
    /// `DPoP` (RFC 9449 §7.1): whoever holds its key may.
    Dpop,
}

/// Reads the token and the scheme of the one `Authorization` header (RFC 6750 §2.1, RFC 9449 §7.1). The name of the
/// scheme is case-insensitive (RFC 9110 §11.1). Tokens in a query string or a form (RFC 6750 §2.2, §2.3) are ignored.
///
/// # Errors
/// [`BearerTokenError`] if there is no token, more than one header, or a token that breaks the grammar.
pub fn parse(headers: &HeaderMap) -> Result<(Scheme, &str), BearerTokenError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(BearerTokenError::Missing)?;
    if values.next().is_some() {
        return Err(BearerTokenError::Repeated);
    }
    let text = value.to_str().map_err(|_| BearerTokenError::Garbled)?.trim_matches([' ', '\t']);
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    let scheme = match scheme {
        name if name.eq_ignore_ascii_case("Bearer") => Scheme::Bearer,
        name if name.eq_ignore_ascii_case("DPoP") => Scheme::Dpop,
        _ => return Err(BearerTokenError::Missing),
    };
    let token = token.trim_start_matches(' ');
    if is_b64token(token) { Ok((scheme, token)) } else { Err(BearerTokenError::Garbled) }
}

/// Returns the scheme of a request, for its challenge; `Bearer` unless it is `DPoP`.
#[must_use]
pub fn scheme(headers: &HeaderMap) -> Scheme {
    let text = headers.get(AUTHORIZATION).map_or(&[][..], |value| value.as_bytes());
    let is_dpop = text.split(|&byte| byte == b' ').next().is_some_and(|name| name.eq_ignore_ascii_case(b"DPoP"));
    if is_dpop { Scheme::Dpop } else { Scheme::Bearer }
}

/// True for `b64token` (RFC 6750 §2.1): `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
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
    /// 400: the request repeats or misplaces its token.
    InvalidRequest,
    /// 401: the token is malformed, expired, forged, or for another resource.
    InvalidToken,
    /// 403: the token is valid, but lacks a scope that the operation needs.
    InsufficientScope,
    /// 401: the DPoP proof is refused (RFC 9449 §7.1).
    InvalidDpopProof,
    /// 401: the DPoP proof needs the nonce of the response (RFC 9449 §9).
    UseDpopNonce,
}

impl ChallengeError {
    /// The value of `error` on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
        }
    }

    /// The HTTP status of a response with this code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::InvalidToken | Self::InvalidDpopProof | Self::UseDpopNonce => 401,
            Self::InsufficientScope => 403,
        }
    }
}

/// The parameters of a `WWW-Authenticate` challenge (RFC 6750 §3, RFC 9449 §7.1).
#[derive(Clone, Copy, Debug)]
pub struct Challenge<'a> {
    /// The scheme that the request used, or should have; `DPoP` also names the algorithms of proofs.
    pub scheme: Scheme,
    /// The URL of the protected resource metadata document (RFC 9728 §5.1).
    pub resource_metadata: &'a str,
    /// The scopes that the operation needs; clients take them as authoritative. No parameter if empty.
    pub scope: &'a [&'a str],
    /// The error of the token; `None` if the request had none (RFC 6750 §3.1: then the challenge has no code).
    pub error: Option<ChallengeError>,
    /// `error_description`, a sentence for people; sent only if `error` is set.
    pub description: Option<&'a str>,
}

impl Challenge<'_> {
    /// Returns the value of `WWW-Authenticate`. Every parameter is a quoted string; `"`, `\` and all that is not
    /// printable ASCII become `?`, so that no text can end the string.
    #[must_use]
    pub fn header_value(&self) -> HeaderValue {
        let mut value = String::from(if self.scheme == Scheme::Dpop { "DPoP " } else { "Bearer " });
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
        if self.scheme == Scheme::Dpop {
            push(&mut value, "algs", &dpop::ALGORITHMS.map(Algorithm::as_str).join(" "));
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

/// Replaces by `?` what `error_description` may not have (RFC 6749 §5.2, RFC 6750 §3): all but printable ASCII, `"`,
/// `\`.
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
    fn bearer_token_is_read_from_its_header() {
        for value in ["Bearer a.b-c_d~e+f/g==", "bearer  a.b-c_d~e+f/g==", "BEARER a.b-c_d~e+f/g== "] {
            assert_eq!(parse(&headers(&[value])), Ok((Scheme::Bearer, "a.b-c_d~e+f/g==")), "{value:?} should be read");
            assert_eq!(scheme(&headers(&[value])), Scheme::Bearer, "{value:?}");
        }
        for value in ["DPoP a.b-c_d~e+f/g==", "dpop  a.b-c_d~e+f/g=="] {
            assert_eq!(parse(&headers(&[value])), Ok((Scheme::Dpop, "a.b-c_d~e+f/g==")), "{value:?} should be read");
            assert_eq!(scheme(&headers(&[value])), Scheme::Dpop, "{value:?}");
        }
    }

    #[test]
    fn request_without_bearer_header_has_no_token() {
        assert_eq!(parse(&headers(&[])), Err(BearerTokenError::Missing), "no header");
        for value in ["Basic YTpi", "DPoPabc", "Bearerabc", ""] {
            assert_eq!(
                parse(&headers(&[value])),
                Err(BearerTokenError::Missing),
                "{value:?} should be no bearer token"
            );
        }
    }

    #[test]
    fn repeated_authorization_header_is_refused() {
        assert_eq!(
            parse(&headers(&["Bearer a", "Bearer a"])),
            Err(BearerTokenError::Repeated),
            "two headers should be refused even when they agree"
        );
    }

    #[test]
    fn malformed_bearer_token_is_refused() {
        for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer =", "Bearer a=b", "Bearer \u{e4}"] {
            let mut headers = HeaderMap::new();
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(parse(&headers), Err(BearerTokenError::Garbled), "{value:?} should be malformed");
        }
    }

    #[test]
    fn challenge_to_request_without_token_has_no_error_code() {
        let challenge = Challenge {
            scheme: Scheme::Bearer,
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
            scheme: Scheme::Bearer,
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
        assert_eq!(ChallengeError::InsufficientScope.status(), 403, "a scope is missing");
        assert_eq!(ChallengeError::InvalidToken.status(), 401, "the caller is unknown");
        assert_eq!(ChallengeError::InvalidRequest.status(), 400, "the request is malformed");
    }

    #[test]
    fn challenge_of_dpop_names_algorithms() {
        let challenge = Challenge {
            scheme: Scheme::Dpop,
            resource_metadata: "https://mcp.example.com/m",
            scope: &["tools:list"],
            error: Some(ChallengeError::UseDpopNonce),
            description: None,
        };
        assert_eq!(
            challenge.header_value(),
            "DPoP error=\"use_dpop_nonce\", resource_metadata=\"https://mcp.example.com/m\", scope=\"tools:list\", \
             algs=\"ES256 EdDSA\""
        );
        assert_eq!((ChallengeError::UseDpopNonce.status(), ChallengeError::InvalidDpopProof.status()), (401, 401));
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
        fn challenge_text_never_ends_its_quoted_string(text in any::<String>()) {
            let challenge = Challenge {
                scheme: Scheme::Dpop,
                resource_metadata: &text,
                scope: &[],
                error: Some(ChallengeError::InvalidToken),
                description: Some(&text),
            };
            let value = challenge.header_value();
            let value = value.to_str().unwrap();
            prop_assert_eq!(value.matches('"').count(), 8, "only our own quotes should be there: {}", value);
        }
    }
}
