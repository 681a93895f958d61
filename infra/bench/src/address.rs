//! Addresses that may be loaded: loopback only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::Uri;

use crate::fault::Fault;

/// An endpoint on this machine.
#[derive(Debug, Clone)]
pub struct Address {
    /// `HOST:PORT`, the value of the `Host` header.
    pub authority: String,
    /// Path and query.
    pub path: String,
    /// The addresses to connect to; the first that accepts is used.
    pub sockets: Vec<SocketAddr>,
}

impl Address {
    /// Reads an `http:` URL. A name other than `localhost` is refused without a lookup: on any other machine a bench
    /// would be an attack.
    pub fn parse(url: &str) -> Result<Self, Fault> {
        let refused = |reason: &str| Fault::Found(format!("`{url}`: {reason}"));
        let uri: Uri = url.parse().map_err(|_| refused("not a URL"))?;
        if uri.scheme_str() != Some("http") {
            return Err(refused("only `http:` URLs on loopback are measured"));
        }
        let authority = uri.authority().ok_or_else(|| refused("no host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("pass credentials in a --header"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<IpAddr> = if host == "localhost" {
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        } else {
            host.parse().into_iter().collect()
        };
        if addresses.is_empty() || !addresses.iter().all(IpAddr::is_loopback) {
            return Err(refused("not on loopback: the bench loads this machine only"));
        }
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self {
            authority: authority.as_str().to_owned(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            sockets: addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect(),
        })
    }

    /// The same endpoint with another path.
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_accepted() {
        for url in
            ["http://127.0.0.1:8787/mcp?x=1", "http://[::1]:8787/mcp", "http://localhost/mcp", "http://127.9.9.9:1"]
        {
            assert!(Address::parse(url).is_ok(), "`{url}` should be taken");
        }
        let address = Address::parse("http://127.0.0.1:8787/mcp?x=1").expect("loopback should be taken");
        assert_eq!((address.authority.as_str(), address.path.as_str()), ("127.0.0.1:8787", "/mcp?x=1"));
    }

    #[test]
    fn any_other_address_is_refused() {
        let elsewhere = [
            "http://192.0.2.1/mcp",
            "http://mcp.example.com/mcp",
            "http://localhost.example.com/mcp",
            "http://127.0.0.1@192.0.2.1/mcp",
            "http://0.0.0.0:80/mcp",
            "http://[::ffff:192.0.2.1]/mcp",
            "http://2130706433/mcp",
            "https://127.0.0.1/mcp",
            "/mcp",
            "",
        ];
        for url in elsewhere {
            assert!(Address::parse(url).is_err(), "`{url}` should be refused");
        }
    }
}
