//! `Caller` on Spin: the address in Spin's own header, or behind trusted proxies.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ports::Caller;

use crate::proxies::Proxies;

/// Spin appends this header after any header of the same name from the client.
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("spin-client-addr");

/// The facts of one request's connection: the client's address, as far as the deployment says which proxies to trust.
/// Country and region are absent.
#[derive(Debug, Clone, Copy)]
pub struct SpinCaller(Option<IpAddr>);

impl SpinCaller {
    /// The facts of the connection of a request with these headers, behind these proxies.
    pub fn new(headers: &HeaderMap, proxies: &Proxies) -> Self {
        // Only the last value is Spin's own; if it is malformed, no other is trusted.
        let last = headers.get_all(CLIENT_ADDRESS).iter().next_back();
        let peer = last.and_then(|value| value.to_str().ok()?.parse::<SocketAddr>().ok());
        Self(peer.and_then(|peer| proxies.client(peer.ip().to_canonical(), headers)))
    }
}

impl Caller for SpinCaller {
    fn address(&self) -> Option<IpAddr> {
        self.0
    }
    fn country(&self) -> Option<String> {
        None
    }
    fn region(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn caller(addresses: &[&'static str]) -> Option<IpAddr> {
        let mut headers = HeaderMap::new();
        for address in addresses {
            headers.append(CLIENT_ADDRESS, HeaderValue::from_static(address));
        }
        SpinCaller::new(&headers, &Proxies::None).address()
    }

    #[test]
    fn address_header_of_client_is_not_trusted() {
        assert_eq!(caller(&["10.0.0.1:1", "192.0.2.7:4711"]), "192.0.2.7".parse().ok(), "the last one should count");
        assert_eq!(caller(&["10.0.0.1:1", "nowhere"]), None, "an unreadable last one should not uncover another");
    }

    #[test]
    fn ipv4_and_ipv6_addresses_are_read() {
        assert_eq!(caller(&["[2001:db8::1]:4711"]), "2001:db8::1".parse().ok());
        assert_eq!(caller(&[]), None, "without the header nothing should be known");
    }
}
