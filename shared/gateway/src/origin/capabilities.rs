//! The capabilities that a client gets: those of the origins of its visible items, put together.

use std::collections::BTreeMap;

use json::Members;
use mcp::capabilities::{Capabilities, FeatureCapabilities};
use mcp::era::Era;
use policy::Kind;

use crate::error::{Failure, Fault};
use crate::isolate::capabilities::OriginCapabilities;
use crate::outcome::Unavailable;
use crate::virtual_server::VirtualServer;

/// The capabilities of the origins of a virtual server together.
#[derive(Default)]
pub(crate) struct JoinedCapabilities {
    pub(crate) capabilities: Capabilities,
    /// The origins that failed.
    pub(crate) unavailable: Vec<Unavailable>,
}

/// The kinds of the visible items, by origin.
pub(super) type Kinds<'a> = BTreeMap<&'a str, Vec<Kind>>;

/// The capabilities of the origin of this name, or its failure.
pub(super) type Answer<'a> = (&'a str, Result<OriginCapabilities, Failure>);

/// The kinds of `visible`, by origin.
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

impl JoinedCapabilities {
    /// Puts together the `answers` of the origins, for a client of this era. `has_session`: legacy origins can notify
    /// the client.
    pub(super) fn of((kinds, answers): (&Kinds<'_>, Vec<Answer<'_>>), (client, has_session): (Era, bool)) -> Self {
        let mut together = Self::default();
        for (name, answer) in answers {
            let of_origin = kinds.get(name).map(Vec::as_slice).unwrap_or_default();
            // The kind of a visible item counts even if its origin fails now, but not if Weir can't speak its
            // transport.
            let deprecated = Fault::OriginDeprecatedTransport.reason();
            let is_served = !matches!(&answer, Err(failure) if failure.reason() == deprecated);
            for kind in of_origin.iter().filter(|_| is_served) {
                exposed(&mut together.capabilities, *kind).get_or_insert_default();
            }
            match answer {
                Ok(declared) => together.capabilities.add(&of_exposed(&declared, of_origin, (client, has_session))),
                Err(failure) => together.unavailable.push(Unavailable { origin: name.to_owned(), failure }),
            }
        }
        together
    }
}

/// The part of an origin's capabilities that counts for a client of this era who sees these kinds of it.
fn of_exposed(declared: &OriginCapabilities, kinds: &[Kind], (client, has_session): (Era, bool)) -> Capabilities {
    let is_notified = client == declared.era && (client == Era::Modern || has_session);
    let mut capabilities = Capabilities::clone(&declared.capabilities);
    for kind in [Kind::Tool, Kind::Resource, Kind::Prompt] {
        let changes = exposed(&mut capabilities, kind);
        if !kinds.contains(&kind) {
            *changes = None;
        } else if !is_notified {
            // Notifications of changes don't cross eras, and in the legacy era they need a session.
            *changes = Some(FeatureCapabilities::default());
        }
    }
    if (client, declared.era) != (Era::Modern, Era::Modern) {
        // A capability of an extension crosses no eras, and legacy clients have none.
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
