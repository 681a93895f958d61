//! Issues access tokens, whatever the grant.

use std::time::Duration;

use bytes::Bytes;
use oauth::access_token::{self, Claims, MintError};
use oauth::dpop::Proof;
use oauth::membership::Membership;
use oauth::token_request::TokenError;
use oauth::token_response::TokenResponse;
use ports::{Claim, Clock, Host, Once, Timestamp};
use serde::{Deserialize, Serialize};

use crate::assignment;
use crate::deadline::within;
use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::identifier;
use crate::isolate::records::Live;
use crate::keys::{self, ACCESS_TOKEN_KEYS};
use crate::principal::{Principal, user_key};
use crate::records;

/// The time that a one-time claim may take; then the request is refused, and the client may try again.
const CLAIM_DEADLINE: Duration = Duration::from_secs(5);

/// A token request that failed.
pub(crate) enum Unissued {
    /// An OAuth error (RFC 6749 §5.2), of a known or an unknown client.
    Token(TokenError),
    /// A failure that all endpoints answer alike.
    Other(Failure),
}

impl From<TokenError> for Unissued {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl<F: Into<Failure>> From<F> for Unissued {
    fn from(failure: F) -> Self {
        Self::Other(failure.into())
    }
}

/// The user, as the identity provider has vouched for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    /// The identity provider's issuer identifier.
    pub(crate) issuer: String,
    /// The user's identifier there.
    pub(crate) subject: String,
    /// The user's groups, by the registry's rules.
    pub(crate) groups: Vec<String>,
    /// The team of a claim; decided by the groups if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) team: Option<String>,
    /// The project of a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<String>,
    /// The tenant of a multi-tenant issuer.
    pub(crate) tenant: Option<String>,
    /// `auth_time`, Unix seconds.
    pub(crate) auth_time: Option<u64>,
    /// `acr`.
    pub(crate) acr: Option<String>,
    /// `amr`.
    pub(crate) amr: Vec<String>,
    /// `aud_sub`: of an ID-JAG alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audience_subject: Option<String>,
}

impl Person {
    /// `ISSUER|SUBJECT`, as the quarantine names users.
    pub(crate) fn key(&self) -> String {
        user_key(&self.issuer, &self.subject)
    }
}

/// The claims of a new access token: the groups decide team and project, and the proof the key that it is bound to. The
/// sign-in began at `since`, Unix seconds: the assertion's `iat`, or the time of the family's record.
pub(crate) async fn claims<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    person: Person,
    client_id: &str,
    (audience, scope): (String, Vec<String>),
    since: u64,
    proof: Option<&Proof>,
) -> Result<Claims, Failure> {
    let membership = Membership { groups: person.groups, team: person.team, project: person.project };
    let (team, project) = assignment::payer(gateway, live, &membership).await?;
    let scope = live.gateway.narrow(client_id, scope);
    let issued_at = gateway.host.clock().now().seconds();
    Ok(Claims {
        issuer: live.gateway.url.clone(),
        subject: person.subject,
        audience,
        client_id: client_id.to_owned(),
        issued_at,
        began_at: since.min(issued_at),
        expires_at: issued_at + live.gateway.access_token_seconds,
        jti: identifier::random(&gateway.host)?,
        scope,
        groups: membership.groups,
        team,
        project,
        tenant: person.tenant,
        identity_provider: person.issuer,
        acr: person.acr,
        amr: person.amr,
        auth_time: person.auth_time,
        audience_subject: person.audience_subject,
        key_thumbprint: proof.map(|proof| proof.thumbprint.clone()),
    })
}

/// Refuses a frozen user or agent, and a sign-in that was ended.
pub(crate) async fn check_quarantine<H: Host>(gateway: &Gateway<H>, principal: &Principal) -> Result<(), Unissued> {
    let quarantine = records::quarantine(gateway).await?;
    let (user, agent) = (principal.key(), &principal.claims().client_id);
    if quarantine.frozen_caller(&user, agent).is_some() {
        return Err(TokenError::invalid_grant("quarantined_caller", "this account is quarantined").into());
    }
    if quarantine.signed_out(&user, agent, principal.claims().began_at) {
        return Err(TokenError::invalid_grant("signed_out", "this sign-in was ended; sign in again").into());
    }
    Ok(())
}

/// Signs the access token of these claims.
pub(crate) async fn mint<H: Host>(gateway: &Gateway<H>, claims: &Claims) -> Result<String, Unissued> {
    let keys = keys::own(gateway, ACCESS_TOKEN_KEYS).await?;
    access_token::mint(&keys, claims).map_err(|error| match error {
        MintError::TooLong => {
            let description = "the user is in too many groups for one token; let the identity provider send fewer";
            TokenError::invalid_grant("token_too_long", description).into()
        }
        MintError::Sign(_) => {
            Fault::Configuration { name: ACCESS_TOKEN_KEYS.to_owned(), reason: "keys_malformed" }.into()
        }
    })
}

/// The body of a successful response.
pub(crate) fn body(claims: &Claims, access_token: &str, refresh_token: Option<&str>) -> Result<Bytes, Fault> {
    let response = TokenResponse {
        access_token,
        expires_in: claims.expires_at - claims.issued_at,
        scope: &claims.scope,
        resource: &claims.audience,
        is_bound: claims.key_thumbprint.is_some(),
        refresh_token,
    };
    let unwritten = |error: serde_json::Error| Fault::Unwritable { detail: error.to_string() };
    Ok(response.to_json().map_err(unwritten)?.into())
}

/// Claims `key` until a token with this `exp` is accepted no more: true for the first. A claim that isn't decided in
/// time is a fault.
pub(crate) async fn claim<H: Host>(gateway: &Gateway<H>, key: &str, expires_at: u64) -> Result<bool, Fault> {
    // A token is accepted for the tolerance beyond its `exp`.
    let until = expires_at.saturating_add(2 * oauth::jws::TOLERANCE_SECONDS).saturating_mul(1000);
    let until = Timestamp::from_millis(until);
    let undecided = |detail: String| Err(Fault::Host { port: "Once", detail });
    match within(&gateway.host, CLAIM_DEADLINE, gateway.host.once().claim(key, until)).await {
        Some(Ok(claim)) => Ok(claim == Claim::First),
        Some(Err(error)) => undecided(error.to_string()),
        None => undecided("no answer in time".to_owned()),
    }
}
