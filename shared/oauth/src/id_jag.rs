//! ID-JAG, the identity assertion that a client redeems (draft-ietf-oauth-identity-assertion-authz-grant-04 §3, RFC 7523 §3).
//!
//! ```text
//! header  {"alg":"ES256","kid":"…","typ":"oauth-id-jag+jwt"}
//! claims  {"iss":"https://idp.example.com","sub":"…","aud":"https://HOST","client_id":"…","jti":"…","iat":…,"exp":…,
//!          "resource":"https://HOST/mcp","scope":"tools:list tools:call","groups":["…"],
//!          "tenant":"…","email":"…","auth_time":…,"acr":"…","amr":["…"]}
//! ```
//!
//! Single use is not decided here: the caller claims `(iss, jti)` at a linearizable store until `exp`.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::claims::{NumericDate, OneOrMany, is_identifier, object};
use crate::jwk::KeySet;
use crate::jws::{self, JwsError, Requirement};
use crate::scope;

/// The `typ` of an ID-JAG.
pub const TYPE: &str = "oauth-id-jag+jwt";

/// The longest life in seconds from `iat` to `exp`. The draft's examples live 300 s; the store of used `jti`s has to
/// remember each for as long as this.
pub const MAX_LIFETIME_SECONDS: u64 = 3_600;

/// The most protected resources one assertion may name.
pub const MAX_RESOURCES: usize = 16;

/// What the assertion has to match.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The configured issuer whose keys are used; `iss` has to be the same text.
    pub issuer: &'a str,
    /// Our own issuer identifier; `aud` has to be exactly this.
    pub audience: &'a str,
    /// The algorithms this issuer signs with.
    pub algorithms: &'a [Algorithm],
    /// The client that authenticated at the token endpoint; the `client_id` claim has to be the same text.
    pub client_id: &'a str,
    /// The name of the top-level claim that carries the user's groups.
    pub groups_claim: &'a str,
    /// Unix seconds.
    pub now: u64,
}

/// A verified assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdJag {
    /// `iss`.
    pub issuer: String,
    /// `sub`: the user, unique by issuer, tenant and subject.
    pub subject: String,
    /// `client_id`: the client at this authorization server.
    pub client_id: String,
    /// `jti`: unique by issuer.
    pub jti: String,
    /// `exp` in Unix seconds.
    pub expires_at: u64,
    /// `iat` in Unix seconds.
    pub issued_at: u64,
    /// `resource`: the protected resources (RFC 8707); empty when the assertion names none.
    pub resource: Vec<String>,
    /// `scope`, split; `None` when the assertion has none, which is not the same as an empty grant.
    pub scope: Option<Vec<String>>,
    /// The user's groups, from the claim that the expectation names; one string counts as one group.
    pub groups: Vec<String>,
    /// `tenant` of a multi-tenant issuer.
    pub tenant: Option<String>,
    /// `auth_time` in Unix seconds.
    pub auth_time: Option<u64>,
    /// `acr`.
    pub acr: Option<String>,
    /// `amr`.
    pub amr: Vec<String>,
    /// `email`; a name to show, never an identity.
    pub email: Option<String>,
}

/// Why an assertion is not redeemed. At the token endpoint each of them is `invalid_grant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdJagError {
    /// The token itself: form, type, algorithm, key, signature, times.
    #[error(transparent)]
    Token(#[from] JwsError),
    /// A required claim is missing; carries its name.
    #[error("the assertion has no `{0}`")]
    Missing(&'static str),
    /// A claim has another type, is empty, too long or has control characters; carries its name.
    #[error("the `{0}` of the assertion is malformed")]
    Malformed(&'static str),
    /// `iss` is not the issuer whose keys were used.
    #[error("the assertion is from another issuer")]
    WrongIssuer,
    /// `aud` is not exactly this authorization server.
    #[error("the assertion is for another audience")]
    WrongAudience,
    /// `client_id` is not the client that redeems it.
    #[error("the assertion is for another client")]
    WrongClient,
    /// `exp` lies more than [`MAX_LIFETIME_SECONDS`] after `iat`, or before it.
    #[error("the assertion lives longer than {MAX_LIFETIME_SECONDS} seconds")]
    LifetimeTooLong,
    /// The assertion is bound to a key (`cnf`) or to `authorization_details` that we can't honour; ignoring either would
    /// grant more than the issuer meant. Carries the claim's name.
    #[error("the `{0}` of the assertion is not supported")]
    Unsupported(&'static str),
}

impl IdJagError {
    /// The stable code of this error for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Token(error) => error.reason(),
            Self::Missing(_) => "assertion_claim_missing",
            Self::Malformed(_) => "assertion_claim_malformed",
            Self::WrongIssuer => "assertion_wrong_issuer",
            Self::WrongAudience => "assertion_wrong_audience",
            Self::WrongClient => "assertion_wrong_client",
            Self::LifetimeTooLong => "assertion_lifetime_too_long",
            Self::Unsupported(_) => "assertion_claim_unsupported",
        }
    }
}

/// The `iss` of an assertion, unverified: it chooses whose keys to verify with, nothing else.
///
/// # Errors
/// When the assertion is too long, garbled, or has no `iss`.
pub fn unverified_issuer(assertion: &str) -> Result<String, IdJagError> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: Option<String>,
    }
    let claims: Issuer = jws::unverified_claims(assertion)?;
    let issuer = claims.iss.ok_or(IdJagError::Missing("iss"))?;
    if is_identifier(&issuer) { Ok(issuer) } else { Err(IdJagError::Malformed("iss")) }
}

