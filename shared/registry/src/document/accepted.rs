//! `accepted.toml`: the accepted warnings, each with a reason.
//!
//! ```toml
//! [[warnings]]
//! file = "origins/documents.toml"                  # as `weir registry check` prints them
//! warning = "the tool `export` has no price: its calls are booked as unpriced"
//! reason = "free until the contract of January (FIN-12)"
//! ```
//!
//! An accepted warning stays visible in `check`, and doesn't stop `publish`. All of them are in one file, so that its
//! owners can be asked for each (`CODEOWNERS`). An entry accepts one warning; two equal ones need two entries.

use crate::fault::{Fault, Faults, Place, Severity};
use crate::legible::quoted;
use crate::name;
use crate::source::{Located, Source};
use crate::table::{self, Rule, Table};

const REASON: Rule = Rule {
    holds: |text| name::is_label(text) && text.split_whitespace().count() >= 2,
    says: "be a reason, of two words or more, on one line",
};

/// `accepted.toml`.
#[derive(Debug, Default)]
pub struct AcceptedDocument {
    /// `[[warnings]]`, in file order.
    pub warnings: Vec<AcceptedEntry>,
}

/// One `[[warnings]]`.
#[derive(Debug)]
pub struct AcceptedEntry {
    place: Place,
    /// The file of the warning.
    file: Located<String>,
    /// The message of the warning.
    warning: Located<String>,
    reason: String,
}

/// A warning that an entry of `accepted.toml` accepts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AcceptedWarning {
    /// The warning.
    #[serde(flatten)]
    pub fault: Fault,
    /// The reason why it is accepted.
    pub reason: String,
}

impl AcceptedWarning {
    /// The acceptance as a fact of a diff.
    pub(crate) fn fact(&self) -> (String, String) {
        (format!("accepted: {}: {}", self.fault.place.file, quoted(&self.fault.message)), quoted(&self.reason))
    }
}

impl AcceptedDocument {
    /// Reads `accepted.toml`.
    pub fn read(source: &Source<'_>, faults: &mut Faults) -> Self {
        let read = |table: &mut Table<'_>, faults: &mut Faults| {
            let warnings = table.tables("warnings", faults, AcceptedEntry::read);
            Self { warnings: warnings.into_iter().flatten().collect() }
        };
        table::parse(source, faults, read).unwrap_or_default()
    }

    /// Takes the accepted warnings out of `faults`. Adds a warning for each entry that accepts nothing: the next fault
    /// with the same words would be accepted unseen.
    pub(crate) fn take_from(&self, faults: &mut Vec<Fault>) -> Vec<AcceptedWarning> {
        let mut accepted = Vec::new();
        let mut idle = Vec::new();
        for entry in &self.warnings {
            let matches = |fault: &Fault| {
                fault.severity == Severity::Warning
                    && fault.place.file == entry.file.value
                    && fault.message == entry.warning.value
            };
            match faults.iter().position(matches) {
                Some(position) => {
                    accepted.push(AcceptedWarning { fault: faults.remove(position), reason: entry.reason.clone() });
                }
                None => {
                    let message = format!("{} has no such warning", quoted(&entry.file.value));
                    let help = "remove the entry, or copy the warning again as `weir registry check` prints it";
                    idle.push(Fault::new(Severity::Warning, &entry.place, &message, Some(help)));
                }
            }
        }
        faults.extend(idle);
        accepted
    }
}

impl AcceptedEntry {
    fn read(table: &mut Table<'_>, faults: &mut Faults) -> Option<Self> {
        let file = table.required_text("file", &Rule::ANY, faults);
        let warning = table.required_text("warning", &Rule::ANY, faults);
        let reason = table.required_text("reason", &REASON, faults);
        Some(Self { place: table.place().clone(), file: file?, warning: warning?, reason: reason?.value })
    }
}
