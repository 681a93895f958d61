//! Cost reports: the cost of a month per team, project, origin or tool.
//!
//! ```text
//! month=2026-11        the month, UTC; required
//! by=team              the subject of a row: team (default), project, origin or tool
//! format=json          json (default) or csv
//! ```
//!
//! Rows are sorted by subject (*unassigned* last), then by currency (unpriced last). The JSON form:
//!
//! ```text
//! {"month":"2026-11","by":"team","calls":9,"unpriced_calls":2,
//!  "costs":[{"amount":"0.012","currency":"USD"}],"rows":[{"BilledCost":"0.012",…}]}
//! ```

use std::collections::BTreeMap;

use audit::focus::{self, CostRow, ReportDimension};
use audit::month::Month;
use percent_encoding::percent_decode_str;
use rust_decimal::Decimal;
use serde::Serialize;

use ports::database::{Database, DatabaseError, Statement, Value};

/// The longest query string that is read, bytes: all three parameters need fewer than 64.
const QUERY_BYTES: usize = 1024;

/// The media type of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/json`: one object.
    Json,
    /// `text/csv` (RFC 4180): a header and one record per row.
    Csv,
}

/// The parameters of `GET /reports/costs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportQuery {
    /// The billing period, UTC.
    pub month: Month,
    /// The subject of a row.
    pub by: ReportDimension,
    /// The media type of the response.
    pub format: Format,
}

/// A fault in the parameters; its text is sent to the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportQueryError {
    /// The query string is longer than 1,024 bytes.
    #[error("the query is longer than {QUERY_BYTES} bytes")]
    TooLong,
    /// A parameter of this name doesn't exist.
    #[error("unknown parameter `{0}`; use `month`, `by` or `format`")]
    Unknown(String),
    /// A parameter is repeated.
    #[error("`{0}` is repeated; give it once")]
    Repeated(&'static str),
    /// `month` is missing.
    #[error("`month` is missing; write a month like 2026-11")]
    NoMonth,
    /// The value of `month` is no month.
    #[error("`month` must be a month like 2026-11, not `{0}`")]
    Month(String),
    /// The value of `by` is no subject of a row.
    #[error("`by` must be one of `team`, `project`, `origin` and `tool`, not `{0}`")]
    ReportDimension(String),
    /// The value of `format` is no format.
    #[error("`format` must be `json` or `csv`, not `{0}`")]
    Format(String),
}

impl ReportQuery {
    /// Reads a query string, without its `?`.
    ///
    /// # Errors
    /// See [`ReportQueryError`].
    pub fn parse(query: &str) -> Result<Self, ReportQueryError> {
        if query.len() > QUERY_BYTES {
            return Err(ReportQueryError::TooLong);
        }
        let (mut month, mut by, mut format) = (None, None, None);
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let name = percent_decode_str(name).decode_utf8_lossy();
            let value = percent_decode_str(value).decode_utf8_lossy();
            // The response repeats no more of the caller's text.
            let shown = |text: &str| text.chars().take(64).collect::<String>();
            match name.as_ref() {
                "month" => {
                    let read = Month::parse(&value).ok_or_else(|| ReportQueryError::Month(shown(&value)))?;
                    once(&mut month, "month", read)?;
                }
                "by" => once(
                    &mut by,
                    "by",
                    ReportDimension::parse(&value).ok_or_else(|| ReportQueryError::ReportDimension(shown(&value)))?,
                )?,
                "format" => {
                    let read = match value.as_ref() {
                        "json" => Format::Json,
                        "csv" => Format::Csv,
                        other => return Err(ReportQueryError::Format(shown(other))),
                    };
                    once(&mut format, "format", read)?;
                }
                other => return Err(ReportQueryError::Unknown(shown(other))),
            }
        }
        let month = month.ok_or(ReportQueryError::NoMonth)?;
        Ok(Self { month, by: by.unwrap_or(ReportDimension::Team), format: format.unwrap_or(Format::Json) })
    }
}

fn once<T>(slot: &mut Option<T>, name: &'static str, value: T) -> Result<(), ReportQueryError> {
    if slot.replace(value).is_some() { Err(ReportQueryError::Repeated(name)) } else { Ok(()) }
}

