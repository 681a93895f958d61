//! Cost reports with the column names of FOCUS 1.4 (FinOps Open Cost and Usage Specification, dataset *Cost and Usage*).
//!
//! One row is what one team, project, origin or tool cost in one month and one currency. Weir's own columns begin with
//! `x_`, as the specification asks. Costs are decimal text in JSON and plain decimals in CSV; the four cost columns are
//! equal, for Weir knows of no discounts.
//!
//! What has no price has a row of its own: its costs are 0, `BillingCurrency` is `XXX` (ISO 4217: no currency),
//! `x_UnpricedCalls` counts its calls and `ChargeDescription` says so.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};
use rust_decimal::Decimal;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::month::Month;

/// Who is shown where an event names nobody.
pub const UNASSIGNED: &str = "unassigned";

/// ISO 4217: no currency.
pub const NO_CURRENCY: &str = "XXX";

/// What the rows of a report stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Who pays.
    Team,
    /// What they pay for; a project of two teams has two rows.
    Project,
    /// The MCP server that was called.
    Origin,
    /// The tool, by the name that clients see, and its origin.
    Tool,
}

impl By {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Team, Self::Project, Self::Origin, Self::Tool];

    /// As a report is asked for.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Project => "project",
            Self::Origin => "origin",
            Self::Tool => "tool",
        }
    }

    /// Reads what [`By::as_str`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == text)
    }
}

/// One row. Of team, project, origin and tool those are known that the report is by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostRow {
    /// What the report is by.
    pub by: By,
    /// The billing period.
    pub month: Month,
    /// Who pays.
    pub team: Option<String>,
    /// What they pay for.
    pub project: Option<String>,
    /// The MCP server.
    pub origin: Option<String>,
    /// The tool as clients see it.
    pub tool: Option<String>,
    /// ISO 4217; `None`: the calls of this row have no price.
    pub currency: Option<String>,
    /// The exact sum.
    pub amount: Decimal,
    /// How many calls.
    pub calls: u64,
}

/// One cell.
enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Count(u64),
    Money(String),
}

impl<'a> Cell<'a> {
    fn of(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.into()))
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Money(amount) => serializer.serialize_str(amount),
        }
    }
}

/// How many columns a row has.
const COLUMNS: usize = 36;

impl CostRow {
    /// The calls of this row that have no price.
    #[must_use]
    pub const fn unpriced_calls(&self) -> u64 {
        if self.currency.is_none() { self.calls } else { 0 }
    }

    /// What the row is about, for people.
    #[must_use]
    pub fn subject(&self) -> &str {
        let named = match self.by {
            By::Team => &self.team,
            By::Project => &self.project,
            By::Origin => &self.origin,
            By::Tool => &self.tool,
        };
        named.as_deref().unwrap_or(UNASSIGNED)
    }

    /// Columns in the order of their names, Weir's own last.
    fn cells(&self) -> [(&'static str, Cell<'_>); COLUMNS] {
        let fixed = |text: &'static str| Cell::Text(text.into());
        let instant = |month: Month| Cell::Text(format!("{}T00:00:00Z", month.first_day()).into());
        let (begin, end) = (|| instant(self.month), || instant(self.month.next()));
        let cost = || Cell::Money(self.amount.to_string());
        let origin = || Cell::of(self.origin.as_deref());
        let description = match self.currency {
            Some(_) => format!("tool calls of {} {}", self.by.as_str(), self.subject()),
            None => format!("tool calls of {} {} that have no price", self.by.as_str(), self.subject()),
        };
        let (account, account_type) = match self.by {
            By::Team => (Some(&self.team), fixed("Team")),
            By::Project => (Some(&self.project), fixed("Project")),
            By::Origin | By::Tool => (None, Cell::Null),
        };
        let (resource_type, resource_id) = match (self.by, &self.origin, &self.tool) {
            (By::Tool, origin, Some(tool)) => {
                let origin = origin.as_deref().unwrap_or(UNASSIGNED);
                (fixed("MCP Tool"), Cell::Text(format!("urn:mcp:{origin}:{tool}").into()))
            }
            _ => (Cell::Null, Cell::Null),
        };
        let priced = self.currency.is_some();
        [
            ("BilledCost", cost()),
            ("BillingAccountId", fixed("weir")),
            ("BillingAccountName", Cell::Null),
            ("BillingCurrency", Cell::Text(self.currency.as_deref().unwrap_or(NO_CURRENCY).into())),
            ("BillingPeriodEnd", end()),
            ("BillingPeriodStart", begin()),
            ("ChargeCategory", fixed("Usage")),
            ("ChargeClass", Cell::Null),
            ("ChargeDescription", Cell::Text(description.into())),
            ("ChargeFrequency", fixed("Usage-Based")),
            ("ChargePeriodEnd", end()),
            ("ChargePeriodStart", begin()),
            ("ConsumedQuantity", Cell::Count(self.calls)),
            ("ConsumedUnit", fixed("Requests")),
            ("ContractedCost", cost()),
            ("EffectiveCost", cost()),
            ("HostProviderName", Cell::Text(self.origin.as_deref().unwrap_or("Weir").into())),
            ("InvoiceIssuerName", fixed("Weir")),
            ("ListCost", cost()),
            ("PricingQuantity", if priced { Cell::Count(self.calls) } else { Cell::Null }),
            ("PricingUnit", if priced { fixed("Requests") } else { Cell::Null }),
            ("ResourceId", resource_id),
            ("ResourceName", Cell::of(self.tool.as_deref())),
            ("ResourceType", resource_type),
            ("ServiceCategory", fixed("AI and Machine Learning")),
            ("ServiceName", Cell::Text(self.origin.as_deref().unwrap_or("MCP tools").into())),
            ("ServiceProviderName", Cell::Text(self.origin.as_deref().unwrap_or("Weir").into())),
            ("SubAccountId", Cell::of(account.and_then(|account| account.as_deref()))),
            ("SubAccountName", account.map_or(Cell::Null, |_| Cell::Text(self.subject().into()))),
            ("SubAccountType", account_type),
            ("x_Calls", Cell::Count(self.calls)),
            ("x_Origin", origin()),
            ("x_Project", Cell::of(self.project.as_deref())),
            ("x_Team", Cell::of(self.team.as_deref())),
            ("x_Tool", Cell::of(self.tool.as_deref())),
            ("x_UnpricedCalls", Cell::Count(self.unpriced_calls())),
        ]
    }
}

/// An object with every column, in their order.
impl Serialize for CostRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(COLUMNS))?;
        for (name, cell) in self.cells() {
            object.serialize_entry(name, &cell)?;
        }
        object.end()
    }
}

/// The rows as CSV (RFC 4180): a header, then one record each; nothing at all is an empty cell.
#[must_use]
pub fn csv(rows: &[CostRow], month: Month, by: By) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    // Only the sink can fail, or records of different lengths, and here are neither.
    let empty = CostRow {
        by,
        month,
        team: None,
        project: None,
        origin: None,
        tool: None,
        currency: None,
        amount: Decimal::ZERO,
        calls: 0,
    };
    let _ = writer.write_record(empty.cells().map(|(name, _)| name));
    for row in rows {
        let record = row.cells().map(|(_, cell)| match cell {
            Cell::Null => String::new(),
            Cell::Text(text) => guarded(&text).into_owned(),
            Cell::Count(count) => count.to_string(),
            Cell::Money(amount) => amount,
        });
        let _ = writer.write_record(record);
    }
    writer.into_inner().unwrap_or_default()
}

/// Text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it, which
/// spreadsheets take for *this is text*.
#[must_use]
pub fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests;
