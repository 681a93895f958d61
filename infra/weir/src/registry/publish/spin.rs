//! Publishing to Spin: writes the records into the key-value store and the outbound hosts into the manifest.

use std::path::Path;

use registry::record::RecordKey;

use super::plan::Plan;
use super::report::Report;
use crate::failure::Failure;
use crate::spin::failure::SpinFailure;
use crate::spin::manifest::{Change, Manifest};
use crate::spin::needs::Needs;
use crate::spin::{Deployment, Store};

/// True if the store has no registry yet, so that no gateway serves one. A store that can't be read counts as empty; if
/// it can't be written either, publishing reports it.
pub fn is_first(deployment: &Deployment) -> Result<bool, Failure> {
    match Store::find(deployment)?.value(&RecordKey::Head.to_string()) {
        Err(failure @ SpinFailure::Locked { .. }) => Err(failure.into()),
        Err(_) => Ok(true),
        Ok(head) => Ok(head.is_none()),
    }
}

/// The record `quarantine` in the store. A missing store has none; one that can't be read is an error, because a
/// publication would lift freezes in it.
pub fn quarantine(deployment: &Deployment) -> Result<Option<Vec<u8>>, Failure> {
    let store = Store::find(deployment)?;
    if store.is_absent() { Ok(None) } else { Ok(store.value(&RecordKey::Quarantine.to_string())?) }
}

/// Writes the plan, and leaves the manifest alone if only the quarantine is published.
pub fn publish(plan: &Plan, deployment: &Deployment, dry_run: bool, report: &mut Report) -> Result<(), Failure> {
    let store = Store::find(deployment)?;
    // A fault in the manifest is found before anything is written.
    let edited = if plan.is_quarantine_only {
        None
    } else {
        let mut manifest = Manifest::read(deployment.manifest())?;
        let changes = manifest.apply(&Needs::of(&plan.checked.documents)?)?;
        Some((manifest, changes))
    };
    report.progress(&format!("{} → {} …", plan.summary, store.label()));
    if dry_run {
        plan.print(report);
    } else {
        store.put(&plan.records, &plan.standing)?;
    }
    if let Some((manifest, changes)) = edited {
        if !dry_run && !changes.is_empty() {
            manifest.write()?;
        }
        tell_changes(deployment.manifest(), &manifest, &changes, report);
    }
    Ok(())
}

/// Reports the changes of the manifest and the next step.
fn tell_changes(path: &Path, manifest: &Manifest, changes: &[Change], report: &mut Report) {
    let path = path.display().to_string();
    for change in changes {
        report.change(&path, change.to_string());
    }
    if changes.iter().any(|change| change.added) {
        report.progress(
            "redeploy with it: until then the gateway can't call the hosts and has no variables that are new",
        );
    } else if !changes.is_empty() {
        report.progress("redeploy with it: until then the gateway may still call removed hosts");
    }
    for entry in manifest.wildcards() {
        report.warn(format!("{path}: `{entry}` allows more than one host: name the one that `redis_url` names"));
    }
}