/// The `kid` of an assertion, unverified: it tells whether the issuer's keys have to be fetched again, nothing else.
///
/// # Errors
/// When the assertion is too long or garbled.
pub fn unverified_key_id(assertion: &str) -> Result<Option<String>, IdJagError> {
    Ok(jws::unverified_key_id(assertion)?)
}

/// Verifies an assertion against the keys of its configured issuer. Clocks may be 60 s apart.
///
/// # Errors
/// The first rule that the assertion breaks.
pub fn verify(assertion: &str, keys: &KeySet, expectation: &Expectation<'_>) -> Result<IdJag, IdJagError> {
    let requirement = Requirement { typ: TYPE, algorithms: expectation.algorithms, now: Some(expectation.now) };
    let claims = jws::open(assertion, keys, &requirement)?;
    let mut claims = Claims(object(&claims).ok_or(JwsError::GarbledClaims)?);

    if claims.identifier("iss")? != expectation.issuer {
        return Err(IdJagError::WrongIssuer);
    }
    let audience: OneOrMany = claims.required("aud")?;
    if audience.only() != Some(expectation.audience) {
        return Err(IdJagError::WrongAudience);
    }
    if claims.identifier("client_id")? != expectation.client_id {
        return Err(IdJagError::WrongClient);
    }
    for name in ["cnf", "authorization_details"] {
        if claims.0.contains_key(name) {
            return Err(IdJagError::Unsupported(name));
        }
    }
    let NumericDate(issued_at) = claims.required("iat")?;
    let NumericDate(expires_at) = claims.required("exp")?;
    if expires_at.checked_sub(issued_at).is_none_or(|life| life > MAX_LIFETIME_SECONDS) {
        return Err(IdJagError::LifetimeTooLong);
    }
    let scope = match claims.optional::<String>("scope")? {
        None => None,
        Some(text) => Some(scope::parse(&text).map_err(|_| IdJagError::Malformed("scope"))?),
    };
    Ok(IdJag {
        issuer: expectation.issuer.to_owned(),
        subject: claims.identifier("sub")?,
        client_id: expectation.client_id.to_owned(),
        jti: claims.identifier("jti")?,
        expires_at,
        issued_at,
        resource: claims.resource()?,
        scope,
        groups: claims.identifiers(expectation.groups_claim, "groups")?,
        tenant: claims.optional_identifier("tenant")?,
        auth_time: claims.optional::<NumericDate>("auth_time")?.map(|date| date.0),
        acr: claims.optional_identifier("acr")?,
        amr: claims.identifiers("amr", "amr")?,
        email: claims.optional_identifier("email")?,
    })
}

/// The claims by name; each is taken out when it is read. A registered claim that occurs twice has already been refused
/// with the signature; of any other the last counts (RFC 7519 §4 allows both).
struct Claims(Map<String, Value>);

impl Claims {
    fn optional<T: serde::de::DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>, IdJagError> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value).map(Some).map_err(|_| IdJagError::Malformed(name)),
        }
    }

    fn required<T: serde::de::DeserializeOwned>(&mut self, name: &'static str) -> Result<T, IdJagError> {
        self.optional(name)?.ok_or(IdJagError::Missing(name))
    }

    fn optional_identifier(&mut self, name: &'static str) -> Result<Option<String>, IdJagError> {
        let text: Option<String> = self.optional(name)?;
        match text {
            Some(text) if !is_identifier(&text) => Err(IdJagError::Malformed(name)),
            other => Ok(other),
        }
    }

    fn identifier(&mut self, name: &'static str) -> Result<String, IdJagError> {
        self.optional_identifier(name)?.ok_or(IdJagError::Missing(name))
    }

    /// Zero or more identifiers under a claim whose name may come from configuration; `kind` is its name in errors.
    fn identifiers(&mut self, name: &str, kind: &'static str) -> Result<Vec<String>, IdJagError> {
        let values = match self.0.remove(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(value) => {
                serde_json::from_value::<OneOrMany>(value).map_err(|_| IdJagError::Malformed(kind))?.into_vec()
            }
        };
        if values.iter().all(|value| is_identifier(value)) { Ok(values) } else { Err(IdJagError::Malformed(kind)) }
    }

    /// RFC 8707 §2: absolute URIs without a fragment. Whether they are ours is the caller's question; here they only have
    /// to be few and to look like it.
    fn resource(&mut self) -> Result<Vec<String>, IdJagError> {
        let values = self.identifiers("resource", "resource")?;
        let well_formed = |value: &String| value.contains("://") && !value.contains('#');
        if values.len() > MAX_RESOURCES || !values.iter().all(well_formed) {
            return Err(IdJagError::Malformed("resource"));
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests;
