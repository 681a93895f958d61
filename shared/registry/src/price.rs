//! Prices: what a call costs by its number, its time and its size, from which day on.
//!
//! Money is decimal text from the registry to the report: a binary float can't hold `0.002`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::table::Rule;

/// What one call costs from a day on: the sum of all that is named, of which there is at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The tool by the name it has at the origin; absent: every tool of the origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The price of one call, decimal text: digits, at most one point, no sign and no exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_call: Option<String>,
    /// The price of one second that the origin takes, likewise; parts of a second cost their part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<String>,
    /// The price of 1,024 bytes of the answer, likewise; parts of them cost their part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_kib: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// The first day it holds, `YYYY-MM-DD`, UTC.
    pub from: String,
}

/// As people read it: `0.002 USD per call, 0.0001 USD per second`.
impl fmt::Display for Price {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [(&self.per_call, "call"), (&self.per_second, "second"), (&self.per_kib, "KiB")];
        let named = parts.into_iter().filter_map(|(amount, unit)| Some((amount.as_ref()?, unit)));
        for (index, (amount, unit)) in named.enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(formatter, "{comma}{amount} {} per {unit}", self.currency)?;
        }
        Ok(())
    }
}

/// `0.002`: at most nine digits before and nine after the point, so that sums of millions of calls fit 128 bits.
pub(crate) const AMOUNT: Rule =
    Rule { holds: is_amount, says: "be a decimal such as `0.002`, at most 9 digits on each side of the point" };

/// `USD`.
pub(crate) const CURRENCY: Rule = Rule {
    holds: |text| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
    says: "be an ISO 4217 code such as `USD`",
};

/// `2026-01-01`.
pub(crate) const DAY: Rule = Rule { holds: is_day, says: "be a day such as `2026-01-01`" };

fn is_amount(text: &str) -> bool {
    let digits = |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}

/// A day of the proleptic Gregorian calendar (RFC 3339 §5.6 `full-date`).
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let number = |part: &str, length: usize| {
        let digits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        if digits { part.parse::<u32>().ok() } else { None }
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=last).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_is_plain_decimal_text() {
        for text in ["0", "0.002", "12", "999999999.999999999"] {
            assert!(is_amount(text), "`{text}` should be an amount");
        }
        for text in ["", ".5", "5.", "-1", "+1", "1e3", "1,5", "1.2.3", "١", "1234567890", "0.1234567890", " 1"] {
            assert!(!is_amount(text), "`{text}` should not be an amount");
        }
    }

    #[test]
    fn day_is_in_the_calendar() {
        for text in ["2026-01-01", "2028-02-29", "2000-02-29", "2026-12-31"] {
            assert!(is_day(text), "`{text}` should be a day");
        }
        for text in [
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-4-1",
            "01-01-2026",
            "2026-01-01T00:00:00Z",
            "2026-01-00",
            "+026-01-01",
        ] {
            assert!(!is_day(text), "`{text}` should not be a day");
        }
    }
}
