//! URIs that every legacy client reads: the Python SDK 1.x parses them as URLs (WHATWG), others take any text.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The schemes whose URLs have a host that is a domain or an address (WHATWG URL, special schemes, besides `file`).
const SPECIAL: [&str; 5] = ["http", "https", "ws", "wss", "ftp"];

/// True if the text is a URL for certain.
pub(super) fn is_readable(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let is_special = SPECIAL.contains(&scheme.to_ascii_lowercase().as_str());
    let Some(rest) = rest.strip_prefix("//") else { return is_scheme && !is_special };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    is_scheme && (is_authority(authority, is_special) || (authority.is_empty() && !is_special))
}

fn is_authority(authority: &str, is_special: bool) -> bool {
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, behind)| behind);
    let (host, port) = match host_and_port.rsplit_once(':') {
        Some((host, port)) if !host_and_port.ends_with(']') => (host, port),
        _ => (host_and_port, ""),
    };
    let is_port = port.is_empty() || (port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok());
    is_port && is_host(host, is_special)
}

fn is_host(host: &str, is_special: bool) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    let forbidden = |character: char| character.is_control() || " \"#/:<>?@[\\]^`{|}".contains(character);
    if host.is_empty() || (host.contains(forbidden) && is_special) {
        return false;
    }
    if !is_special {
        // `{id}` is opaque to the parser.
        return !host.contains(|character: char| forbidden(character) && !"\"`{}".contains(character));
    }
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or(host);
    let is_address = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    let has_punycode = host.split('.').any(|label| label.starts_with("xn--"));
    !host.contains('%') && host.is_ascii() && !has_punycode && (!is_address || host.parse::<Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uri_is_readable_if_python_parses_it() {
        for uri in [
            "handbook:",
            "handbook://",
            "handbook://a%zz",
            "handbook://999.1.1.1/",
            "data://My%20Doc",
            "file:///y",
            "file://x/y",
            "mailto:x",
            "urn:x:y",
            "h2+x.y:z",
            "handbook://{id}",
            "handbook://é",
            "https://docs.example.com:8080/a b",
            "http://a..b/",
            "http://a_b/",
            "http://[::1]/",
            "http://127.0.0.1/",
            "handbook://x@y/",
        ] {
            assert!(is_readable(uri), "`{uri}` should be readable");
        }
        for uri in [
            "a",
            "http://",
            "http://a b/",
            "data://a:99999/",
            "http://x:99999/",
            "http://999.1.1.1/",
            "http://1.2.3.4.5/",
            "http://[x/",
            "handbook://[x/",
            "http://a%zz/",
            "handbook://a|b/",
            "http://xn--a/",
            "http://x@/y",
            "handbook://x@/y",
            "handbook://a:b/",
            "handbook://:80/",
        ] {
            assert!(!is_readable(uri), "`{uri}` should not be readable");
        }
    }
}
