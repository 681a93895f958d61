//! What the origins of a list offer: each asked by itself, so that none takes the list down.

mod pages;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
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
use crate::outcome::{Defective, Unavailable};
use crate::virtual_server::VirtualServer;
use ports::{Clock, Host};

/// How long one origin may take for its whole list, where its own timeout isn't shorter. A person waits for it.
const DEADLINE: Duration = Duration::from_secs(10);
/// How many origins are asked at the same moment: on Workers a request has six connections, and more would wait for
/// a free one while their deadlines run.
pub(super) const AT_ONCE: usize = 6;

/// What the origins of a list offer, as far as they could be asked.
pub(crate) struct Offers {
    definitions: BTreeMap<String, Rc<Definitions>>,
    unavailable: Vec<Unavailable>,
}

impl Offers {
    /// What `origin` offers, if it could be asked.
    pub(crate) fn of(&self, origin: &str) -> Option<&Definitions> {
        self.definitions.get(origin).map(Rc::as_ref)
    }

    /// The origins that gave nothing, by name.
    pub(crate) fn unavailable(&self) -> &[Unavailable] {
        &self.unavailable
    }

    /// The origins whose definitions aren't all listed as they came: some are repaired, or left out because no client
    /// can read the definition or the resource.
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
}

/// Asks the origins of what is `visible`, unless the isolate still knows.
pub(crate) async fn offers<H: Host>(outbound: &Outbound<'_, H>, (kind, visible): (ListKind, &[usize])) -> Offers {
    let server = outbound.resolved.server();
    let mut offers = Offers { definitions: BTreeMap::new(), unavailable: Vec::new() };
    let names: BTreeSet<&str> = visible.iter().map(|&at| server.exposed(at).declaration.origin.as_str()).collect();
    // In order, so that who is named first doesn't depend on who answers first.
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

/// The tools of an origin, as far as the isolate still knows them.
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
    let definitions = Rc::new(Definitions::new(kind, offered.items, offered.left_out));
    let (kept, now) = ((offered.ttl_ms, offered.bytes), gateway.host.clock().now());
    gateway.isolate.catalogue.borrow_mut().keep(offer, definitions.clone(), kept, now);
    Ok(definitions)
}

/// Under which key a list is kept.
fn offer<'a>(resolved: &Resolved, origin: &'a Origin, kind: ListKind) -> Offer<'a> {
    let (epoch, told) = (resolved.server().epoch(), told(resolved.message(), origin));
    Offer { epoch, origin: &origin.name, kind, told }
}
