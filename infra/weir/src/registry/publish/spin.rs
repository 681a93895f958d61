//! Publishing to Spin: writes the records into the key-value store and the outbound hosts into the manifest.

use std::path::Path;

use super::super::Seal;
use crate::failure::Failure;
use crate::spin::manifest::{Change, Manifest};
use crate::spin::needs::Needs;
use crate::spin::{Deployment, Store};

/// Publishes `folder`, or its quarantine alone, which leaves the manifest alone.
pub fn publish(folder: &Path, seal: &Seal, deployment: &Deployment, quarantine_only: bool) -> Result<(), Failure> {
    let store = Store::find(deployment)?;
    if quarantine_only {
        let sealed = super::quarantine(folder, seal)?;
        println!("quarantine → {} …", store.label());
        store.put(&[], &[sealed])?;
        println!("published; gateways freeze within about a minute");
        return Ok(());
    }
    let checked = super::sound(folder)?;
    // A fault in the manifest is found before anything is written.
    let mut manifest = Manifest::read(deployment.manifest())?;
    let changes = manifest.apply(&Needs::of(&checked.documents)?)?;
    let (sealed, summary) = super::sealed(&checked, seal)?;
    println!("{summary} → {} …", store.label());
    store.put(&sealed.records, &sealed.standing)?;
    println!("published; gateways follow within about a minute");
    if !changes.is_empty() {
        manifest.write()?;
    }
    print_changes(deployment.manifest(), &manifest, &changes);
    Ok(())
}

/// Prints the changes of the manifest and the next step.
fn print_changes(path: &Path, manifest: &Manifest, changes: &[Change]) {
    let path = path.display();
    for change in changes {
        println!("{path}: {change}");
    }
    if changes.iter().any(|change| change.added) {
        println!("redeploy with it: until then the gateway can't call the hosts and has no variables that are new");
    } else if !changes.is_empty() {
        println!("redeploy with it: until then the gateway may still call what is gone");
    }
    for entry in manifest.wildcards() {
        eprintln!("warning: {path}: `{entry}` allows more than one host: name the one that `redis_url` names");
    }
}
