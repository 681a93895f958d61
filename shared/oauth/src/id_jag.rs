//! ID-JAG, the assertion of the JWT bearer grant (draft-ietf-oauth-identity-assertion-authz-grant-04 §3, RFC 7523 §3).
//!
//! ```text
//! header  {"alg":"ES256","kid":"…","typ":"oauth-id-jag+jwt"}
//! claims  {"iss":"https://idp.example.com","sub":"…","aud":"https://HOST","client_id":"…","jti":"…","iat":…,"exp":…,
//!          "resource":"https://HOST/mcp","scope":"tools:list tools:call","groups":["…"],
//!          "cnf":{"jkt":"…"},"tenant":"…","aud_tenant":"…","aud_sub":"…","sub_id":{…},"email":"…","auth_time":…,"acr":"…","amr":["…"]}
//! ```
//!
//! Single use is the caller's part: it claims `(iss, jti)` in a linearizable store until `exp`.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access_token;
use crate::algorithm::Algorithm;
use crate::claims::{ClaimError, Claims, NumericDate, OneOrMany, is_identifier};
use crate::jwk::KeySet;
use crate::jws::{self, JwsError, Requirement};
use crate::membership::{self, ELSEWHERE, Membership, MembershipError, Rules};
use crate::scope;

/// The `typ` of an ID-JAG, compared without case.
pub const TYPE: &str = "oauth-id-jag+jwt";

/// The default of the longest lifetime (`exp` − `iat`) of an issuer's assertions, in seconds, as in the draft's
/// examples.
pub const LIFETIME_SECONDS: u64 = 300;

/// The bounds of that setting, in seconds. The store of used `jti`s keeps each for as long.
pub const LIFETIME_SECONDS_BOUNDS: (u64, u64) = (60, 3_600);

/// The maximum number of protected resources in one assertion, and in one token request.
pub const MAX_RESOURCES: usize = 16;

/// The values that an assertion must match.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The configured issuer, whose keys are used; `iss` must equal it.
    pub issuer: &'a str,
    /// Weir's issuer identifier, `https://HOST`; `aud` must be this one value.
    pub audience: &'a str,
    /// The allow-list of signature algorithms of this issuer.
    pub algorithms: &'a [Algorithm],
    /// The client that authenticated at the token endpoint; the claim `client_id` must equal it.
    pub client_id: &'a str,
    /// The issuer's rules for groups, team and project.
    pub membership: Rules<'a>,
    /// The longest lifetime (`exp` − `iat`) of this issuer's assertions, in seconds.
    pub lifetime_seconds: u64,
    /// The current time, in Unix seconds.
    pub now: u64,
}

/// A verified assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdJag {
    /// `iss`: the identity provider's issuer identifier.
    pub issuer: String,
    /// `sub`: the user's identifier, unique together with issuer and tenant.
    pub subject: String,
    /// `client_id`: the OAuth client as this authorization server knows it.
    pub client_id: String,
    /// `jti`: the assertion's identifier, unique per issuer.
    pub jti: String,
    /// `exp`, in Unix seconds.
    pub expires_at: u64,
    /// `iat`, in Unix seconds.
    pub issued_at: u64,
    /// `resource`: 0 to [`MAX_RESOURCES`] absolute URIs of protected resources (RFC 8707 §2).
    pub resource: Vec<String>,
    /// The tokens of `scope` (RFC 6749 §3.3); `None` if the claim is absent.
    pub scope: Option<Vec<String>>,
    /// The user's groups, team and project, by [`Expectation::membership`].
    pub membership: Membership,
    /// `tenant`: the tenant of a multi-tenant issuer; `None` otherwise.
    pub tenant: Option<String>,
    /// `aud_tenant`: the tenant at Weir; the caller compares it with the issuer's setting. `None` if absent.
    pub audience_tenant: Option<String>,
    /// `aud_sub`: Weir's own identifier of the user, as the issuer knows it; never an identity here. `None` if absent.
    pub audience_subject: Option<String>,
    /// `cnf.jkt` (RFC 9449 §6.1): the thumbprint of the key that the client must prove; `None` if absent.
    pub key_thumbprint: Option<String>,
    /// `auth_time`: the time of authentication, in Unix seconds; `None` if absent.
    pub auth_time: Option<u64>,
    /// `acr`: the authentication context class; `None` if absent.
    pub acr: Option<String>,
    /// `amr`: the authentication methods (RFC 8176); empty if absent.
    pub amr: Vec<String>,
    /// `email`: for display, never an identity; `None` if absent.
    pub email: Option<String>,
}

/// The reason for refusing an assertion; `invalid_grant` at the token endpoint (RFC 7523 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdJagError {
    /// The form, type, algorithm, key, signature or times of the token are invalid.
    #[error(transparent)]
    Token(#[from] JwsError),
    /// A required claim is missing; carries its name.
    #[error("the assertion has no `{0}`")]
    Missing(&'static str),
    /// A claim has the wrong type, is empty, longer than 512 bytes, or has control characters; carries its name.
    #[error("the `{0}` of the assertion is malformed")]
    Malformed(&'static str),
    /// `iss` is not the issuer whose keys were used.
    #[error("the assertion is from another issuer")]
    WrongIssuer,
    /// The issuer is trusted, but not for assertions.
    #[error("assertions of this identity provider are not accepted here")]
    WrongMode,
    /// `aud` is not exactly one value, this authorization server.
    #[error("the assertion is for another audience")]
    WrongAudience,
    /// `client_id` is not the client that authenticated.
    #[error("the assertion is for another client")]
    WrongClient,
    /// `exp` is before `iat`, or more than [`Expectation::lifetime_seconds`] after it; carries that number.
    #[error("the `exp` of the assertion is not within {0} seconds after its `iat`")]
    LifetimeTooLong(u64),
    /// The assertion has `authorization_details`, or a `cnf` with something else than `jkt`, which Weir does not
    /// support; ignoring one would grant more than the issuer did. Carries the claim's name.
    #[error("the `{0}` of the assertion is not supported")]
    Unsupported(&'static str),
    /// The groups are too many for the token ([`MembershipError::Elsewhere`]).
    #[error("{ELSEWHERE}")]
    GroupsElsewhere,
}

impl IdJagError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Token(error) => error.reason(),
            Self::Missing(_) => "assertion_claim_missing",
            Self::Malformed(_) => "assertion_claim_malformed",
            Self::WrongIssuer => "assertion_wrong_issuer",
            Self::WrongMode => "assertion_wrong_mode",
            Self::WrongAudience => "assertion_wrong_audience",
            Self::WrongClient => "assertion_wrong_client",
            Self::LifetimeTooLong(_) => "assertion_lifetime_too_long",
            Self::Unsupported(_) => "assertion_claim_unsupported",
            Self::GroupsElsewhere => "assertion_groups_elsewhere",
        }
    }
}

