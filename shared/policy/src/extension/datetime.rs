//! `datetime`: an instant in milliseconds since 1970, written as a date with an optional time and offset.

/// Milliseconds of a day.
const DAY_MILLISECONDS: i64 = 86_400_000;

/// Reads `YYYY-MM-DD`, alone or followed by `THH:MM:SS`, `.SSS` if it has milliseconds, and `Z`, `+HHMM` or `-HHMM`.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = date_milliseconds(date)?;
    if rest.is_empty() {
        return Some(date);
    }
    let (time, rest) = rest.split_at_checked(9)?;
    let time = time.strip_prefix('T').filter(|time| separated(time, b':', [2, 5]))?;
    let [hour, minute, second] = [part(time, 0, 2, 23)?, part(time, 3, 5, 59)?, part(time, 6, 8, 59)?];
    let (milliseconds, zone) = match rest.strip_prefix('.') {
        Some(fraction) => (part(fraction, 0, 3, 999)?, fraction.get(3..)?),
        None => (0, rest),
    };
    let time = ((hour * 60 + minute) * 60 + second) * 1_000 + milliseconds;
    Some(date + time - zone_milliseconds(zone)?)
}

/// The offset from UTC: `Z`, `+HHMM` or `-HHMM`.
fn zone_milliseconds(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, digits) = match zone.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, zone.strip_prefix('-')?),
    };
    let offset = part(digits, 0, 2, 23)? * 60 + part(digits, 2, 4, 59)?;
    (digits.len() == 4).then_some(sign * offset * 60_000)
}

fn date_milliseconds(date: &str) -> Option<i64> {
    if !separated(date, b'-', [4, 7]) {
        return None;
    }
    let [year, month, day] = [part(date, 0, 4, 9_999)?, part(date, 5, 7, 12)?, part(date, 8, 10, 31)?];
    if month == 0 || day == 0 || day > days_of(year, month) {
        return None;
    }
    // Years are counted from 1 March, so that the leap day ends a year; 719,468 days lie between 0000-03-01 and 1970.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some((era * 146_097 + day_of_era - 719_468) * DAY_MILLISECONDS)
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// True if `separator` stands at both positions.
fn separated(text: &str, separator: u8, positions: [usize; 2]) -> bool {
    positions.iter().all(|position| text.as_bytes().get(*position) == Some(&separator))
}

/// The number that the digits from `start` to `end` are, if at most `maximum`.
fn part(text: &str, start: usize, end: usize, maximum: i64) -> Option<i64> {
    super::number(text.get(start..end)?).filter(|number| *number <= maximum)
}

/// The start of the day of an instant; `None` before the first day that can be expressed.
pub(crate) fn start_of_day(milliseconds: i64) -> Option<i64> {
    milliseconds.checked_sub(time_of_day(milliseconds))
}

/// Milliseconds since the start of the day.
pub(crate) const fn time_of_day(milliseconds: i64) -> i64 {
    milliseconds.rem_euclid(DAY_MILLISECONDS)
}

/// The text for `datetime("…")`; `None` for an instant that no text has.
pub(crate) fn text(milliseconds: i64) -> Option<String> {
    // Beyond the first and the last year, a local time far from UTC still has a text.
    [("Z", 0), ("+2359", 1_439), ("-2359", -1_439)].into_iter().find_map(|(zone, minutes)| {
        let local = milliseconds.checked_add(minutes * 60_000)?;
        let (days, time) = (local.div_euclid(DAY_MILLISECONDS), time_of_day(local));
        let (year, month, day) = date(days)?;
        let (hour, minute, second) = (time / 3_600_000, time / 60_000 % 60, time / 1_000 % 60);
        let fraction = time % 1_000;
        Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}{zone}"))
    })
}

/// The date of a number of days since 1970; `None` beyond the years 0 to 9999.
fn date(days: i64) -> Option<(i64, i64, i64)> {
    let shifted = days.checked_add(719_468)?;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March have 153 days in every five.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (0..=9_999).contains(&year).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_is_read_as_the_same_instant(milliseconds in -62_167_305_540_000..253_402_387_140_000_i64) {
            prop_assert_eq!(text(milliseconds).and_then(|text| parse(&text)), Some(milliseconds));
        }
    }

    #[test]
    fn instant_without_text_has_none() {
        for milliseconds in [-62_167_305_540_001, 253_402_387_140_000, i64::MIN, i64::MAX] {
            assert_eq!(text(milliseconds), None, "{milliseconds}");
        }
    }
}
