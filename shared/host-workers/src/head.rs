//! A request's or an answer's head as the one string in which it crosses into and out of wasm.
//!
//! ```text
//! FIRST LF SECOND LF NAME LF VALUE LF NAME LF VALUE …      into wasm (method and URL, or status and nothing)
//! NAME LF VALUE LF NAME LF VALUE …                         out of wasm
//! ```

use http::{HeaderMap, HeaderName, HeaderValue};

/// A head, taken apart.
pub(crate) struct Head<'a> {
    /// The method, or the status.
    pub first: &'a str,
    /// The URL, or nothing.
    pub second: &'a str,
    /// The headers.
    pub headers: HeaderMap,
}

/// Takes a head apart. A header that `http` would not carry is left out: the runtime has checked them all before.
pub(crate) fn parse(text: &str) -> Head<'_> {
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or_default();
    let mut headers = HeaderMap::new();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        if let (Ok(name), Some(value)) = (HeaderName::from_bytes(name.as_bytes()), header_value(value)) {
            headers.append(name, value);
        }
    }
    Head { first, second, headers }
}

/// JavaScript shows each byte of a value as the character of that number; back to bytes.
fn header_value(text: &str) -> Option<HeaderValue> {
    if text.is_ascii() {
        return HeaderValue::from_str(text).ok();
    }
    let bytes = text.chars().map(|character| u8::try_from(u32::from(character)));
    match bytes.collect::<Result<Vec<_>, _>>() {
        Ok(bytes) => HeaderValue::from_bytes(&bytes).ok(),
        Err(_) => HeaderValue::from_bytes(text.as_bytes()).ok(),
    }
}

/// Puts headers into one string.
pub(crate) fn write(headers: &HeaderMap) -> String {
    let mut text = String::with_capacity(headers.len() * 48);
    for (name, value) in headers {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(name.as_str());
        text.push('\n');
        text.extend(value.as_bytes().iter().map(|&byte| char::from(byte)));
    }
    text
}

/// The path of an absolute URL as the runtime writes it.
pub(crate) fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |start| &rest[start..]);
    path.split(['?', '#']).next().unwrap_or(path)
}
