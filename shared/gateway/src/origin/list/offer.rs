//! The keys of lists in the catalogue.

use mcp::list::ListKind;
use registry::snapshot::Origin;

use super::super::audience::told;
use super::super::outbound::OriginCall;
use crate::isolate::catalogue::Offer;
use crate::line::resolve::Resolved;
use ports::Host;

/// The key of a list that is the same for all whom the origin can't tell apart.
pub(super) fn offer<'a>(resolved: &Resolved, origin: &'a Origin, kind: ListKind) -> Offer<'a> {
    let (epoch, told) = (resolved.server().epoch(), told(resolved.message(), origin));
    Offer { epoch, origin: &origin.name, kind, told }
}

/// The key of a list whose origin says nothing about its lifetime. A legacy origin may tell callers apart by their
/// sessions, so the list is kept for this one alone.
pub(super) fn of_caller<'a, H: Host>(call: &OriginCall<'a, H>, kind: ListKind) -> Offer<'a> {
    let told = Some(call.message().authenticated().entitlement());
    Offer { told, ..offer(call.resolved, call.origin, kind) }
}
