//! An access token for the origin of a call: one that the isolate keeps, or a new one.
//!
//! Calls that find none at the same time get one each, and the last is kept: a call can't wait for another's request,
//! because workerd ends one that does with an error.

use std::time::Duration;

use http::HeaderValue;
use ports::{Clock, Host};

use super::{grant, sensitive, vault};
use crate::deadline::within;
use crate::error::{Fault, OriginTokenFault};
use crate::isolate::outbound_tokens::{Kept, TokenKey};
use crate::log;
use crate::origin::outbound::OriginCall;
use registry::snapshot::Credential;

/// The longest time that a new token may take, where the origin's own timeout isn't shorter.
const DEADLINE: Duration = Duration::from_secs(5);

/// The lifetime for which a token of a user's own grant is kept, seconds; 30 s less are used.
const GRANT_KEPT: u64 = 330;

/// An access token.
pub(super) struct AccessToken {
    key: TokenKey,
    /// The value of `Authorization`.
    pub(super) value: HeaderValue,
    age: Age,
}

/// The standing of an access token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    /// This request has got it.
    New,
    /// An earlier request has got it.
    Kept,
    /// An earlier request has got it, and the origin has refused it there.
    Doubtful,
}

impl AccessToken {
    /// True if another one may fare better.
    pub(super) fn is_kept(&self) -> bool {
        self.age == Age::Kept
    }

    /// Forgets it: the origin has refused it. A new one is held for a while, or an origin that refuses every token
    /// would make each call ask the authorization server.
    pub(super) fn forget<H: Host>(&self, call: &OriginCall<'_, H>) {
        let now = call.gateway.host.clock().now();
        let mut tokens = call.gateway.isolate.outbound_tokens.borrow_mut();
        match self.age {
            Age::Kept if call.origin.credential.vault().is_some() => tokens.spend(&self.key, &self.value, now),
            Age::Kept => tokens.remove(&self.key, &self.value, now),
            Age::New => tokens.doubt(&self.key, &self.value, now),
            Age::Doubtful => {}
        }
    }
}

/// The token of the call's origin and, where its credential is about the user, of the call's user.
pub(super) async fn kept_or_new<H: Host>(call: &OriginCall<'_, H>, deadline: Duration) -> Result<AccessToken, Fault> {
    let key = key(call)?;
    let (host, tokens) = (&call.gateway.host, &call.gateway.isolate.outbound_tokens);
    let kept = tokens.borrow().find(&key, host.clock().now());
    let mut spent = None;
    match kept {
        Some(Kept::Token(value)) => return Ok(AccessToken { key, value, age: Age::Kept }),
        Some(Kept::Doubtful(value)) => return Ok(AccessToken { key, value, age: Age::Doubtful }),
        Some(Kept::Refused(fault)) => return Err(Fault::OriginToken(fault)),
        Some(Kept::Spent(value)) => spent = Some(value),
        None => {}
    }
    // Boxed: most calls find a token, and the future of each should stay small.
    match &call.origin.credential {
        Credential::Vault(_) => Box::pin(of_grant(call, key, spent, deadline)).await,
        _ => Box::pin(new(call, key, deadline)).await,
    }
}

/// The token of the user's own grant. It is kept for a short time only: what the user revokes ends soon everywhere.
async fn of_grant<H: Host>(
    call: &OriginCall<'_, H>,
    key: TokenKey,
    spent: Option<HeaderValue>,
    deadline: Duration,
) -> Result<AccessToken, Fault> {
    let (host, tokens) = (&call.gateway.host, &call.gateway.isolate.outbound_tokens);
    let began = host.clock().now();
    let slow = || Fault::OriginToken(OriginTokenFault::unreachable("vault", "no answer in time"));
    let found = within(host, deadline.min(DEADLINE), vault::access(call, spent.as_ref())).await;
    let access = found.unwrap_or_else(|| Err(slow())).inspect_err(|fault| match fault {
        Fault::OriginToken(fault) if fault.is_of_platform_team() => {
            log::error(call.gateway, fault.reason(), &call.origin.name, None);
        }
        _ => {}
    })?;
    let malformed = || Fault::Registry { record: call.origin.name.clone(), reason: "credential_malformed" };
    let value = sensitive::value(&format!("Bearer {}", access.token)).ok_or_else(malformed)?;
    let lifetime = access.lifetime_seconds.map_or(GRANT_KEPT, |left| left.min(GRANT_KEPT));
    tokens.borrow_mut().insert(key, value.clone(), Some(lifetime), began);
    Ok(AccessToken { key, value, age: if access.is_new { Age::New } else { Age::Kept } })
}

/// A new token.
async fn new<H: Host>(call: &OriginCall<'_, H>, key: TokenKey, deadline: Duration) -> Result<AccessToken, Fault> {
    let (host, tokens) = (&call.gateway.host, &call.gateway.isolate.outbound_tokens);
    // Before the request: the token's life begins no later.
    let began = host.clock().now();
    let slow = || Fault::OriginToken(OriginTokenFault::unreachable(call.origin.credential.kind(), "no answer in time"));
    let issued = within(host, deadline.min(DEADLINE), grant::obtain(call)).await.unwrap_or_else(|| Err(slow()));
    match issued {
        Ok(issued) => {
            let malformed = || Fault::Registry { record: call.origin.name.clone(), reason: "credential_malformed" };
            let value = sensitive::value(&format!("Bearer {}", issued.token)).ok_or_else(malformed)?;
            tokens.borrow_mut().insert(key, value.clone(), issued.lifetime_seconds, began);
            Ok(AccessToken { key, value, age: Age::New })
        }
        Err(Fault::OriginToken(fault)) => {
            if fault.is_of_platform_team() {
                log::error(call.gateway, fault.reason(), &call.origin.name, None);
            }
            if fault.is_answer() {
                tokens.borrow_mut().insert_refusal(key, fault.clone(), host.clock().now());
            }
            Err(Fault::OriginToken(fault))
        }
        Err(fault) => Err(fault),
    }
}

/// The key of the token. A token about a user is for that user through that agent, in those groups: for all that its
/// request says.
fn key<H: Host>(call: &OriginCall<'_, H>) -> Result<TokenKey, Fault> {
    let origin = call.origin;
    let facts = (&origin.name, &origin.url, &origin.credential);
    if !origin.credential.needs_user() {
        return Ok(TokenKey::of(&facts));
    }
    let principal = call.message().principal();
    if principal.is_service() {
        return Err(Fault::OriginToken(OriginTokenFault::no_user(origin.credential.kind())));
    }
    if principal.is_anonymous() {
        // `weir registry check` refuses such an origin in a public virtual server.
        return Err(Fault::Registry { record: origin.name.clone(), reason: "credential_needs_user" });
    }
    let claims = principal.claims();
    if origin.credential.vault().is_some() {
        // A grant is the user's, through whatever agent. The quarantine ends what was given before an instant.
        return Ok(TokenKey::of(&(facts, principal.key(), vault::not_before(call))));
    }
    let user = (&claims.identity_provider, &claims.subject, &claims.client_id, &claims.groups, &claims.team);
    Ok(TokenKey::of(&(facts, user)))
}
