//! Month: a calendar month, UTC, which is the billing period of a report.

use std::fmt;

use crate::time::parse_date;

/// One calendar month of the years 1970 to 9998.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: u16,
    month: u8,
}

impl Month {
    /// Reads `YYYY-MM`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // A month exists if its first day does. The year 9999 is excluded, because its last month has no successor.
        parse_date(&format!("{text}-01")).filter(|_| !text.starts_with("9999"))?;
        let (year, month) = text.split_once('-')?;
        Some(Self { year: year.parse().ok()?, month: month.parse().ok()? })
    }

    /// The following month.
    #[must_use]
    pub const fn next(self) -> Self {
        match self.month {
            12 => Self { year: self.year + 1, month: 1 },
            month => Self { year: self.year, month: month + 1 },
        }
    }

    /// Its first day, `YYYY-MM-DD`.
    #[must_use]
    pub fn first_day(self) -> String {
        format!("{self}-01")
    }
}

/// `YYYY-MM`.
impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn month_ends_at_start_of_next() {
        for (text, next) in [("2026-11", "2026-12-01"), ("2026-12", "2027-01-01"), ("9998-12", "9999-01-01")] {
            let month = Month::parse(text).expect("it should be a month");
            assert_eq!(month.next().first_day(), next, "`{text}` should end there");
        }
    }

    #[test]
    fn text_of_another_form_is_refused() {
        for text in
            ["", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "2026-11 ", "9999-12", "+026-11"]
        {
            assert_eq!(Month::parse(text), None, "`{text}` should be no month");
        }
    }

    proptest! {
        #[test]
        fn month_survives_its_text_form(year in 1970u16..9999, month in 1u8..=12) {
            let month = Month { year, month };
            prop_assert_eq!(Month::parse(&month.to_string()), Some(month), "text should name the same month");
            prop_assert!(month.first_day() < month.next().first_day(), "days should sort as text");
        }

        #[test]
        fn month_never_panics_on_text(text in "\\PC{0,12}") {
            let _ = Month::parse(&text);
        }
    }
}
