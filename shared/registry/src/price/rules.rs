//! Rules of the texts in a price.

use crate::table::Rule;

/// An amount such as `0.002`. Nine digits on each side of the point keep sums of millions of calls within 128 bits.
pub(crate) const AMOUNT: Rule =
    Rule { holds: is_amount, says: "be a decimal such as `0.002`, at most 9 digits on each side of the point" };

/// A currency code such as `USD`.
pub(crate) const CURRENCY: Rule = Rule {
    holds: |text| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
    says: "be an ISO 4217 code such as `USD`",
};

/// A day such as `2026-01-01`.
pub(crate) const DAY: Rule = Rule { holds: is_day, says: "be a day such as `2026-01-01`" };

fn is_amount(text: &str) -> bool {
    let digits = |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}

/// True for a day of the proleptic Gregorian calendar (RFC 3339 §5.6 `full-date`).
pub(crate) fn is_day(text: &str) -> bool {
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
    fn day_exists_in_calendar() {
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
