//! `weir registry check`: prints every fault of a folder.

use std::path::PathBuf;

use clap::Args;
use policy::Kind;
use registry::fault::Severity;
use registry::folder::Checked;
use serde_json::json;

use crate::failure::Failure;
use crate::folder;
use crate::output::{Format, print_json};

/// `weir registry check`
#[derive(Debug, Args)]
#[command(after_help = "\
Each fault is FILE:LINE:COLUMN: error|warning: MESSAGE; most have a help. Exits 1 if there are errors; warnings don't count.

Examples:
  weir registry check registry/
  weir registry check registry/ --format json | jq -r '.faults[].message'")]
pub struct Check {
    /// The registry folder
    folder: PathBuf,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Check {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let checked = folder::checked(&self.folder)?;
        let errors = checked.faults.iter().filter(|fault| fault.severity == Severity::Error).count();
        let warnings = checked.faults.len() - errors;
        match self.format {
            Format::Json => {
                print_json(&json!({ "errors": errors, "warnings": warnings, "faults": checked.faults }))?;
            }
            Format::Text => {
                folder::print_faults(&checked.faults);
                println!("{}: {} · {errors} errors, {warnings} warnings", self.folder.display(), contents(&checked));
            }
        }
        if errors == 0 { Ok(()) } else { Err(Failure::Faults) }
    }
}

/// The numbers of items in a folder, in one line.
pub fn contents(checked: &Checked) -> String {
    let documents = &checked.documents;
    let count =
        |kind: Kind| -> usize { documents.virtual_servers.values().map(|server| server.of(kind).count()).sum() };
    let [tools, resources, prompts] = Kind::ALL.map(count);
    format!(
        "{} origins, {} virtual servers with {tools} tools, {resources} resources and {prompts} prompts, {} roles, {} groups, {} policies",
        documents.origins.len(),
        documents.virtual_servers.len(),
        documents.gateway.roles.len(),
        documents.gateway.groups.len(),
        documents.policies.len()
    )
}
