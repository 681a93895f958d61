//! Access tokens (RFC 9068): minted by the gateway for a redeemed ID-JAG, verified on every call.
//!
//! ```text
//! header  {"alg":"EdDSA","kid":"…","typ":"at+jwt"}
//! claims  {"iss":"https://HOST","sub":"…","aud":"https://HOST/mcp","client_id":"…","iat":…,"since":…,"exp":…,
//!          "jti":"…","scope":"tools:list tools:call","groups":["…"],"team":"…","project":"…","tenant":"…",
//!          "idp":"issuer of the ID-JAG","acr":"…","amr":["…"],"auth_time":…,"aud_sub":"…","cnf":{"jkt":"…"}}
//! ```
//!
//! A token has one audience, one protected resource, so that no virtual server can replay it at another.

use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::claims::{NumericDate, OneOrMany, is_identifier, object};
use crate::dpop::is_thumbprint;
use crate::jwk::{KeySet, PrivateKeySet};
use crate::jws::{self, JwsError, Requirement, SignError};
use crate::membership::ELSEWHERE;
use crate::scope;

/// The `typ` of an access token (RFC 9068 §2.1).
pub const TYPE: &str = "at+jwt";

/// True for a text that claims to be an access token; nothing is verified.
#[must_use]
pub fn is_alike(text: &str) -> bool {
    jws::has_type(text, TYPE)
}

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`: the gateway's own issuer identifier, `https://HOST`.
    pub issuer: String,
    /// `sub`: the user's identifier at the identity provider.
    pub subject: String,
    /// `aud`: the identifier of one protected resource.
    pub audience: String,
    /// `client_id`: the OAuth client that redeemed the ID-JAG.
    pub client_id: String,
    /// `iat`, in Unix seconds.
    pub issued_at: u64,
    /// `since`, Unix seconds: the beginning of the sign-in or the `iat` of the ID-JAG, and never after `iat`; absent if
    /// it is `iat`. The end of a sign-in counts also for a token that was issued later.
    pub began_at: u64,
    /// `exp`, in Unix seconds.
    pub expires_at: u64,
    /// `jti`: unique among the tokens of this issuer.
    pub jti: String,
    /// The tokens of `scope` (RFC 6749 §3.3); empty if the claim is absent.
    pub scope: Vec<String>,
    /// `groups` (RFC 9068 §2.2.3.1): the identity provider's names of the user's groups.
    pub groups: Vec<String>,
    /// `team`: the team that calls are charged to; `None` if the registry assigns none.
    pub team: Option<String>,
    /// `project`: the project that calls are charged to; `None` if the registry assigns none.
    pub project: Option<String>,
    /// `tenant`: the tenant of a multi-tenant identity provider, part of the user's identity; `None` otherwise.
    pub tenant: Option<String>,
    /// `idp`: the issuer of the redeemed ID-JAG.
    pub identity_provider: String,
    /// `acr` (RFC 9068 §2.2.1): the authentication context class; `None` if the ID-JAG has none.
    pub acr: Option<String>,
    /// `amr` (RFC 9068 §2.2.1, RFC 8176): the authentication methods; empty if the ID-JAG has none.
    pub amr: Vec<String>,
    /// `auth_time` (RFC 9068 §2.2.1): the time of authentication, in Unix seconds; `None` if the ID-JAG has none.
    pub auth_time: Option<u64>,
    /// `aud_sub`: this server's own identifier of the user, as the ID-JAG has it; `None` if it has none.
    pub audience_subject: Option<String>,
    /// `cnf.jkt` (RFC 9449 §6.1): the thumbprint of the key that the token is bound to; `None` for a bearer token.
    pub key_thumbprint: Option<String>,
}

/// The reason for refusing an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// The form, type, algorithm, key, signature or times of the token are invalid.
    #[error(transparent)]
    Token(#[from] JwsError),
    /// A claim that RFC 9068 §2.2 or Weir (`idp`) requires is missing; carries its name.
    #[error("the token has no `{0}`")]
    Missing(&'static str),
    /// A claim is empty, longer than 512 bytes, has control characters or breaks its grammar; carries its name.
    #[error("the `{0}` of the token is malformed")]
    Malformed(&'static str),
    /// `iss` is not this gateway.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// `aud` is not exactly one value, the protected resource that was called.
    #[error("the token is for another resource")]
    WrongAudience,
    /// The issuer is trusted, but not for access tokens. The text is that of an unknown one, because anybody can ask.
    #[error("the token is from another issuer")]
    WrongMode,
    /// The token is of another tenant than the trusted one, or of a tenant where none is expected.
    #[error("the token is of a tenant that is not trusted")]
    WrongTenant,
    /// `client_id` is no client of the registry's, or one that acts for itself alone.
    #[error("the client of the token is not known here; ask your platform team to register it")]
    UnknownClient,
    /// `sub` is `client_id`: a client got the token for itself (RFC 9068 §2.2).
    #[error(
        "the token is about its client, not about a user; a service gets its token at the gateway's token endpoint"
    )]
    WithoutUser,
    /// `exp` is before `iat`, or more than a day after it.
    #[error("the `exp` of the token is not within a day after its `iat`")]
    LifetimeTooLong,
    /// A claim that Weir does not support, where ignoring it would grant more than the issuer did; carries its name.
    #[error("the `{0}` of the token is not supported")]
    Unsupported(&'static str),
    /// The groups are too many for the token ([`crate::membership::MembershipError::Elsewhere`]).
    #[error("{ELSEWHERE}")]
    GroupsElsewhere,
}

impl AccessTokenError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Token(error) => error.reason(),
            Self::Missing(_) => "token_claim_missing",
            Self::Malformed(_) => "token_claim_malformed",
            Self::WrongIssuer => "token_wrong_issuer",
            Self::WrongAudience => "token_wrong_audience",
            Self::WrongMode => "token_wrong_mode",
            Self::WrongTenant => "token_wrong_tenant",
            Self::UnknownClient => "token_unknown_client",
            Self::WithoutUser => "token_without_user",
            Self::LifetimeTooLong => "token_lifetime_too_long",
            Self::Unsupported(_) => "token_claim_unsupported",
            Self::GroupsElsewhere => "token_groups_elsewhere",
        }
    }
}

