//! Addresses to which a token may be sent.

use url::{Host, Url};

/// Reads `https://HOST`, or `http://` with a loopback host, where nobody else can listen.
pub fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (plain && url.password().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && loopback)))
        .then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_sent_encrypted_or_on_loopback_only() {
        for url in ["https://ledger.example.com", "http://127.0.0.1:8788", "http://[::1]:8788/", "http://localhost:1"] {
            assert!(address(url).is_some(), "`{url}` should be an address");
        }
        for url in [
            "http://ledger.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "ftp://127.0.0.1",
            "ledger.example.com",
            "https://user:password@ledger.example.com",
            "https://ledger.example.com/reports",
            "",
        ] {
            assert!(address(url).is_none(), "`{url}` should be no address");
        }
    }
}
