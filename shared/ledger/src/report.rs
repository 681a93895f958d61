//! Cost reports: what each team, project, origin or tool cost in a month.
//!
//! ```text
//! month=2026-11        the month, UTC; needed
//! by=team              team (default), project, origin or tool
//! format=json          json (default) or csv
//! ```
//!
//! Rows are sorted by their subject, *unassigned* last, then by currency, unpriced last. JSON:
//!
//! ```text
//! {"month":"2026-11","by":"team","calls":9,"unpriced_calls":2,
//!  "costs":[{"amount":"0.012","currency":"USD"}],"rows":[{"BilledCost":"0.012",…}]}
//! ```

use std::collections::BTreeMap;

use audit::focus::{self, By, CostRow};
use audit::month::Month;
use percent_encoding::percent_decode_str;
use rust_decimal::Decimal;
use serde::Serialize;

use ports::database::{Database, DatabaseError, Statement, Value};

/// A query string longer than this can't be one of ours.
const QUERY_BYTES: usize = 1024;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One object.
    Json,
    /// A header and one record per row.
    Csv,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportQuery {
    /// The billing period.
    pub month: Month,
    /// What the rows stand for.
    pub by: By,
    /// The form.
    pub format: Format,
}

/// What is wrong with the parameters; the text is for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportQueryError {
    /// Longer than any sensible query.
    #[error("the query is longer than {QUERY_BYTES} bytes")]
    TooLong,
    /// A name that this endpoint doesn't know.
    #[error("`{0}` is no parameter; there are `month`, `by` and `format`")]
    Unknown(String),
    /// Twice the same name.
    #[error("`{0}` may be given once only")]
    Repeated(&'static str),
    /// No month.
    #[error("`month` is missing; write a month like 2026-11")]
    NoMonth,
    /// Not a month.
    #[error("`month` must be a month like 2026-11, not `{0}`")]
    Month(String),
    /// Nothing that a report is by.
    #[error("`by` must be one of `team`, `project`, `origin` and `tool`, not `{0}`")]
    By(String),
    /// No form of a report.
    #[error("`format` must be `json` or `csv`, not `{0}`")]
    Format(String),
}

impl ReportQuery {
    /// Reads the parameters (all that follows `?`).
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
            // As much of a caller's text as an answer repeats.
            let shown = |text: &str| text.chars().take(64).collect::<String>();
            match name.as_ref() {
                "month" => {
                    let read = Month::parse(&value).ok_or_else(|| ReportQueryError::Month(shown(&value)))?;
                    once(&mut month, "month", read)?;
                }
                "by" => once(&mut by, "by", By::parse(&value).ok_or_else(|| ReportQueryError::By(shown(&value)))?)?,
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
        Ok(Self { month, by: by.unwrap_or(By::Team), format: format.unwrap_or(Format::Json) })
    }
}

fn once<T>(slot: &mut Option<T>, name: &'static str, value: T) -> Result<(), ReportQueryError> {
    if slot.replace(value).is_some() { Err(ReportQueryError::Repeated(name)) } else { Ok(()) }
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The billing period.
    pub month: Month,
    /// What the rows stand for.
    pub by: By,
    /// In their order.
    pub rows: Vec<CostRow>,
}

/// The JSON of a [`Report`].
#[derive(Serialize)]
struct Written<'a> {
    month: String,
    by: &'static str,
    calls: u64,
    unpriced_calls: u64,
    costs: Vec<Sum<'a>>,
    rows: &'a [CostRow],
}

#[derive(Serialize)]
struct Sum<'a> {
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
        let costs = costs.iter().map(|(currency, sum)| Sum { amount: sum.normalize().to_string(), currency });
        let written = Written {
            month: self.month.to_string(),
            by: self.by.as_str(),
            calls: self.rows.iter().map(|row| row.calls).sum(),
            unpriced_calls: self.rows.iter().map(CostRow::unpriced_calls).sum(),
            costs: costs.collect(),
            rows: &self.rows,
        };
        // Text and numbers always serialize.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// The report as CSV.
    #[must_use]
    pub fn csv(&self) -> Vec<u8> {
        focus::csv(&self.rows, self.month, self.by)
    }
}

/// The columns of the books that a row is by, first the one that it is sorted by.
const fn columns(by: By) -> &'static [&'static str] {
    match by {
        By::Team => &["team"],
        By::Project => &["project", "team"],
        By::Origin => &["origin"],
        By::Tool => &["tool", "origin"],
    }
}

/// Adds the books up.
///
/// # Errors
/// The database's; rows that the ledger can't have written count as such.
pub async fn read(database: &impl Database, month: Month, by: By) -> Result<Report, DatabaseError> {
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
    let odd = || DatabaseError("the books hold a row that is none".to_owned());
    let rows = found.iter().map(|row| cost_row(month, by, columns, row).ok_or_else(odd));
    Ok(Report { month, by, rows: rows.collect::<Result<_, _>>()? })
}

fn cost_row(month: Month, by: By, columns: &[&str], row: &[Value]) -> Option<CostRow> {
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
