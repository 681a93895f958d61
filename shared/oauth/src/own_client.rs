//! Weir as a client of another authorization server: how it authenticates at a token endpoint (RFC 6749 §2.3.1, RFC
//! 7523 §2.2).

use base64::Engine;

use crate::form;

/// `client_assertion_type` of a JWT (RFC 7523 §2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

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
    /// A signed JWT, see [`crate::client_assertion`] (`private_key_jwt`).
    Assertion(&'a str),
}

/// A request's `Authorization` header, if it has one, and its body.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// The value of `Authorization`.
    pub authorization: Option<String>,
    /// The form.
    pub body: String,
}

impl OwnClient<'_> {
    /// Returns the request with these parameters.
    #[must_use]
    pub fn write(&self, parameters: &[(&str, &str)]) -> Written {
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
                ("client_assertion_type", JWT_BEARER),
                ("client_assertion", assertion),
            ]),
        }
        Written { authorization, body: form::write(&parameters) }
    }
}
