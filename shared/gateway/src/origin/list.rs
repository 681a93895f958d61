//! The lists of origins: each origin is asked separately, so that the list survives the failure of one.
//!
//! A client with its own session at an origin gets the list of that session, which is never held: the origin may have
//! made it for this client alone. Every other list is held in the catalogue, for all callers that the origin can't tell
//! apart. Without a `ttlMs` of the origin, it is held for half a minute and one caller.

mod offer;
mod pages;
mod reading;
mod ungranted;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use mcp::list::ListKind;
use registry::snapshot::Origin;

use super::circuit_breaker;
use super::fan_out::{AT_ONCE, fan_out};
use super::outbound::{OriginCall, Outbound};
use crate::deadline::within;
use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::isolate::catalogue::Definitions;
use crate::line::resolve::Resolved;
use crate::outcome::{Defective, Unavailable};
use crate::virtual_server::VirtualServer;
use offer::{of_caller, offer};
use pages::Offered;
use ports::{Clock, Host};
use reading::Reading;

/// The time for a list, for all its origins together: a person waits for it.
const DEADLINE: Duration = Duration::from_secs(10);

/// The definitions of the origins of a list, without those of unavailable origins.
pub(crate) struct Offers {
    definitions: BTreeMap<String, Rc<Definitions>>,
    /// By name; includes an origin whose list was read in part.
    unavailable: Vec<Unavailable>,
}

impl Offers {
    /// The definitions of `origin`, if it could be asked.
    pub(crate) fn of(&self, origin: &str) -> Option<&Definitions> {
        self.definitions.get(origin).map(Rc::as_ref)
    }

    /// The origins whose list is missing or incomplete, by name.
    pub(crate) fn unavailable(&self) -> &[Unavailable] {
        &self.unavailable
    }

    /// The origins with definitions that were repaired, or left out because no client can parse the definition or the
    /// resource.
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

