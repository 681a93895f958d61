//! `decimal`: a number with up to four digits after the point.

use std::fmt;

/// Number of digits after the point.
const DIGITS: usize = 4;

/// Ten-thousandths in one.
const SCALE: i64 = 10_000;

/// A decimal number, in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub i64);

impl Decimal {
    /// Reads `-?DIGITS.DIGITS`, with at most four digits after the point and within 64 bits of ten-thousandths.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.')?;
        let (is_negative, whole) = whole.strip_prefix('-').map_or((false, whole), |whole| (true, whole));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > DIGITS {
            return None;
        }
        let signed: i64 = if is_negative { format!("-{whole}").parse() } else { whole.parse() }.ok()?;
        let fraction: i64 = format!("{fraction:0<DIGITS$}").parse().ok()?;
        let whole = signed.checked_mul(SCALE)?;
        if is_negative { whole.checked_sub(fraction) } else { whole.checked_add(fraction) }.map(Self)
    }
}

/// The text for `decimal("…")`, with as many digits after the point as it needs, and at least one.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (magnitude, scale) = (self.0.unsigned_abs(), SCALE.unsigned_abs());
        let fraction = format!("{:04}", magnitude % scale);
        let significant = match fraction.trim_end_matches('0') {
            "" => "0",
            significant => significant,
        };
        write!(formatter, "{}{}.{significant}", if self.0 < 0 { "-" } else { "" }, magnitude / scale)
    }
}
