//! Public access: a request without a token to a public virtual server acts as the gateway's one anonymous user.
//!
//! It has no groups, so no role and no assignment applies: it may do only what policy permits this user by name.

use http::header::AUTHORIZATION;
use oauth::access_token::Claims;
use oauth::scope;

use crate::gateway::Gateway;
use crate::line::receive::Inbound;
use crate::principal::Principal;
use ports::{Clock, Host};

/// The subject and the `client_id` of an unknown user and an unknown agent.
const ANONYMOUS: &str = "anonymous";

/// The anonymous user, if the virtual server is public. A request with any `Authorization` header, even an invalid one,
/// is never treated as anonymous.
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
        began_at: now,
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
        audience_subject: None,
        key_thumbprint: None,
    }))
}
