//! The proxies between clients and Spin, and the client's address behind them.
//!
//! ```text
//! X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.7      connection from 10.0.0.2
//!                  forged   ▲ the client  └──────── trusted: 10.0.0.0/8 ─────┘
//! ```
//!
//! Each proxy appends the address of its peer, so the last address that belongs to no proxy is the client's.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use ipnet::IpNet;

/// The list that proxies append to. A client may have started it. No standard defines it; RFC 7239 defines `Forwarded`
/// instead.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The maximum number of proxies in a row.
const MAX_PROXIES: usize = 16;

/// The value of `trusted_proxies`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proxies {
    /// Not set: the client's address is unknown, since the connection may be a proxy's.
    Unknown,
    /// `none`: clients connect to Spin.
    None,
    /// Networks and addresses of proxies, separated by commas.
    Trusted(Vec<IpNet>),
}

impl Proxies {
    /// Reads the variable; `None` if a part of it is neither an address nor a network.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "" => Some(Self::Unknown),
            "none" => Some(Self::None),
            list => list.split(',').map(|one| network(one.trim())).collect::<Option<_>>().map(Self::Trusted),
        }
    }

    /// The client's address, given the `peer` that connected to Spin; `None` if no trusted proxy reports it.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        match self {
            Self::Unknown => None,
            Self::None => Some(peer),
            Self::Trusted(networks) => {
                let is_proxy = |address: &IpAddr| networks.iter().any(|network| network.contains(address));
                if !is_proxy(&peer) {
                    return Some(peer);
                }
                let values: Vec<&[u8]> = headers.get_all(FORWARDED_FOR).iter().map(HeaderValue::as_bytes).collect();
                let hops = values.iter().rev().flat_map(|value| value.rsplit(|byte| *byte == b','));
                // An unreadable address ends the walk, but none before it is read: a client may have started the header
                // with anything.
                hops.take(MAX_PROXIES).map(address).find(|hop| !hop.as_ref().is_some_and(is_proxy)).flatten()
            }
        }
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// An address, with or without a port.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let address = text.parse::<IpAddr>().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a test's value should be a header's");
            headers.append(FORWARDED_FOR, value);
        }
        let peer = peer.parse().expect("a test's peer should be an address");
        Proxies::parse(proxies).expect("the list should be valid").client(peer, &headers).map(|found| found.to_string())
    }

    #[test]
    fn client_is_the_last_that_is_no_proxy() {
        let cases: [(&str, &str, &[&'static str], Option<&str>); 13] = [
            ("", "10.0.0.2", &["203.0.113.9"], None),
            ("none", "203.0.113.9", &["6.6.6.6"], Some("203.0.113.9")),
            ("10.0.0.0/8", "10.0.0.2", &["203.0.113.9"], Some("203.0.113.9")),
            ("10.0.0.0/8", "10.0.0.2", &["6.6.6.6, 203.0.113.9 , 10.0.0.7"], Some("203.0.113.9")),
            ("10.0.0.0/8", "10.0.0.2", &["6.6.6.6", "203.0.113.9:4711", "10.0.0.7"], Some("203.0.113.9")),
            ("10.0.0.0/8", "203.0.113.9", &["6.6.6.6"], Some("203.0.113.9")),
            ("10.0.0.0/8", "10.0.0.2", &[], None),
            ("10.0.0.0/8", "10.0.0.2", &["10.0.0.9"], None),
            ("10.0.0.0/8", "10.0.0.2", &["é", "ü, 203.0.113.9"], Some("203.0.113.9")),
            ("10.0.0.0/8", "10.0.0.2", &["203.0.113.9, nowhere"], None),
            ("10.0.0.0/8", "10.0.0.2", &["203.0.113.9, "], None),
            ("fd00::/8, 10.0.0.2", "10.0.0.2", &["2001:db8::1, [fd00::7]:443"], Some("2001:db8::1")),
            ("10.0.0.0/8", "10.0.0.2", &["::ffff:203.0.113.9"], Some("203.0.113.9")),
        ];
        for (proxies, peer, forwarded, expected) in cases {
            assert_eq!(client(proxies, peer, forwarded).as_deref(), expected, "`{proxies}`, {peer}, {forwarded:?}");
        }
    }

    #[test]
    fn endless_list_names_nobody() {
        let proxies = ["10.0.0.7"; MAX_PROXIES];
        assert_eq!(client("10.0.0.0/8", "10.0.0.2", &[&["203.0.113.9"], &proxies[..]].concat()), None);
    }

    #[test]
    fn malformed_list_is_a_fault() {
        for text in ["all", "10.0.0.0/40", "10.0.0.0/8,", "10.0.0.0/8 fd00::/8", "*"] {
            assert_eq!(Proxies::parse(text), None, "`{text}` should be refused");
        }
    }
}
