//! What a call costs: the price of its tool on its day, as decimal text.
//!
//! Money never becomes a binary float: `0.002` in the registry is `0.002` in the event.
//!
//! ```text
//! amount = per_call + per_second × milliseconds of the origin / 1000 + per_kib × bytes of the answer / 1024
//! ```
//!
//! Nothing is rounded up to whole seconds or KiB. The sum is rounded once, to [`DECIMALS`] digits after the point, a half
//! to the even neighbour; zeros at its end are left out.

use rust_decimal::Decimal;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::time::is_date;

/// How many digits after the point an amount has at most: as many as a price may have.
pub const DECIMALS: u32 = 9;

/// One line of an origin's price list, borrowed from the registry. Whatever it names is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price<'a> {
    /// The tool by its name at the origin; `None`: every tool that has no price of its own.
    pub tool: Option<&'a str>,
    /// Of each call. Decimal text.
    pub per_call: Option<&'a str>,
    /// Of each second that the origin took. Decimal text.
    pub per_second: Option<&'a str>,
    /// Of each 1,024 bytes of the answer. Decimal text.
    pub per_kib: Option<&'a str>,
    /// ISO 4217.
    pub currency: &'a str,
    /// The first day it holds, `YYYY-MM-DD`, UTC.
    pub from: &'a str,
}

/// What a call used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// From sending to the origin until its answer ended, milliseconds.
    pub origin_ms: u64,
    /// The answer's body as far as it was sent to the client.
    pub response_bytes: u64,
}

/// What one call costs. In JSON `{"amount":"0.002","currency":"USD"}` or `"unpriced"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub enum Cost {
    /// This much.
    Priced {
        /// Decimal text.
        amount: String,
        /// ISO 4217.
        currency: String,
    },
    /// Nobody has set a price: shown as such, never as free.
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

/// What calling `tool` (its name at the origin) costs on `date` (`YYYY-MM-DD`, UTC).
///
/// A price for the tool goes before a price for all tools, whatever their days; among equals the latest `from` that is
/// not after `date` holds, of two with the same day the later one in the list. A price whose day can't be read never
/// holds. One that holds and whose amounts can't be read, or that names none, leaves the call unpriced.
#[must_use]
pub fn price_of<'a>(prices: impl IntoIterator<Item = Price<'a>>, tool: &str, date: &str, usage: Usage) -> Cost {
    let holds = prices
        .into_iter()
        .filter(|price| price.tool.is_none_or(|named| named == tool))
        // Dates of this one form sort as text.
        .filter(|price| is_date(price.from) && price.from <= date)
        .max_by_key(|price| (price.tool.is_some(), price.from));
    let priced = holds.and_then(|price| Some((amount(&price, usage)?, price.currency.to_owned())));
    priced.map_or(Cost::Unpriced, |(amount, currency)| Cost::Priced { amount, currency })
}

/// The sum that the module's head states; `None` for a price that names nothing or whose text is no amount.
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
    // `round_dp` takes a half to the even neighbour.
    sum.map(|sum| sum.round_dp(DECIMALS).normalize().to_string())
}

/// The number that `text` writes: digits, at most one point between digits, no sign, no exponent.
///
/// `None` for anything else, and beyond 28 digits.
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
    fn any_combination_of_prices_adds_up() {
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
    fn amount_is_rounded_once_a_half_to_the_even_neighbour() {
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
    fn largest_amounts_still_have_a_sum() {
        let largest = Some("999999999.999999999");
        let price = Price { per_call: largest, per_second: largest, per_kib: largest, ..price(None, "", "2026-01-01") };
        let usage = Usage { origin_ms: 300_000, response_bytes: 32 << 20 };
        let found = amount_of(&[price], "search", "2026-11-20", usage).expect("it should not overflow");
        assert_eq!(found, "33068999999999.999966931", "33,069 units of the largest price");
        let usage = Usage { origin_ms: u64::MAX, response_bytes: u64::MAX };
        let _ = amount_of(&[price], "search", "2026-11-20", usage);
    }

    #[test]
    fn price_is_the_latest_that_has_begun() {
        let prices = [price(None, "3", "2026-12-01"), price(None, "1", "2026-01-01"), price(None, "2", "2026-06-01")];
        assert_eq!(amount(&prices, "search", "2025-12-31"), None, "before the first day there should be no price");
        assert_eq!(amount(&prices, "search", "2026-01-01").as_deref(), Some("1"), "the first day should be included");
        assert_eq!(amount(&prices, "search", "2026-11-20").as_deref(), Some("2"), "a later price should replace it");
        assert_eq!(amount(&prices, "search", "2027-01-01").as_deref(), Some("3"), "list order should not matter");
    }

    #[test]
    fn price_that_changes_in_the_month_holds_from_its_day() {
        let prices = [price(None, "0.002", "2026-01-01"), price(None, "0.003", "2026-11-16")];
        for (date, expected) in [("2026-11-15", "0.002"), ("2026-11-16", "0.003"), ("2026-11-30", "0.003")] {
            assert_eq!(amount(&prices, "search", date).as_deref(), Some(expected), "a call of {date} should cost it");
        }
    }

    #[test]
    fn price_of_the_tool_goes_before_a_newer_general_one() {
        let prices = [price(Some("search"), "0.002", "2026-01-01"), price(None, "9", "2026-10-01")];
        assert_eq!(amount(&prices, "search", "2026-11-20").as_deref(), Some("0.002"), "the tool's own should hold");
        assert_eq!(
            amount(&prices, "delete", "2026-11-20").as_deref(),
            Some("9"),
            "other tools should cost the general"
        );
    }

    #[test]
    fn price_with_a_day_that_cannot_be_read_never_holds() {
        let prices = [price(None, "1", "2026-1-1"), price(None, "2", ""), price(None, "3", "2026-02-30")];
        assert_eq!(amount(&prices, "search", "2026-11-20"), None, "it should be unpriced, not guessed");
    }

    #[test]
    fn cost_has_the_stated_json() {
        let priced = Cost::Priced { amount: "0.0020".to_owned(), currency: "USD".to_owned() };
        for (cost, json) in [(priced, r#"{"amount":"0.0020","currency":"USD"}"#), (Cost::Unpriced, r#""unpriced""#)] {
            assert_eq!(serde_json::to_string(&cost).unwrap(), json, "it should be written like this");
            assert_eq!(serde_json::from_str::<Cost>(json).unwrap(), cost, "it should be read back");
        }
        assert!(serde_json::from_str::<Cost>(r#""free""#).is_err(), "another word should be no cost");
    }
}
