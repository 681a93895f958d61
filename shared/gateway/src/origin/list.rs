//! What the origins of a list offer: each asked by itself, so that none takes the list down.

mod pages;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use audit::trace::TraceParent;
use futures_util::{StreamExt, stream};
use mcp::list::ListKind;
use registry::snapshot::{Credential, Origin};

use super::request::Leg;
use super::{circuit_breaker, missing};
use crate::deadline::within;
use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::isolate::catalogue::{Definitions, Offer};
use crate::line::parse::Message;
use crate::outcome::Unavailable;
use crate::principal::Entitlement;
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

    /// The names of those that gave nothing; an error when there were origins to ask and every one of them failed.
    pub(crate) fn missing(&mut self) -> Result<Vec<String>, Failure> {
        if self.definitions.is_empty() && !self.unavailable.is_empty() {
            return Err(self.unavailable.swap_remove(0).failure);
        }
        Ok(self.unavailable.iter().map(|unavailable| unavailable.origin.clone()).collect())
    }
}

/// Asks the origins of what is `visible`, unless the isolate still knows.
pub(crate) async fn offers<H: Host>(
    gateway: &Gateway<H>,
    message: &Message,
    server: &VirtualServer,
    (kind, visible): (ListKind, &[usize]),
    trace: &TraceParent,
) -> Offers {
    let mut offers = Offers { definitions: BTreeMap::new(), unavailable: Vec::new() };
    let names: BTreeSet<&str> = visible.iter().map(|&at| server.exposed(at).declaration.origin.as_str()).collect();
    // In order, so that who is named first doesn't depend on who answers first.
    let mut answers = stream::iter(names)
        .map(|name| async move { (name, definitions(gateway, message, server, (kind, name), trace).await) })
        .buffered(AT_ONCE);
    while let Some((name, answer)) = answers.next().await {
        match answer {
            Ok(definitions) => drop(offers.definitions.insert(name.to_owned(), definitions)),
            Err(failure) => offers.unavailable.push(Unavailable { origin: name.to_owned(), failure }),
        }
    }
    offers
}

/// What one origin offers: as the isolate knows it, or as the origin says now.
pub(super) async fn definitions<H: Host>(
    gateway: &Gateway<H>,
    message: &Message,
    server: &VirtualServer,
    (kind, name): (ListKind, &str),
    trace: &TraceParent,
) -> Result<Rc<Definitions>, Failure> {
    let origin = server.record().origins.get(name).ok_or_else(|| missing(name))?;
    let offer = offer(message, server, origin, kind);
    if let Some(known) = gateway.isolate.catalogue.borrow().find(&offer, gateway.host.clock().now()) {
        return Ok(known);
    }
    asked(&Leg { gateway, message, origin, trace }, &offer).await
}

/// The tools of an origin, as far as the isolate still knows them.
pub(crate) fn known<H: Host>(
    gateway: &Gateway<H>,
    message: &Message,
    server: &VirtualServer,
    origin: &Origin,
) -> Option<Rc<Definitions>> {
    let offer = offer(message, server, origin, ListKind::Tools);
    gateway.isolate.catalogue.borrow().find(&offer, gateway.host.clock().now())
}

/// The tools of an origin as it says now, whatever the isolate knows.
pub(super) async fn anew<H: Host>(
    gateway: &Gateway<H>,
    message: &Message,
    server: &VirtualServer,
    origin: &Origin,
    trace: &TraceParent,
) -> Result<Rc<Definitions>, Failure> {
    asked(&Leg { gateway, message, origin, trace }, &offer(message, server, origin, ListKind::Tools)).await
}

async fn asked<H: Host>(leg: &Leg<'_, H>, offer: &Offer<'_>) -> Result<Rc<Definitions>, Failure> {
    let (gateway, kind) = (leg.gateway, offer.kind);
    let deadline = Duration::from_millis(leg.origin.timeout_ms).min(DEADLINE);
    let Some(offered) = within(&gateway.host, deadline, pages::read(leg, kind)).await else {
        circuit_breaker::failed(leg);
        return Err(Fault::OriginTooSlow.into());
    };
    let offered = offered?;
    let definitions = Rc::new(Definitions::new(kind, offered.items));
    let (kept, now) = ((offered.ttl_ms, offered.bytes), gateway.host.clock().now());
    gateway.isolate.catalogue.borrow_mut().keep(offer, definitions.clone(), kept, now);
    Ok(definitions)
}

/// Under which key a list is kept.
pub(crate) fn offer<'a>(message: &Message, server: &VirtualServer, origin: &'a Origin, kind: ListKind) -> Offer<'a> {
    Offer { epoch: server.epoch(), origin: &origin.name, kind, told: told(message, origin) }
}

/// Whom the origin takes its answer to be for, where it is told.
pub(super) fn told(message: &Message, origin: &Origin) -> Option<Entitlement> {
    (!answers_all_alike(origin)).then(|| message.authenticated().entitlement())
}

/// Whether the origin can't tell callers apart. Spelt out per credential: a new kind has to be thought about here.
const fn answers_all_alike(origin: &Origin) -> bool {
    match origin.credential {
        Credential::None | Credential::Header { .. } => true,
        Credential::SignedIdentity => false,
    }
}
