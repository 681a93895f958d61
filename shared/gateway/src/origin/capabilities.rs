//! What origins can do, as they say it themselves: what a client hears when it asks the virtual server.
//!
//! A modern origin is asked (`server/discover`), a legacy one has said it when its session was opened. Both are
//! remembered, and where the origin is told who asks, for who asked alone.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use json::Members;
use mcp::capabilities::{Capabilities, FeatureCapabilities};
use mcp::era::Era;
use mcp::json_rpc::{Outcome, RequestId};
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

/// How long one origin may take to say it. Nothing is lost but a hint when it doesn't.
const DEADLINE: Duration = Duration::from_secs(3);
/// What the origins of a virtual server can do together.
#[derive(Default)]
pub(crate) struct Together {
    pub(crate) capabilities: Capabilities,
    /// The origins that could not be asked.
    pub(crate) unavailable: Vec<Unavailable>,
}

/// Asks the origins of what is `visible`, unless the isolate still knows, and puts together what they say. `hears`: the
/// client has a session in which legacy origins can tell it of changes.
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
    let mut answers = stream::iter(kinds)
        .map(|(name, kinds)| async move { (name, kinds, said(outbound, name).await) })
        .buffered(AT_ONCE);
    while let Some((name, kinds, said)) = answers.next().await {
        // Whatever an origin says or doesn't, what is visible is served, unless it never can be.
        let is_served = !matches!(&said, Err(failure) if failure.reason() == Fault::OriginDeprecatedTransport.reason());
        for kind in kinds.iter().filter(|_| is_served) {
            exposed(&mut together.capabilities, *kind).get_or_insert_default();
        }
        match said {
            Ok(said) => together.capabilities.add(&of_exposed(&said, &kinds, (message.era(), hears))),
            Err(failure) => together.unavailable.push(Unavailable { origin: name.to_owned(), failure }),
        }
    }
    let extensions = &mut together.capabilities.extensions;
    // A task's id is sealed before a client gets it.
    if extensions.get(task::EXTENSION).is_some() && !matches!(keys::sealing(outbound.gateway).await, Ok(Some(_))) {
        extensions.remove(task::EXTENSION);
    }
    together
}

/// What of an origin's capabilities counts for a client of this era who sees these kinds of it.
fn of_exposed(said: &OriginCapabilities, kinds: &[Kind], (client, hears): (Era, bool)) -> Capabilities {
    let is_told = client == said.era && (client == Era::Modern || hears);
    let mut capabilities = Capabilities::clone(&said.capabilities);
    for kind in [Kind::Tool, Kind::Resource, Kind::Prompt] {
        let changes = exposed(&mut capabilities, kind);
        if !kinds.contains(&kind) {
            *changes = None;
        } else if !is_told {
            // Nobody is told of changes across the eras, nor without a session in the legacy one.
            *changes = Some(FeatureCapabilities::default());
        }
    }
    if (client, said.era) != (Era::Modern, Era::Modern) {
        // What belongs to an extension crosses no eras, and legacy clients have none.
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

async fn said<H: Host>(outbound: &Outbound<'_, H>, name: &str) -> Result<OriginCapabilities, Failure> {
    let call = outbound.to_named(name)?;
    if let Some(known) = known(&call) {
        return Ok(known);
    }
    let host = &call.gateway.host;
    within(host, call.timeout().min(DEADLINE), ask(&call)).await.ok_or(Fault::OriginTooSlow)??;
    let nothing = || OriginCapabilities { era: Era::Legacy, capabilities: Rc::default() };
    Ok(known(&call).unwrap_or_else(nothing))
}

/// Has it say what it can, which is noted on the way.
async fn ask<H: Host>(call: &OriginCall<'_, H>) -> Result<(), Failure> {
    // Whoever finds out the era, or opens a session, hears it.
    let protocol = era::protocol(call, Method::ServerDiscover).await?;
    if protocol.era() == Era::Legacy || known(call).is_some() {
        return Ok(());
    }
    let id = RequestId::from_integer(0);
    let (method, params) = (Method::ServerDiscover, Members::new());
    let question =
        Question { id: &id, method, name: None, params, meta: request::own_meta(call.trace), parameters: None };
    let (era, response) = ask::ask(call, &question).await?;
    match ask::read(call, response, &id).await?.1 {
        Outcome::Result(result) => note(call, era, &result),
        Outcome::Error { .. } => return Err(Fault::OriginAnswer { reason: "origin_discover_error" }.into()),
    }
    Ok(())
}
