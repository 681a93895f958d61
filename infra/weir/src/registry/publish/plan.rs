//! Everything that a publication writes, signed and not yet written.

use std::path::Path;

use registry::compile::seal_quarantine;
use registry::folder::CheckedFolder;
use registry::record::RecordKey;

use super::super::check::contents;
use super::super::sealing::Seal;
use super::report::Report;
use crate::failure::Failure;
use crate::folder;

/// A signed record: its key in the store, and its bytes.
type Record = (String, Vec<u8>);

/// Everything that a publication writes.
pub struct Plan {
    /// The folder.
    pub checked: CheckedFolder,
    /// The records of the new epoch; none if only the quarantine is published.
    pub records: Vec<Record>,
    /// `quarantine`, then `head`; the first alone if only the quarantine is published.
    pub standing: Vec<Record>,
    /// True if only the quarantine is published.
    pub is_quarantine_only: bool,
    /// The epoch, which is also the sequence of `head` and `quarantine`.
    pub epoch: u64,
    /// The gateway's address, if the folder has one.
    pub url: Option<String>,
    /// The plan in one line.
    pub summary: String,
}

impl Plan {
    /// Checks, compiles and signs `folder`, or its quarantine alone: then faults of other files are ignored.
    pub fn of(folder: &Path, seal: &Seal, is_quarantine_only: bool, report: &Report) -> Result<Self, Failure> {
        let key_id = seal.keys.signing_key_id();
        let (checked, records, standing, summary) = if is_quarantine_only {
            let checked = folder::checked(folder)?;
            folder::print_faults(&checked.faults);
            let quarantine = checked.quarantine().ok_or(Failure::Faults)?;
            let sealed = seal_quarantine(quarantine, &seal.keys, seal.of_quarantine())?;
            (checked, Vec::new(), vec![sealed], format!("quarantine signed by `{key_id}`"))
        } else {
            let checked = folder::sound(folder)?;
            report.progress(&format!("{}: {}", folder.display(), contents(&checked)));
            let snapshot = checked.snapshot().ok_or(Failure::Faults)?;
            let sealed = snapshot.seal(&seal.keys, seal.epoch, seal.validity)?;
            let summary = format!("epoch {}, {} records signed by `{key_id}`", seal.epoch, sealed.records.len());
            (checked, sealed.records, sealed.standing, summary)
        };
        let url = Some(checked.documents.gateway.url.clone()).filter(|url| !url.is_empty());
        Ok(Self { checked, records, standing, is_quarantine_only, epoch: seal.epoch, url, summary })
    }

    /// The key and bytes of a record by which keys can be tried.
    pub fn sample(&self) -> Option<(RecordKey<'static>, &[u8])> {
        self.standing.iter().find_map(|(key, bytes)| {
            [RecordKey::Head, RecordKey::Quarantine]
                .into_iter()
                .find(|known| known.to_string() == *key)
                .zip(Some(&**bytes))
        })
    }

    /// Prints each record that would be written.
    pub fn print(&self, report: &Report) {
        for (key, bytes) in self.records.iter().chain(&self.standing) {
            report.progress(&format!("would write {key}, {} bytes", bytes.len()));
        }
    }

    /// The epoch or the quarantine that a gateway is to serve, for people.
    pub fn wanted(&self) -> String {
        let kind = if self.is_quarantine_only { "quarantine" } else { "epoch" };
        format!("{kind} {}", self.epoch)
    }
}
