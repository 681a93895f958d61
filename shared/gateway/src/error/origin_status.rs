//! An origin's answer that consists of an HTTP status only, and an error text that says what to do about it.

use std::fmt;

use http::header::{self, HeaderMap};
use http::{Response, StatusCode};

/// The longest wait that an error text names, seconds: one day.
const LONGEST_WAIT_SECONDS: u64 = 24 * 60 * 60;

/// The status of an origin's answer that is no MCP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginStatus {
    /// The HTTP status, not 2xx.
    pub status: StatusCode,
    /// `Retry-After` in seconds (RFC 9110 §10.2.3), at most a day. A date counts as absent: clocks disagree.
    pub retry_after_seconds: Option<u64>,
    meaning: Meaning,
}

/// The cause that the status points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// Weir's credential is not accepted.
    RefusedCredential,
    /// A firewall or proxy refuses Weir before the origin is reached.
    RefusedGateway,
    /// The origin is at another address.
    Moved,
    /// The origin has too many requests, or is out of service for a while.
    Overloaded,
    /// Any other failure.
    Broke,
}

impl OriginStatus {
    /// Reads the head of an answer.
    pub(crate) fn of<B>(response: &Response<B>) -> Self {
        let (status, headers) = (response.status(), response.headers());
        let meaning = match status.as_u16() {
            401 | 407 => Meaning::RefusedCredential,
            403 if headers.contains_key(header::WWW_AUTHENTICATE) || !is_page(headers) => Meaning::RefusedCredential,
            403 => Meaning::RefusedGateway,
            300..=399 => Meaning::Moved,
            // 529 is not registered, but several services answer it when they are overloaded.
            429 | 503 | 529 => Meaning::Overloaded,
            _ => Meaning::Broke,
        };
        Self { status, retry_after_seconds: retry_after_seconds(headers), meaning }
    }

    /// The stable code for audit events and metrics.
    pub(super) const fn reason(&self) -> &'static str {
        match self.meaning {
            Meaning::RefusedCredential => "origin_refused_credential",
            Meaning::RefusedGateway => "origin_refused_gateway",
            Meaning::Moved => "origin_redirected",
            Meaning::Overloaded => "origin_overloaded",
            Meaning::Broke => "origin_status",
        }
    }
}

/// True if a request with this status and no MCP message may have run; all other statuses say that it was not accepted.
pub(crate) const fn may_have_run(status: StatusCode) -> bool {
    !matches!(status.as_u16(), 300..=399 | 400 | 401 | 403..=407 | 413..=415 | 429)
}

/// True for a page for people, as firewalls send it.
fn is_page(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.is_some_and(|media_type| media_type.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

fn retry_after_seconds(headers: &HeaderMap) -> Option<u64> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().filter(|seconds| *seconds <= LONGEST_WAIT_SECONDS)
}

/// The word for an origin that callers understand, who know only the gateway.
const SERVER: &str = "the MCP server behind the gateway";

impl fmt::Display for OriginStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.as_u16();
        match self.meaning {
            Meaning::RefusedCredential => {
                write!(formatter, "{SERVER} refuses the gateway's credential (HTTP {status}); tell your platform team")
            }
            Meaning::RefusedGateway => {
                write!(formatter, "{SERVER}, or a firewall before it, refuses the gateway (HTTP {status})")?;
                formatter.write_str("; tell your platform team")
            }
            Meaning::Moved => {
                write!(formatter, "{SERVER} redirects to another address (HTTP {status})")?;
                formatter.write_str(", which the gateway doesn't follow; tell your platform team")
            }
            Meaning::Overloaded => write!(formatter, "{SERVER} is overloaded (HTTP {status})"),
            Meaning::Broke => write!(formatter, "{SERVER} failed (HTTP {status})"),
        }?;
        match (self.meaning, self.retry_after_seconds) {
            (Meaning::Overloaded | Meaning::Broke, Some(seconds)) => write!(formatter, "; try again in {seconds} s"),
            (Meaning::Overloaded, None) => formatter.write_str("; try again later"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, headers: &[(&'static str, &str)]) -> OriginStatus {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        OriginStatus::of(&response.body(()).unwrap())
    }

    #[test]
    fn status_tells_what_to_do() {
        let html = ("content-type", "text/html; charset=utf-8");
        for (answer, reason, words) in [
            (of(401, &[]), "origin_refused_credential", "credential (HTTP 401)"),
            (of(403, &[("content-type", "application/json")]), "origin_refused_credential", "credential (HTTP 403)"),
            (of(403, &[html]), "origin_refused_gateway", "firewall before it, refuses the gateway (HTTP 403)"),
            (of(403, &[html, ("www-authenticate", "Bearer")]), "origin_refused_credential", "credential (HTTP 403)"),
            (of(308, &[]), "origin_redirected", "redirects to another address (HTTP 308)"),
            (of(429, &[("retry-after", "7")]), "origin_overloaded", "overloaded (HTTP 429); try again in 7 s"),
            (of(503, &[]), "origin_overloaded", "overloaded (HTTP 503); try again later"),
            (of(500, &[]), "origin_status", "failed (HTTP 500)"),
            (of(502, &[("retry-after", "30")]), "origin_status", "failed (HTTP 502); try again in 30 s"),
        ] {
            assert_eq!(answer.reason(), reason, "{answer}");
            assert!(answer.to_string().contains(words), "`{answer}` should say `{words}`");
        }
    }

    #[test]
    fn only_seconds_within_a_day_are_a_wait() {
        for value in ["86401", "-1", "1.5", "Mon, 30 Nov 2026 09:00:00 GMT", "99999999999999999999999"] {
            assert_eq!(of(503, &[("retry-after", value)]).retry_after_seconds, None, "`{value}`");
        }
        assert_eq!(of(503, &[("retry-after", " 86400 ")]).retry_after_seconds, Some(86_400));
    }
}
