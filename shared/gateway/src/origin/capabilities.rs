//! The capabilities that origins declare, combined into those of the virtual server.

use std::collections::BTreeMap;

use json::Members;
use mcp::capabilities::{Capabilities, FeatureCapabilities};
use mcp::era::Era;
use policy::Kind;

use crate::error::Failure;
use crate::isolate::capabilities::OriginCapabilities;
use crate::outcome::Unavailable;
use crate::virtual_server::VirtualServer;

/// The combined capabilities of a virtual server's origins.
#[derive(Default)]
pub(crate) struct Together {
    pub(crate) capabilities: Capabilities,
    /// The origins that failed.
    pub(crate) unavailable: Vec<Unavailable>,
}

/// The kinds of the visible items, by origin.
pub(super) type Kinds<'a> = BTreeMap<&'a str, Vec<Kind>>;

/// The kinds of the `visible` items, by origin.
pub(super) fn kinds<'a>(server: &'a VirtualServer, visible: &[usize]) -> Kinds<'a> {
    let mut kinds = Kinds::new();
    for &at in visible {
        let declaration = &server.exposed(at).declaration;
        let of_origin = kinds.entry(&declaration.origin).or_default();
        if !of_origin.contains(&declaration.kind) {
            of_origin.push(declaration.kind);
        }
    }
    kinds
}

impl Together {
    /// Combines the `answers` of the origins for a client of this era. `hears` is true if the client has a session in
    /// which legacy origins can notify it of changes.
    pub(super) fn of(
        (kinds, answers): (&Kinds<'_>, Vec<(&str, Result<OriginCapabilities, Failure>)>),
        (client, hears): (Era, bool),
    ) -> Self {
        let mut together = Self::default();
        // Visible items are served, even if their origin declares nothing.
        for kind in kinds.values().flatten() {
            *exposed(&mut together.capabilities, *kind) = Some(FeatureCapabilities::default());
        }
        for (name, answer) in answers {
            let of_origin = kinds.get(name).map(Vec::as_slice).unwrap_or_default();
            match answer {
                Ok(declared) => together.capabilities.add(&of_exposed(&declared, of_origin, (client, hears))),
                Err(failure) => together.unavailable.push(Unavailable { origin: name.to_owned(), failure }),
            }
        }
        together
    }
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
