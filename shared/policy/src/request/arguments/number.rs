//! Numbers of JSON as exact values of Cedar's two numeric types; nothing is ever rounded.

/// Maximum number of digits after the point in Cedar's `decimal`.
const DECIMAL_DIGITS: usize = 4;

/// Largest integer that may be written with a point or an exponent: a reader that makes a double of such a number still
/// sees the same integer (RFC 8259 §6).
const EXACT_IN_DOUBLE: u64 = (1 << 53) - 1;

/// The integer that a JSON value is: a number without fraction (JSON Schema 2020-12, `integer`), within 64 bits.
pub(super) fn integer(text: &str) -> Option<i64> {
    // A well-formed JSON number that Rust parses as an integer has no point and no exponent.
    text.parse().ok().or_else(|| whole(text))
}

/// The integer of a JSON number with a point or an exponent, such as `5.0` and `5e2`.
fn whole(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    // An exponent that 32 bits can't hold is one of a huge number or of a tiny fraction.
    let exponent: i32 = exponent.parse().ok()?;
    let length = usize::try_from(i64::from(exponent) + i64::try_from(before.len()).ok()?).ok()?;
    let leading = digits.len() - digits.trim_start_matches('0').len();
    if length < significant.len() || length - leading > 16 {
        return None;
    }
    // Without the leading zeros it has 16 digits at most, and Rust pads to no more than 65,535: it panics beyond.
    let (significant, length) = (significant.trim_start_matches('0'), length - leading);
    let magnitude: u64 = format!("{significant:0<length$}").parse().ok()?;
    let signed = i64::try_from(magnitude).ok().filter(|_| magnitude <= EXACT_IN_DOUBLE)?;
    Some(if unsigned.len() < text.len() { -signed } else { signed })
}

/// The number in ten-thousandths, as a `decimal` has it. `None` if it can't be represented exactly.
pub(super) fn decimal(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    // A string must follow JSON's grammar too, which allows no leading zero: an origin could read `010` as octal.
    if !digits(whole) || !digits(fraction) || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    let significant = fraction.trim_end_matches('0');
    if significant.len() > DECIMAL_DIGITS {
        return None;
    }
    // The number is a 64-bit integer in ten-thousandths.
    let sign = if unsigned.len() < text.len() { "-" } else { "" };
    let scaled = format!("{sign}{whole}{significant:0<DECIMAL_DIGITS$}");
    scaled.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_number_is_read_and_never_panics() {
        for zeros in [0, 15, 16, 65_532, 65_535, 70_000, 500_000] {
            let one = format!("0.{}1e{}", "0".repeat(zeros), zeros + 1);
            assert_eq!(integer(&one), Some(1), "with {zeros} zeros it should still be one");
            assert_eq!(integer(&format!("1{}e-{zeros}", "0".repeat(zeros))), Some(1), "and so should this");
            assert_eq!(integer(&format!("1e{}", zeros + 20)), None, "an integer beyond 64 bits should be none");
        }
    }

    #[test]
    fn integer_is_number_without_fraction() {
        for (text, expected) in [
            ("5", 5),
            ("5.0", 5),
            ("-5.000", -5),
            ("-0.0", 0),
            ("0e99999999999", 0),
            ("5e2", 500),
            ("1.25E+2", 125),
            ("1200e-2", 12),
            ("0.5e1", 5),
            ("0.00012e5", 12),
            ("9007199254740991.0", 9_007_199_254_740_991),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(integer(text), Some(expected), "`{text}` should be {expected}");
        }
        for text in [
            "5.5",
            "1e-1",
            "12e-99999999999",
            "1e400",
            "1e99999999999",
            "9007199254740992.0",
            "9223372036854775807.0",
            "9223372036854775808",
            "0.9999999999999999999999",
            r#""5.0""#,
            "true",
            "[5.0]",
            "-",
        ] {
            assert_eq!(integer(text), None, "`{text}` should be no integer");
        }
    }

    proptest! {
        #[test]
        fn integer_is_the_same_in_every_notation(value in -9_007_199_254_740_991_i64..9_007_199_254_740_991, zeros in 0..5_usize) {
            let zeros = "0".repeat(zeros);
            prop_assert_eq!(integer(&format!("{value}.0{zeros}")), Some(value));
            prop_assert_eq!(integer(&format!("{value}0{zeros}e-{}", zeros.len() + 1)), Some(value));
            prop_assert_eq!(integer(&format!("{value}.5{zeros}")), None);
        }

        #[test]
        fn decimal_equals_written_number(scaled in any::<i64>(), zeros in 0..4_usize) {
            let magnitude = scaled.unsigned_abs();
            let sign = if scaled < 0 { "-" } else { "" };
            let written = format!("{sign}{}.{:04}{}", magnitude / 10_000, magnitude % 10_000, "0".repeat(zeros));
            prop_assert_eq!(decimal(&written), Some(scaled), "`{}`", written);
            let text = crate::extension::Decimal(scaled).to_string();
            prop_assert_eq!(crate::extension::Decimal::parse(&text).map(|decimal| decimal.0), Some(scaled), "`{}`", text);
        }
    }
}
