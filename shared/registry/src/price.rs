//! Prices: the price of a call by number, origin time and response size, with the first day of validity.
//!
//! Amounts are decimal text from the registry to the report, because a binary float can't represent `0.002`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The price of a call from a day on: the sum of the amounts that are present, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The tool's name at the origin; absent for every tool of the origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Price of one call: decimal text, 1 to 9 digits on each side of the point, no sign, no exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_call: Option<String>,
    /// Price of one second of the origin's response time, in the same form; charged in proportion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<String>,
    /// Price of 1,024 bytes of the response body, in the same form; charged in proportion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_kib: Option<String>,
    /// ISO 4217 currency code.
    pub currency: String,
    /// The first day of validity, `YYYY-MM-DD`, UTC.
    pub from: String,
}

/// Formats the price for people: `0.002 USD per call, 0.0001 USD per second`.
impl fmt::Display for Price {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [(&self.per_call, "call"), (&self.per_second, "second"), (&self.per_kib, "KiB")];
        let named = parts.into_iter().filter_map(|(amount, unit)| Some((amount.as_ref()?, unit)));
        for (index, (amount, unit)) in named.enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(formatter, "{comma}{amount} {} per {unit}", self.currency)?;
        }
        Ok(())
    }
}

#[cfg(feature = "publish")]
mod rules;

#[cfg(feature = "publish")]
pub(crate) use rules::{AMOUNT, CURRENCY, DAY, is_day};
