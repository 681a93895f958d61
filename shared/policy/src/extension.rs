//! Cedar's extension types `ipaddr`, `decimal`, `datetime` and `duration`: their texts and their methods.
//!
//! The rules are those of `cedar-policy-core`, byte for byte of the accepted texts: a text that one of the two accepts
//! and the other refuses would make a rule fail on one side only. The proof compares them (`policy-compiler`).

mod datetime;
mod decimal;
mod duration;
mod ip;

pub use decimal::Decimal;
pub use ip::IpRange;

pub(crate) use datetime::{parse as parse_datetime, start_of_day, text as datetime_text, time_of_day};
pub(crate) use duration::parse as parse_duration;

/// The number of a text of ASCII digits alone; `None` if it has another character, is empty or is too large.
fn number(digits: &str) -> Option<i64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| all_digits)
}
