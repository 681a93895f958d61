//! `weir registry check`: prints every fault of a folder.

use std::path::PathBuf;

use clap::Args;
use policy::Kind;
use registry::fault::Severity;
use registry::folder::CheckedFolder;
use serde_json::json;

use crate::failure::Failure;
use crate::folder;
use crate::output::{Format, legible, print_json};

/// `weir registry check`
#[derive(Debug, Args)]
#[command(after_help = "\
Each fault is FILE:LINE:COLUMN: error|warning: MESSAGE; most have a help. They are this command's answer, so they are on
standard output, in both formats. With --strict warnings count too, as they do for `compile` and `publish`, unless
accepted.toml has them with a reason:
  [[warnings]]
  file = \"origins/documents.toml\"
  warning = \"MESSAGE\"
  reason = \"free until January (FIN-12)\"

JSON: {version, errors, warnings, faults[]: {file, line, column, severity, message, help}, accepted[]}

Exit codes:
  0  no errors; with --strict no warnings either
  1  errors; with --strict warnings that accepted.toml doesn't accept
  2  the command can't be run as typed, or the folder can't be read

Examples:
  weir registry check registry/
  weir registry check registry/ --strict
  weir registry check registry/ --format json | jq -r '.faults[].message'")]
pub struct Check {
    /// The registry folder
    folder: PathBuf,
    /// Fail for warnings that accepted.toml doesn't accept
    #[arg(long)]
    strict: bool,
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
                let (faults, accepted) = (&checked.faults, &checked.accepted);
                let report = json!({ "errors": errors, "warnings": warnings, "faults": faults, "accepted": accepted });
                print_json(&report)?;
            }
            Format::Text => {
                checked.faults.iter().for_each(|fault| println!("{fault}"));
                folder::print_accepted(&checked.accepted);
                let accepted = match checked.accepted.len() {
                    0 => String::new(),
                    number => format!(", {number} accepted"),
                };
                let (folder, contents) = (legible(&self.folder.to_string_lossy()), contents(&checked));
                println!("{folder}: {contents} · {errors} errors, {warnings} warnings{accepted}");
            }
        }
        match errors {
            0 if self.strict => folder::refuse_warnings(&checked.faults),
            0 => Ok(()),
            _ => Err(Failure::Faults),
        }
    }
}

/// The numbers of items in a folder, in one line.
pub fn contents(checked: &CheckedFolder) -> String {
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
