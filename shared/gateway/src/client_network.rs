//! The network of a client, by which anonymous requests are counted.

use std::net::{IpAddr, Ipv6Addr};

/// The caller's address; of an IPv6 address, its /64 network, all of which one subscriber has. Empty if the host
/// doesn't know the address: all such callers share one count.
pub(crate) fn client_network(address: Option<IpAddr>) -> String {
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
        let of = |text: &str| client_network(Some(text.parse().unwrap()));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"), "two addresses should be two places");
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"), "however it is written");
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"), "a network of IPv6 should be one place");
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"), "and another one another");
        assert_ne!(client_network(None), of("192.0.2.1"), "an unknown address should be no known one");
    }
}
