//! *authenticate*: who calls. A bearer token becomes a `Principal`, or the request is refused.
//!
//! The token must be an access token for exactly this resource: Weir's own, or one of an identity provider that the
//! registry trusts to mint them (see `provider_token`). An ID-JAG is never one. A verified token is remembered until it
//! expires, because checking a signature costs up to a millisecond in wasm; the quarantine is
//! still checked on every call, and so is the proof of a token that is bound to a key (see `binding`). A request
//! without a token is accepted by public virtual servers only (see `anonymous`).

mod anonymous;
mod binding;
mod provider_token;

use std::rc::Rc;

use http::HeaderValue;
use policy::Circumstances;
use registry::snapshot::Quarantine;

use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::isolate::tokens::TokenDigest;
use crate::keys::{self, ACCESS_TOKEN_KEYS};
use crate::line::receive::Inbound;
use crate::principal::{CallerKey, Entitlement, Principal};
use crate::records;
use ports::{Clock, Host};

/// A request whose caller is known. Only this module makes one.
///
/// No other crate can make one:
///
/// ```
/// use gateway::line::authenticate::Authenticated;
/// ```
///
/// ```compile_fail,E0451
/// use gateway::line::authenticate::Authenticated;
///
/// fn forge() -> Authenticated {
///     Authenticated { inbound: loop {}, principal: loop {}, caller: loop {}, quarantine: loop {}, next_nonce: loop {} }
/// }
/// ```
pub struct Authenticated {
    inbound: Inbound,
    principal: Rc<Principal>,
    caller: CallerKey,
    quarantine: Rc<Quarantine>,
    next_nonce: Option<HeaderValue>,
}

impl Authenticated {
    /// The verified caller.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The key under which the caller's requests are counted.
    pub(crate) const fn caller(&self) -> CallerKey {
        self.caller
    }

    /// The current quarantine: frozen principals, agents, origins, tools, resources and prompts.
    pub fn quarantine(&self) -> &Quarantine {
        &self.quarantine
    }

    pub(crate) fn quarantine_shared(&self) -> Rc<Quarantine> {
        self.quarantine.clone()
    }

    /// The nonce for the caller's next proof, if that of this request grows old.
    pub(crate) fn next_nonce(&self) -> Option<HeaderValue> {
        self.next_nonce.clone()
    }

    /// The request that *receive* has accepted.
    pub const fn inbound(&self) -> &Inbound {
        &self.inbound
    }

    /// All facts about the caller that a list decision may use, except the time.
    pub(crate) fn entitlement(&self) -> Entitlement {
        let (address, country) = (self.inbound.address(), self.inbound.country());
        Entitlement::of(&self.principal, &Circumstances { now_seconds: 0, address, country })
    }

    pub(crate) fn principal_shared(&self) -> Rc<Principal> {
        self.principal.clone()
    }
}

/// Verifies the caller, and refuses a quarantined one.
pub(crate) async fn authenticate<H: Host>(gateway: &Gateway<H>, inbound: Inbound) -> Result<Authenticated, Failure> {
    let (principal, next_nonce) = match anonymous::principal(gateway, &inbound) {
        Some(anonymous) => (Rc::new(anonymous), None),
        None => {
            let (scheme, token) = oauth::bearer_token::parse(inbound.headers()).map_err(Refusal::Bearer)?;
            let principal = verify(gateway, &inbound, token).await?;
            let next_nonce = binding::check(gateway, &inbound, principal.claims(), (scheme, token)).await?;
            (principal, next_nonce)
        }
    };
    let quarantine = records::quarantine(gateway).await?;
    let (user, claims) = (principal.key(), principal.claims());
    if quarantine.frozen_caller(&user, &claims.client_id).is_some() {
        // A frozen caller is verified, so the audit event names it.
        return Err(Refusal::QuarantinedCaller(principal).into());
    }
    if quarantine.signed_out(&user, &claims.client_id, claims.began_at) {
        return Err(Refusal::SignedOut(principal).into());
    }
    let caller = CallerKey::of(&principal, inbound.address());
    Ok(Authenticated { inbound, principal, caller, quarantine, next_nonce })
}

async fn verify<H: Host>(gateway: &Gateway<H>, inbound: &Inbound, token: &str) -> Result<Rc<Principal>, Failure> {
    let principal = verified(gateway, inbound, token).await?;
    let (gateway, claims) = (&inbound.live().gateway, principal.claims());
    // An issuer or client that was removed from the registry is refused at once, not when its last token expires.
    let issuer = gateway.issuer(&claims.identity_provider);
    let acts_alone = gateway.client(&claims.client_id).is_some_and(|client| client.service.is_some());
    let trusted = match principal.is_service() {
        true => acts_alone,
        // A client that has become a service acts for no user any more.
        false => !acts_alone && issuer.is_some_and(|issuer| issuer.tenant == claims.tenant),
    };
    if !trusted || !gateway.admits_client(&claims.client_id) {
        return Err(Refusal::NoLongerTrusted.into());
    }
    Ok(principal)
}

/// The principal of an access token for this resource.
async fn verified<H: Host>(gateway: &Gateway<H>, inbound: &Inbound, token: &str) -> Result<Rc<Principal>, Failure> {
    let audience = inbound.resource().protected().identifier(&inbound.live().gateway.url);
    let (live, now) = (inbound.live(), gateway.host.clock().now());
    let digest = TokenDigest::of(token);
    if let Some(principal) = gateway.isolate.tokens.borrow().find(&digest, &audience, live.epoch, now) {
        return Ok(principal);
    }
    let (claims, epoch) = match provider_token::issuer(live, token)? {
        Some(issuer) => (provider_token::claims(gateway, inbound, issuer, token).await?, Some(live.epoch)),
        None => {
            let keys = keys::own(gateway, ACCESS_TOKEN_KEYS).await?;
            let url = &live.gateway.url;
            let claims = oauth::access_token::verify(token, keys.public(), url, &audience, now.seconds());
            (claims.map_err(Refusal::Token)?, None)
        }
    };
    let principal = Rc::new(match epoch {
        Some(_) => Principal::new(claims),
        None => Principal::own(claims),
    });
    gateway.isolate.tokens.borrow_mut().insert(digest, principal.clone(), epoch, token.len(), now);
    Ok(principal)
}
