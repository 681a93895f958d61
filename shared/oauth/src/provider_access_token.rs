//! Access tokens that an identity provider mints for a protected resource of Weir's (RFC 9068 §4).
//!
//! ```text
//! header  {"alg":"ES256","kid":"…","typ":"at+jwt"}                              or `application/at+jwt`
//! claims  {"iss":"https://idp.example.com","sub":"…","aud":"https://HOST/mcp","client_id":"…","iat":…,"exp":…,
//!          "jti":"…","scope":"tools:list tools:call","groups":["…"],"auth_time":…,"acr":"…","amr":["…"],
//!          "cnf":{"jkt":"…"},"tenant":"…"}
//! ```
//!
//! The token has one audience, as Weir's own have. It is about a user: one that a client got for itself is refused,
//! because policy would take the client for a person.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access_token::{AccessTokenError, TYPE, thumbprint};
use crate::algorithm::Algorithm;
use crate::claims::{ClaimError, Claims, NumericDate, OneOrMany};
use crate::jwk::KeySet;
use crate::jws::{self, JwsError, Requirement};
use crate::membership::{self, Membership, MembershipError, Rules};
use crate::scope;

/// The longest lifetime (`exp` − `iat`), in seconds: a day, the default of several identity providers. Weir can't ask
/// the provider if the token was revoked.
pub const LONGEST_SECONDS: u64 = 86_400;

/// The beginning of the names of users that Keycloak makes up for clients.
const SERVICE_ACCOUNT: &str = "service-account-";

/// The values that a token must match.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The configured issuer, whose keys are used; `iss` must equal it.
    pub issuer: &'a str,
    /// The values of `aud` that stand for the protected resource that was called; the token must have exactly one.
    pub audiences: &'a [&'a str],
    /// The allow-list of signature algorithms of this issuer.
    pub algorithms: &'a [Algorithm],
    /// The issuer's rules for groups, team and project.
    pub membership: Rules<'a>,
    /// The only trusted tenant of an issuer with several; `None` for an issuer with one.
    pub tenant: Option<&'a str>,
    /// The current time, in Unix seconds.
    pub now: u64,
}

/// A verified token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderAccessToken {
    /// `sub`: the user's identifier, unique together with issuer and tenant.
    pub subject: String,
    /// `client_id`: the OAuth client as the identity provider knows it.
    pub client_id: String,
    /// `iat`, in Unix seconds.
    pub issued_at: u64,
    /// `exp`, in Unix seconds.
    pub expires_at: u64,
    /// `jti`: unique per issuer.
    pub jti: String,
    /// The tokens of `scope` (RFC 6749 §3.3); `None` if the claim is absent.
    pub scope: Option<Vec<String>>,
    /// The user's groups, team and project, by [`Expectation::membership`].
    pub membership: Membership,
    /// `tenant`, or Entra's `tid` where a tenant is expected; `None` otherwise.
    pub tenant: Option<String>,
    /// `auth_time`: the time of authentication, in Unix seconds; `None` if absent.
    pub auth_time: Option<u64>,
    /// `acr`: the authentication context class; `None` if absent.
    pub acr: Option<String>,
    /// `amr`: the authentication methods (RFC 8176); empty if absent.
    pub amr: Vec<String>,
    /// `cnf.jkt` (RFC 9449 §6.1): the thumbprint of the key that the token is bound to; `None` for a bearer token.
    pub key_thumbprint: Option<String>,
}

impl From<ClaimError> for AccessTokenError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Missing(name) => Self::Missing(name),
            ClaimError::Malformed(name) => Self::Malformed(name),
        }
    }
}

impl From<MembershipError> for AccessTokenError {
    fn from(error: MembershipError) -> Self {
        match error {
            MembershipError::Malformed(name) => Self::Malformed(name),
            MembershipError::Elsewhere => Self::GroupsElsewhere,
        }
    }
}

/// Returns the unverified `iss` of a text that claims to be an access token; `None` for any other text. Use it only to
/// choose the issuer's keys.
#[must_use]
pub fn unverified_issuer(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: Option<String>,
    }
    if !jws::has_type(token, TYPE) {
        return None;
    }
    jws::unverified_claims::<Issuer>(token).ok()?.iss
}

