//! `weir ledger drain`: makes the ledger move waiting events from the outbox into the trail and the books.

use std::io::Write as _;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::endpoint::{Ledger, LedgerError};
use crate::duration;
use crate::failure::Failure;
use crate::output::{Format, json_line};

/// `weir ledger drain`
#[derive(Debug, Args)]
#[command(after_help = "\
Without --every: one round.
With --every: one round after another until the command is stopped. A round without events prints nothing; if the ledger
can't be reached, the error is printed and the next round tries again; if it refuses the token, the command ends.

Exit codes:
  0  every event was stored
  1  some events could not be stored, or the ledger can't be reached, or refused or failed
  2  the command can't be run as typed, or a file can't be read

Examples:
  weir ledger drain --url https://mcp.example.com --token-file drain.token
  weir ledger drain --url http://127.0.0.1:3000 --token-file drain.token --every 5s --format json
  pass show ledger-drain-token | weir ledger drain --url https://mcp.example.com --token-file -")]
pub struct Drain {
    /// The ledger's address: `https://HOST`, or `http://` with a loopback host
    #[arg(long, value_name = "URL")]
    url: String,
    /// The file with the ledger's drain token, its secret `LEDGER_DRAIN_TOKEN`; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// Repeat, with this pause between rounds, `1s` to `60m`
    #[arg(long, value_name = "DURATION", value_parser = duration::interval)]
    every: Option<Duration>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The ledger's report of one round, each member a number of events.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
struct DrainReport {
    stored: u64,
    duplicate: u64,
    rejected: u64,
    failed: u64,
    left: u64,
}

impl DrainReport {
    const fn settled(&self) -> u64 {
        self.stored + self.duplicate + self.rejected
    }

    /// True if the round reached its bounds before the end of the outbox.
    const fn is_incomplete(&self) -> bool {
        self.settled() > 0 && self.left > self.failed
    }

    fn print(&self, format: Format) -> Result<(), Failure> {
        let line = match format {
            Format::Text => {
                let Self { stored, duplicate, rejected, failed, left } = self;
                format!("{stored} stored, {duplicate} duplicate, {rejected} rejected, {failed} failed; {left} left")
            }
            Format::Json => json_line(self)?,
        };
        // A closed pipe is no failure: its reader has read enough.
        let _ = writeln!(std::io::stdout(), "{line}");
        Ok(())
    }
}

impl Drain {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let ledger = Ledger::open(&self.url, &self.token_file)?;
        let Some(every) = self.every else {
            let report = round(&ledger).map_err(Failure::Drain)?;
            report.print(self.format)?;
            return if report.failed == 0 { Ok(()) } else { Err(Failure::Undrained(report.failed)) };
        };
        loop {
            match round(&ledger) {
                Ok(report) => {
                    if report.settled() + report.failed > 0 {
                        report.print(self.format)?;
                    }
                    if report.is_incomplete() {
                        continue;
                    }
                }
                // A wrong token or address stays wrong; 429 and 5xx may pass.
                Err(error) if error.status.is_some_and(|status| (300..500).contains(&status) && status != 429) => {
                    return Err(Failure::Drain(error));
                }
                Err(error) => Failure::Drain(error).print(),
            }
            thread::sleep(every);
        }
    }
}

/// Runs one round.
fn round(ledger: &Ledger) -> Result<DrainReport, LedgerError> {
    let body = ledger.drain()?;
    serde_json::from_slice(&body)
        .map_err(|_| LedgerError::unreachable("the response is not a ledger's; check the address"))
}
