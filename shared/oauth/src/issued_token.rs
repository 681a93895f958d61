//! The response of another authorization server's token endpoint to Weir (RFC 6749 §5, RFC 8693 §2.2).
//!
//! ```text
//! {"access_token":"…","token_type":"Bearer","expires_in":3600,"scope":"…"}
//! {"access_token":"…","token_type":"N_A","issued_token_type":"urn:ietf:params:oauth:token-type:id-jag","expires_in":300}
//! {"error":"invalid_client","error_description":"…"}
//! ```
//!
//! Nothing that it says beside these members is read, and of an error only a code of known spelling.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::claims::{OneOrMany, object};
use crate::id_jag;
use crate::jws::{self, MAX_TOKEN_BYTES};
use crate::outbound_grant::{ACCESS_TOKEN, ID_JAG, JWT};
use crate::scope;

/// The maximum size of a response, in bytes: a token of the longest kind, and as much beside it.
pub const MAX_RESPONSE_BYTES: usize = 2 * MAX_TOKEN_BYTES;

/// The maximum length of a refresh token, in bytes; real ones have 45 to 1,300.
const MAX_REFRESH_TOKEN_BYTES: usize = 8 * 1024;

/// The kind of token that was asked for.
#[derive(Clone, Copy, Debug)]
pub enum Expected<'a> {
    /// A bearer token (RFC 6750).
    Bearer,
    /// An ID-JAG for this authorization server and Weir's client there. No other token is passed on to that server.
    IdJag {
        /// `aud`.
        audience: &'a str,
        /// `client_id`.
        client_id: &'a str,
    },
}

/// An issued token.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// `access_token`.
    pub token: String,
    /// `expires_in`, in seconds; `None` if it is absent or no whole number.
    pub lifetime_seconds: Option<u64>,
    /// `refresh_token`, for a grant of a user's own; `None` if the server issued none, or no new one.
    pub refresh_token: Option<String>,
    /// `scope`: the granted scopes, where the server names them.
    pub scope: Option<String>,
}

impl fmt::Debug for IssuedToken {
    /// Omits the token, which must never be logged.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("IssuedToken").field("lifetime_seconds", &self.lifetime_seconds).finish_non_exhaustive()
    }
}

/// The reason why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuedTokenError {
    /// An error response; carries the status and the error code, empty where it has none of known spelling.
    #[error("status {0} {1}")]
    Refused(u16, String),
    /// A redirect, which is never followed.
    #[error("status {0}, a redirect")]
    Redirect(u16),
    /// 200 without a JSON object, or without a usable `access_token`.
    #[error("the response has no usable `access_token`")]
    Malformed,
    /// `token_type` is missing or another than asked for.
    #[error("the response is of another `token_type`")]
    WrongType,
    /// `issued_token_type` is another than asked for, or the token is no ID-JAG for that authorization server.
    #[error("the response has another kind of token")]
    WrongKind,
}

/// Reads the response with `status`.
///
/// # Errors
/// [`IssuedTokenError`] unless there is the expected token.
pub fn read(status: u16, body: &[u8], expected: Expected<'_>) -> Result<IssuedToken, IssuedTokenError> {
    #[derive(Deserialize)]
    struct Success {
        access_token: String,
        token_type: Option<String>,
        issued_token_type: Option<String>,
        expires_in: Option<Value>,
        refresh_token: Option<Value>,
        scope: Option<Value>,
    }
    match status {
        200 => {}
        300..=399 => return Err(IssuedTokenError::Redirect(status)),
        _ => return Err(IssuedTokenError::Refused(status, error_code(body))),
    }
    let bounded = body.len() <= MAX_RESPONSE_BYTES;
    let found: Success = bounded.then(|| object(body)).flatten().ok_or(IssuedTokenError::Malformed)?;
    if !is_token(&found.access_token) {
        return Err(IssuedTokenError::Malformed);
    }
    let (token_type, kinds): (_, &[&str]) = match expected {
        Expected::Bearer => ("bearer", &[ACCESS_TOKEN, JWT]),
        Expected::IdJag { .. } => ("n_a", &[ID_JAG]),
    };
    if !found.token_type.is_some_and(|named| named.eq_ignore_ascii_case(token_type)) {
        return Err(IssuedTokenError::WrongType);
    }
    // Only token exchange has this member (RFC 8693 §2.2.1).
    let named = found.issued_token_type.as_deref();
    let is_kind = match expected {
        Expected::Bearer => named.is_none_or(|named| kinds.contains(&named)),
        Expected::IdJag { audience, client_id } => {
            named.is_some_and(|named| kinds.contains(&named)) && is_id_jag(&found.access_token, audience, client_id)
        }
    };
    if !is_kind {
        return Err(IssuedTokenError::WrongKind);
    }
    let lifetime_seconds = found.expires_in.as_ref().and_then(seconds);
    let text = |value: Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
    let is_refresh_token = |token: &String| (1..=MAX_REFRESH_TOKEN_BYTES).contains(&token.len());
    let refresh_token = text(found.refresh_token).filter(is_refresh_token);
    let scope = text(found.scope).filter(|scope| scope::parse(scope).is_ok());
    Ok(IssuedToken { token: found.access_token, lifetime_seconds, refresh_token, scope })
}

/// True for the characters of a bearer token (RFC 6750 §2.1), at most [`MAX_TOKEN_BYTES`] of them.
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    (1..=MAX_TOKEN_BYTES).contains(&text.len()) && text.bytes().all(fits)
}

/// True if the token, unverified, says that it is an ID-JAG for this audience and client.
fn is_id_jag(token: &str, audience: &str, client_id: &str) -> bool {
    #[derive(Deserialize)]
    struct Claims {
        aud: OneOrMany,
        client_id: String,
    }
    jws::has_type(token, id_jag::TYPE)
        && jws::unverified_claims::<Claims>(token)
            .is_ok_and(|claims| claims.aud.only() == Some(audience) && claims.client_id == client_id)
}

