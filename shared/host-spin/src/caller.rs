//! `Caller` on Spin: the address that Spin's own header tells.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ports::Caller;

/// Spin adds this header behind whatever a client has sent under the same name.
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("spin-client-addr");

/// The facts of one request's connection: the address of whoever is connected to Spin, which is a proxy's where one stands in
/// front. Spin knows no country and no region.
#[derive(Debug, Clone, Copy)]
pub struct SpinCaller(Option<IpAddr>);

impl SpinCaller {
    /// Of the connection that brought a request with these headers.
    pub fn new(headers: &HeaderMap) -> Self {
        // Only the last value is Spin's own; if that one can't be read, none of the others is believed.
        let last = headers.get_all(CLIENT_ADDRESS).iter().next_back();
        let address = last.and_then(|value| value.to_str().ok()?.parse::<SocketAddr>().ok());
        Self(address.map(|address| address.ip()))
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
        SpinCaller::new(&headers).address()
    }

    #[test]
    fn a_clients_own_address_header_is_not_believed() {
        assert_eq!(caller(&["10.0.0.1:1", "192.0.2.7:4711"]), "192.0.2.7".parse().ok(), "the last one should count");
        assert_eq!(caller(&["10.0.0.1:1", "nowhere"]), None, "an unreadable last one should not uncover another");
    }

    #[test]
    fn both_kinds_of_address_are_read() {
        assert_eq!(caller(&["[2001:db8::1]:4711"]), "2001:db8::1".parse().ok());
        assert_eq!(caller(&[]), None, "without the header nothing should be known");
    }
}
