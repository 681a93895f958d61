//! The report of a publication: line by line for people, or one JSON document at the end for programs.

use serde::Serialize;

use super::plan::Plan;
use crate::failure::Failure;
use crate::output::{Format, legible, print_json};

/// The report of one publication while it runs.
pub struct Report {
    format: Format,
    document: Document,
}

/// The document of `--format json`; [`print_json`] adds `version`.
#[derive(Debug, Default, Serialize)]
struct Document {
    outcome: Outcome,
    /// The epoch, Unix milliseconds; also the sequence of `head` and `quarantine`.
    epoch: Option<u64>,
    /// The id of the key that signed.
    key: Option<String>,
    quarantine_only: bool,
    /// The records that are written, in their order.
    records: Vec<Record>,
    changes: Vec<Change>,
    warnings: Vec<String>,
    /// The address of the gateway that was asked.
    gateway: Option<String>,
    /// The time until the gateway served it, seconds.
    waited: Option<u64>,
    error: Option<String>,
}

/// The result of a publication.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not published, or not served in time; `error` has the reason.
    #[default]
    Failed,
    /// Nothing was written (`--dry-run`).
    DryRun,
    /// The records are in the store, and no gateway was asked, as with `--no-wait`.
    Written,
    /// The gateway serves it.
    Published,
}

/// A record that is written.
#[derive(Debug, Serialize)]
struct Record {
    key: String,
    bytes: usize,
}

/// A change of the quarantine, or of a Spin manifest.
#[derive(Debug, Serialize)]
struct Change {
    /// `quarantine`, or the path of the manifest.
    about: String,
    change: String,
}

impl Report {
    /// A report without an outcome yet.
    pub fn new(format: Format) -> Self {
        Self { format, document: Document::default() }
    }

    /// Prints a line of progress: standard output is for the document if one is wanted.
    pub fn progress(&self, line: &str) {
        match self.format {
            Format::Text => println!("{line}"),
            Format::Json => eprintln!("{line}"),
        }
    }

    /// Prints and keeps a warning.
    pub fn warn(&mut self, warning: String) {
        eprintln!("warning: {warning}");
        self.document.warnings.push(warning);
    }

    /// Prints and keeps a change of `about`.
    pub fn change(&mut self, about: &str, change: String) {
        self.progress(&format!("{about}: {change}"));
        self.document.changes.push(Change { about: about.to_owned(), change });
    }

    /// Keeps the contents of `plan`, which the key `key_id` signed.
    pub fn plan(&mut self, plan: &Plan, key_id: &str) {
        let records = plan.records.iter().chain(&plan.standing);
        self.document.records = records.map(|(key, bytes)| Record { key: key.clone(), bytes: bytes.len() }).collect();
        self.document.epoch = Some(plan.epoch);
        self.document.key = Some(key_id.to_owned());
        self.document.quarantine_only = plan.is_quarantine_only;
        // The check has already printed these.
        let faults = plan.checked.faults.iter();
        self.document.warnings.extend(faults.map(|fault| format!("{}: {}", fault.place, fault.message)));
    }

    /// Keeps the address of the gateway that is asked.
    pub fn gateway(&mut self, url: &str) {
        self.document.gateway = Some(legible(url));
    }

    /// Keeps the outcome.
    pub fn end(&mut self, outcome: Outcome, waited: Option<u64>) {
        self.document.outcome = outcome;
        self.document.waited = waited;
    }

    /// Prints the document, if one is wanted; `result` is the end of the publication.
    pub fn finish(mut self, result: Result<(), Failure>) -> Result<(), Failure> {
        if self.format == Format::Json {
            self.document.error = result.as_ref().err().map(|failure| legible(&failure.to_string()));
            print_json(&self.document)?;
        }
        result
    }
}
