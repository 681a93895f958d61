//! The media types of Streamable HTTP (MCP 2026-07-28, transports): of client requests and of origin responses.

use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use thiserror::Error;

/// `application/json`: one JSON-RPC object.
pub const JSON: &str = "application/json";
/// `text/event-stream`: JSON-RPC messages as events, the response last.
pub const EVENT_STREAM: &str = "text/event-stream";
/// The value of `Accept` in every request, Weir's own to origins included.
pub const ACCEPT_BOTH: &str = "application/json, text/event-stream";

/// The reason for refusing the media types of a request.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MediaTypeError {
    /// `Accept` excludes a required media type: HTTP 406.
    #[error("`Accept` must allow both `application/json` and `text/event-stream`")]
    NotAcceptable,
    /// `Content-Type` is not one `application/json` in UTF-8: HTTP 415.
    #[error("`Content-Type` must be `application/json` in UTF-8, once")]
    UnsupportedMediaType,
    /// The body has a content coding, such as gzip: HTTP 415 (RFC 9110 §15.5.16).
    #[error("the body must not be compressed: send it without `Content-Encoding`")]
    ContentCoding,
}

impl MediaTypeError {
    /// Returns the stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotAcceptable => "accept_missing_media_type",
            Self::UnsupportedMediaType => "content_type_not_json",
            Self::ContentCoding => "content_coding",
        }
    }
}

/// Checks `Content-Type`, `Content-Encoding` and `Accept` of a client's POST.
///
/// # Errors
///
/// [`MediaTypeError`] of the first header that is not allowed.
pub fn check_media_types(headers: &HeaderMap) -> Result<(), MediaTypeError> {
    if !is_json(headers) {
        return Err(MediaTypeError::UnsupportedMediaType);
    }
    if has_content_coding(headers) {
        return Err(MediaTypeError::ContentCoding);
    }
    if accepts(headers, JSON) && accepts(headers, EVENT_STREAM) { Ok(()) } else { Err(MediaTypeError::NotAcceptable) }
}

/// True if the body has a content coding besides `identity` (RFC 9110 §8.4). Weir never decodes a body: a few coded
/// bytes can become gigabytes.
#[must_use]
pub fn has_content_coding(headers: &HeaderMap) -> bool {
    let is_none = |coding: &[u8]| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity");
    headers.get_all(CONTENT_ENCODING).iter().any(|value| !is_none(value.as_bytes().trim_ascii()))
}

/// Checks `Accept` of a legacy client's GET, which opens the server-initiated stream.
///
/// # Errors
///
/// [`MediaTypeError::NotAcceptable`] if it excludes `text/event-stream`.
pub fn check_stream_accept(headers: &HeaderMap) -> Result<(), MediaTypeError> {
    if accepts(headers, EVENT_STREAM) { Ok(()) } else { Err(MediaTypeError::NotAcceptable) }
}

/// The format of an origin's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseFormat {
    /// `application/json`: one JSON-RPC message.
    Json,
    /// `text/event-stream`: JSON-RPC messages as events.
    EventStream,
    /// Another `Content-Type`, none or several: not MCP.
    Other,
}

impl ResponseFormat {
    /// Returns the format of an origin's response by its `Content-Type`.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        if is_json(headers) {
            return Self::Json;
        }
        match media_type(headers) {
            Some((essence, _)) if essence.eq_ignore_ascii_case(EVENT_STREAM) => Self::EventStream,
            _ => Self::Other,
        }
    }
}

/// True for `application/json`. JSON has no `charset` (RFC 8259 §11), but clients send one; only UTF-8 is accepted,
/// also without its hyphen.
fn is_json(headers: &HeaderMap) -> bool {
    let Some((essence, parameters)) = media_type(headers) else {
        return false;
    };
    essence.eq_ignore_ascii_case(JSON)
        && parameters.split(';').filter_map(|parameter| parameter.split_once('=')).all(|(name, value)| {
            let value = value.trim().trim_matches('"');
            !name.trim().eq_ignore_ascii_case("charset")
                || ["utf-8", "utf8"].iter().any(|utf_8| value.eq_ignore_ascii_case(utf_8))
        })
}

