//! The head of a request or response as one string, the form in which it crosses into and out of wasm.
//!
//! ```text
//! FIRST LF SECOND LF NAME LF VALUE LF NAME LF VALUE …      into wasm (method and URL, or status and an empty line)
//! NAME LF VALUE LF NAME LF VALUE …                         out of wasm
//! ```

use http::{HeaderMap, HeaderName, HeaderValue};

/// A parsed head.
pub(crate) struct Head<'a> {
    /// The method of a request or the status of a response.
    pub first: &'a str,
    /// The URL of a request; empty for a response.
    pub second: &'a str,
    /// The headers.
    pub headers: HeaderMap,
}

/// Parses a head. A header that `http` refuses is left out; the runtime has validated them all.
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

/// The bytes of a header value; JavaScript represents each byte as the character U+0000 to U+00FF.
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

/// Writes headers as one string.
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

/// The path of an absolute URL.
pub(crate) fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |start| &rest[start..]);
    path.split(['?', '#']).next().unwrap_or(path)
}
