//! ID tokens (OpenID Connect Core 1.0 §2), verified as §3.1.3.7 and, after a refresh, §12.2 require.
//!
//! ```text
//! header  {"alg":"ES256","kid":"…"}                                             no `typ`, or `JWT`
//! claims  {"iss":"https://idp.example.com","sub":"…","aud":"weir","nonce":"…","iat":…,"exp":…,"auth_time":…,
//!          "groups":["…"],"email":"…","acr":"…","amr":["…"]}
//! ```

use crate::algorithm::Algorithm;
use crate::claims::{ClaimError, Claims, NumericDate, OneOrMany};
use crate::jwk::KeySet;
use crate::jws::{self, JwsError, Requirement};
use crate::membership::{self, ELSEWHERE, Membership, MembershipError, Rules};

/// The values that an ID token must match.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The configured issuer, whose keys are used; `iss` must equal it.
    pub issuer: &'a str,
    /// Weir's client id at the identity provider; `aud` must have it.
    pub client_id: &'a str,
    /// The allow-list of signature algorithms of this issuer.
    pub algorithms: &'a [Algorithm],
    /// The nonce of the authentication request, which the token must have; `None` after a refresh, where the token need
    /// not have one (§12.2).
    pub nonce: Option<&'a str>,
    /// The issuer's rules for groups, team and project.
    pub membership: Rules<'a>,
    /// The only trusted tenant of an issuer with several; `None` for an issuer with one.
    pub tenant: Option<&'a str>,
    /// The current time, in Unix seconds.
    pub now: u64,
}

/// A verified ID token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdToken {
    /// `sub`: the user's identifier, unique together with issuer and tenant.
    pub subject: String,
    /// The user's groups, team and project, by [`Expectation::membership`].
    pub membership: Membership,
    /// `tenant`, or Entra's `tid` or Google's `hd` where a tenant is expected; `None` otherwise.
    pub tenant: Option<String>,
    /// `auth_time`: the time of authentication, in Unix seconds; `None` if absent.
    pub auth_time: Option<u64>,
    /// `acr`: the authentication context class; `None` if absent.
    pub acr: Option<String>,
    /// `amr`: the authentication methods (RFC 8176); empty if absent.
    pub amr: Vec<String>,
    /// A name for display, never an identity: `email`, `preferred_username` or `name`, the first that is there.
    pub display: Option<String>,
}

/// The reason for refusing an ID token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// The form, type, algorithm, key, signature or times of the token are invalid.
    #[error(transparent)]
    Token(#[from] JwsError),
    /// A required claim is missing; carries its name.
    #[error("the ID token has no `{0}`")]
    Missing(&'static str),
    /// A claim has the wrong type, is empty, longer than 512 bytes, or has control characters; carries its name.
    #[error("the `{0}` of the ID token is malformed")]
    Malformed(&'static str),
    /// `iss` is not the issuer whose keys were used.
    #[error("the ID token is from another issuer")]
    WrongIssuer,
    /// `aud` lacks Weir's client id, or has others without `azp`, or `azp` is another client.
    #[error("the ID token is for another client")]
    WrongAudience,
    /// `nonce` is missing or of another sign-in.
    #[error("the ID token is of another sign-in")]
    WrongNonce,
    /// The token is of another tenant than the trusted one, or of a tenant where none is expected.
    #[error("the ID token is of a tenant that is not trusted")]
    WrongTenant,
    /// The groups are too many for the token ([`MembershipError::Elsewhere`]).
    #[error("{ELSEWHERE}")]
    GroupsElsewhere,
}

impl IdTokenError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Token(error) => error.reason(),
            Self::Missing(_) => "id_token_claim_missing",
            Self::Malformed(_) => "id_token_claim_malformed",
            Self::WrongIssuer => "id_token_wrong_issuer",
            Self::WrongAudience => "id_token_wrong_audience",
            Self::WrongNonce => "id_token_wrong_nonce",
            Self::WrongTenant => "id_token_wrong_tenant",
            Self::GroupsElsewhere => "id_token_groups_elsewhere",
        }
    }
}

