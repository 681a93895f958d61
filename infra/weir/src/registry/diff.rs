//! `weir registry diff`: prints the changes from one folder to another.

mod lines;

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::folder;
use crate::output::{Format, legible, legible_lines, print_json};

/// `weir registry diff`
#[derive(Debug, Args)]
#[command(after_help = "\
Each line is a fact that is added (+), removed (-) or changed (~), with its whole value. A value of several lines, such as
a policy, is shown line by line, with three unchanged lines around each change. A group's rights are those of its roles,
before the conditions of policies. Hidden characters are shown as \\u{…}, here and in JSON, where line breaks are \\n.
Both folders must be free of errors.

JSON: {version, changes[]: {about, old, new}}; `old` is absent for an addition, `new` for a removal.

Exit codes:
  0  done, with or without changes
  1  a folder has errors
  2  the command can't be run as typed, or a folder can't be read

Examples:
  git worktree add ../main main && weir registry diff ../main/registry registry/")]
pub struct Diff {
    /// The folder as published
    old: PathBuf,
    /// The folder with the changes
    new: PathBuf,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Diff {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let (old, new) = (folder::checked(&self.old)?, folder::checked(&self.new)?);
        for (path, checked) in [(&self.old, &old), (&self.new, &new)] {
            if checked.snapshot().is_none() {
                eprintln!("{}:", legible(&path.to_string_lossy()));
                folder::print_faults(&checked.faults);
            }
        }
        let changes = registry::diff::diff(&old, &new).ok_or(Failure::Faults)?;
        match self.format {
            Format::Json => print_json(&json!({ "changes": changes })),
            Format::Text => {
                for change in &changes {
                    println!("{}", legible_lines(&lines::text(change)));
                }
                println!("{} changes", changes.len());
                Ok(())
            }
        }
    }
}
