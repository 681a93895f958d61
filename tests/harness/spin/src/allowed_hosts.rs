//! `allowed_outbound_hosts`: the servers that a component may connect to, from its manifest.

use url::Host;

/// The reason for which an entry of the list is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` in allowed_outbound_hosts is not SCHEME://HOST:PORT, with `*` for any of them or for a subdomain")]
pub struct AllowedHostError(String);

/// The list of one component.
#[derive(Debug, Default)]
pub struct AllowedHosts(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    scheme: Option<String>,
    host: HostRule,
    port: Option<(u16, u16)>,
}

#[derive(Debug)]
enum HostRule {
    Any,
    Below(String),
    Exact(Host),
}

impl AllowedHosts {
    /// Reads entries after their templates are expanded. An entry that a variable left empty allows nothing.
    pub fn parse(entries: &[String]) -> Result<Self, AllowedHostError> {
        let filled = entries.iter().filter(|entry| !["", "http://", "https://"].contains(&entry.as_str()));
        filled
            .map(|entry| Entry::parse(entry).ok_or_else(|| AllowedHostError(entry.clone())))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// True if a URL may be opened; without a port, the scheme's default port counts.
    pub fn allow(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let Ok(host) = Host::parse(host) else { return false };
        let Some(port) = port.or_else(|| port_of(scheme)) else { return false };
        self.0.iter().any(|entry| entry.allows(scheme, &host, port))
    }
}

impl Entry {
    fn parse(entry: &str) -> Option<Self> {
        let (scheme, rest) = entry.trim().split_once("://")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        // The colons of an IPv6 address are in brackets.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let port = match port {
            None => Some(one(port_of(scheme)?)),
            Some("*") => None,
            Some(port) => match port.split_once("..") {
                Some((first, end)) => Some((first.parse().ok()?, end.parse::<u16>().ok()?.checked_sub(1)?)),
                None => Some(one(port.parse().ok()?)),
            },
        };
        let scheme = match scheme {
            "*" => None,
            scheme if !scheme.is_empty() && scheme.chars().all(char::is_alphabetic) => Some(scheme.to_owned()),
            _ => return None,
        };
        let host = match host {
            "*" => HostRule::Any,
            host => match host.strip_prefix("*.") {
                Some(parent) if !parent.contains('*') => HostRule::Below(format!(".{}", Host::parse(parent).ok()?)),
                None if !host.contains('*') => HostRule::Exact(Host::parse(host).ok()?),
                _ => return None,
            },
        };
        Some(Self { scheme, host, port })
    }

    fn allows(&self, scheme: &str, host: &Host, port: u16) -> bool {
        let named = match &self.host {
            HostRule::Any => true,
            HostRule::Below(parent) => matches!(host, Host::Domain(domain) if domain.ends_with(parent)),
            HostRule::Exact(exact) => exact == host,
        };
        named
            && self.scheme.as_ref().is_none_or(|allowed| allowed == scheme)
            && self.port.is_none_or(|(first, last)| (first..=last).contains(&port))
    }
}

fn one(port: u16) -> (u16, u16) {
    (port, port)
}

/// The default port of a scheme.
pub fn port_of(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "redis" => Some(6379),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Result<AllowedHosts, AllowedHostError> {
        AllowedHosts::parse(&entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn scheme_host_and_port_must_all_agree() {
        let allowed = list(&["http://127.0.0.1:8000", "https://crm.example", "redis://localhost", "http://[::1]:80"]);
        let allowed = allowed.expect("the list should do");
        for (scheme, host, port, expected) in [
            ("http", "127.0.0.1", Some(8000), true),
            ("http", "127.0.0.1", Some(8001), false),
            ("https", "127.0.0.1", Some(8000), false),
            ("http", "localhost", Some(8000), false),
            ("https", "crm.example", None, true),
            ("https", "CRM.example", Some(443), true),
            ("http", "crm.example", None, false),
            ("https", "x.crm.example", None, false),
            ("redis", "localhost", None, true),
            ("redis", "localhost", Some(6380), false),
            ("http", "[::1]", None, true),
            ("http", "", None, false),
        ] {
            assert_eq!(allowed.allow(scheme, host, port), expected, "{scheme}://{host} port {port:?}");
        }
    }

    #[test]
    fn wildcards_allow_only_their_part_of_a_host() {
        let allowed =
            list(&["http://127.0.0.1:*", "https://*.example", "*://db:5000..6000"]).expect("wildcards are known");
        assert!(allowed.allow("http", "127.0.0.1", Some(54321)), "any port");
        assert!(allowed.allow("https", "a.b.example", None), "any subdomain");
        assert!(!allowed.allow("https", "example", None), "but not the domain itself");
        assert!(!allowed.allow("https", "badexample", None), "nor one that ends alike");
        assert!(allowed.allow("redis", "db", Some(5999)), "a range of ports, any scheme");
        assert!(!allowed.allow("redis", "db", Some(6000)), "without its end");
        assert!(list(&["*://*:*"]).expect("all").allow("http", "anything", None), "everything");
    }

    #[test]
    fn empty_variable_allows_nothing() {
        let allowed = list(&["", "http://"]).expect("an empty variable is no fault");
        assert!(!allowed.allow("http", "127.0.0.1", None), "nothing is allowed");
    }

    #[test]
    fn malformed_entry_is_refused() {
        for wrong in ["*", "127.0.0.1", "http://a/path", "http://a*b", "ftp://host", "http://h:x", "http://*.*.a"] {
            assert!(list(&[wrong]).is_err(), "`{wrong}` should be refused");
        }
    }
}
