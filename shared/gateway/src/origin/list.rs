//! The definitions that the origins of a list offer. Each origin is asked separately, so that one failure doesn't fail
//! the list.
//!
//! A client with a session of its own at an origin gets the list of that session, which is never held: the origin may
//! have made it for this client alone. Any other list is held in the catalogue, for all callers that the origin can't
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
use super::fan_out::fan_out;
use super::outbound::{OriginCall, Outbound};
use crate::deadline::within;
use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::isolate::catalogue::{Definitions, Offer};
use crate::line::resolve::Resolved;
use crate::outcome::Unavailable;
use pages::Offered;
use ports::{Clock, Host};

/// The time for a list, of all its origins together: a person waits for it.
const DEADLINE: Duration = Duration::from_secs(10);

/// The definitions of the origins of a list, and the origins that failed.
pub(crate) struct Offers {
    definitions: BTreeMap<String, Rc<Definitions>>,
    /// By name; also an origin that gave a part of its list.
    unavailable: Vec<Unavailable>,
}

impl Offers {
    /// The definitions of `origin`, if it gave any.
    pub(crate) fn of(&self, origin: &str) -> Option<&Definitions> {
        self.definitions.get(origin).map(Rc::as_ref)
    }

    /// The origins that gave nothing, or not all, by name.
    pub(crate) fn unavailable(&self) -> &[Unavailable] {
        &self.unavailable
    }

    /// Their names; an error if no origin gave anything.
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

/// The outcome of one origin's list: definitions, a failure, or both if a part came.
struct Listed {
    definitions: Option<Rc<Definitions>>,
    failure: Option<Failure>,
}

/// Asks the origins of the `visible` items for their definitions, unless the isolate holds them.
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
    let asks = calls.iter().map(|(call, offered)| (call.timeout(), walk(call, kind, offered))).collect();
    let ends = fan_out(host, DEADLINE, asks).await;
    for ((call, offered), end) in calls.into_iter().zip(ends) {
        let listed = finish(&call, kind, offered, end);
        offers.add(&call.origin.name, listed);
    }
    // In order, so that the result doesn't depend on which origin answers first.
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

/// The tools of an origin, if the isolate holds them.
pub(crate) fn known<H: Host>(gateway: &Gateway<H>, resolved: &Resolved, origin: &Origin) -> Option<Rc<Definitions>> {
    let offer = offer(resolved, origin, ListKind::Tools);
    gateway.isolate.catalogue.borrow().find(&offer, gateway.host.clock().now())
}

/// The tools of the call's origin as it lists them now, whatever the isolate holds.
pub(super) async fn anew<H: Host>(call: &OriginCall<'_, H>) -> Result<Rc<Definitions>, Failure> {
    let (kind, offered) = (ListKind::Tools, RefCell::default());
    let deadline = call.timeout().min(DEADLINE);
    let end = within(&call.gateway.host, deadline, walk(call, kind, &offered)).await;
    let listed = finish(call, kind, offered, end);
    let failure = || listed.failure.unwrap_or_else(|| Fault::OriginTooSlow.into());
    listed.definitions.ok_or_else(failure)
}

/// Reads the pages of one origin. If it has ended the client's session, only the client can open a new one, which it does
/// after its next call; until then the list comes from outside of the session, so that no item vanishes.
async fn walk<H: Host>(call: &OriginCall<'_, H>, kind: ListKind, offered: &RefCell<Offered>) -> Result<(), Failure> {
    match pages::read(call, kind, offered).await {
        Err(failure) if failure.reason() == Fault::OriginSessionEnded.reason() => {
            offered.take();
            pages::read(&call.outside_client_session(), kind, offered).await
        }
        end => end,
    }
}

/// The definitions that came. A complete list that is the same in every session is held in the catalogue.
fn finish<H: Host>(
    call: &OriginCall<'_, H>,
    kind: ListKind,
    offered: RefCell<Offered>,
    end: Option<Result<(), Failure>>,
) -> Listed {
    let failure = match end {
        Some(Ok(())) => None,
        Some(Err(failure)) => Some(failure),
        None => {
            circuit_breaker::failed(call);
            Some(Fault::OriginTooSlow.into())
        }
    };
    let offered = offered.into_inner();
    if failure.is_some() && offered.pages == 0 {
        return Listed { definitions: None, failure };
    }
    let definitions = Rc::new(Definitions::new(kind, offered.items));
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
