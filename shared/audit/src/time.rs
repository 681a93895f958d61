//! Time: dates and instants as RFC 3339 and `YYYY-MM-DD` text, UTC, proleptic Gregorian calendar.
//!
//! Instants are in Unix milliseconds, from 1970 to 9999, because RFC 3339 has four digits for years.

use std::fmt;

/// The last instant, 9999-12-31T23:59:59.999Z, Unix milliseconds.
pub const LAST_INSTANT: u64 = 253_402_300_799_999;

const DAY: u64 = 86_400_000;

/// A calendar day and time of day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime {
    /// Year, 1970–9999.
    pub year: u64,
    /// Month, 1–12.
    pub month: u64,
    /// Day of the month, 1–31.
    pub day: u64,
    /// Hour, 0–23.
    pub hour: u64,
    /// Minute, 0–59.
    pub minute: u64,
    /// Milliseconds within the minute, 0–59,999.
    pub millisecond: u64,
}

impl DateTime {
    /// The day and time of the instant `millis`; later instants than [`LAST_INSTANT`] count as that.
    #[must_use]
    pub fn of(millis: u64) -> Self {
        let millis = millis.min(LAST_INSTANT);
        // Years are counted from March 1st of the year 0, so that a leap day ends its year: 719,468 days lie between
        // that day and 1970-01-01, and every 400 years have 146,097 days.
        let days = millis / DAY + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // From March, month lengths repeat as 31 30 31 30 31, 153 days.
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
            hour: millis / 3_600_000 % 24,
            minute: millis / 60_000 % 60,
            millisecond: millis % 60_000,
        }
    }

    /// The start of a day, Unix milliseconds; `None` for a day that doesn't exist, or before 1970.
    fn midnight(year: u64, month: u64, day: u64) -> Option<u64> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let length = match month {
            2 => 28 + u64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(1970..=9999).contains(&year) || day == 0 || day > length {
            return None;
        }
        let (year, from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let of_year = (153 * from_march + 2) / 5 + day - 1;
        Some((year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468) * DAY)
    }
}

/// `YYYY-MM-DDTHH:MM:SS.mmmZ`.
impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, millisecond } = self;
        let (second, millisecond) = (millisecond / 1000, millisecond % 1000);
        write!(formatter, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
    }
}

/// Formats the instant `millis` as RFC 3339 text with milliseconds, UTC.
#[must_use]
pub fn rfc3339(millis: u64) -> String {
    DateTime::of(millis).to_string()
}

/// Formats the day of the instant `millis` as `YYYY-MM-DD`, UTC.
#[must_use]
pub fn date(millis: u64) -> String {
    let DateTime { year, month, day, .. } = DateTime::of(millis);
    format!("{year:04}-{month:02}-{day:02}")
}

/// True if `text` is a calendar day, `YYYY-MM-DD`.
#[must_use]
pub fn is_date(text: &str) -> bool {
    parse_date(text).is_some()
}

/// Parses `YYYY-MM-DD`; returns the start of the day in UTC, Unix milliseconds.
#[must_use]
pub fn parse_date(text: &str) -> Option<u64> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *text.as_bytes() else {
        return None;
    };
    DateTime::midnight(digits(&[y0, y1, y2, y3])?, digits(&[m0, m1])?, digits(&[d0, d1])?)
}

/// Parses an RFC 3339 date-time (§5.6) with offset to Unix milliseconds; further digits of the fraction are cut off.
///
/// A leap second (`:60`) counts as the following second. `None` for any other text, and outside of 1970 to 9999.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<u64> {
    let (day, rest) = text.split_at_checked(10)?;
    let midnight = parse_date(day)?;
    let [b'T' | b't', h0, h1, b':', m0, m1, b':', s0, s1, rest @ ..] = rest.as_bytes() else {
        return None;
    };
    let (hour, minute, second) = (digits(&[*h0, *h1])?, digits(&[*m0, *m1])?, digits(&[*s0, *s1])?);
    let fraction_length = match rest {
        [b'.', fraction @ ..] => 1 + fraction.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    let (fraction, offset) = rest.split_at_checked(fraction_length)?;
    let millis = match fraction {
        [] => 0,
        [_, a] => digits(&[*a])? * 100,
        [_, a, b] => digits(&[*a, *b])? * 10,
        [_, a, b, c, ..] => digits(&[*a, *b, *c])?,
        [_] => return None,
    };
    let (east, offset) = match offset {
        [b'Z' | b'z'] => (true, 0),
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let (hour, minute) = (digits(&[*h0, *h1])?, digits(&[*m0, *m1])?);
            (*sign == b'+', (hour <= 23 && minute <= 59).then_some((hour * 60 + minute) * 60_000)?)
        }
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let local = midnight + ((hour * 60 + minute) * 60 + second) * 1000 + millis;
    let instant = if east { local.checked_sub(offset)? } else { local + offset };
    (instant <= LAST_INSTANT).then_some(instant)
}

fn digits(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn instant_has_known_text() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_171_327_123, "2026-11-20T10:42:07.123Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (LAST_INSTANT, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(millis), text, "{millis} should be written like this");
            assert_eq!(parse_rfc3339(text), Some(millis), "`{text}` should be read back");
        }
        assert_eq!(rfc3339(u64::MAX), "9999-12-31T23:59:59.999Z", "later instants should count as the last one");
    }

    #[test]
    fn rfc3339_accepts_offsets_and_fractions() {
        let noon = parse_rfc3339("2026-11-20T12:00:00Z");
        for text in ["2026-11-20T13:00:00+01:00", "2026-11-20t06:30:00.0-05:30", "2026-11-20T12:00:00.000999Z"] {
            assert_eq!(parse_rfc3339(text), noon, "`{text}` should be noon UTC");
        }
        assert_eq!(parse_rfc3339("2026-11-20T12:00:00.25Z"), noon.map(|noon| noon + 250), "a fraction should count");
    }

    #[test]
    fn text_of_another_form_is_refused() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T12:00:00",
            "2026-11-20 12:00:00Z",
            "2026-11-20T12:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T12:60:00Z",
            "2026-11-20T12:00:61Z",
            "2026-11-20T12:00:00.Z",
            "2026-11-20T12:00:00+1:00",
            "2026-11-20T12:00:00+24:00",
            "2026-02-29T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2026-13-01T00:00:00Z",
            "2026-11-20T12:00:00Zé",
            "202é-11-20T12:00:00Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "`{text}` should be no instant");
        }
        for text in ["2026-2-01", "2026-00-10", "2026-04-31", "2100-02-29", "+026-01-01", "2026-01-01Z"] {
            assert!(!is_date(text), "`{text}` should be no date");
        }
    }

    proptest! {
        #[test]
        fn instant_survives_its_text_form(millis in 0..=LAST_INSTANT) {
            prop_assert_eq!(parse_rfc3339(&rfc3339(millis)), Some(millis), "text should name the same instant");
            prop_assert_eq!(parse_date(&date(millis)), Some(millis - millis % DAY), "and its date the day's beginning");
        }

        #[test]
        fn instant_never_panics_on_text(text in "\\PC{0,40}") {
            let _ = parse_rfc3339(&text);
        }
    }
}
