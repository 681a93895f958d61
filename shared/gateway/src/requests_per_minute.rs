//! `requests_per_minute`: the limit on everything that one caller sends besides permitted calls: lists, completions,
//! pings, notifications, and refused messages. Each isolate counts for itself, without a store.
//!
//! A message counts before anything is decided; a permitted call is given back. A message also counts one more for each
//! request to an origin that it causes beside a call, and for each [`URIS_PER_REQUEST`] URIs that policy decides for a
//! list.

use ports::{Clock, Host};

use crate::error::Refusal;
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::principal::CallerKey;

/// Decisions about single URIs of a list that count as one request: about a millisecond of work.
pub(crate) const URIS_PER_REQUEST: u64 = 100;

/// Counts `requests`, unless the caller has used up its minute.
pub(crate) fn take<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    caller: CallerKey,
    requests: u64,
) -> Result<(), Refusal> {
    let (limit, now) = (live.gateway.requests_per_minute, gateway.host.clock().now());
    let taken = gateway.isolate.requests.borrow_mut().take(caller, requests, limit, now);
    taken.map_err(|ends_in| Refusal::TooManyRequests { limit, retry_after_seconds: Refusal::seconds(ends_in) })
}

/// Counts `requests` that are made even if the limit is used up.
pub(crate) fn charge<H: Host>(gateway: &Gateway<H>, caller: CallerKey, requests: u64) {
    if requests > 0 {
        gateway.isolate.requests.borrow_mut().charge(caller, requests, gateway.host.clock().now());
    }
}

/// Subtracts one message from the count.
pub(crate) fn give_back<H: Host>(gateway: &Gateway<H>, caller: CallerKey) {
    gateway.isolate.requests.borrow_mut().give_back(caller, gateway.host.clock().now());
}