impl From<ClaimError> for IdJagError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Missing(name) => Self::Missing(name),
            ClaimError::Malformed(name) => Self::Malformed(name),
        }
    }
}

impl From<MembershipError> for IdJagError {
    fn from(error: MembershipError) -> Self {
        match error {
            MembershipError::Malformed(name) => Self::Malformed(name),
            MembershipError::Elsewhere => Self::GroupsElsewhere,
        }
    }
}

/// Returns the unverified `iss` of an assertion. Use it only to choose the issuer's keys.
///
/// # Errors
/// [`IdJagError`] if the assertion is too long, malformed, or has no `iss`.
pub fn unverified_issuer(assertion: &str) -> Result<String, IdJagError> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: Option<String>,
    }
    let claims: Issuer = jws::unverified_claims(assertion)?;
    let issuer = claims.iss.ok_or(IdJagError::Missing("iss"))?;
    if is_identifier(&issuer) { Ok(issuer) } else { Err(IdJagError::Malformed("iss")) }
}

/// Returns the unverified `kid` of an assertion. Use it only to decide if the issuer's keys must be fetched again.
///
/// # Errors
/// [`IdJagError::Token`] if the assertion is too long or malformed.
pub fn unverified_key_id(assertion: &str) -> Result<Option<String>, IdJagError> {
    Ok(jws::unverified_key_id(assertion)?)
}

/// Verifies an assertion with the keys of its configured issuer. Clocks may differ by [`jws::TOLERANCE_SECONDS`].
///
/// # Errors
/// The error of the first rule that the assertion breaks.
pub fn verify(assertion: &str, keys: &KeySet, expectation: &Expectation<'_>) -> Result<IdJag, IdJagError> {
    let requirement = Requirement { types: &[TYPE], algorithms: expectation.algorithms, now: Some(expectation.now) };
    let claims = jws::open(assertion, keys, &requirement)?;
    let mut claims = Claims::read(&claims).ok_or(JwsError::GarbledClaims)?;
    // Before any claim is taken out.
    let membership = membership::read(claims.members(), &expectation.membership);

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
    if claims.has("authorization_details") {
        return Err(IdJagError::Unsupported("authorization_details"));
    }
    check_subject_identifier(&mut claims)?;
    let key_thumbprint = match claims.peek("cnf") {
        None => None,
        // Another kind of confirmation would bind the assertion to what nobody here can check.
        Some(cnf) => Some(access_token::thumbprint(cnf.clone()).ok_or(IdJagError::Unsupported("cnf"))?),
    };
    let NumericDate(issued_at) = claims.required("iat")?;
    let NumericDate(expires_at) = claims.required("exp")?;
    if expires_at.checked_sub(issued_at).is_none_or(|life| life > expectation.lifetime_seconds) {
        return Err(IdJagError::LifetimeTooLong(expectation.lifetime_seconds));
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
        resource: resource(&mut claims)?,
        scope,
        membership: membership?,
        tenant: claims.optional_identifier("tenant")?,
        audience_tenant: claims.optional_identifier("aud_tenant")?,
        audience_subject: claims.optional_identifier("aud_sub")?,
        key_thumbprint,
        auth_time: claims.optional::<NumericDate>("auth_time")?.map(|date| date.0),
        acr: claims.optional_identifier("acr")?,
        amr: claims.identifiers("amr", "amr")?,
        email: claims.optional_identifier("email")?,
    })
}

/// Checks the form of `sub_id` (RFC 9493 §3): an object with a `format`. It names the user in another directory, and
/// nothing here depends on it: the user is `iss`, `tenant` and `sub`.
fn check_subject_identifier(claims: &mut Claims) -> Result<(), IdJagError> {
    let Some(members) = claims.optional::<Map<String, Value>>("sub_id")? else { return Ok(()) };
    let has_format = members.get("format").and_then(Value::as_str).is_some_and(is_identifier);
    let is_short = members.values().all(|value| value.as_str().is_some_and(is_identifier));
    if has_format && is_short { Ok(()) } else { Err(IdJagError::Malformed("sub_id")) }
}

/// Reads `resource`: absolute URIs without a fragment (RFC 8707 §2). The caller checks that they belong to Weir; here
/// only their number and rough form are checked.
fn resource(claims: &mut Claims) -> Result<Vec<String>, IdJagError> {
    let values = claims.identifiers("resource", "resource")?;
    let well_formed = |value: &String| value.contains("://") && !value.contains('#');
    if values.len() > MAX_RESOURCES || !values.iter().all(well_formed) {
        return Err(IdJagError::Malformed("resource"));
    }
    Ok(values)
}

#[cfg(test)]
mod tests;
