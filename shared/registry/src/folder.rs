//! Folder: reads, checks and compiles a registry folder in one call.

use std::collections::BTreeMap;

use crate::agreement;
use crate::compile::Snapshot;
use crate::document::accepted::AcceptedWarning;
use crate::document::{Documents, QUARANTINE_FILE};
use crate::fault::{Fault, Faults, Severity, any_error, nearest};
use crate::snapshot::Quarantine;

/// The result of checking a folder.
#[derive(Debug)]
pub struct CheckedFolder {
    /// The parsed files.
    pub documents: Documents,
    /// All faults, causes before what follows from them, without accepted warnings.
    pub faults: Vec<Fault>,
    /// The warnings that `accepted.toml` accepts, in its order.
    pub accepted: Vec<AcceptedWarning>,
    snapshot: Snapshot,
    has_quarantine_file: bool,
}

impl CheckedFolder {
    /// The snapshot, unless any fault is an error.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        (!any_error(&self.faults)).then_some(&self.snapshot)
    }

    /// The quarantine, unless its own file has an error or is missing beside a misspelt one. Faults of other files
    /// don't count: a freeze must not wait until an unrelated policy is mended.
    #[must_use]
    pub fn quarantine(&self) -> Option<&Quarantine> {
        let misspelt = |file: &str| !self.has_quarantine_file && nearest(file, &[QUARANTINE_FILE]).is_some();
        let broken = |fault: &Fault| {
            let file = &fault.place.file;
            fault.severity == Severity::Error && (file == QUARANTINE_FILE || misspelt(file))
        };
        (!self.faults.iter().any(broken)).then_some(&self.snapshot.quarantine)
    }
}

/// Reads, checks and compiles a folder: text by path in the folder, with `/` as separator. A path that ends with `/` is
/// a folder that isn't read.
#[must_use]
pub fn check(files: &BTreeMap<String, String>) -> CheckedFolder {
    check_on(files, None)
}

/// As [`check`], with the day, `YYYY-MM-DD`, on which reviews may be overdue.
#[must_use]
pub fn check_on(files: &BTreeMap<String, String>, today: Option<&str>) -> CheckedFolder {
    let mut faults = Faults::default();
    let documents = Documents::read(files, &mut faults);
    faults.next_stage();
    agreement::check(&documents, today, &mut faults);
    faults.next_stage();
    let snapshot = Snapshot::compile(&documents, &mut faults);
    let has_quarantine_file = files.contains_key(QUARANTINE_FILE);
    let mut faults = faults.into_sorted();
    let accepted = documents.accepted.take_from(&mut faults);
    CheckedFolder { documents, faults, accepted, snapshot, has_quarantine_file }
}
