//! `weir cost`: what calls cost, from the ledger's books.

mod table;

use std::io::Write as _;
use std::path::PathBuf;

use audit::month::Month;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};

use crate::failure::Failure;
use crate::ledger::endpoint::Ledger;

/// `weir cost …`
#[derive(Debug, Subcommand)]
pub enum Cost {
    /// Adds up what a month cost, by team, project, origin or tool
    Report(Report),
}

/// How a report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Table,
    /// For programs: one JSON document with FOCUS 1.4 columns
    Json,
    /// For spreadsheets: the same columns
    Csv,
}

/// `weir cost report`
#[derive(Debug, Args)]
#[command(after_help = "\
A call that nobody has priced is shown as unpriced and counted, never as free; one of nobody's team as unassigned.

Examples:
  weir cost report --url https://ledger.example.com --token-file ledger.token --month 2026-11
  weir cost report --url https://ledger.example.com --token-file ledger.token --month 2026-11 --by tool --format csv > costs.csv
  pass show ledger-read-token | weir cost report --url https://ledger.example.com --token-file - --month 2026-11")]
pub struct Report {
    /// Where the ledger is; `https:`, or `http:` on loopback
    #[arg(long, value_name = "URL")]
    url: String,
    /// The file with the ledger's read token, its secret `LEDGER_READ_TOKEN`; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// The month, UTC
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Month,
    /// What a row stands for
    #[arg(long, default_value = "team", value_parser = PossibleValuesParser::new(["team", "project", "origin", "tool"]))]
    by: String,
    /// How to print
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
}

fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "a month is written like 2026-11".to_owned())
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
        let format = if self.format == Form::Csv { "csv" } else { "json" };
        let body = ledger.costs(&self.month.to_string(), &self.by, format).map_err(Failure::Ledger)?;
        let printed = match self.format {
            Form::Table => table::show(&body)?.into_bytes(),
            // As the ledger wrote it, so that a pipe has the same bytes as HTTP.
            Form::Json => [body, b"\n".to_vec()].concat(),
            Form::Csv => body,
        };
        // A reader that has seen enough is no failure.
        let _ = std::io::stdout().write_all(&printed);
        Ok(())
    }
}
