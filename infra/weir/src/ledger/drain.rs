//! `weir ledger drain`: asks the ledger to move what waits in the outbox into the trail and the books.

use std::io::Write as _;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::endpoint::{Ledger, NoAnswer};
use crate::duration;
use crate::failure::Failure;
use crate::output::Format;

/// `weir ledger drain`
#[derive(Debug, Args)]
#[command(after_help = "\
Once: one round, exit 0 when nothing failed. With --every: until it is stopped; a round that found nothing prints nothing,
a ledger that can't be reached is told and asked again, one that refuses the token ends the command.

Examples:
  weir ledger drain --url https://mcp.example.com --token-file drain.token
  weir ledger drain --url http://127.0.0.1:3000 --token-file drain.token --every 5s --format json
  pass show ledger-drain-token | weir ledger drain --url https://mcp.example.com --token-file -")]
pub struct Drain {
    /// Where the ledger is; `https:`, or `http:` on loopback
    #[arg(long, value_name = "URL")]
    url: String,
    /// The file with the ledger's drain token, its secret `LEDGER_DRAIN_TOKEN`; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// Again and again, with this pause between rounds
    #[arg(long, value_name = "DURATION", value_parser = duration::interval)]
    every: Option<Duration>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What became of the events of a round.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
struct Drained {
    stored: u64,
    duplicate: u64,
    rejected: u64,
    failed: u64,
    left: u64,
}

impl Drained {
    const fn settled(&self) -> u64 {
        self.stored + self.duplicate + self.rejected
    }

    /// Whether the round ended although the next would find more.
    const fn is_cut_short(&self) -> bool {
        self.settled() > 0 && self.left > self.failed
    }

    fn print(&self, format: Format) -> Result<(), Failure> {
        let line = match format {
            Format::Text => {
                let Self { stored, duplicate, rejected, failed, left } = self;
                format!("{stored} stored, {duplicate} duplicate, {rejected} rejected, {failed} failed; {left} left")
            }
            Format::Json => serde_json::to_string(self)?,
        };
        // A reader that has seen enough is no failure.
        let _ = writeln!(std::io::stdout(), "{line}");
        Ok(())
    }
}

impl Drain {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let ledger = Ledger::open(&self.url, &self.token_file)?;
        let Some(every) = self.every else {
            let drained = round(&ledger).map_err(Failure::Drain)?;
            drained.print(self.format)?;
            return if drained.failed == 0 { Ok(()) } else { Err(Failure::Undrained(drained.failed)) };
        };
        loop {
            match round(&ledger) {
                Ok(drained) => {
                    if drained.settled() + drained.failed > 0 {
                        drained.print(self.format)?;
                    }
                    if drained.is_cut_short() {
                        continue;
                    }
                }
                // A wrong token or address stays wrong, however often it is tried.
                Err(error) if error.status.is_some_and(|status| (300..500).contains(&status) && status != 429) => {
                    return Err(Failure::Drain(error));
                }
                Err(error) => Failure::Drain(error).print(),
            }
            thread::sleep(every);
        }
    }
}

fn round(ledger: &Ledger) -> Result<Drained, NoAnswer> {
    let body = ledger.drain()?;
    serde_json::from_slice(&body).map_err(|_| NoAnswer::unreachable("its answer is none that a ledger gives"))
}
