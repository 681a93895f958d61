//! Cost reports with the column names of FOCUS 1.4 (FinOps Open Cost and Usage Specification, dataset *Cost and
//! Usage*).
//!
//! One row is the cost of one team, project, origin or tool in one month and one currency. Weir's own columns begin
//! with `x_`, as the specification requires. Costs are decimal text in JSON and plain decimals in CSV; the four cost
//! columns are equal, because Weir has no discounts.
//!
//! Unpriced calls have a row of their own: its costs are 0, `BillingCurrency` is `XXX` (ISO 4217: no currency),
//! `x_UnpricedCalls` is the number of calls, and `ChargeDescription` states that they have no price.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};
use rust_decimal::Decimal;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::month::Month;

/// The text in place of an absent team, project, origin or tool.
pub const UNASSIGNED: &str = "unassigned";

/// The ISO 4217 code for no currency.
pub const NO_CURRENCY: &str = "XXX";

/// The dimension by which the rows of a report are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportDimension {
    /// The team that pays.
    Team,
    /// The project and its team; a project of two teams has two rows.
    Project,
    /// The origin.
    Origin,
    /// The tool, by its exposed name, and its origin.
    Tool,
}

impl ReportDimension {
    /// All dimensions.
    pub const ALL: [Self; 4] = [Self::Team, Self::Project, Self::Origin, Self::Tool];

    /// Its name in commands and queries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Project => "project",
            Self::Origin => "origin",
            Self::Tool => "tool",
        }
    }

    /// Reads the text of [`ReportDimension::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == text)
    }
}

/// One row of a report. Of team, project, origin and tool, the members of the report's dimension are set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostRow {
    /// The dimension of the report.
    pub by: ReportDimension,
    /// The billing period.
    pub month: Month,
    /// The team that pays; `None` if unassigned.
    pub team: Option<String>,
    /// The project; `None` if unassigned.
    pub project: Option<String>,
    /// Name of the origin.
    pub origin: Option<String>,
    /// Exposed name of the tool.
    pub tool: Option<String>,
    /// ISO 4217 currency code; `None` if the calls of this row have no price.
    pub currency: Option<String>,
    /// Exact sum of the costs, in `currency`.
    pub amount: Decimal,
    /// Number of calls.
    pub calls: u64,
}

/// One cell of a row.
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

/// Number of columns.
const COLUMNS: usize = 36;

impl CostRow {
    /// Number of calls of this row without a price.
    #[must_use]
    pub const fn unpriced_calls(&self) -> u64 {
        if self.currency.is_none() { self.calls } else { 0 }
    }

    /// Name of the row's team, project, origin or tool, or [`UNASSIGNED`].
    #[must_use]
    pub fn subject(&self) -> &str {
        let named = match self.by {
            ReportDimension::Team => &self.team,
            ReportDimension::Project => &self.project,
            ReportDimension::Origin => &self.origin,
            ReportDimension::Tool => &self.tool,
        };
        named.as_deref().unwrap_or(UNASSIGNED)
    }

    /// The cells in the order of their columns' names, with Weir's own columns last.
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
            ReportDimension::Team => (Some(&self.team), fixed("Team")),
            ReportDimension::Project => (Some(&self.project), fixed("Project")),
            ReportDimension::Origin | ReportDimension::Tool => (None, Cell::Null),
        };
        let (resource_type, resource_id) = match (self.by, &self.origin, &self.tool) {
            (ReportDimension::Tool, origin, Some(tool)) => {
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

/// Writes an object with all columns in order.
impl Serialize for CostRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(COLUMNS))?;
        for (name, cell) in self.cells() {
            object.serialize_entry(name, &cell)?;
        }
        object.end()
    }
}

/// Writes the rows as CSV (RFC 4180): a header, then one record per row; an absent value is an empty cell.
#[must_use]
pub fn csv(rows: &[CostRow], month: Month, by: ReportDimension) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    // Writing fails only if the sink fails or records differ in length; neither occurs here.
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

/// Escapes text that a spreadsheet would read as a formula with an apostrophe before it, which marks text.
#[must_use]
pub fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests;
