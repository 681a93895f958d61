//! Durations on the command line: `5s`, `30m`, `12h`, `7d`.

use std::time::Duration;

/// The longest validity, seconds: a quarter, so that a lost publisher's key is noticed in time.
const LONGEST_SECONDS: u64 = 90 * 86_400;

/// Reads `30m`, `12h` or `7d` as seconds, from one minute to 90 days.
pub fn parse(text: &str) -> Result<u64, String> {
    let seconds = text.char_indices().last().and_then(|(at, unit)| {
        let scale = match unit {
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        text.get(..at)?.parse::<u64>().ok()?.checked_mul(scale)
    });
    match seconds {
        Some(seconds @ 60..=LONGEST_SECONDS) => Ok(seconds),
        _ => Err("write a number of minutes (`30m`), hours (`12h`) or days (`7d`), from `1m` to `90d`".to_owned()),
    }
}

/// An end: a time from now, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Seconds from now.
    After(u64),
    /// Unix seconds.
    At(u64),
}

impl End {
    /// The end as Unix seconds; `now` is too.
    pub const fn instant(self, now: u64) -> u64 {
        match self {
            Self::After(seconds) => now.saturating_add(seconds),
            Self::At(instant) => instant,
        }
    }
}

/// Reads `4h` or `2026-12-01T18:00:00Z`.
pub fn end(text: &str) -> Result<End, String> {
    match audit::time::parse_rfc3339(text) {
        Some(millis) => Ok(End::At(millis / 1_000)),
        None => parse(text).map(End::After).map_err(|fault| format!("{fault}, or an instant (`2026-12-01T18:00:00Z`)")),
    }
}

/// Reads `5s` or `1m`, from one second to one hour.
pub fn interval(text: &str) -> Result<Duration, String> {
    let seconds = text.strip_suffix('s').and_then(|seconds| seconds.parse::<u64>().ok());
    let seconds = seconds.or_else(|| text.strip_suffix('m')?.parse::<u64>().ok()?.checked_mul(60));
    match seconds {
        Some(seconds @ 1..=3_600) => Ok(Duration::from_secs(seconds)),
        _ => Err("write a number of seconds (`5s`) or minutes (`1m`), from `1s` to `60m`".to_owned()),
    }
}

/// A time left, in its two largest units: `6 d 2 h`, `3 h 5 min`, `40 s`.
pub fn left(seconds: u64) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let first = units.iter().position(|(_, length)| seconds >= *length).unwrap_or(units.len() - 1);
    let parts = units.iter().enumerate().map(|(at, (unit, length))| {
        let above = if at == 0 { u64::MAX } else { units[at - 1].1 };
        (seconds % above / length, *unit)
    });
    let parts = parts.skip(first).take(2).enumerate();
    let parts = parts.filter(|(at, (number, _))| *at == 0 || *number > 0);
    parts.map(|(_, (number, unit))| format!("{number} {unit}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_number_and_unit() {
        assert_eq!(parse("7d"), Ok(604_800));
        assert_eq!(parse("12h"), Ok(43_200));
        assert_eq!(parse("1m"), Ok(60));
    }

    #[test]
    fn other_texts_are_no_duration() {
        for text in ["", "7", "d", "-1d", "0m", "91d", "7 d", "7w", "7ä", "99999999999999999999d"] {
            assert!(parse(text).is_err(), "`{text}` should be no duration");
        }
    }

    #[test]
    fn end_is_duration_or_instant() {
        assert_eq!(end("4h").map(|end| end.instant(100)), Ok(14_500));
        assert_eq!(end("1970-01-01T01:00:00+00:30").map(|end| end.instant(100)), Ok(1_800));
        assert!(end("2026-12-01").is_err() && end("soon").is_err());
    }

    #[test]
    fn time_left_is_in_two_units() {
        for (seconds, text) in
            [(0, "0 s"), (40, "40 s"), (60, "1 min"), (11_100, "3 h 5 min"), (86_400, "1 d"), (525_600, "6 d 2 h")]
        {
            assert_eq!(left(seconds), text);
        }
    }

    #[test]
    fn interval_is_seconds_or_minutes() {
        assert_eq!(interval("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(interval("60m"), Ok(Duration::from_secs(3_600)));
        for text in ["", "5", "s", "0s", "61m", "3601s", "1h", "-1s", "5 s", "99999999999999999999m"] {
            assert!(interval(text).is_err(), "`{text}` should be no interval");
        }
    }
}
