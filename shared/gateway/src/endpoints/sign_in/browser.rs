//! The browser of a sign-in: a random cookie that its first request sets, and that every later one must bring.
//!
//! Without it, somebody could begin a sign-in and have another person finish it (CVE-2026-27124).

use http::header::{self, HeaderMap, HeaderValue};

use super::site::Site;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::identifier;
use ports::Host;

/// The time that a browser keeps the cookie, seconds: the longest sign-in.
const SECONDS: u64 = 600;

/// 256 random bits, base64url.
const CHARACTERS: usize = 43;

/// The cookie's value.
pub(in crate::endpoints) struct Browser(String);

impl Browser {
    /// The browser that sends these headers; `None` if it has no cookie of ours.
    pub(in crate::endpoints) fn read(site: &Site<'_>, headers: &HeaderMap) -> Option<Self> {
        let value = cookie(headers, name(site))?;
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (value.len() == CHARACTERS && value.bytes().all(letter)).then(|| Self(value.to_owned()))
    }

    /// The browser that sends these headers, or a new one. Two sign-ins side by side share their cookie.
    pub(in crate::endpoints) fn read_or_new<H: Host>(
        gateway: &Gateway<H>,
        site: &Site<'_>,
        headers: &HeaderMap,
    ) -> Result<Self, Fault> {
        match Self::read(site, headers) {
            Some(browser) => Ok(browser),
            None => Ok(Self(identifier::text::<H, 32>(&gateway.host)?)),
        }
    }

    /// The part of a sealed text's binding.
    pub(in crate::endpoints) fn binding(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// `Set-Cookie`.
    pub(in crate::endpoints) fn set_cookie(&self, site: &Site<'_>) -> Option<HeaderValue> {
        set_cookie(site, name(site), &self.0, SECONDS)
    }
}

/// `__Host-` ties a cookie to this host: no other one can set it (RFC 6265bis §4.1.3.2). Browsers demand TLS for it.
fn name(site: &Site<'_>) -> &'static str {
    if site.is_secure() { "__Host-weir-sign-in" } else { "weir-sign-in" }
}

/// `Set-Cookie` for a cookie of this host that pages can't read, and that other sites' forms don't send.
pub(in crate::endpoints) fn set_cookie(site: &Site<'_>, name: &str, value: &str, seconds: u64) -> Option<HeaderValue> {
    let secure = if site.is_secure() { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(cookie).ok()
}

/// The value of a cookie; `None` without one, or if there are two of its name.
pub(in crate::endpoints) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(other, _)| *other == name).map(|(_, value)| value);
    let value = found.next()?;
    found.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::isolate::records::Live;

    fn live(url: &str) -> Live {
        let gateway = serde_json::json!({
            "url": url, "clients": [], "assignment_shards": 1, "access_token_seconds": 600, "browser_origins": [],
            "loopback_origins": false,
            "issuers": [{
                "name": "corporate", "issuer": "https://idp.example.com", "jwks_uri": "https://idp.example.com/keys",
                "algorithms": ["ES256"], "groups_claim": "groups",
            }],
            "sign_in": {
                "issuer": "corporate", "client_id": "weir", "client_authentication": "none", "scopes": ["openid"],
                "registration": false, "client_hosts": [], "redirect_uris": [], "idle_seconds": 300,
                "longest_seconds": 3600,
            },
        });
        Live { epoch: 1, gateway: Rc::new(serde_json::from_value(gateway).unwrap()) }
    }

    #[test]
    fn cookie_is_tied_to_its_host_over_tls() {
        for (url, expected) in [
            ("https://mcp.example.com", "__Host-weir-sign-in=v; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"),
            ("http://127.0.0.1:8787", "weir-sign-in=v; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"),
        ] {
            let live = live(url);
            let site = Site::of(&live).unwrap();
            let cookie = Browser("v".to_owned()).set_cookie(&site).unwrap();
            assert_eq!(cookie.to_str().unwrap(), expected, "{url}");
        }
    }

    #[test]
    fn cookie_is_the_only_one_of_its_name() {
        for (lines, found) in [
            (&["a=1; b=2"][..], Some("2")),
            (&["b=2"], Some("2")),
            (&["a=1", "b=2=3"], Some("2=3")),
            (&["b=2; b=2"], None),
            (&["b=2", "b=3"], None),
            (&["ab=2; bb=3"], None),
            (&["b"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, HeaderValue::from_static(line));
            }
            assert_eq!(cookie(&headers, "b"), found, "{lines:?}");
        }
    }
}
