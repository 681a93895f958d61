//! The parameters of `GET /audit/events`.
//!
//! ```text
//! from=2026-11-20                  first instant, inclusive: a day (UTC midnight) or RFC 3339; default: 24 hours ago
//! until=2026-11-20T10:42:00Z       last instant, exclusive; default: none
//! limit=100                        events per page, 1 to 1000; default 100
//! after=019de1f0-…                 continue after the event with this id
//! ```
//!
//! Percent-encoding follows RFC 3986: `+` is a plus sign, so an offset such as `+01:00` needs no encoding.

use audit::EventId;
use audit::time::{parse_date, parse_rfc3339};
use percent_encoding::percent_decode_str;

use crate::trail::{LIMIT, Query};

/// Events per page without `limit`.
const DEFAULT_LIMIT: usize = 100;
/// One day, milliseconds.
const DAY: u64 = 86_400_000;
/// The longest query string that is read, bytes: all four parameters need fewer than 256.
const QUERY_BYTES: usize = 1024;

/// A fault in the parameters; its text is sent to the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The query string is longer than 1,024 bytes.
    #[error("the query is longer than {QUERY_BYTES} bytes")]
    TooLong,
    /// A parameter of this name doesn't exist.
    #[error("unknown parameter `{0}`; use `from`, `until`, `limit` or `after`")]
    Unknown(String),
    /// A parameter is repeated.
    #[error("`{0}` is repeated; give it once")]
    Repeated(&'static str),
    /// The value is neither a day nor an instant.
    #[error("`{name}` must be a day like 2026-11-20 or an instant like 2026-11-20T10:42:00Z, not `{value}`")]
    NoInstant {
        /// The parameter, `from` or `until`.
        name: &'static str,
        /// The value, at most 64 characters of it.
        value: String,
    },
    /// The value of `limit` is no number from 1 to [`LIMIT`].
    #[error("`limit` must be a whole number from 1 to {LIMIT}, not `{0}`")]
    NoLimit(String),
    /// The value of `after` is no event id.
    #[error("`after` must be the id of an event, not `{0}`")]
    NoEvent(String),
    /// `from` is not before `until`.
    #[error("`from` must be before `until`")]
    Empty,
}

impl Query {
    /// Reads a query string, without its `?`; `now_ms` is the current time, Unix milliseconds.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub fn parse(query: &str, now_ms: u64) -> Result<Self, QueryError> {
        if query.len() > QUERY_BYTES {
            return Err(QueryError::TooLong);
        }
        let (mut from, mut until, mut limit, mut after) = (None, None, None, None);
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let name = percent_decode_str(name).decode_utf8_lossy();
            let value = percent_decode_str(value).decode_utf8_lossy();
            match name.as_ref() {
                "from" => once(&mut from, "from", instant("from", &value)?)?,
                "until" => once(&mut until, "until", instant("until", &value)?)?,
                "limit" => once(&mut limit, "limit", parse_limit(&value)?)?,
                "after" => {
                    once(&mut after, "after", EventId::parse(&value).map_err(|_| QueryError::NoEvent(shown(&value)))?)?
                }
                other => return Err(QueryError::Unknown(shown(other))),
            }
        }
        let from = from.unwrap_or_else(|| now_ms.saturating_sub(DAY));
        let until = until.unwrap_or(u64::MAX);
        if from >= until {
            return Err(QueryError::Empty);
        }
        Ok(Self { from, until, after, limit: limit.unwrap_or(DEFAULT_LIMIT) })
    }
}

fn once<T>(slot: &mut Option<T>, name: &'static str, value: T) -> Result<(), QueryError> {
    if slot.replace(value).is_some() { Err(QueryError::Repeated(name)) } else { Ok(()) }
}

fn instant(name: &'static str, value: &str) -> Result<u64, QueryError> {
    let instant = parse_date(value).or_else(|| parse_rfc3339(value));
    instant.ok_or_else(|| QueryError::NoInstant { name, value: shown(value) })
}

fn parse_limit(value: &str) -> Result<usize, QueryError> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let limit = value.parse().ok().filter(|limit| digits && (1..=LIMIT).contains(limit));
    limit.ok_or_else(|| QueryError::NoLimit(shown(value)))
}

/// The first 64 characters of a value: the response repeats no more of the caller's text.
fn shown(value: &str) -> String {
    value.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_795_171_327_123;
    const ID: &str = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

    #[test]
    fn query_without_parameters_asks_for_a_day() {
        let query = Query::parse("", NOW).expect("no parameters should be fine");
        assert_eq!(
            query,
            Query { from: NOW - DAY, until: u64::MAX, after: None, limit: 100 },
            "the defaults should hold"
        );
    }

    #[test]
    fn query_takes_days_instants_and_offsets() {
        let query = format!("from=2026-11-20&until=2026-11-20T11%3A42:00.5+01:00&limit=1000&after={ID}");
        let query = Query::parse(&query, NOW).expect("every parameter should be known");
        assert_eq!(query.from, 1_795_132_800_000, "a day should begin at midnight UTC");
        assert_eq!(query.until, 1_795_171_320_500, "an offset should count, and its `+` be a plus sign");
        assert_eq!(query.limit, 1000, "the greatest limit should be allowed");
        assert_eq!(query.after.as_ref().map(EventId::as_str), Some(ID), "the event should be read");
    }

    #[test]
    fn wrong_parameter_is_explained() {
        let twice = "limit=1&limit=1";
        let long = "x".repeat(2000);
        for (query, message) in [
            ("form=2026-11-20", "unknown parameter `form`; use `from`, `until`, `limit` or `after`"),
            (twice, "`limit` is repeated; give it once"),
            (
                "from=yesterday",
                "`from` must be a day like 2026-11-20 or an instant like 2026-11-20T10:42:00Z, not `yesterday`",
            ),
            ("until", "`until` must be a day like 2026-11-20 or an instant like 2026-11-20T10:42:00Z, not ``"),
            ("limit=0", "`limit` must be a whole number from 1 to 1000, not `0`"),
            ("limit=+5", "`limit` must be a whole number from 1 to 1000, not `+5`"),
            ("limit=1001", "`limit` must be a whole number from 1 to 1000, not `1001`"),
            ("after=1", "`after` must be the id of an event, not `1`"),
            ("from=2026-11-21&until=2026-11-21", "`from` must be before `until`"),
            (long.as_str(), "the query is longer than 1024 bytes"),
        ] {
            let error = Query::parse(query, NOW).expect_err("a wrong parameter should be refused");
            assert_eq!(error.to_string(), message, "`{query}` should be explained");
        }
    }

    proptest! {
        #[test]
        fn query_never_panics_on_text(query in "((from|until|limit|after|\\PC{0,5})=[0-9a-fTZ%+:.\\-é]{0,40}&?){0,4}", now: u64) {
            if let Ok(query) = Query::parse(&query, now) {
                prop_assert!((1..=LIMIT).contains(&query.limit), "a limit should keep its bound");
                prop_assert!(query.from < query.until, "a range should not be empty");
            }
        }
    }
}
