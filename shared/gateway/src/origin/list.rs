//! The lists of origins: each origin is asked by itself, so that none takes the list of all down.
//!
//! A client that has a session of its own at an origin gets the list of that session, which is never held: the origin
//! may have made it for this client alone. Every other list is held in the catalogue, for all whom the origin can't
//! tell apart.

mod pages;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use mcp::list::ListKind;
use registry::snapshot::Origin;

use super::audience::told;
use super::circuit_breaker;
use super::fan_out::{AT_ONCE, fan_out};
use super::outbound::{OriginCall, Outbound};
use crate::deadline::within;
use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::isolate::catalogue::{Definitions, Offer};
use crate::line::resolve::Resolved;
use crate::outcome::{Defective, Unavailable};
use crate::virtual_server::VirtualServer;
use pages::Offered;
use ports::{Clock, Host};

/// The time for a list, of all its origins together. A person waits for it.
const DEADLINE: Duration = Duration::from_secs(10);

/// The definitions of the origins of a list, as far as they could be asked.
pub(crate) struct Offers {
    definitions: BTreeMap<String, Rc<Definitions>>,
    /// By name. An origin of which a part came is here, too.
    unavailable: Vec<Unavailable>,
}

impl Offers {
    /// The definitions of `origin`, if it could be asked.
    pub(crate) fn of(&self, origin: &str) -> Option<&Definitions> {
        self.definitions.get(origin).map(Rc::as_ref)
    }

    /// The origins that gave nothing, or not all, by name.
    pub(crate) fn unavailable(&self) -> &[Unavailable] {
        &self.unavailable
    }

    /// The origins whose definitions aren't all listed as they came: repaired ones, and those left out because no
    /// client can read the definition or the resource.
    pub(crate) fn defective(&self, server: &VirtualServer, kind: ListKind) -> Vec<Defective> {
        let of_origin = |(origin, definitions): (&String, &Rc<Definitions>)| {
            let repaired = definitions.iter().filter(|item| item.is_repaired()).count();
            let malformed = definitions.left_out().iter().map(|one| one.reason);
            let unreadable = definitions
                .iter()
                .filter_map(|item| server.unreadable(kind, item.identity(), origin))
                .map(|(_, reason)| reason);
            let mut reasons = malformed.chain(unreadable);
            let reason = reasons.next();
            let left_out = usize::from(reason.is_some()) + reasons.count();
            let origin = origin.clone();
            (repaired + left_out > 0).then_some(Defective { origin, repaired, left_out, reason })
        };
        self.definitions.iter().filter_map(of_origin).collect()
    }

    /// The names of those that gave nothing; an error when there were origins to ask and every one of them failed.
    pub(crate) fn missing(&mut self) -> Result<Vec<String>, Failure> {
        if self.definitions.is_empty() && !self.unavailable.is_empty() {
            return Err(self.unavailable.swap_remove(0).failure);
        }
        Ok(self.unavailable.iter().map(|unavailable| unavailable.origin.clone()).collect())
    }

    fn add(&mut self, origin: &str, listed: Listed) {
        if let Some(definitions) = listed.definitions {
            self.definitions.insert(origin.to_owned(), definitions);
        }
        if let Some(failure) = listed.failure {
            self.unavailable.push(Unavailable { origin: origin.to_owned(), failure });
        }
    }
}

/// The end of one origin's list: definitions, a failure, or both where a part came.
struct Listed {
    definitions: Option<Rc<Definitions>>,
    failure: Option<Failure>,
}

