//! `weir cost`: cost reports from the ledger's books.

mod csv;
mod table;

use std::io::Write as _;
use std::path::PathBuf;

use audit::month::Month;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};

use registry::legible::legible_json;
use serde_json::Value;

use crate::failure::Failure;
use crate::ledger::endpoint::{Ledger, LedgerError};

/// `weir cost …`
#[derive(Debug, Subcommand)]
pub enum Cost {
    /// Reports the cost of a month by team, project, origin or tool
    Report(Report),
}

/// The output format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// Aligned columns, for people
    Table,
    /// One JSON document with FOCUS 1.4 columns, for programs
    Json,
    /// CSV with the same columns, for spreadsheets
    Csv,
}

/// `weir cost report`
#[derive(Debug, Args)]
#[command(after_help = "\
A call without a price is counted as unpriced, never as free; a call without a team is shown as unassigned. Amounts of
different currencies are never added.

Exit codes:
  0  done
  1  the ledger can't be reached, or refused or failed
  2  the command can't be run as typed, or a file can't be read

Examples:
  weir cost report --url https://ledger.example.com --token-file ledger.token --month 2026-11
  weir cost report --url https://ledger.example.com --token-file ledger.token --month 2026-11 --by tool --format csv > costs.csv
  pass show ledger-read-token | weir cost report --url https://ledger.example.com --token-file - --month 2026-11")]
pub struct Report {
    /// The ledger's address: `https://HOST`, or `http://` with a loopback host
    #[arg(long, value_name = "URL")]
    url: String,
    /// The file with the ledger's read token, its secret `LEDGER_READ_TOKEN`; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// The month to report, UTC
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Month,
    /// The subject of a row
    #[arg(long, default_value = "team", value_parser = PossibleValuesParser::new(["team", "project", "origin", "tool"]))]
    by: String,
    /// The output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    format: ReportFormat,
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "write a month like 2026-11".to_owned())
}

/// The report as received, with hidden characters as escapes, so that it can't control a terminal.
fn json(body: &[u8]) -> String {
    legible_json(&String::from_utf8_lossy(body)) + "\n"
}

/// A ledger's JSON report; another server at the address would be shown as a month without calls.
fn report(body: &[u8]) -> Result<Value, Failure> {
    let report = serde_json::from_slice::<Value>(body).ok().filter(|report| report["rows"].is_array());
    report.ok_or_else(|| Failure::Ledger(LedgerError::unreachable("the response is not a ledger's; check the address")))
}

impl Cost {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Report(report) => report.run(),
        }
    }
}

impl Report {
    fn run(self) -> Result<(), Failure> {
        let ledger = Ledger::open(&self.url, &self.token_file)?;
        let format = if self.format == ReportFormat::Csv { "csv" } else { "json" };
        let body = ledger.costs(&self.month.to_string(), &self.by, format).map_err(Failure::Ledger)?;
        let printed = match self.format {
            ReportFormat::Table => table::render(&report(&body)?).into_bytes(),
            ReportFormat::Json => report(&body).map(|_| json(&body).into_bytes())?,
            ReportFormat::Csv => csv::harmless(&body),
        };
        // A closed pipe is no failure: its reader has read enough.
        let _ = std::io::stdout().write_all(&printed);
        Ok(())
    }
}
