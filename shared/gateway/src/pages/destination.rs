//! A redirect URI that a page may link to. No browser can take it for a script or for another host.

/// Schemes whose URIs contain code or content instead of naming a place.
const CARRIERS: [&str; 8] = ["about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"];

/// A redirect URI, with or without parameters. It is checked before that it belongs to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination<'a> {
    uri: &'a str,
    place: Place<'a>,
}

/// The kind of place that a redirect URI names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// A program on the reader's own computer, at `localhost`, `127.0.0.1` or `[::1]` (RFC 8252 §7.3): the host.
    Loopback(&'a str),
    /// A web site: its host and port.
    Site(&'a str),
    /// A program that answers to a private-use scheme (RFC 8252 §7.1): the scheme.
    Program(&'a str),
}

impl<'a> Destination<'a> {
    /// Reads an absolute URI (RFC 3986 §4.3) in ASCII. `None` if it has user info, a host in capitals or none, or a
    /// scheme that doesn't name a place: no page may lead there, even if a client registered it.
    #[must_use]
    pub fn read(uri: &'a str) -> Option<Self> {
        let printable = uri.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !b"\"'<>\\^`{|}".contains(&byte));
        let (scheme, rest) = uri.split_once(':')?;
        if !printable || !is_scheme(scheme) || CARRIERS.contains(&scheme) {
            return None;
        }
        let place = match scheme {
            "http" | "https" => {
                let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
                let host = host(authority)?;
                match host {
                    "localhost" | "127.0.0.1" | "[::1]" => Place::Loopback(host),
                    _ if scheme == "https" => Place::Site(authority),
                    _ => return None,
                }
            }
            _ => Place::Program(scheme),
        };
        Some(Self { uri, place })
    }

    /// The URI, as it was read.
    #[must_use]
    pub const fn uri(&self) -> &'a str {
        self.uri
    }

    /// The kind of place.
    #[must_use]
    pub const fn place(&self) -> Place<'a> {
        self.place
    }

    /// The CSP source expression that covers it (CSP Level 3 §2.3.1). `None` for `[::1]`: the grammar has no IPv6 host.
    pub(super) fn source(&self) -> Option<&'a str> {
        let (scheme, rest) = self.uri.split_once(':')?;
        match self.place {
            Place::Loopback("[::1]") => None,
            Place::Program(_) => Some(&self.uri[..=scheme.len()]),
            Place::Loopback(_) | Place::Site(_) => {
                let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
                Some(&self.uri[..scheme.len() + 3 + authority.len()])
            }
        }
    }
}

/// True for `^[a-z][a-z0-9+.-]*$` (RFC 3986 §3.1, in lower case).
fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'.' | b'-'))
}

/// The host of an authority without user info; a port has digits only. No host has a `;`, so a source ends nothing else
/// of a content security policy.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => (&authority[..colon], &authority[colon + 1..]),
        _ => (authority, "0"),
    };
    let is_name = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    let is_host = host == "[::1]" || (!host.is_empty() && host.bytes().all(is_name));
    let is_port = !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_host && is_port).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_and_source_are_those_of_the_browser() {
        for (uri, place, source) in [
            ("http://localhost:1/cb", Place::Loopback("localhost"), Some("http://localhost:1")),
            ("http://127.0.0.1/cb?a=b&c", Place::Loopback("127.0.0.1"), Some("http://127.0.0.1")),
            ("http://[::1]:5/cb", Place::Loopback("[::1]"), None),
            ("https://claude.ai/api/cb", Place::Site("claude.ai"), Some("https://claude.ai")),
            ("https://a.example:8443?x", Place::Site("a.example:8443"), Some("https://a.example:8443")),
            ("cursor://anysphere.cursor-mcp/oauth/callback", Place::Program("cursor"), Some("cursor:")),
            ("com.example.app:/cb", Place::Program("com.example.app"), Some("com.example.app:")),
        ] {
            let read = Destination::read(uri).unwrap_or_else(|| panic!("`{uri}` should be read"));
            assert_eq!((read.place(), read.source(), read.uri()), (place, source, uri), "`{uri}`");
        }
    }

    #[test]
    fn hostile_destination_is_not_read() {
        for uri in [
            "",
            "/cb",
            "//evil.example/cb",
            "https:/cb",
            "https:///cb",
            "https://?x",
            "http://evil.example/cb",
            "http://localhost.evil:1/cb",
            "http://localhost:80@evil.example/cb",
            "https://claude.ai@evil.example",
            "https://claude.ai\\@evil.example",
            "https://EVIL.example",
            "https://a.example;script-src",
            "https://a.example:80:90",
            "https://a.example:",
            "https://a b.example",
            "https://ä.example",
            "javascript:alert(1)",
            " javascript:alert(1)",
            "JaVaScript:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,x",
            "blob:https://a.example/1",
            "file:///etc/passwd",
            "https://a.example/\"onclick=x",
            "https://a.example/\n",
            "1x:/cb",
        ] {
            assert_eq!(Destination::read(uri), None, "`{uri}` should lead nowhere");
        }
    }
}
