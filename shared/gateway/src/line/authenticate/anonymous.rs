//! Public access: whoever brings no token to a virtual server that anybody may use is the gateway's one anonymous user.
//!
//! It has no groups, so no role and no assignment gives it anything: what it may do is what policy permits this user by
//! name.

use http::header::AUTHORIZATION;
use oauth::access_token::Claims;
use oauth::scope;

use crate::gateway::Gateway;
use crate::line::receive::Inbound;
use crate::principal::Principal;
use ports::{Clock, Host};

/// The subject, and the agent too: nobody knows which one it is.
const ANONYMOUS: &str = "anonymous";

/// The anonymous user, where the registry lets it in. Whoever shows anything, however wrong, wants to be somebody.
pub(super) fn principal<H: Host>(gateway: &Gateway<H>, inbound: &Inbound) -> Option<Principal> {
    if inbound.headers().contains_key(AUTHORIZATION) {
        return None;
    }
    let record = &inbound.live().gateway;
    let public = record.public.get(inbound.resource().name()?)?;
    let now = gateway.host.clock().now().seconds();
    Some(Principal::anonymous(Claims {
        issuer: record.url.clone(),
        subject: ANONYMOUS.to_owned(),
        audience: inbound.resource().protected().identifier(&record.url),
        client_id: ANONYMOUS.to_owned(),
        issued_at: now,
        expires_at: now,
        jti: String::new(),
        scope: scope::KNOWN.map(str::to_owned).into(),
        groups: Vec::new(),
        team: public.team.clone(),
        project: public.project.clone(),
        tenant: None,
        identity_provider: record.url.clone(),
        acr: None,
        amr: Vec::new(),
        auth_time: None,
    }))
}
