//! The tools of an origin whose user has not given a grant yet: as the registry names them.
//!
//! The origin tells nobody else what it offers. Without these, a client would see no tool whose call could ask the user
//! for the grant.

use json::RawJson;
use mcp::era::Era;
use mcp::list::{List, ListKind};
use ports::Host;
use serde_json::json;

use super::super::outbound::OriginCall;
use crate::error::{Failure, Fault};
use crate::isolate::catalogue::Definitions;

/// Definitions of the tools that the registry approves, without their schemas; `None` for another failure or list.
pub(super) fn definitions<H: Host>(call: &OriginCall<'_, H>, kind: ListKind, failure: &Failure) -> Option<Definitions> {
    let Failure::Fault(fault) = failure else { return None };
    if kind != ListKind::Tools || !matches!(fault.cause(), Fault::GrantNeeded(_)) {
        return None;
    }
    let server = call.resolved.server();
    let exposed = server.indexes(policy::Kind::Tool).map(|at| &server.exposed(at).declaration);
    let of_origin = exposed.filter(|declaration| declaration.origin == call.origin.name);
    let description = "Needs the user's own account, which is not connected yet: a call answers with a link for them. \
                       The list then has the tool's description and arguments.";
    let tools: Vec<_> = of_origin
        .map(
            |tool| json!({ "name": tool.origin_name, "description": description, "inputSchema": { "type": "object" } }),
        )
        .collect();
    let result = RawJson::from_serialize(&json!({ "tools": tools })).ok()?;
    let list = List::parse(kind, Era::Modern, &result).ok()?;
    Some(Definitions::new(kind, list.items, list.left_out))
}
