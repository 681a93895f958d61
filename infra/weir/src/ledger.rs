//! `weir ledger`: requests to the ledger.

mod drain;
pub mod endpoint;
pub mod token;

use clap::Subcommand;

use crate::failure::Failure;

/// `weir ledger …`
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Moves waiting events from the outbox into the trail and the books; needed on Spin
    Drain(drain::Drain),
}

impl Ledger {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Drain(drain) => drain.run(),
        }
    }
}
