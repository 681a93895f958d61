//! What a call costs: the price of its tool on its day, as decimal text.
//!
//! Money never becomes a binary float: `0.002` in the registry is `0.002` in the event.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::time::is_date;

/// One line of an origin's price list, borrowed from the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price<'a> {
    /// The tool by its name at the origin; `None`: every tool that has no price of its own.
    pub tool: Option<&'a str>,
    /// Decimal text.
    pub per_call: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// The first day it holds, `YYYY-MM-DD`, UTC.
    pub from: &'a str,
}

/// What one call costs. In JSON `{"amount":"0.002","currency":"USD"}` or `"unpriced"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub enum Cost {
    /// This much.
    Priced {
        /// Decimal text, as in the registry.
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
/// not after `date` holds, of two with the same day the later one in the list. A price whose day can't be read never holds.
#[must_use]
pub fn price_of<'a>(prices: impl IntoIterator<Item = Price<'a>>, tool: &str, date: &str) -> Cost {
    prices
        .into_iter()
        .filter(|price| price.tool.is_none_or(|named| named == tool))
        // Dates of this one form sort as text.
        .filter(|price| is_date(price.from) && price.from <= date)
        .max_by_key(|price| (price.tool.is_some(), price.from))
        .map_or(Cost::Unpriced, |price| Cost::Priced {
            amount: price.per_call.to_owned(),
            currency: price.currency.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price<'a>(tool: Option<&'a str>, per_call: &'a str, from: &'a str) -> Price<'a> {
        Price { tool, per_call, currency: "USD", from }
    }

    fn amount(prices: &[Price<'_>], tool: &str, date: &str) -> Option<String> {
        match price_of(prices.iter().copied(), tool, date) {
            Cost::Priced { amount, .. } => Some(amount),
            Cost::Unpriced => None,
        }
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