    /// The names of the origins whose list is missing; an error if every origin failed.
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

/// The result of reading one origin's list: definitions, a failure, or both if only a part was read.
struct Listed {
    definitions: Option<Rc<Definitions>>,
    failure: Option<Failure>,
}

/// Asks the origins of `visible`, unless the isolate still holds their lists or another request is reading them.
pub(crate) async fn offers<H: Host>(
    outbound: &Outbound<'_, H>,
    (kind, visible): (ListKind, &[usize]),
) -> Result<Offers, Failure> {
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
    outbound.take(calls.iter().filter(|(call, _)| !reading::is_under_way(call, kind)).count())?;
    // With more, an origin has less time than its own timeout, so a timeout is no sign of its health.
    let is_fair = calls.len() <= AT_ONCE;
    let ask = |(call, offered)| {
        let reading = reading::begin(call, kind);
        (OriginCall::timeout(call), ask(outbound, (call, kind), offered, reading))
    };
    let asks = calls.iter().map(|(call, offered)| ask((call, offered))).collect();
    let ends = fan_out(host, DEADLINE, asks).await;
    for ((call, offered), end) in calls.into_iter().zip(ends) {
        let listed = finish(&call, kind, offered, (end, is_fair));
        // The caller's own limit refuses the whole list: a missing origin would look like a failure of that origin.
        if let Some(refused @ Failure::Refusal(Refusal::TooManyRequests { .. })) = listed.failure {
            return Err(refused);
        }
        offers.add(&call.origin.name, listed);
    }
    // Sorted, so that the first name doesn't depend on the order of the answers.
    offers.unavailable.sort_by(|one, other| one.origin.cmp(&other.origin));
    Ok(offers)
}

/// Reads the list of one origin, or takes the one that another request is reading.
async fn ask<H: Host>(
    outbound: &Outbound<'_, H>,
    (call, kind): (&OriginCall<'_, H>, ListKind),
    offered: &RefCell<Offered>,
    reading: Option<Reading<'_>>,
) -> Result<Rc<Definitions>, Failure> {
    if reading.is_none() && call.client_session().is_none() {
        reading::wait(call, kind).await;
        if let Some(definitions) = held(call, kind) {
            return Ok(definitions);
        }
        // The other reading failed, or its list may not be kept. Waiting for another one would make a queue.
        outbound.take(1)?;
    }
    walk(call, kind, offered).await?;
    Ok(keep(call, kind, offered.take()))
}

/// The list that the isolate holds, unless the client has a list of its own at the origin.
fn held<H: Host>(call: &OriginCall<'_, H>, kind: ListKind) -> Option<Rc<Definitions>> {
    if call.client_session().is_some() {
        return None;
    }
    let (now, catalogue) = (call.gateway.host.clock().now(), call.gateway.isolate.catalogue.borrow());
    let shared = catalogue.find(&offer(call.resolved, call.origin, kind), now);
    shared.or_else(|| catalogue.find(&of_caller(call, kind), now))
}

/// The tools of an origin, if the isolate holds them.
pub(crate) fn known<H: Host>(gateway: &Gateway<H>, resolved: &Resolved, origin: &Origin) -> Option<Rc<Definitions>> {
    let offer = offer(resolved, origin, ListKind::Tools);
    gateway.isolate.catalogue.borrow().find(&offer, gateway.host.clock().now())
}

/// The tools of the call's origin, read again even if the isolate holds them.
pub(super) async fn anew<H: Host>(call: &OriginCall<'_, H>) -> Result<Rc<Definitions>, Failure> {
    let (kind, offered) = (ListKind::Tools, RefCell::default());
    let deadline = call.timeout().min(DEADLINE);
    let end = within(&call.gateway.host, deadline, walk(call, kind, &offered)).await;
    let end = end.map(|end| end.map(|()| keep(call, kind, offered.take())));
    let listed = finish(call, kind, offered, (end, true));
    let failure = || listed.failure.unwrap_or_else(|| Fault::OriginTooSlow.into());
    listed.definitions.ok_or_else(failure)
}

/// Reads the pages of one origin. If the origin has ended the client's session, the client opens a new one with its
/// next call. Until then the list is read outside of the session, so that no item disappears.
async fn walk<H: Host>(call: &OriginCall<'_, H>, kind: ListKind, offered: &RefCell<Offered>) -> Result<(), Failure> {
    match pages::read(call, kind, offered).await {
        Err(failure) if failure.reason() == Fault::OriginSessionEnded.reason() => {
            offered.take();
            pages::read(&call.outside_client_session(), kind, offered).await
        }
        end => end,
    }
}

/// The definitions of a whole list, held for others if the list is the same for them.
fn keep<H: Host>(call: &OriginCall<'_, H>, kind: ListKind, offered: Offered) -> Rc<Definitions> {
    let definitions = Rc::new(Definitions::new(kind, offered.items, offered.left_out));
    if call.client_session().is_none() {
        let (life, now) = ((offered.ttl_ms, offered.bytes), call.gateway.host.clock().now());
        let offer = if offered.lacks_ttl { of_caller(call, kind) } else { offer(call.resolved, call.origin, kind) };
        call.gateway.isolate.catalogue.borrow_mut().keep(&offer, definitions.clone(), life, now);
    }
    definitions
}

/// The definitions of all pages that were read, and the failure that ended the reading.
fn finish<H: Host>(
    call: &OriginCall<'_, H>,
    kind: ListKind,
    offered: RefCell<Offered>,
    (end, is_fair): (Option<Result<Rc<Definitions>, Failure>>, bool),
) -> Listed {
    let failure = match end {
        Some(Ok(definitions)) => return Listed { definitions: Some(definitions), failure: None },
        Some(Err(failure)) => failure,
        None => {
            if is_fair {
                circuit_breaker::failed(call);
            }
            Fault::OriginTooSlow.into()
        }
    };
    let Offered { pages, items, left_out, .. } = offered.into_inner();
    let definitions = match pages {
        0 => ungranted::definitions(call, kind, &failure).map(Rc::new),
        _ => Some(Rc::new(Definitions::new(kind, items, left_out))),
    };
    Listed { definitions, failure: Some(failure) }
}
