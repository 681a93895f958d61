//! Redirect URIs of clients (RFC 6749 §3.1.2, RFC 8252 §7): parsed once, then compared part by part.
//!
//! | kind | taken | matches a registered one |
//! |---|---|---|
//! | `https:` | every public or private host | character by character |
//! | `http:` | on `localhost`, `127.0.0.1`, `[::1]` alone | with any port; same host, path and query (RFC 8252 §7.3) |
//! | private-use scheme | as the registry lists it, whole | character by character |

use std::fmt;

use crate::web_url::{self, WebUrl};

/// A redirect URI that was parsed and that Weir may send a code to, if its client has registered it.
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectUri {
    text: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Https,
    Loopback,
    PrivateUse,
}

/// The reason for refusing a redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Longer than [`web_url::MAX_BYTES`], or no absolute URI in one spelling: user info, fragment, white space.
    #[error("the redirect URI is not a plain absolute URI")]
    Malformed,
    /// `http:` to a host that is not one of the three loopback hosts.
    #[error("an `http:` redirect URI must be on `localhost`, `127.0.0.1` or `[::1]`")]
    NotLoopback,
    /// Another scheme than `https:` and `http:`, and not listed in the registry.
    #[error("the registry doesn't list this redirect URI of a private-use scheme")]
    NotListed,
}

impl RedirectUriError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Malformed => "redirect_uri_malformed",
            Self::NotLoopback => "redirect_uri_not_loopback",
            Self::NotListed => "redirect_uri_not_listed",
        }
    }
}

impl RedirectUri {
    /// Reads a redirect URI. `private_use` are the URIs of private-use schemes that the registry lists.
    ///
    /// # Errors
    /// [`RedirectUriError`] if no code may ever be sent there.
    pub fn parse<S: AsRef<str>>(text: &str, private_use: &[S]) -> Result<Self, RedirectUriError> {
        let of = |kind| Ok(Self { text: text.to_owned(), kind });
        if private_use.iter().any(|listed| listed.as_ref() == text) && is_private_use(text) {
            return of(Kind::PrivateUse);
        }
        match WebUrl::parse(text) {
            Some(url) if url.is_https => of(Kind::Https),
            Some(url) if url.is_loopback() => of(Kind::Loopback),
            Some(_) => Err(RedirectUriError::NotLoopback),
            None if is_private_use(text) => Err(RedirectUriError::NotListed),
            None => Err(RedirectUriError::Malformed),
        }
    }

    /// Returns the URI as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the host that the consent page names; for a private-use scheme the scheme with its colon.
    #[must_use]
    pub fn host(&self) -> &str {
        match WebUrl::parse(&self.text) {
            Some(url) => url.host,
            None => self.scheme(),
        }
    }

    /// Returns the source expression for `form-action` (CSP 3 §6.4.1): the web origin, or the scheme with its colon.
    #[must_use]
    pub fn source(&self) -> String {
        WebUrl::parse(&self.text).map_or_else(|| self.scheme().to_owned(), |url| url.origin())
    }

    /// True if it leads to a program on the person's own computer by `http:`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.kind == Kind::Loopback
    }

    /// True if this registered URI allows the `requested` one.
    #[must_use]
    pub fn permits(&self, requested: &Self) -> bool {
        if self.kind != Kind::Loopback || requested.kind != Kind::Loopback {
            return self.text == requested.text;
        }
        match (WebUrl::parse(&self.text), WebUrl::parse(&requested.text)) {
            // A URL without a path is the same as with `/`, and clients register either.
            (Some(own), Some(other)) => {
                let query = |url: &WebUrl<'_>| url.rest.split_once('?').map(|(_, query)| query.to_owned());
                own.host == other.host && own.path() == other.path() && query(&own) == query(&other)
            }
            _ => false,
        }
    }

    fn scheme(&self) -> &str {
        self.text.find(':').map_or("", |colon| &self.text[..=colon])
    }
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Schemes that a browser or an operating system acts upon itself: a code must never be sent there.
const RESERVED: [&str; 16] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "http",
    "https",
    "javascript",
    "mailto",
    "res",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// True if the registry may list `text` as a redirect URI of a private-use scheme (RFC 8252 §7.1): a lower-case scheme
/// that no browser acts upon itself, plain characters, no fragment.
#[must_use]
pub fn is_private_use(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+.-".contains(&byte);
    text.len() <= web_url::MAX_BYTES
        && scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(letter)
        && !RESERVED.contains(&scheme)
        && !rest.is_empty()
        && rest.bytes().all(web_url::is_plain)
}

#[cfg(test)]
mod tests;
