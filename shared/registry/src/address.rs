//! Addresses: checks the URLs that a registry names.
//!
//! Weir calls origins and fetches key sets from inside a network edge. A URL of a loopback, private, link-local or
//! cloud metadata address would give the registry access to that network, so only `https:` URLs of globally reachable
//! hosts are accepted. The `url` crate follows the WHATWG rules: `https://2130706433/` and `https://0x7f.1/` are parsed
//! as `127.0.0.1`. DNS names are not resolved here; the host's own `fetch` must refuse private addresses. Names that
//! resolve to any address, or only inside of a network, are refused by their ends.

mod secret;

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

pub(crate) use secret::{is_about_secret, where_secret_belongs, without_secrets};

/// Maximum length of a URL, bytes.
const URL_BYTES: usize = 2048;

/// The hosts that a URL may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// `https:` to globally reachable hosts.
    Public,
    /// Also `http:`, loopback and private hosts. For development only.
    Local,
}

/// Reads the URL of an origin or of a key set.
///
/// # Errors
/// The violated requirement, worded to follow *must*.
pub fn parse(text: &str, reach: Reach) -> Result<Url, &'static str> {
    if text.len() > URL_BYTES {
        return Err("be a URL of at most 2048 bytes");
    }
    // The parser drops these in silence: the URL that Weir calls would differ from the URL in the file.
    if text.bytes().any(|byte| byte <= b' ' || byte == 0x7f || byte == b'\\') {
        return Err("be a URL without spaces, control characters and `\\`");
    }
    let url = Url::parse(text).map_err(|_| "be an absolute URL")?;
    match (url.scheme(), reach) {
        ("https", _) | ("http", Reach::Local) => {}
        _ => return Err("be an `https:` URL"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(secret::USER_INFO);
    }
    if secret::is_in_query(&url) {
        return Err(secret::QUERY);
    }
    if url.fragment().is_some() {
        return Err("be a URL without a fragment (`#…`)");
    }
    match (url.host(), reach) {
        (None, _) => Err("be a URL with a host"),
        (Some(Host::Domain(name)), _) if !is_host_name(name) => {
            Err("be a URL whose host is letters, digits, `-`, `_` and `.`")
        }
        (Some(host), Reach::Public) if !is_public(&host) => {
            Err("be a URL of a public host, not of a loopback, private, link-local or reserved one")
        }
        _ => Ok(url),
    }
}

/// Reads an issuer identifier (RFC 8414 §2): a URL without query, kept as written because it is compared byte for byte.
///
/// # Errors
/// The violated requirement, worded to follow *must*.
pub fn parse_issuer(text: &str, reach: Reach) -> Result<Url, &'static str> {
    let url = parse(text, reach)?;
    if url.query().is_some() {
        return Err("be a URL without a query (`?…`)");
    }
    // The quarantine names users `ISSUER|SUBJECT`: the first `|` must end the issuer.
    if text.contains('|') {
        return Err("be a URL without `|`");
    }
    Ok(url)
}

/// Reads the gateway's own address: `https://HOST[:PORT]`, or with `http:` where the host is loopback.
///
/// # Errors
/// The violated requirement, worded to follow *must*.
pub fn parse_gateway(text: &str) -> Result<Url, &'static str> {
    let url = parse(text, Reach::Local)?;
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err("be an `https:` URL (`http:` is for loopback hosts only)");
    }
    if url.origin().ascii_serialization() != text {
        return Err("be `https://HOST` in lower case, without path, query, default port and trailing `/`");
    }
    Ok(url)
}

/// Reads a web origin (RFC 6454 §6.2) as browsers write it: `https://HOST[:PORT]`.
///
/// # Errors
/// The violated requirement, worded to follow *must*.
pub fn parse_web_origin(text: &str, reach: Reach) -> Result<(), &'static str> {
    let url = parse(text, reach)?;
    if url.origin().ascii_serialization() != text {
        return Err("be `https://HOST` in lower case, without path, query, default port and trailing `/`");
    }
    Ok(())
}

/// True if both URLs have the same origin. A final dot of the host and the name of a loopback host make no difference.
#[must_use]
pub fn is_same_origin(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| match is_loopback(url) {
        true => "localhost".to_owned(),
        false => url.host_str().unwrap_or_default().trim_end_matches('.').to_owned(),
    };
    one.port_or_known_default() == other.port_or_known_default() && host(one) == host(other)
}

/// True if the host of `url` is on loopback.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name.trim_end_matches('.')),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_public_name(name.trim_end_matches('.')),
        Host::Ipv4(address) => is_public_v4(*address),
        Host::Ipv6(address) => is_public_v6(*address),
    }
}

/// Rejects host characters that no DNS name has. `*` and `{` are also patterns in a manifest's list of allowed hosts.
fn is_host_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// True if the name has a dot and is neither private nor a name for any address.
fn is_public_name(name: &str) -> bool {
    let within = |domain: &&str| name.strip_suffix(*domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name.contains('.') && !is_localhost(name) && !PRIVATE.iter().chain(&ANY).any(within)
}

/// Domains of private networks: reserved (RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476; `internal` by ICANN, 2024),
/// or in wide use there (`corp`, `home` and `mail` by ICANN, 2018; Kubernetes, Consul, routers).
const PRIVATE: [&str; 20] = [
    "alt",
    "cluster",
    "consul",
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intra",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "mail",
    "onion",
    "pod",
    "private",
    "svc",
    "test",
    "workgroup",
];

/// Public domains whose names resolve to the address that the caller writes into them, or to loopback.
const ANY: [&str; 13] = [
    "backname.io",
    "fuf.me",
    "lacolhost.com",
    "local.gd",
    "localhost.direct",
    "localtest.me",
    "lvh.me",
    "nip.io",
    "rbndr.us",
    "sslip.io",
    "traefik.me",
    "vcap.me",
    "xip.io",
];

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// True unless the IANA registry of special-purpose addresses (RFC 6890) lists the address as not globally reachable.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..] => true,
        [100, second, ..] => second & 0xC0 == 64,
        [169, 254, ..] | [192, 168, ..] => true,
        [172, second, ..] => second & 0xF0 == 16,
        [192, 0, 0 | 2, _] | [192, 88, 99, _] => true,
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        // Multicast, reserved and broadcast.
        [first, ..] => first >= 224,
    };
    !special
}

/// True if the address is in 2000::/3, IANA's global unicast space, and in no special block of it (RFC 6890). This
/// excludes `::`, `::1`, IPv4-mapped, `64:ff9b::/96`, `fc00::/7`, `fe80::/10`, `fec0::/10` and `ff00::/8`.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Protocol assignments (including Teredo) and documentation.
        [0x2001, second, ..] => second >= 0x0200 && second != 0x0db8,
        // 6to4 carries an IPv4 address.
        [0x2002, high, low, ..] => is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))),
        // Documentation (RFC 9637).
        [0x3fff, second, ..] => second > 0x0fff,
        [first, ..] => first & 0xE000 == 0x2000,
    }
}

#[cfg(test)]
mod tests;
