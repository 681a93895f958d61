//! Publishing to Workers: writes two bulk files with wrangler.

use registry::record::RecordKey;

use super::plan::Plan;
use super::report::Report;
use crate::bulk::bulk;
use crate::failure::Failure;
use crate::wrangler::{Store, Wrangler};

/// The record `quarantine` in the store.
pub fn quarantine(store: &Store) -> Result<Option<Vec<u8>>, Failure> {
    Wrangler::find(store.clone()).value(&RecordKey::Quarantine.to_string())
}

/// Writes the plan.
pub fn publish(plan: &Plan, store: Store, dry_run: bool, report: &Report) -> Result<(), Failure> {
    if dry_run {
        report.progress(&plan.summary);
        plan.print(report);
        return Ok(());
    }
    let wrangler = Wrangler::find(store);
    if plan.is_quarantine_only {
        report.progress(&format!("1/1 {} …", plan.summary));
        return wrangler.put("1/1", &bulk(&plan.standing)?, "nothing was changed");
    }
    report.progress(&format!("1/2 {} …", plan.summary));
    wrangler.put("1/2", &bulk(&plan.records)?, "gateways stay on the old epoch")?;
    report.progress("2/2 quarantine and head …");
    wrangler.put("2/2", &bulk(&plan.standing)?, "gateways stay on the old epoch, or take the new one whole")
}
