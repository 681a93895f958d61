//! `weir registry diff`: what a new folder changes, for whom.

use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;
use crate::folder;
use crate::output::{Format, print_json};

/// `weir registry diff`
#[derive(Debug, Args)]
#[command(after_help = "\
Each line is a fact that is new (+), gone (-) or another (~); what a group may use is by its roles, before the
conditions of policies. Both folders must be without errors.

Examples:
  git worktree add ../main main && weir registry diff ../main/registry registry/")]
pub struct Diff {
    /// The folder as it is published
    old: PathBuf,
    /// The folder as it would be
    new: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Diff {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let (old, new) = (folder::checked(&self.old)?, folder::checked(&self.new)?);
        for (path, checked) in [(&self.old, &old), (&self.new, &new)] {
            if checked.snapshot().is_none() {
                eprintln!("{}:", path.display());
                folder::print_faults(&checked.faults);
            }
        }
        let changes = registry::diff::diff(&old, &new).ok_or(Failure::Faults)?;
        match self.format {
            Format::Json => print_json(&changes),
            Format::Text => {
                for change in &changes {
                    println!("{change}");
                }
                println!("{} changes", changes.len());
                Ok(())
            }
        }
    }
}
