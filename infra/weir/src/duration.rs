//! Durations as people type them: `30m`, `12h`, `7d`.

/// A quarter: longer and a lost publisher's key is noticed too late.
const LONGEST_SECONDS: u64 = 90 * 86_400;

/// The seconds of `30m`, `12h` or `7d`, from one minute to 90 days.
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
        _ => Err("a number of minutes (`30m`), hours (`12h`) or days (`7d`), from `1m` to `90d`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_a_number_and_a_unit() {
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
}
