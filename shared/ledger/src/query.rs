//! The parameters of `GET /audit/events`.
//!
//! ```text
//! from=2026-11-20                  first instant: a day's beginning (UTC) or RFC 3339; default: 24 hours ago
//! until=2026-11-20T10:42:00Z       first instant that is not asked for; default: none
//! limit=100                        1 to 1000; default 100
//! after=019de1f0-…                 go on after this event
//! ```
//!
//! Percent-encoding as RFC 3986 has it: `+` is a plus sign, so that an offset may stand as it is.

use audit::EventId;
use audit::time::{parse_date, parse_rfc3339};
use percent_encoding::percent_decode_str;

use crate::trail::{LIMIT, Query};

const DEFAULT_LIMIT: usize = 100;
const DAY: u64 = 86_400_000;
/// A query string longer than this can't be one of ours.
const QUERY_BYTES: usize = 1024;

/// What is wrong with the parameters; the text is for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Longer than any sensible query.
    #[error("the query is longer than {QUERY_BYTES} bytes")]
    TooLong,
    /// A name that this endpoint doesn't know.
    #[error("`{0}` is no parameter; there are `from`, `until`, `limit` and `after`")]
    Unknown(String),
    /// Twice the same name.
    #[error("`{0}` may be given once only")]
    Repeated(&'static str),
    /// Not a day and not an instant.
    #[error("`{name}` must be a day like 2026-11-20 or an instant like 2026-11-20T10:42:00Z, not `{value}`")]
    NoInstant {
        /// The parameter.
        name: &'static str,
        /// What it was.
        value: String,
    },
    /// Not a number of events.
    #[error("`limit` must be a whole number from 1 to {LIMIT}, not `{0}`")]
    NoLimit(String),
    /// Not an event's id.
    #[error("`after` must be the id of an event, not `{0}`")]
    NoEvent(String),
    /// Nothing can lie between.
    #[error("`from` must be before `until`")]
    Empty,
}

impl Query {
    /// Reads the parameters (all that follows `?`) at the instant `now_ms`.
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

/// As much of a caller's text as an answer repeats.
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
            ("form=2026-11-20", "`form` is no parameter; there are `from`, `until`, `limit` and `after`"),
            (twice, "`limit` may be given once only"),
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
