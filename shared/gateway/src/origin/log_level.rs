//! The log level of a legacy client (`logging/setLevel`), which a modern origin learns with each request (`logLevel` in
//! `_meta`). Only the isolate's memory holds it.

use mcp::legacy;
use ports::{Clock, Host};
use sha2::{Digest, Sha256};

use super::outbound::OriginCall;
use crate::digest;
use crate::gateway::Gateway;
use crate::isolate::log_levels::ClientDigest;
use crate::line::resolve::Resolved;

/// Holds the level in the params of `logging/setLevel`.
pub(super) fn hold<H: Host>(gateway: &Gateway<H>, resolved: &Resolved) {
    if let (Some(client), Some(level)) = (client(resolved), legacy::level(resolved.message().params())) {
        gateway.isolate.log_levels.borrow_mut().insert(client, level, gateway.host.clock().now());
    }
}

/// The level that the client of the call has asked for.
pub(super) fn held<H: Host>(call: &OriginCall<'_, H>) -> Option<&'static str> {
    let levels = call.gateway.isolate.log_levels.borrow();
    if levels.is_empty() {
        return None;
    }
    levels.find(&client(call.resolved)?, call.gateway.host.clock().now())
}

/// The session, or else the user and agent at this virtual server; `None` for a caller who can't be told from others.
fn client(resolved: &Resolved) -> Option<ClientDigest> {
    let mut digest = Sha256::new();
    match resolved.session() {
        Some(session) => digest::add(&mut digest, session.text()),
        None => {
            let principal = resolved.message().principal();
            let claims = (!principal.is_anonymous()).then(|| principal.claims())?;
            for part in [&claims.identity_provider, &claims.subject, &claims.client_id] {
                digest::add(&mut digest, part);
            }
            digest::add(&mut digest, &resolved.server().record().name);
        }
    }
    Some(digest.finalize().into())
}