/// Returns the media type and the parameters of the only `Content-Type`; `None` if there is none or more than one.
fn media_type(headers: &HeaderMap) -> Option<(&str, &str)> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (essence, parameters) = value.split_once(';').unwrap_or((value, ""));
    Some((essence.trim(), parameters))
}

/// True if `Accept` allows a media type; the most specific matching range decides (RFC 9110 §12.5.1).
///
/// A missing `Accept` allows nothing, since MCP requires the header.
fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let main_type = media_type.split('/').next().unwrap_or_default();
    let ranges =
        headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut best = None;
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default();
        let specificity = if essence.eq_ignore_ascii_case(media_type) {
            2
        } else if essence.strip_suffix("/*").is_some_and(|range| range.eq_ignore_ascii_case(main_type)) {
            1
        } else if essence == "*/*" {
            0
        } else {
            continue;
        };
        let refused = parts.filter_map(|part| part.split_once('=')).any(|(name, weight)| {
            name.trim().eq_ignore_ascii_case("q") && weight.trim().parse().is_ok_and(|weight: f32| weight <= 0.0)
        });
        if best.is_none_or(|(known, _)| specificity > known) {
            best = Some((specificity, !refused));
        }
    }
    best.is_some_and(|(_, allowed)| allowed)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(content_type: &[&'static str], accept: &[&'static str]) -> Result<(), MediaTypeError> {
        let mut headers = HeaderMap::new();
        for value in content_type {
            headers.append(CONTENT_TYPE, HeaderValue::from_static(value));
        }
        for value in accept {
            headers.append(ACCEPT, HeaderValue::from_static(value));
        }
        check_media_types(&headers)
    }

    #[test]
    fn accept_must_allow_both_media_types() {
        let both: [&[&str]; 6] = [
            &[ACCEPT_BOTH],
            &["text/event-stream", "application/json"],
            &["*/*"],
            &["application/*, text/*;q=0.1"],
            &["Application/JSON;q=0.5 , TEXT/event-stream"],
            &["*/*;q=0, application/json, text/event-stream"],
        ];
        for accept in both {
            assert_eq!(check(&[JSON], accept), Ok(()), "should be enough: {accept:?}");
        }
        let not_both: [&[&str]; 6] = [
            &[],
            &[""],
            &["application/json"],
            &["application/json, text/event-stream;q=0"],
            &["*/*, text/event-stream; Q=0.000"],
            &["application/jsonp, text/event-streams"],
        ];
        for accept in not_both {
            assert_eq!(check(&[JSON], accept), Err(MediaTypeError::NotAcceptable), "should not be enough: {accept:?}");
        }
    }

    #[test]
    fn content_type_must_be_json_in_utf_8() {
        for value in [
            JSON,
            "application/json; charset=utf-8",
            "application/json;charset=utf8",
            "Application/Json;Charset=\"UTF-8\"",
            "application/json;",
        ] {
            assert_eq!(check(&[value], &[ACCEPT_BOTH]), Ok(()), "should be JSON: `{value}`");
        }
        let other: [&[&str]; 6] = [
            &[],
            &[""],
            &["text/plain"],
            &["application/json; charset=latin1"],
            &["application/json, text/plain"],
            &[JSON, JSON],
        ];
        for value in other {
            let refused = Err(MediaTypeError::UnsupportedMediaType);
            assert_eq!(check(value, &[ACCEPT_BOTH]), refused, "should not be JSON: {value:?}");
        }
    }

    #[test]
    fn response_format_follows_content_type() {
        let cases = [
            ("application/json", ResponseFormat::Json),
            ("application/json;charset=utf-8", ResponseFormat::Json),
            ("text/event-stream", ResponseFormat::EventStream),
            ("Text/Event-Stream; charset=utf-8", ResponseFormat::EventStream),
            ("text/html", ResponseFormat::Other),
            ("application/json-seq", ResponseFormat::Other),
        ];
        for (value, kind) in cases {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(ResponseFormat::of(&headers), kind, "`{value}` should be {kind:?}");
        }
        assert_eq!(ResponseFormat::of(&HeaderMap::new()), ResponseFormat::Other, "no media type should be no MCP");
    }
}
