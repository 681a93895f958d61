//! The capabilities that origins declare, combined into those of the virtual server.
//!
//! A modern origin is asked by `server/discover`; a legacy one declares them in the response to `initialize`. Both are
//! remembered, and for one caller alone if the origin knows the caller.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures::{StreamExt, stream};
use json::Members;
use mcp::capabilities::{Capabilities, FeatureCapabilities};
use mcp::era::Era;
use mcp::json_rpc::Outcome;
use mcp::method::Method;
use mcp::task;
use policy::Kind;

use super::ask;
use super::era;
use super::known_capabilities::{known, note};
use super::list::AT_ONCE;
use super::outbound::OriginCall;
use super::outbound::Outbound;
use super::request::{self, Question};
use crate::deadline::within;
use crate::error::{Failure, Fault};
use crate::isolate::capabilities::OriginCapabilities;
use crate::keys;
use crate::outcome::Unavailable;
use ports::Host;

/// The time that one origin may take to declare its capabilities. Without them, a client lacks only a hint.
const DEADLINE: Duration = Duration::from_secs(3);
/// The combined capabilities of a virtual server's origins.
#[derive(Default)]
pub(crate) struct Together {
    pub(crate) capabilities: Capabilities,
    /// The origins that failed.
    pub(crate) unavailable: Vec<Unavailable>,
}

/// Asks the origins of the `visible` items, unless the isolate remembers, and combines their capabilities. `hears` is
/// true if the client has a session in which legacy origins can notify it of changes.
pub(crate) async fn together<H: Host>(outbound: &Outbound<'_, H>, (visible, hears): (&[usize], bool)) -> Together {
    let (message, server) = (outbound.resolved.message(), outbound.resolved.server());
    let mut kinds: BTreeMap<&str, Vec<Kind>> = BTreeMap::new();
    for &at in visible {
        let declaration = &server.exposed(at).declaration;
        let of_origin = kinds.entry(&declaration.origin).or_default();
        if !of_origin.contains(&declaration.kind) {
            of_origin.push(declaration.kind);
        }
    }
    let mut together = Together::default();
    // Visible items are served, even if their origin declares nothing.
    for kind in kinds.values().flatten() {
        *exposed(&mut together.capabilities, *kind) = Some(FeatureCapabilities::default());
    }
    let mut answers = stream::iter(kinds)
        .map(|(name, kinds)| async move { (name, kinds, declared(outbound, name).await) })
        .buffered(AT_ONCE);
    while let Some((name, kinds, declared)) = answers.next().await {
        match declared {
            Ok(declared) => together.capabilities.add(&of_exposed(&declared, &kinds, (message.era(), hears))),
            Err(failure) => together.unavailable.push(Unavailable { origin: name.to_owned(), failure }),
        }
    }
    let extensions = &mut together.capabilities.extensions;
    // Task ids are sealed for the client, so there are no tasks without sealing keys.
    if extensions.get(task::EXTENSION).is_some() && !matches!(keys::sealing(outbound.gateway).await, Ok(Some(_))) {
        extensions.remove(task::EXTENSION);
    }
    together
}

/// The part of an origin's capabilities that applies to a client of this era who sees these kinds of its items.
fn of_exposed(declared: &OriginCapabilities, kinds: &[Kind], (client, hears): (Era, bool)) -> Capabilities {
    let is_told = client == declared.era && (client == Era::Modern || hears);
    let mut capabilities = Capabilities::clone(&declared.capabilities);
    for kind in [Kind::Tool, Kind::Resource, Kind::Prompt] {
        let changes = exposed(&mut capabilities, kind);
        if !kinds.contains(&kind) {
            *changes = None;
        } else if !is_told {
            // Notifications of changes don't cross eras, and in the legacy era they need a session.
            *changes = Some(FeatureCapabilities::default());
        }
    }
    if (client, declared.era) != (Era::Modern, Era::Modern) {
        // Extensions don't cross eras, and legacy clients have none.
        capabilities.extensions = Members::new();
    }
    capabilities.completions &= kinds.iter().any(|kind| *kind != Kind::Tool);
    capabilities
}

const fn exposed(capabilities: &mut Capabilities, kind: Kind) -> &mut Option<FeatureCapabilities> {
    match kind {
        Kind::Tool => &mut capabilities.tools,
        Kind::Resource => &mut capabilities.resources,
        Kind::Prompt => &mut capabilities.prompts,
    }
}

async fn declared<H: Host>(outbound: &Outbound<'_, H>, name: &str) -> Result<OriginCapabilities, Failure> {
    let call = outbound.to_named(name)?;
    if let Some(known) = known(&call) {
        return Ok(known);
    }
    let host = &call.gateway.host;
    within(host, call.timeout().min(DEADLINE), ask(&call)).await.ok_or(Fault::OriginTooSlow)??;
    let nothing = || OriginCapabilities { era: Era::Legacy, capabilities: Rc::default() };
    Ok(known(&call).unwrap_or_else(nothing))
}

/// Makes the origin declare its capabilities, which are then remembered.
async fn ask<H: Host>(call: &OriginCall<'_, H>) -> Result<(), Failure> {
    // Finding out the era, or opening a session, notes the capabilities too.
    let protocol = era::protocol(call, Method::ServerDiscover).await?;
    if protocol.era() == Era::Legacy || known(call).is_some() {
        return Ok(());
    }
    let id = call.next_id();
    let (method, params) = (Method::ServerDiscover, Members::new());
    let question =
        Question { id: &id, method, name: None, params, meta: request::own_meta(call.trace), parameters: None };
    let asked = ask::ask(call, &question).await?;
    let era = asked.0.era();
    match ask::read(call, asked, &id).await?.outcome {
        Outcome::Result(result) => note(call, era, &result),
        Outcome::Error { .. } => return Err(Fault::OriginAnswer { reason: "origin_discover_error" }.into()),
    }
    Ok(())
}
