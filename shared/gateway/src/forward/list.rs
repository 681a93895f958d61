//! What the origins of a list offer: each asked by itself, so that none takes the list down.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use audit::trace::TraceParent;
use futures_util::{StreamExt, stream};
use mcp::tool::Tool;
use registry::snapshot::{Credential, Origin};

use super::send::Leg;
use super::{circuit, missing_origin, send};
use crate::catalogue::Definitions;
use crate::deadline::within;
use crate::error::{Failure, Fault};
use crate::parse::Message;
use crate::ports::{Clock, Host};
use crate::virtual_server::VirtualServer;

/// How long one origin may take for its whole list, where its own timeout isn't shorter. A person waits for it.
const DEADLINE: Duration = Duration::from_secs(10);
/// How many origins are asked at the same moment: on Workers a request has six connections, and more would wait for
/// a free one while their deadlines run.
const AT_ONCE: usize = 6;

/// What the origins of a list offer, as far as they could be asked.
pub(crate) struct Offers {
    definitions: BTreeMap<String, Rc<Definitions>>,
    unavailable: Vec<Unavailable>,
}

/// An origin that a list goes without.
pub(crate) struct Unavailable {
    /// Its name.
    pub(crate) origin: String,
    /// What happened.
    pub(crate) failure: Failure,
}

impl Offers {
    /// What `origin` calls `tool`.
    pub(crate) fn find(&self, origin: &str, tool: &str) -> Option<&Tool> {
        self.definitions.get(origin)?.find(tool)
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

/// Asks the origins of the `visible` tools, unless the isolate still knows.
pub(super) async fn offers<H: Host>(
    host: &H,
    message: &Message,
    server: &VirtualServer,
    visible: &[usize],
    trace: &TraceParent,
) -> Offers {
    let mut offers = Offers { definitions: BTreeMap::new(), unavailable: Vec::new() };
    let names: BTreeSet<&str> = visible.iter().map(|&at| server.tool(at).declaration.origin.as_str()).collect();
    let now = host.clock().now();
    let mut unknown = Vec::new();
    for name in names {
        match host.isolate().catalogue.borrow().find(server.epoch(), name, now) {
            Some(definitions) => drop(offers.definitions.insert(name.to_owned(), definitions)),
            None => unknown.push(name),
        }
    }
    // In order, so that who is named first doesn't depend on who answers first.
    let mut answers = stream::iter(unknown)
        .map(|name| async move { (name, ask(host, message, server, name, trace).await) })
        .buffered(AT_ONCE);
    while let Some((name, answer)) = answers.next().await {
        match answer {
            Ok(definitions) => drop(offers.definitions.insert(name.to_owned(), definitions)),
            Err(failure) => offers.unavailable.push(Unavailable { origin: name.to_owned(), failure }),
        }
    }
    offers
}

async fn ask<H: Host>(
    host: &H,
    message: &Message,
    server: &VirtualServer,
    name: &str,
    trace: &TraceParent,
) -> Result<Rc<Definitions>, Failure> {
    let origin = server.record().origins.get(name).ok_or_else(|| missing_origin(name))?;
    let deadline = Duration::from_millis(origin.timeout_ms).min(DEADLINE);
    let asked = within(host, deadline, send::list_tools(host, message, origin, trace));
    let Some(offered) = asked.await else {
        circuit::failed(&Leg { host, message, origin, trace });
        return Err(Fault::OriginTooSlow.into());
    };
    let offered = offered?;
    let definitions = Rc::new(Definitions::new(offered.tools));
    if answers_all_alike(origin) {
        let mut catalogue = host.isolate().catalogue.borrow_mut();
        let (kept, now) = ((offered.ttl_ms, offered.bytes), host.clock().now());
        catalogue.keep(server.epoch(), name, definitions.clone(), kept, now);
    }
    Ok(definitions)
}

/// Whether the origin can't tell callers apart. Spelt out per credential: a new kind has to be thought about here.
const fn answers_all_alike(origin: &Origin) -> bool {
    match origin.credential {
        Credential::None | Credential::Header { .. } => true,
        Credential::SignedIdentity => false,
    }
}
