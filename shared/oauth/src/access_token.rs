//! Access tokens (RFC 9068): what the gateway mints for a redeemed ID-JAG and asks of every call.
//!
//! ```text
//! header  {"alg":"EdDSA","kid":"…","typ":"at+jwt"}
//! claims  {"iss":"https://HOST","sub":"…","aud":"https://HOST/mcp","client_id":"…","iat":…,"exp":…,"jti":"…",
//!          "scope":"tools:list tools:call","groups":["…"],"team":"…","project":"…","tenant":"…",
//!          "idp":"issuer of the ID-JAG","acr":"…","amr":["…"],"auth_time":…}
//! ```
//!
//! A token is for one protected resource: one virtual server can't replay it at another.

use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::claims::{NumericDate, OneOrMany, is_identifier, object};
use crate::jwk::{KeySet, PrivateKeySet};
use crate::jws::{self, JwsError, Requirement, SignError};
use crate::scope;

/// The `typ` of an access token (RFC 9068 §2.1).
pub const TYPE: &str = "at+jwt";

/// What an access token says about its bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`: the gateway's own issuer identifier.
    pub issuer: String,
    /// `sub`: the user, as the identity provider names them.
    pub subject: String,
    /// `aud`: the one protected resource this token is for.
    pub audience: String,
    /// `client_id`: the OAuth client that redeemed the ID-JAG.
    pub client_id: String,
    /// `iat` in Unix seconds.
    pub issued_at: u64,
    /// `exp` in Unix seconds.
    pub expires_at: u64,
    /// `jti`: unique among the tokens of this issuer.
    pub jti: String,
    /// `scope`, split; empty when the token grants none.
    pub scope: Vec<String>,
    /// `groups` (RFC 9068 §2.2.3.1) as the identity provider names them.
    pub groups: Vec<String>,
    /// `team`: who pays, where the registry names one.
    pub team: Option<String>,
    /// `project`: what for.
    pub project: Option<String>,
    /// `tenant`: the tenant at a multi-tenant identity provider; part of the user's identity there.
    pub tenant: Option<String>,
    /// `idp`: the issuer of the redeemed ID-JAG.
    pub identity_provider: String,
    /// `acr`: how strongly the user signed in (RFC 9068 §2.2.1).
    pub acr: Option<String>,
    /// `amr`: with what.
    pub amr: Vec<String>,
    /// `auth_time`: when, in Unix seconds.
    pub auth_time: Option<u64>,
}

/// Why an access token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// The token itself: form, type, algorithm, key, signature, times.
    #[error(transparent)]
    Token(#[from] JwsError),
    /// A claim that RFC 9068 §2.2 requires is missing; carries its name.
    #[error("the token has no `{0}`")]
    Missing(&'static str),
    /// A claim is empty, too long or has control characters; carries its name.
    #[error("the `{0}` of the token is malformed")]
    Malformed(&'static str),
    /// `iss` is not this gateway.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// `aud` is not exactly the resource that was called.
    #[error("the token is for another resource")]
    WrongAudience,
}

impl AccessTokenError {
    /// The stable code of this error for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Token(error) => error.reason(),
            Self::Missing(_) => "token_claim_missing",
            Self::Malformed(_) => "token_claim_malformed",
            Self::WrongIssuer => "token_wrong_issuer",
            Self::WrongAudience => "token_wrong_audience",
        }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    client_id: &'a str,
    iat: u64,
    exp: u64,
    jti: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    groups: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    idp: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    amr: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<u64>,
}

#[derive(Deserialize)]
struct Read {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<OneOrMany>,
    client_id: Option<String>,
    iat: Option<NumericDate>,
    exp: Option<NumericDate>,
    jti: Option<String>,
    scope: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    team: Option<String>,
    project: Option<String>,
    tenant: Option<String>,
    idp: Option<String>,
    acr: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    auth_time: Option<NumericDate>,
}

/// Mints a token: EdDSA with the first key of the set, no randomness.
///
/// # Errors
/// Only when the claims can't be written as JSON, which plain strings and numbers always can.
pub fn mint(keys: &PrivateKeySet, claims: &Claims) -> Result<String, SignError> {
    let written = Written {
        iss: &claims.issuer,
        sub: &claims.subject,
        aud: &claims.audience,
        client_id: &claims.client_id,
        iat: claims.issued_at,
        exp: claims.expires_at,
        jti: &claims.jti,
        scope: (!claims.scope.is_empty()).then(|| claims.scope.join(" ")),
        groups: &claims.groups,
        team: claims.team.as_deref(),
        project: claims.project.as_deref(),
        tenant: claims.tenant.as_deref(),
        idp: &claims.identity_provider,
        acr: claims.acr.as_deref(),
        amr: &claims.amr,
        auth_time: claims.auth_time,
    };
    jws::sign(keys, TYPE, &written)
}

/// Verifies a token as RFC 9068 §4 wants it: `typ`, EdDSA, one of our keys, our own `iss`, `aud` exactly the resource,
/// `exp` ahead; and every required claim there. `now` is in Unix seconds; clocks may be 60 s apart.
///
/// # Errors
/// The first rule that the token breaks.
pub fn verify(token: &str, keys: &KeySet, issuer: &str, audience: &str, now: u64) -> Result<Claims, AccessTokenError> {
    let requirement = Requirement { typ: TYPE, algorithms: &[Algorithm::EdDsa], now: Some(now) };
    let claims = jws::open(token, keys, &requirement)?;
    let read: Read = object(&claims).ok_or(JwsError::GarbledClaims)?;
    if identifier(read.iss, "iss")? != issuer {
        return Err(AccessTokenError::WrongIssuer);
    }
    let aud = read.aud.ok_or(AccessTokenError::Missing("aud"))?;
    if aud.only() != Some(audience) {
        return Err(AccessTokenError::WrongAudience);
    }
    let scope = match read.scope {
        None => Vec::new(),
        Some(text) => scope::parse(&text).map_err(|_| AccessTokenError::Malformed("scope"))?,
    };
    Ok(Claims {
        issuer: issuer.to_owned(),
        subject: identifier(read.sub, "sub")?,
        audience: audience.to_owned(),
        client_id: identifier(read.client_id, "client_id")?,
        issued_at: read.iat.ok_or(AccessTokenError::Missing("iat"))?.0,
        expires_at: read.exp.ok_or(AccessTokenError::Missing("exp"))?.0,
        jti: identifier(read.jti, "jti")?,
        scope,
        groups: read.groups,
        team: read.team,
        project: read.project,
        tenant: read.tenant,
        identity_provider: identifier(read.idp, "idp")?,
        acr: read.acr,
        amr: read.amr,
        auth_time: read.auth_time.map(|date| date.0),
    })
}

fn identifier(claim: Option<String>, name: &'static str) -> Result<String, AccessTokenError> {
    let text = claim.ok_or(AccessTokenError::Missing(name))?;
    if is_identifier(&text) { Ok(text) } else { Err(AccessTokenError::Malformed(name)) }
}

#[cfg(test)]
mod tests;
