//! Cost of a call: the price of its tool on its day, as decimal text.
//!
//! Amounts are never converted to binary floats: `0.002` in the registry is `0.002` in the event.
//!
//! ```text
//! amount = per_call + per_second × milliseconds of the origin / 1000 + per_kib × bytes of the response / 1024
//! ```
//!
//! Parts of a second or KiB are charged in proportion. The sum is rounded once, to [`DECIMALS`] digits after the point,
//! half to even; trailing zeros are omitted.

use rust_decimal::Decimal;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::time::is_date;

/// Maximum number of digits after the point of an amount, as of a price in the registry.
pub const DECIMALS: u32 = 9;

/// One price of an origin, borrowed from the registry; its amounts are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price<'a> {
    /// The tool's name at the origin; `None` for every tool without a price of its own.
    pub tool: Option<&'a str>,
    /// Price per call, decimal text.
    pub per_call: Option<&'a str>,
    /// Price per second of the origin's response time, decimal text.
    pub per_second: Option<&'a str>,
    /// Price per 1,024 bytes of the response body, decimal text.
    pub per_kib: Option<&'a str>,
    /// ISO 4217 currency code.
    pub currency: &'a str,
    /// The first day of validity, `YYYY-MM-DD`, UTC.
    pub from: &'a str,
}

/// The measured quantities of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Time from sending the request to the origin to the end of its response, milliseconds.
    pub origin_ms: u64,
    /// Length of the response body that was sent to the client, bytes.
    pub response_bytes: u64,
}

/// The cost of one call. In JSON `{"amount":"0.002","currency":"USD"}` or `"unpriced"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub enum Cost {
    /// The call has a price.
    Priced {
        /// Decimal text, at most [`DECIMALS`] digits after the point.
        amount: String,
        /// ISO 4217 currency code.
        currency: String,
    },
    /// The registry has no price for the call, which is not the same as free.
    Unpriced,
}

impl Serialize for Cost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unpriced => serializer.serialize_str("unpriced"),
            Self::Priced { amount, currency } => {
                let mut written = serializer.serialize_struct("Cost", 2)?;
                written.serialize_field("amount", amount)?;
                written.serialize_field("currency", currency)?;
                written.end()
            }
        }
    }
}

/// The JSON of a [`Cost`].
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Priced { amount: String, currency: String },
    Unpriced(Unpriced),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unpriced {
    Unpriced,
}

impl From<Written> for Cost {
    fn from(written: Written) -> Self {
        match written {
            Written::Priced { amount, currency } => Self::Priced { amount, currency },
            Written::Unpriced(Unpriced::Unpriced) => Self::Unpriced,
        }
    }
}

/// Returns the cost of a call of `tool` (its name at the origin) on `date` (`YYYY-MM-DD`, UTC).
///
/// A price for the tool takes precedence over a price for all tools, with any `from`. Otherwise the latest `from` that
/// is not after `date` applies; of two with the same day, the later one in the list. A price with an invalid `from`
/// never applies. If the applicable price has no amount, or an invalid one, the call is unpriced.
#[must_use]
pub fn price_of<'a>(prices: impl IntoIterator<Item = Price<'a>>, tool: &str, date: &str, usage: Usage) -> Cost {
    let holds = prices
        .into_iter()
        .filter(|price| price.tool.is_none_or(|named| named == tool))
        // Dates of this form sort as text.
        .filter(|price| is_date(price.from) && price.from <= date)
        .max_by_key(|price| (price.tool.is_some(), price.from));
    let priced = holds.and_then(|price| Some((amount(&price, usage)?, price.currency.to_owned())));
    priced.map_or(Cost::Unpriced, |(amount, currency)| Cost::Priced { amount, currency })
}

/// The sum defined at the top of this module; `None` for a price without amounts or with an invalid one.
fn amount(price: &Price<'_>, usage: Usage) -> Option<String> {
    let thousandths = Decimal::from(usage.origin_ms).checked_div(Decimal::from(1000))?;
    let kib = Decimal::from(usage.response_bytes).checked_div(Decimal::from(1024))?;
    let parts = [(price.per_call, Decimal::ONE), (price.per_second, thousandths), (price.per_kib, kib)];
    let mut sum = None;
    for (per_unit, units) in parts {
        if let Some(per_unit) = per_unit {
            let part = decimal(per_unit)?.checked_mul(units)?;
            sum = Some(sum.unwrap_or(Decimal::ZERO).checked_add(part)?);
        }
    }
    // `round_dp` rounds half to even.
    sum.map(|sum| sum.round_dp(DECIMALS).normalize().to_string())
}