#[derive(Serialize)]
struct ClaimsToSign<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    client_id: &'a str,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<u64>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    aud_sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

/// `cnf` (RFC 7800 §3.1) with its only member here. Another one is an error: ignoring it would free the token.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    pub(crate) jkt: String,
}

#[derive(Deserialize)]
struct UncheckedClaims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<OneOrMany>,
    client_id: Option<String>,
    iat: Option<NumericDate>,
    since: Option<NumericDate>,
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
    aud_sub: Option<String>,
    cnf: Option<serde_json::Value>,
}

/// The reason why no access token was minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// The claims can't be written as JSON, which does not happen for strings and numbers.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The token would be longer than [`jws::MAX_TOKEN_BYTES`], and refused on every call.
    #[error("the token would be longer than {} bytes", jws::MAX_TOKEN_BYTES)]
    TooLong,
}

/// Mints an access token, signed with EdDSA and the first key of the set. Deterministic: it draws no randomness.
///
/// # Errors
/// [`MintError`]; [`MintError::TooLong`] for a user of very many groups.
pub fn mint(keys: &PrivateKeySet, claims: &Claims) -> Result<String, MintError> {
    let body = ClaimsToSign {
        iss: &claims.issuer,
        sub: &claims.subject,
        aud: &claims.audience,
        client_id: &claims.client_id,
        iat: claims.issued_at,
        since: (claims.began_at != claims.issued_at).then_some(claims.began_at),
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
        aud_sub: claims.audience_subject.as_deref(),
        cnf: claims.key_thumbprint.clone().map(|jkt| Confirmation { jkt }),
    };
    let token = jws::sign(keys, TYPE, &body)?;
    if token.len() > jws::MAX_TOKEN_BYTES { Err(MintError::TooLong) } else { Ok(token) }
}

/// Verifies an access token as RFC 9068 §4 requires: `typ`, EdDSA, one of `keys`, `iss` equal to `issuer`, `aud` equal
/// to `audience`, `exp` not over, and every required claim present.
///
/// `now` is in Unix seconds; clocks may differ by [`jws::TOLERANCE_SECONDS`].
///
/// # Errors
/// The error of the first rule that the token breaks.
pub fn verify(token: &str, keys: &KeySet, issuer: &str, audience: &str, now: u64) -> Result<Claims, AccessTokenError> {
    let requirement = Requirement { types: &[TYPE], algorithms: &[Algorithm::EdDsa], now: Some(now) };
    let claims = jws::open(token, keys, &requirement)?;
    let unchecked: UncheckedClaims = object(&claims).ok_or(JwsError::GarbledClaims)?;
    if identifier(unchecked.iss, "iss")? != issuer {
        return Err(AccessTokenError::WrongIssuer);
    }
    let aud = unchecked.aud.ok_or(AccessTokenError::Missing("aud"))?;
    if aud.only() != Some(audience) {
        return Err(AccessTokenError::WrongAudience);
    }
    let scope = match unchecked.scope {
        None => Vec::new(),
        Some(text) => scope::parse(&text).map_err(|_| AccessTokenError::Malformed("scope"))?,
    };
    let key_thumbprint = match unchecked.cnf {
        None => None,
        Some(cnf) => Some(thumbprint(cnf).ok_or(AccessTokenError::Malformed("cnf"))?),
    };
    let NumericDate(issued_at) = unchecked.iat.ok_or(AccessTokenError::Missing("iat"))?;
    Ok(Claims {
        issuer: issuer.to_owned(),
        subject: identifier(unchecked.sub, "sub")?,
        audience: audience.to_owned(),
        client_id: identifier(unchecked.client_id, "client_id")?,
        issued_at,
        began_at: unchecked.since.map_or(issued_at, |date| date.0.min(issued_at)),
        expires_at: unchecked.exp.ok_or(AccessTokenError::Missing("exp"))?.0,
        jti: identifier(unchecked.jti, "jti")?,
        scope,
        groups: unchecked.groups,
        team: unchecked.team,
        project: unchecked.project,
        tenant: unchecked.tenant,
        identity_provider: identifier(unchecked.idp, "idp")?,
        acr: unchecked.acr,
        amr: unchecked.amr,
        auth_time: unchecked.auth_time.map(|date| date.0),
        audience_subject: unchecked.aud_sub,
        key_thumbprint,
    })
}

/// The `jkt` of a `cnf` that has nothing else.
pub(crate) fn thumbprint(cnf: serde_json::Value) -> Option<String> {
    let Confirmation { jkt } = serde_json::from_value(cnf).ok()?;
    is_thumbprint(&jkt).then_some(jkt)
}

fn identifier(claim: Option<String>, name: &'static str) -> Result<String, AccessTokenError> {
    let text = claim.ok_or(AccessTokenError::Missing(name))?;
    if is_identifier(&text) { Ok(text) } else { Err(AccessTokenError::Malformed(name)) }
}

#[cfg(test)]
mod tests;
