//! The cost of a call, by the prices of its origin.

use audit::cost;
use audit::event::AuditEvent;
use policy::Kind;
use registry::price::Price;

use crate::virtual_server::VirtualServer;

/// The cost of using the item at `at`, which may have run. The latency of `event` must be set.
pub(super) fn cost(server: &VirtualServer, at: usize, event: &AuditEvent) -> Option<cost::Cost> {
    let declaration = &server.exposed(at).declaration;
    // The price of a tool is not the price of a resource or a prompt.
    let counts = |price: &&Price| declaration.kind == Kind::Tool || price.tool.is_none();
    let prices = server.origin(at)?.prices.iter().filter(counts).map(|price| cost::Price {
        tool: price.tool.as_deref(),
        per_call: price.per_call.as_deref(),
        per_second: price.per_second.as_deref(),
        per_kib: price.per_kib.as_deref(),
        currency: &price.currency,
        from: &price.from,
    });
    let day = event.time.get(..10).unwrap_or_default();
    let origin_ms = event.latency.and_then(|latency| latency.origin_ms).unwrap_or(0);
    let usage = cost::Usage { origin_ms, response_bytes: event.response_bytes };
    Some(cost::price_of(prices, &declaration.origin_name, day, usage))
}
