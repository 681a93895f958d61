//! Publishing to Workers: writes two bulk files with wrangler.

use std::path::Path;

use super::super::Seal;
use crate::bulk::bulk;
use crate::failure::Failure;
use crate::wrangler::{Store, Wrangler};

/// Publishes `folder`, or its quarantine alone.
pub fn publish(folder: &Path, seal: &Seal, store: Store, quarantine_only: bool) -> Result<(), Failure> {
    let wrangler = Wrangler::find(store);
    if quarantine_only {
        let sealed = super::quarantine(folder, seal)?;
        println!("1/1 quarantine …");
        wrangler.put("1/1", &bulk(&[sealed])?, "nothing was changed")?;
        println!("published; gateways freeze within about a minute");
        return Ok(());
    }
    let (sealed, summary) = super::sealed(&super::sound(folder)?, seal)?;
    println!("1/2 {summary} …");
    wrangler.put("1/2", &bulk(&sealed.records)?, "gateways stay on the old epoch")?;
    println!("2/2 quarantine and head …");
    wrangler.put("2/2", &bulk(&sealed.standing)?, "gateways stay on the old epoch, or take the new one whole")?;
    println!("published; gateways follow within about a minute");
    Ok(())
}
