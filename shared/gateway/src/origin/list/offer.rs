//! The keys of lists in the catalogue.

use mcp::list::ListKind;
use registry::snapshot::Origin;

use super::super::audience::cache_key;
use super::super::outbound::OriginCall;
use crate::isolate::catalogue::Offer;
use crate::line::resolve::Resolved;
use ports::Host;

/// The key of a list that is the same for all callers that the origin can't tell apart.
pub(super) fn offer<'a>(resolved: &Resolved, origin: &'a Origin, kind: ListKind) -> Offer<'a> {
    let (epoch, told) = (resolved.server().epoch(), cache_key(resolved.message(), origin));
    Offer { epoch, origin: &origin.name, kind, told }
}

/// The key of a list whose origin gives no `ttlMs`. A legacy origin may tell callers apart by their sessions, so the
/// list is kept for this caller alone.
pub(super) fn of_caller<'a, H: Host>(call: &OriginCall<'a, H>, kind: ListKind) -> Offer<'a> {
    let told = Some(call.message().authenticated().entitlement());
    Offer { told, ..offer(call.resolved, call.origin, kind) }
}