impl From<ClaimError> for IdTokenError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Missing(name) => Self::Missing(name),
            ClaimError::Malformed(name) => Self::Malformed(name),
        }
    }
}

impl From<MembershipError> for IdTokenError {
    fn from(error: MembershipError) -> Self {
        match error {
            MembershipError::Malformed(name) => Self::Malformed(name),
            MembershipError::Elsewhere => Self::GroupsElsewhere,
        }
    }
}

/// Returns the unverified `kid` of an ID token. Use it only to decide if the issuer's keys must be fetched again.
///
/// # Errors
/// [`IdTokenError::Token`] if the token is too long or malformed.
pub fn unverified_key_id(token: &str) -> Result<Option<String>, IdTokenError> {
    Ok(jws::unverified_key_id(token)?)
}

/// Verifies an ID token with the keys of its configured issuer. Clocks may differ by [`jws::TOLERANCE_SECONDS`].
///
/// # Errors
/// The error of the first rule that the token breaks.
pub fn verify(token: &str, keys: &KeySet, expectation: &Expectation<'_>) -> Result<IdToken, IdTokenError> {
    let Expectation { algorithms, now, .. } = *expectation;
    let claims = jws::open(token, keys, &Requirement { types: &[jws::PLAIN_TYPE], algorithms, now: Some(now) })?;
    let mut claims = Claims::read(&claims).ok_or(JwsError::GarbledClaims)?;
    // Before any claim is taken out.
    let membership = membership::read(claims.members(), &expectation.membership);
    if claims.identifier("iss")? != expectation.issuer {
        return Err(IdTokenError::WrongIssuer);
    }
    check_audience(&mut claims, expectation.client_id)?;
    let nonce = claims.optional_identifier("nonce")?;
    if expectation.nonce.is_some() && nonce.as_deref() != expectation.nonce {
        return Err(IdTokenError::WrongNonce);
    }
    // Present, as §2 requires; their values were checked with the signature.
    claims.required::<NumericDate>("exp")?;
    claims.required::<NumericDate>("iat")?;
    let own = claims.optional_identifier("tenant")?;
    // Entra's token for one tenant names it as `tid`, and its issuer identifier already has it. Google's has one issuer
    // for everybody, and names the Workspace as `hd`.
    let tenant = match (own, expectation.tenant) {
        (None, Some(_)) => match claims.optional_identifier("tid")? {
            None => claims.optional_identifier("hd")?,
            tid => tid,
        },
        (own, _) => own,
    };
    if tenant.as_deref() != expectation.tenant {
        return Err(IdTokenError::WrongTenant);
    }
    let membership = membership?;
    let mut display = None;
    for name in ["email", "preferred_username", "name"] {
        display = display.or(claims.optional_identifier(name).ok().flatten());
    }
    Ok(IdToken {
        subject: claims.identifier("sub")?,
        membership,
        tenant,
        auth_time: claims.optional::<NumericDate>("auth_time")?.map(|date| date.0),
        acr: claims.optional_identifier("acr")?,
        amr: claims.identifiers("amr", "amr")?,
        display,
    })
}

/// Checks `aud` and `azp` (§3.1.3.7, points 3 to 5).
fn check_audience(claims: &mut Claims, client_id: &str) -> Result<(), IdTokenError> {
    let audience = claims.required::<OneOrMany>("aud")?.into_vec();
    let authorized_party = claims.optional_identifier("azp")?;
    let has_own = audience.iter().any(|one| one == client_id);
    let right_party = match &authorized_party {
        Some(party) => party == client_id,
        None => audience.len() == 1,
    };
    if has_own && right_party { Ok(()) } else { Err(IdTokenError::WrongAudience) }
}

#[cfg(test)]
mod tests;