/// A number, or as some servers write it, a number in quotes.
fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The error code of a token endpoint's response (RFC 6749 §5.2); empty if it has not the spelling of one.
pub(crate) fn error_code(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Failure {
        error: String,
    }
    let code = object::<Failure>(body).map(|failure| failure.error).unwrap_or_default();
    let is_code = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_code { code } else { String::new() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing;

    fn read(status: u16, body: &str) -> Result<IssuedToken, IssuedTokenError> {
        super::read(status, body.as_bytes(), Expected::Bearer)
    }

    #[test]
    fn bearer_token_is_read() {
        for (more, lifetime) in [
            (json!({ "expires_in": 3600 }), Some(3600)),
            (json!({ "expires_in": "3600" }), Some(3600)),
            (json!({ "expires_in": -1 }), None),
            (json!({ "expires_in": 1.5 }), None),
            (json!({ "expires_in": "soon" }), None),
            (json!({ "expires_in": null, "scope": 7, "refresh_token": "r" }), None),
            (json!({ "issued_token_type": ACCESS_TOKEN }), None),
            (json!({ "issued_token_type": JWT, "token_type": "bEARER" }), None),
        ] {
            let mut body = json!({ "access_token": "a.b-c_d~e+f/g==", "token_type": "Bearer" });
            for (name, value) in more.as_object().unwrap() {
                body[name] = value.clone();
            }
            let issued = read(200, &body.to_string()).unwrap();
            assert_eq!((issued.token.as_str(), issued.lifetime_seconds), ("a.b-c_d~e+f/g==", lifetime), "{more}");
            assert!(!format!("{issued:?}").contains("a.b-c"), "a log should not contain the token");
        }
    }

    #[test]
    fn hostile_response_is_refused() {
        use IssuedTokenError::{Malformed, Redirect, Refused, WrongKind, WrongType};
        let refused = |status, code: &str| Refused(status, code.to_owned());
        let long = format!(r#"{{"access_token":"{}","token_type":"Bearer"}}"#, "a".repeat(MAX_TOKEN_BYTES + 1));
        let padded =
            format!(r#"{{"access_token":"a","token_type":"Bearer","x":"{}"}}"#, "a".repeat(MAX_RESPONSE_BYTES));
        for (status, body, error) in [
            (200, "", Malformed),
            (200, "<html>", Malformed),
            (200, r#"["a","Bearer",null,3600]"#, Malformed),
            (200, r#"{"token_type":"Bearer"}"#, Malformed),
            (200, r#"{"access_token":"","token_type":"Bearer"}"#, Malformed),
            (200, r#"{"access_token":"a b","token_type":"Bearer"}"#, Malformed),
            (200, r#"{"access_token":"a\r\nx-y: z","token_type":"Bearer"}"#, Malformed),
            (200, r#"{"access_token":"ä","token_type":"Bearer"}"#, Malformed),
            (200, r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#, Malformed),
            (200, &long, Malformed),
            (200, &padded, Malformed),
            (200, r#"{"access_token":"a"}"#, WrongType),
            (200, r#"{"access_token":"a","token_type":"DPoP"}"#, WrongType),
            (200, r#"{"access_token":"a","token_type":"N_A"}"#, WrongType),
            (200, r#"{"access_token":"a","token_type":"Bearer","issued_token_type":"urn:x:id_token"}"#, WrongKind),
            (302, r#"{"access_token":"a","token_type":"Bearer"}"#, Redirect(302)),
            (201, r#"{"access_token":"a","token_type":"Bearer"}"#, refused(201, "")),
            (400, r#"{"error":"invalid_grant","error_description":"x"}"#, refused(400, "invalid_grant")),
            (401, r#"{"error":"<script>"}"#, refused(401, "")),
            (503, "down", refused(503, "")),
        ] {
            assert_eq!(read(status, body).unwrap_err(), error, "{status} {body:.80}");
        }
    }

    #[test]
    fn only_an_id_jag_for_that_server_is_passed_on() {
        let keys = testing::private_keys(1);
        let token = |typ: &str, aud: &str, client_id: &str| {
            testing::forge(
                &keys,
                &json!({ "alg": "EdDSA", "typ": typ }),
                &json!({ "aud": aud, "client_id": client_id }),
            )
        };
        let body = |token: &str, kind: &str, token_type: &str| {
            json!({ "access_token": token, "issued_token_type": kind, "token_type": token_type }).to_string()
        };
        let expected = Expected::IdJag { audience: "https://as", client_id: "weir" };
        let read = |body: String| super::read(200, body.as_bytes(), expected);
        let right = token(id_jag::TYPE, "https://as", "weir");
        assert_eq!(read(body(&right, ID_JAG, "N_A")).unwrap().token, right);
        for (body, error) in [
            (body(&right, ID_JAG, "Bearer"), IssuedTokenError::WrongType),
            (body(&right, ACCESS_TOKEN, "N_A"), IssuedTokenError::WrongKind),
            (body("opaque", ID_JAG, "N_A"), IssuedTokenError::WrongKind),
            (body(&token("at+jwt", "https://as", "weir"), ID_JAG, "N_A"), IssuedTokenError::WrongKind),
            (body(&token(id_jag::TYPE, "https://as/", "weir"), ID_JAG, "N_A"), IssuedTokenError::WrongKind),
            (body(&token(id_jag::TYPE, "https://as", "other"), ID_JAG, "N_A"), IssuedTokenError::WrongKind),
        ] {
            assert_eq!(read(body.clone()).unwrap_err(), error, "{body}");
        }
    }
}