/// Asks the origins of `visible`, unless the isolate still holds their lists.
pub(crate) async fn offers<H: Host>(outbound: &Outbound<'_, H>, (kind, visible): (ListKind, &[usize])) -> Offers {
    let (host, server) = (&outbound.gateway.host, outbound.resolved.server());
    let mut offers = Offers { definitions: BTreeMap::new(), unavailable: Vec::new() };
    let names: BTreeSet<&str> = visible.iter().map(|&at| server.exposed(at).declaration.origin.as_str()).collect();
    let mut calls = Vec::new();
    for name in names {
        match outbound.to_named(name) {
            Ok(call) => match held(&call, kind) {
                Some(definitions) => drop(offers.definitions.insert(name.to_owned(), definitions)),
                None => calls.push((call, RefCell::default())),
            },
            Err(fault) => offers.add(name, Listed { definitions: None, failure: Some(fault.into()) }),
        }
    }
    // With more, an origin has less time than its own timeout, and being late tells nothing of its health.
    let is_fair = calls.len() <= AT_ONCE;
    let asks = calls.iter().map(|(call, offered)| (call.timeout(), walk(call, kind, offered))).collect();
    let ends = fan_out(host, DEADLINE, asks).await;
    for ((call, offered), end) in calls.into_iter().zip(ends) {
        let listed = finish(&call, kind, offered, (end, is_fair));
        offers.add(&call.origin.name, listed);
    }
    // The first one that is named must not depend on who answers first.
    offers.unavailable.sort_by(|one, other| one.origin.cmp(&other.origin));
    offers
}

/// The list that the isolate holds, unless the client has a list of its own at the origin.
fn held<H: Host>(call: &OriginCall<'_, H>, kind: ListKind) -> Option<Rc<Definitions>> {
    if call.client_session().is_some() {
        return None;
    }
    let now = call.gateway.host.clock().now();
    call.gateway.isolate.catalogue.borrow().find(&offer(call.resolved, call.origin, kind), now)
}

/// The tools of an origin, as far as the isolate still holds them.
pub(crate) fn known<H: Host>(gateway: &Gateway<H>, resolved: &Resolved, origin: &Origin) -> Option<Rc<Definitions>> {
    let offer = offer(resolved, origin, ListKind::Tools);
    gateway.isolate.catalogue.borrow().find(&offer, gateway.host.clock().now())
}

/// The tools of the call's origin as it lists them now, whatever the isolate holds.
pub(super) async fn anew<H: Host>(call: &OriginCall<'_, H>) -> Result<Rc<Definitions>, Failure> {
    let (kind, offered) = (ListKind::Tools, RefCell::default());
    let deadline = call.timeout().min(DEADLINE);
    let end = within(&call.gateway.host, deadline, walk(call, kind, &offered)).await;
    let listed = finish(call, kind, offered, (end, true));
    let failure = || listed.failure.unwrap_or_else(|| Fault::OriginTooSlow.into());
    listed.definitions.ok_or_else(failure)
}

/// Reads the pages of one origin. Where it has ended the client's session, only the client can open it anew, which it
/// does upon its next call: until then the list comes from outside of the session, so that nothing vanishes.
async fn walk<H: Host>(call: &OriginCall<'_, H>, kind: ListKind, offered: &RefCell<Offered>) -> Result<(), Failure> {
    match pages::read(call, kind, offered).await {
        Err(failure) if failure.reason() == Fault::OriginSessionEnded.reason() => {
            offered.take();
            pages::read(&call.outside_client_session(), kind, offered).await
        }
        end => end,
    }
}

/// Keeps what came, and holds it for others if it is all, and theirs as well.
fn finish<H: Host>(
    call: &OriginCall<'_, H>,
    kind: ListKind,
    offered: RefCell<Offered>,
    (end, is_fair): (Option<Result<(), Failure>>, bool),
) -> Listed {
    let failure = match end {
        Some(Ok(())) => None,
        Some(Err(failure)) => Some(failure),
        None => {
            if is_fair {
                circuit_breaker::failed(call);
            }
            Some(Fault::OriginTooSlow.into())
        }
    };
    let offered = offered.into_inner();
    if failure.is_some() && offered.pages == 0 {
        return Listed { definitions: None, failure };
    }
    let definitions = Rc::new(Definitions::new(kind, offered.items, offered.left_out));
    if failure.is_none() && call.client_session().is_none() {
        let (life, now) = ((offered.ttl_ms, offered.bytes), call.gateway.host.clock().now());
        let mut catalogue = call.gateway.isolate.catalogue.borrow_mut();
        catalogue.keep(&offer(call.resolved, call.origin, kind), definitions.clone(), life, now);
    }
    Listed { definitions: Some(definitions), failure }
}

/// The key of a list in the catalogue.
fn offer<'a>(resolved: &Resolved, origin: &'a Origin, kind: ListKind) -> Offer<'a> {
    let (epoch, told) = (resolved.server().epoch(), told(resolved.message(), origin));
    Offer { epoch, origin: &origin.name, kind, told }
}
