//! Weir as a client of another authorization server: how it authenticates at a token endpoint (RFC 6749 §2.3.1, RFC
//! 7523 §2.2).

use base64::Engine;
use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};

use crate::client_assertion::ASSERTION_TYPE;
use crate::form;

/// Weir as a client.
#[derive(Clone, Copy)]
pub struct OwnClient<'a> {
    /// Its client id.
    pub id: &'a str,
    /// Its proof.
    pub proof: Proof<'a>,
}

/// The proof that a request is Weir's.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// None: a public client.
    None,
    /// The secret, in `Authorization` (`client_secret_basic`).
    Basic(&'a str),
    /// The secret, in the form (`client_secret_post`).
    Post(&'a str),
    /// A signed JWT, see [`crate::own_client_assertion`] (`private_key_jwt`).
    Assertion(&'a str),
}

/// A request's `Authorization` header, if it has one, and its body.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedRequest {
    /// The value of `Authorization`.
    pub authorization: Option<String>,
    /// The form.
    pub body: String,
}

impl EncodedRequest {
    /// Returns the POST request to a token endpoint. Its `Authorization` can't be printed.
    ///
    /// # Errors
    /// `endpoint` is no URL.
    pub fn post(self, endpoint: &str) -> http::Result<http::Request<String>> {
        let mut request = http::Request::post(endpoint)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        if let Some(authorization) = self.authorization {
            let mut authorization = HeaderValue::try_from(authorization)?;
            authorization.set_sensitive(true);
            request = request.header(AUTHORIZATION, authorization);
        }
        request.body(self.body)
    }
}

impl OwnClient<'_> {
    /// Returns the request with these parameters.
    #[must_use]
    pub fn write(&self, parameters: &[(&str, &str)]) -> EncodedRequest {
        let mut parameters = parameters.to_vec();
        let mut authorization = None;
        match self.proof {
            Proof::None => parameters.push(("client_id", self.id)),
            Proof::Basic(secret) => {
                // RFC 6749 §2.3.1: both are form-encoded first.
                let pair = format!("{}:{}", form::encode(self.id), form::encode(secret));
                let pair = base64::engine::general_purpose::STANDARD.encode(pair);
                authorization = Some(format!("Basic {pair}"));
            }
            Proof::Post(secret) => parameters.extend([("client_id", self.id), ("client_secret", secret)]),
            // `client_id` is optional here (RFC 7521 §4.2), and some servers look for it.
            Proof::Assertion(assertion) => parameters.extend([
                ("client_id", self.id),
                ("client_assertion_type", ASSERTION_TYPE),
                ("client_assertion", assertion),
            ]),
        }
        EncodedRequest { authorization, body: form::write(&parameters) }
    }
}