/// The cost report of one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The billing period, UTC.
    pub month: Month,
    /// The subject of a row.
    pub by: ReportDimension,
    /// One row per subject and currency, sorted as the module says.
    pub rows: Vec<CostRow>,
}

/// The JSON of a [`Report`].
#[derive(Serialize)]
struct ReportJson<'a> {
    month: String,
    by: &'static str,
    calls: u64,
    unpriced_calls: u64,
    costs: Vec<CurrencySum<'a>>,
    rows: &'a [CostRow],
}

/// The sum of one currency.
#[derive(Serialize)]
struct CurrencySum<'a> {
    amount: String,
    currency: &'a str,
}

impl Report {
    /// The sum of all rows in each currency.
    #[must_use]
    pub fn costs(&self) -> BTreeMap<&str, Decimal> {
        let mut costs: BTreeMap<&str, Decimal> = BTreeMap::new();
        for row in &self.rows {
            if let Some(currency) = &row.currency {
                let sum = costs.entry(currency).or_default();
                *sum = sum.saturating_add(row.amount);
            }
        }
        costs
    }

    /// The report as one JSON object.
    #[must_use]
    pub fn json(&self) -> Vec<u8> {
        let costs = self.costs();
        let costs = costs.iter().map(|(currency, sum)| CurrencySum { amount: sum.normalize().to_string(), currency });
        let json = ReportJson {
            month: self.month.to_string(),
            by: self.by.as_str(),
            calls: self.rows.iter().map(|row| row.calls).sum(),
            unpriced_calls: self.rows.iter().map(CostRow::unpriced_calls).sum(),
            costs: costs.collect(),
            rows: &self.rows,
        };
        // Text and numbers always serialize.
        serde_json::to_vec(&json).unwrap_or_default()
    }

    /// The report as CSV.
    #[must_use]
    pub fn csv(&self) -> Vec<u8> {
        focus::csv(&self.rows, self.month, self.by)
    }
}

/// The columns that identify the subject of a row; rows are sorted by the first.
const fn columns(by: ReportDimension) -> &'static [&'static str] {
    match by {
        ReportDimension::Team => &["team"],
        ReportDimension::Project => &["project", "team"],
        ReportDimension::Origin => &["origin"],
        ReportDimension::Tool => &["tool", "origin"],
    }
}

/// Reads the report of `month` from the books.
///
/// # Errors
/// The database's, also for a row that the ledger can't have written.
pub async fn read(database: &impl Database, month: Month, by: ReportDimension) -> Result<Report, DatabaseError> {
    let columns = columns(by);
    let order: Vec<String> = columns.iter().map(|column| format!("{column} IS NULL, {column}")).collect();
    let sql = format!(
        "SELECT {columns}, currency, COUNT(*), CAST(SUM(units) AS TEXT), CAST(SUM(billionths) AS TEXT) FROM charges \
         WHERE day >= ?1 AND day < ?2 GROUP BY {columns}, currency ORDER BY {order}, currency IS NULL, currency",
        columns = columns.join(", "),
        order = order.join(", "),
    );
    let days = [month.first_day().as_str().into(), month.next().first_day().as_str().into()];
    let found = database.read(Statement::new(sql, days)).await?;
    let malformed = || DatabaseError("the books hold a malformed row".to_owned());
    let rows = found.iter().map(|row| cost_row(month, by, columns, row).ok_or_else(malformed));
    Ok(Report { month, by, rows: rows.collect::<Result<_, _>>()? })
}

fn cost_row(month: Month, by: ReportDimension, columns: &[&str], row: &[Value]) -> Option<CostRow> {
    let (names, rest) = row.split_at_checked(columns.len())?;
    let [currency, Value::Integer(calls), units, billionths] = rest else { return None };
    let number = |value: &Value| value.text()?.parse::<Decimal>().ok();
    let fraction = number(billionths)?.checked_div(Decimal::from(1_000_000_000))?;
    let name = |wanted: &str| {
        let at = columns.iter().position(|column| *column == wanted)?;
        names.get(at)?.text().map(ToOwned::to_owned)
    };
    Some(CostRow {
        by,
        month,
        team: name("team"),
        project: name("project"),
        origin: name("origin"),
        tool: name("tool"),
        currency: currency.text().map(ToOwned::to_owned),
        amount: number(units)?.checked_add(fraction)?.normalize(),
        calls: u64::try_from(*calls).ok()?,
    })
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
