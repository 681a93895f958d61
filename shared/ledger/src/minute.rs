//! Keys of the trail: one object per minute of the events' ids, and further parts if a minute is full.
//!
//! ```text
//! events/2026-11-20/10-42.ndjson          events whose UUIDv7 time is 10:42 UTC, batch after batch, each sorted by id
//! events/2026-11-20/10-42.ndjson.002      the second part, begun when the first reached PART_BYTES
//! ```
//!
//! Keys sort by minute, then by part.

use audit::time::{DateTime, parse_rfc3339};

/// The prefix of every key of the trail.
pub const PREFIX: &str = "events/";

/// The length at which a part is closed, bytes: it never changes again. Bounds the memory of a reader.
pub const PART_BYTES: usize = 4 << 20;

/// Parts per minute at most; the part number has three digits so that keys sort.
pub const PARTS: u32 = 999;

/// One minute of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute(u64);

impl Minute {
    /// The minute of the instant `millis` (Unix milliseconds).
    #[must_use]
    pub const fn of(millis: u64) -> Self {
        Self(millis / 60_000)
    }

    /// The first instant of the minute, Unix milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0 * 60_000
    }

    /// The common stem of the minute's keys; sorts after every key of an earlier minute and before its own.
    #[must_use]
    pub fn stem(self) -> String {
        let DateTime { year, month, day, hour, minute, .. } = DateTime::of(self.millis());
        format!("{PREFIX}{year:04}-{month:02}-{day:02}/{hour:02}-{minute:02}")
    }

    /// The key of part number `part`, counted from 1.
    #[must_use]
    pub fn key(self, part: u32) -> String {
        let stem = self.stem();
        if part <= 1 { format!("{stem}.ndjson") } else { format!("{stem}.ndjson.{part:03}") }
    }

    /// The minute of a key; `None` for a key of another form.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let (stem, part) = key.strip_prefix(PREFIX)?.split_once(".ndjson")?;
        let number = part.strip_prefix('.').unwrap_or_default();
        let numbered = number.len() == 3 && number.bytes().all(|digit| digit.is_ascii_digit());
        let (date, time) = stem.split_once('/')?;
        let (hour, minute) = time.split_once('-')?;
        (part.is_empty() || numbered).then_some(())?;
        parse_rfc3339(&format!("{date}T{hour}:{minute}:00Z")).map(Self::of)
    }
}

#[cfg(test)]
mod tests {
    use audit::time::LAST_INSTANT;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn key_names_minute_and_part() {
        let minute = Minute::of(1_795_171_379_999);
        assert_eq!(minute.key(1), "events/2026-11-20/10-42.ndjson", "the last millisecond should belong to its minute");
        assert_eq!(minute.key(2), "events/2026-11-20/10-42.ndjson.002", "further parts should be numbered");
        assert_eq!(
            Minute::of(1_795_171_380_000).key(1),
            "events/2026-11-20/10-43.ndjson",
            "the next should be another"
        );
    }

    #[test]
    fn key_of_another_form_has_no_minute() {
        for key in [
            "",
            "events/",
            "rejected/2026-11-20/10-42.ndjson",
            "events/2026-11-20/10-42",
            "events/2026-11-20/10-42.ndjsonx",
            "events/2026-11-20/10-42.ndjson.2",
            "events/2026-02-30/10-42.ndjson",
            "events/2026-11-20/24-00.ndjson",
        ] {
            assert_eq!(Minute::of_key(key), None, "`{key}` should not be a key of the trail");
        }
    }

    proptest! {
        #[test]
        fn keys_sort_by_minute_and_part(one in 0..=LAST_INSTANT, two in 0..=LAST_INSTANT, parts in (1..=PARTS, 1..=PARTS)) {
            let (one, two) = (Minute::of(one), Minute::of(two));
            let order = (one, parts.0).cmp(&(two, parts.1));
            prop_assert_eq!(one.key(parts.0).cmp(&two.key(parts.1)), order, "text should sort like time");
            prop_assert_eq!(one.stem().cmp(&two.key(parts.1)).is_le(), one <= two, "a stem should stand before its minute");
            prop_assert_eq!(Minute::of_key(&one.key(parts.0)), Some(one), "a key should say its minute");
        }
    }
}
