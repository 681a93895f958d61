//! The limit on a user's calls per minute: one count for all isolates, only for a virtual server that sets a limit.
//! Anonymous callers are counted by their address.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::deadline::within;
use crate::digest;
use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::line::parse::Message;
use crate::virtual_server::VirtualServer;
use ports::{Host, Quota, Taken};

const WINDOW: Duration = Duration::from_secs(60);

/// The time that the store may take to decide; then the call is refused, because its count is unknown.
const DEADLINE: Duration = Duration::from_secs(5);

/// Takes one call from the user's limit of this minute. Without a limit, no store is asked.
pub(super) async fn take<H: Host>(
    gateway: &Gateway<H>,
    server: &VirtualServer,
    message: &Message,
) -> Result<(), Failure> {
    let Some(limit) = server.record().calls_per_minute else { return Ok(()) };
    let key = key(server, message);
    match within(&gateway.host, DEADLINE, gateway.host.quota().take(&key, 1, limit, WINDOW)).await {
        Some(Ok(Taken::Left(_))) => Ok(()),
        Some(Ok(Taken::Exhausted { ends_in })) => {
            let retry_after_seconds = ends_in.as_millis().div_ceil(1000).max(1);
            let retry_after_seconds = u64::try_from(retry_after_seconds).unwrap_or(WINDOW.as_secs());
            Err(Refusal::RateLimited { limit, retry_after_seconds }.into())
        }
        Some(Err(error)) => Err(Fault::QuotaUnavailable { detail: error.to_string() }.into()),
        None => Err(Fault::QuotaUnavailable { detail: "no answer in time".to_owned() }.into()),
    }
}

/// The key of a user's count at a virtual server, across agents and epochs. A digest, because an issuer and a subject
/// have no bound that fits every store's keys.
fn key(server: &VirtualServer, message: &Message) -> String {
    let principal = message.principal();
    let place =
        if principal.is_anonymous() { place(message.authenticated().inbound().address()) } else { String::new() };
    let mut texts = Sha256::new();
    for text in [server.record().name.as_str(), &principal.key(), &place] {
        digest::add(&mut texts, text);
    }
    digest::key("calls-per-minute", texts)
}

/// The caller's address, or the /64 network of an IPv6 address: one subscriber has all of it. Callers whose address the
/// host doesn't know share one count.
fn place(address: Option<IpAddr>) -> String {
    /// The first 64 bits.
    const NETWORK: Ipv6Addr = Ipv6Addr::new(0xffff, 0xffff, 0xffff, 0xffff, 0, 0, 0, 0);
    match address.map(|address| address.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => Ipv6Addr::from_bits(address.to_bits() & NETWORK.to_bits()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_addresses_or_networks() {
        let of = |text: &str| place(Some(text.parse().unwrap()));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"), "two addresses should be two places");
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"), "however it is written");
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"), "a network of IPv6 should be one place");
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"), "and another one another");
        assert_ne!(place(None), of("192.0.2.1"), "an unknown address should be no known one");
    }
}