/// Returns the unverified `kid` of a token. Use it only to decide if the issuer's keys must be fetched again.
///
/// # Errors
/// [`AccessTokenError::Token`] if the token is too long or malformed.
pub fn unverified_key_id(token: &str) -> Result<Option<String>, AccessTokenError> {
    Ok(jws::unverified_key_id(token)?)
}

/// Verifies a token with the keys of its configured issuer. Clocks may differ by [`jws::TOLERANCE_SECONDS`].
///
/// # Errors
/// The error of the first rule that the token breaks.
pub fn verify(
    token: &str,
    keys: &KeySet,
    expectation: &Expectation<'_>,
) -> Result<ProviderAccessToken, AccessTokenError> {
    let requirement = Requirement { types: &[TYPE], algorithms: expectation.algorithms, now: Some(expectation.now) };
    let claims = jws::open(token, keys, &requirement)?;
    let mut claims = Claims::read(&claims).ok_or(JwsError::GarbledClaims)?;
    // Before any claim is taken out.
    let membership = membership::read(claims.members(), &expectation.membership);
    if claims.identifier("iss")? != expectation.issuer {
        return Err(AccessTokenError::WrongIssuer);
    }
    let audience: OneOrMany = claims.required("aud")?;
    if !audience.only().is_some_and(|audience| expectation.audiences.contains(&audience)) {
        return Err(AccessTokenError::WrongAudience);
    }
    if claims.has("authorization_details") {
        return Err(AccessTokenError::Unsupported("authorization_details"));
    }
    let own = claims.optional_identifier("tenant")?;
    let tenant = match (own, expectation.tenant) {
        (None, Some(_)) => claims.optional_identifier("tid")?,
        (own, _) => own,
    };
    if tenant.as_deref() != expectation.tenant {
        return Err(AccessTokenError::WrongTenant);
    }
    let key_thumbprint = match claims.peek("cnf") {
        None => None,
        // Another kind of confirmation would bind the token to what nobody here can check.
        Some(cnf) => Some(thumbprint(cnf.clone()).ok_or(AccessTokenError::Malformed("cnf"))?),
    };
    let NumericDate(issued_at) = claims.required("iat")?;
    let NumericDate(expires_at) = claims.required("exp")?;
    if expires_at.checked_sub(issued_at).is_none_or(|life| life > LONGEST_SECONDS) {
        return Err(AccessTokenError::LifetimeTooLong);
    }
    let (subject, client_id) = (claims.identifier("sub")?, claims.identifier("client_id")?);
    if is_without_user(claims.members(), &subject, &client_id) {
        return Err(AccessTokenError::WithoutUser);
    }
    let scope = match claims.optional::<String>("scope")? {
        None => None,
        Some(text) => Some(scope::parse(&text).map_err(|_| AccessTokenError::Malformed("scope"))?),
    };
    Ok(ProviderAccessToken {
        subject,
        client_id,
        issued_at,
        expires_at,
        jti: claims.identifier("jti")?,
        scope,
        membership: membership?,
        tenant,
        auth_time: claims.optional::<NumericDate>("auth_time")?.map(|date| date.0),
        acr: claims.optional_identifier("acr")?,
        amr: claims.identifiers("amr", "amr")?,
        key_thumbprint,
    })
}

/// True if the claims say that a client got the token for itself. RFC 9068 §2.2 lets `sub` be any name of that client:
///
/// | identity provider | the token of a client alone has |
/// |---|---|
/// | most | `sub` = `client_id` |
/// | Auth0 | `sub` = `CLIENT_ID@clients`, `gty` = `client-credentials` |
/// | Keycloak | `sub` of a made-up user `service-account-CLIENT_ID`, `clientHost` and `clientAddress` |
/// | Entra | `sub` of a service principal, `idtyp` = `app` |
fn is_without_user(claims: &Map<String, Value>, subject: &str, client_id: &str) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let names_client = subject == client_id || subject.strip_suffix("@clients") == Some(client_id);
    let is_service_account = ["preferred_username", "username"].iter().any(|name| {
        let prefix = text(name).get(..SERVICE_ACCOUNT.len());
        prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(SERVICE_ACCOUNT))
    });
    names_client
        || is_service_account
        || ["clientHost", "clientAddress"].iter().any(|name| claims.contains_key(*name))
        || matches!(text("gty"), "client-credentials" | "client_credentials")
        || text("idtyp") == "app"
}

#[cfg(test)]
mod tests;
