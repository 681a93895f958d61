//! The limit on a user's calls per minute: one count for all isolates, only for a virtual server that sets a limit.
//! Anonymous callers are counted by their address, and for each message.
//!
//! Once a limit is used up, the isolate asks the store again only when the minute is over.

use std::net::IpAddr;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::client_network::client_network;
use crate::deadline::within;
use crate::digest;
use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::principal::Principal;
use crate::virtual_server::VirtualServer;
use ports::{Clock, Host, Quota, TakeResult};

const WINDOW: Duration = Duration::from_secs(60);

/// The time that the store may take to decide; then the call is refused, because its count is unknown.
const DEADLINE: Duration = Duration::from_secs(5);

/// Takes one call from the user's limit of this minute. Without a limit, no store is asked.
pub(crate) async fn take<H: Host>(
    gateway: &Gateway<H>,
    server: &VirtualServer,
    (principal, address): (&Principal, Option<IpAddr>),
) -> Result<(), Failure> {
    let Some(limit) = server.record().calls_per_minute else { return Ok(()) };
    let key = key(server, principal, address);
    let refused = |ends_in| {
        let retry_after_seconds = Refusal::seconds(ends_in);
        Err(Refusal::RateLimited { limit, retry_after_seconds }.into())
    };
    let known = gateway.isolate.exhausted.borrow().ends_in(&key, limit, gateway.host.clock().now());
    if let Some(ends_in) = known {
        return refused(ends_in);
    }
    match within(&gateway.host, DEADLINE, gateway.host.quota().take(&key, 1, limit, WINDOW)).await {
        Some(Ok(TakeResult::Left(_))) => Ok(()),
        Some(Ok(TakeResult::Exhausted { ends_in })) => {
            gateway.isolate.exhausted.borrow_mut().note(key, limit, ends_in, gateway.host.clock().now());
            refused(ends_in)
        }
        Some(Err(error)) => Err(Fault::QuotaUnavailable { detail: error.to_string() }.into()),
        None => Err(Fault::QuotaUnavailable { detail: "no answer in time".to_owned() }.into()),
    }
}

/// The key of a user's count at a virtual server, across agents and epochs. A digest, because an issuer and a subject
/// have no bound that fits every store's keys.
fn key(server: &VirtualServer, principal: &Principal, address: Option<IpAddr>) -> String {
    let network = if principal.is_anonymous() { client_network(address) } else { String::new() };
    let mut texts = Sha256::new();
    for text in [server.record().name.as_str(), &principal.key(), &network] {
        digest::add(&mut texts, text);
    }
    digest::key("calls-per-minute", texts)
}
