//! *authenticate*: who calls. A bearer token becomes a [`Principal`], or nothing goes on.
//!
//! The token must be an access token of Weir's own for exactly this resource; an ID-JAG is never one (design §6). A
//! verified token is remembered until it expires, because checking a signature costs up to a millisecond in wasm; the
//! quarantine is asked on every call all the same.

use std::collections::HashMap;
use std::rc::Rc;

use registry::snapshot::Quarantine;
use sha2::{Digest, Sha256};

use crate::error::{Failure, Refusal};
use crate::keys::{self, ACCESS_TOKEN_KEYS};
use crate::ports::{Clock, Host};
use crate::principal::Principal;
use crate::receive::Inbound;
use crate::records;

/// A request whose caller is known. Only this module makes one.
pub struct Authenticated {
    inbound: Inbound,
    principal: Rc<Principal>,
    quarantine: Rc<Quarantine>,
}

impl Authenticated {
    /// Who calls.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Who and what is frozen at this moment.
    pub fn quarantine(&self) -> &Quarantine {
        &self.quarantine
    }

    /// The request.
    pub const fn inbound(&self) -> &Inbound {
        &self.inbound
    }

    pub(crate) fn principal_shared(&self) -> Rc<Principal> {
        self.principal.clone()
    }
}

/// Makes sure who calls.
pub(crate) async fn authenticate<H: Host>(host: &H, inbound: Inbound) -> Result<Authenticated, Failure> {
    let token = oauth::bearer_token::parse(inbound.headers()).map_err(Refusal::Bearer)?;
    let principal = verify(host, &inbound, token).await?;
    let quarantine = records::quarantine(host).await?;
    let key = principal.key();
    let frozen = quarantine.principals.contains(&key) || quarantine.agents.contains(&principal.claims().client_id);
    if frozen {
        // Whoever is frozen is known, so the audit event names them.
        return Err(Refusal::QuarantinedCaller(principal).into());
    }
    Ok(Authenticated { inbound, principal, quarantine })
}

async fn verify<H: Host>(host: &H, inbound: &Inbound, token: &str) -> Result<Rc<Principal>, Failure> {
    let audience = inbound.resource().protected().identifier(&inbound.live().gateway.url);
    let now = host.clock().now().seconds();
    let digest: TokenDigest = Sha256::digest(token.as_bytes()).into();
    if let Some(principal) = host.isolate().tokens.borrow_mut().find(&digest, &audience, now) {
        return Ok(principal);
    }
    let keys = keys::own(host, ACCESS_TOKEN_KEYS).await?;
    let claims = oauth::access_token::verify(token, keys.public(), &inbound.live().gateway.url, &audience, now);
    let principal = Rc::new(Principal::new(claims.map_err(Refusal::Token)?));
    host.isolate().tokens.borrow_mut().keep(digest, principal.clone());
    Ok(principal)
}

/// SHA-256 of a token: what is remembered can't be used as one.
type TokenDigest = [u8; 32];

/// How many tokens an isolate remembers: at some 500 bytes each, half a megabyte.
const CAPACITY: usize = 1024;

/// Tokens that this isolate has verified.
#[derive(Default)]
pub(crate) struct VerifiedTokens(HashMap<TokenDigest, Rc<Principal>>);

impl VerifiedTokens {
    fn find(&mut self, digest: &TokenDigest, audience: &str, now: u64) -> Option<Rc<Principal>> {
        let held = self.0.get(digest)?;
        if now >= held.claims().expires_at {
            self.0.remove(digest);
            return None;
        }
        (held.claims().audience == audience).then(|| held.clone())
    }

    fn keep(&mut self, digest: TokenDigest, principal: Rc<Principal>) {
        if self.0.len() >= CAPACITY {
            // All at once is crude and cheap: each comes back with one signature check.
            self.0.clear();
        }
        self.0.insert(digest, principal);
    }
}
