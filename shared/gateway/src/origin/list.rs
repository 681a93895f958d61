//! The definitions that the origins of a list offer. Each origin is asked separately, so that one failure doesn't fail
//! the list.

mod pages;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use futures::{StreamExt, stream};
use mcp::list::ListKind;
use registry::snapshot::Origin;

use super::audience::told;
use super::circuit_breaker;
use super::outbound::OriginCall;
use super::outbound::Outbound;
use crate::deadline::within;
use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::isolate::catalogue::{Definitions, Offer};
use crate::line::resolve::Resolved;
use crate::outcome::Unavailable;
use ports::{Clock, Host};

/// The time that one origin may take for its whole list, unless its own timeout is shorter. A person waits for it.
const DEADLINE: Duration = Duration::from_secs(10);
/// Origins that are asked at the same time. A request on Workers has six connections; further ones would wait for a
/// free one while their deadlines run.
pub(super) const AT_ONCE: usize = 6;

/// The definitions of the origins of a list, and the origins that failed.
pub(crate) struct Offers {
    definitions: BTreeMap<String, Rc<Definitions>>,
    unavailable: Vec<Unavailable>,
}

impl Offers {
    /// The definitions of `origin`, if it gave them.
    pub(crate) fn of(&self, origin: &str) -> Option<&Definitions> {
        self.definitions.get(origin).map(Rc::as_ref)
    }

    /// The origins that gave nothing, by name.
    pub(crate) fn unavailable(&self) -> &[Unavailable] {
        &self.unavailable
    }

    /// The names of the origins that gave nothing; an error if all origins failed.
    pub(crate) fn missing(&mut self) -> Result<Vec<String>, Failure> {
        if self.definitions.is_empty() && !self.unavailable.is_empty() {
            return Err(self.unavailable.swap_remove(0).failure);
        }
        Ok(self.unavailable.iter().map(|unavailable| unavailable.origin.clone()).collect())
    }
}

/// Asks the origins of the `visible` items for their definitions, unless the isolate remembers them.
pub(crate) async fn offers<H: Host>(outbound: &Outbound<'_, H>, (kind, visible): (ListKind, &[usize])) -> Offers {
    let server = outbound.resolved.server();
    let mut offers = Offers { definitions: BTreeMap::new(), unavailable: Vec::new() };
    let names: BTreeSet<&str> = visible.iter().map(|&at| server.exposed(at).declaration.origin.as_str()).collect();
    // In order, so that the result doesn't depend on which origin answers first.
    let mut answers = stream::iter(names)
        .map(|name| async move { (name, definitions(outbound, kind, name).await) })
        .buffered(AT_ONCE);
    while let Some((name, answer)) = answers.next().await {
        match answer {
            Ok(definitions) => drop(offers.definitions.insert(name.to_owned(), definitions)),
            Err(failure) => offers.unavailable.push(Unavailable { origin: name.to_owned(), failure }),
        }
    }
    offers
}

/// The definitions of one origin: as the isolate knows them, or as the origin lists them now.
async fn definitions<H: Host>(
    outbound: &Outbound<'_, H>,
    kind: ListKind,
    name: &str,
) -> Result<Rc<Definitions>, Failure> {
    let call = outbound.to_named(name)?;
    let offer = offer(call.resolved, call.origin, kind);
    let now = call.gateway.host.clock().now();
    if let Some(known) = call.gateway.isolate.catalogue.borrow().find(&offer, now) {
        return Ok(known);
    }
    asked(&call, &offer).await
}

/// The tools of an origin, if the isolate remembers them.
pub(crate) fn known<H: Host>(gateway: &Gateway<H>, resolved: &Resolved, origin: &Origin) -> Option<Rc<Definitions>> {
    let offer = offer(resolved, origin, ListKind::Tools);
    gateway.isolate.catalogue.borrow().find(&offer, gateway.host.clock().now())
}

/// The tools of the call's origin as it lists them now, whatever the isolate knows.
pub(super) async fn anew<H: Host>(call: &OriginCall<'_, H>) -> Result<Rc<Definitions>, Failure> {
    asked(call, &offer(call.resolved, call.origin, ListKind::Tools)).await
}

async fn asked<H: Host>(call: &OriginCall<'_, H>, offer: &Offer<'_>) -> Result<Rc<Definitions>, Failure> {
    let (gateway, kind) = (call.gateway, offer.kind);
    let deadline = call.timeout().min(DEADLINE);
    let Some(offered) = within(&gateway.host, deadline, pages::read(call, kind)).await else {
        circuit_breaker::failed(call);
        return Err(Fault::OriginTooSlow.into());
    };
    let offered = offered?;
    let definitions = Rc::new(Definitions::new(kind, offered.items));
    let (kept, now) = ((offered.ttl_ms, offered.bytes), gateway.host.clock().now());
    gateway.isolate.catalogue.borrow_mut().keep(offer, definitions.clone(), kept, now);
    Ok(definitions)
}

/// The key under which a list is kept.
fn offer<'a>(resolved: &Resolved, origin: &'a Origin, kind: ListKind) -> Offer<'a> {
    let (epoch, told) = (resolved.server().epoch(), told(resolved.message(), origin));
    Offer { epoch, origin: &origin.name, kind, told }
}