/// Parses decimal text: digits, at most one point between digits, no sign, no exponent.
///
/// `None` for any other text, and for more than 28 digits.
#[must_use]
pub fn decimal(text: &str) -> Option<Decimal> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain =
        text.split_once('.').map_or_else(|| digits(text), |(whole, fraction)| digits(whole) && digits(fraction));
    if plain { Decimal::from_str_exact(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price<'a>(tool: Option<&'a str>, per_call: &'a str, from: &'a str) -> Price<'a> {
        Price { tool, per_call: Some(per_call), per_second: None, per_kib: None, currency: "USD", from }
    }

    const USAGE: Usage = Usage { origin_ms: 1500, response_bytes: 2560 };

    fn amount(prices: &[Price<'_>], tool: &str, date: &str) -> Option<String> {
        amount_of(prices, tool, date, USAGE)
    }

    fn amount_of(prices: &[Price<'_>], tool: &str, date: &str, usage: Usage) -> Option<String> {
        match price_of(prices.iter().copied(), tool, date, usage) {
            Cost::Priced { amount, .. } => Some(amount),
            Cost::Unpriced => None,
        }
    }

    #[test]
    fn combined_prices_are_added() {
        let none = Price { per_call: None, ..price(None, "", "2026-01-01") };
        for (per_call, per_second, per_kib, expected) in [
            (Some("0.002"), None, None, Some("0.002")),
            (None, Some("0.01"), None, Some("0.015")),
            (None, None, Some("0.0004"), Some("0.001")),
            (Some("0.002"), Some("0.01"), Some("0.0004"), Some("0.018")),
            (Some("0.0"), None, None, Some("0")),
            (None, None, None, None),
            (Some("0.002"), Some("dear"), None, None),
            (Some("-1"), None, None, None),
            (Some("1e3"), None, None, None),
        ] {
            let price = Price { per_call, per_second, per_kib, ..none };
            let found = amount(&[price], "search", "2026-11-20");
            assert_eq!(found.as_deref(), expected, "{price:?} should cost this for 1.5 s and 2.5 KiB");
        }
    }

    #[test]
    fn amount_is_rounded_once_half_to_even() {
        let per_kib = Price { per_call: None, per_kib: Some("0.000000001"), ..price(None, "", "2026-01-01") };
        for (response_bytes, expected) in [(511, "0"), (512, "0"), (513, "0.000000001"), (1536, "0.000000002")] {
            let usage = Usage { origin_ms: 0, response_bytes };
            let found = amount_of(&[per_kib], "search", "2026-11-20", usage);
            assert_eq!(found.as_deref(), Some(expected), "{response_bytes} bytes should cost this");
        }
        let both = Price { per_second: Some("0.000000001"), ..per_kib };
        let usage = Usage { origin_ms: 400, response_bytes: 409 };
        let found = amount_of(&[both], "search", "2026-11-20", usage);
        assert_eq!(found.as_deref(), Some("0.000000001"), "0.4 and 0.399… should be rounded together, not apart");
    }

    #[test]
    fn largest_amounts_have_sum() {
        let largest = Some("999999999.999999999");
        let price = Price { per_call: largest, per_second: largest, per_kib: largest, ..price(None, "", "2026-01-01") };
        let usage = Usage { origin_ms: 300_000, response_bytes: 32 << 20 };
        let found = amount_of(&[price], "search", "2026-11-20", usage).expect("it should not overflow");
        assert_eq!(found, "33068999999999.999966931", "33,069 units of the largest price");
        let usage = Usage { origin_ms: u64::MAX, response_bytes: u64::MAX };
        let _ = amount_of(&[price], "search", "2026-11-20", usage);
    }

    #[test]
    fn latest_price_that_is_valid_applies() {
        let prices = [price(None, "3", "2026-12-01"), price(None, "1", "2026-01-01"), price(None, "2", "2026-06-01")];
        assert_eq!(amount(&prices, "search", "2025-12-31"), None, "before the first day there should be no price");
        assert_eq!(amount(&prices, "search", "2026-01-01").as_deref(), Some("1"), "the first day should be included");
        assert_eq!(amount(&prices, "search", "2026-11-20").as_deref(), Some("2"), "a later price should replace it");
        assert_eq!(amount(&prices, "search", "2027-01-01").as_deref(), Some("3"), "list order should not matter");
    }

    #[test]
    fn price_that_changes_within_month_applies_from_its_day() {
        let prices = [price(None, "0.002", "2026-01-01"), price(None, "0.003", "2026-11-16")];
        for (date, expected) in [("2026-11-15", "0.002"), ("2026-11-16", "0.003"), ("2026-11-30", "0.003")] {
            assert_eq!(amount(&prices, "search", date).as_deref(), Some(expected), "a call of {date} should cost it");
        }
    }

    #[test]
    fn price_of_tool_takes_precedence_over_newer_general_price() {
        let prices = [price(Some("search"), "0.002", "2026-01-01"), price(None, "9", "2026-10-01")];
        assert_eq!(amount(&prices, "search", "2026-11-20").as_deref(), Some("0.002"), "the tool's own should hold");
        assert_eq!(
            amount(&prices, "delete", "2026-11-20").as_deref(),
            Some("9"),
            "other tools should cost the general"
        );
    }

    #[test]
    fn price_with_invalid_day_never_applies() {
        let prices = [price(None, "1", "2026-1-1"), price(None, "2", ""), price(None, "3", "2026-02-30")];
        assert_eq!(amount(&prices, "search", "2026-11-20"), None, "it should be unpriced, not guessed");
    }

    #[test]
    fn cost_has_documented_json() {
        let priced = Cost::Priced { amount: "0.0020".to_owned(), currency: "USD".to_owned() };
        for (cost, json) in [(priced, r#"{"amount":"0.0020","currency":"USD"}"#), (Cost::Unpriced, r#""unpriced""#)] {
            assert_eq!(serde_json::to_string(&cost).unwrap(), json, "it should be written like this");
            assert_eq!(serde_json::from_str::<Cost>(json).unwrap(), cost, "it should be read back");
        }
        assert!(serde_json::from_str::<Cost>(r#""free""#).is_err(), "another word should be no cost");
    }
}
