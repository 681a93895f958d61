//! Packages of Debian, which need root and apt-get.

use std::process::Stdio;

use super::watched;
use crate::command::{Fault, program};

/// Installs `package`. A service in it is not started: each test starts its own.
///
/// # Errors
/// It could not be installed; the text says how to install it by hand.
pub fn debian(package: &str) -> Result<(), Fault> {
    let mut install = program("apt-get");
    // Another lane of the tests may be installing something, too.
    install.args(["-o", "DPkg::Lock::Timeout=300"]);
    install.args(["install", "--yes", "--quiet", "--no-install-recommends", package]);
    // A package's script would start the service otherwise.
    install.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1").stdout(Stdio::null());
    let by_hand = |fault: Fault| {
        Fault::Found(format!(
            "{fault}; install {package} yourself (`sudo apt-get install {package}`), then run this again"
        ))
    };
    if watched(package, None, &mut install).is_err() {
        // The lists of packages may be old, or not there yet.
        watched("the lists of packages", None, program("apt-get").args(["update", "--quiet"]).stdout(Stdio::null()))
            .and_then(|()| watched(package, None, &mut install))
            .map_err(by_hand)?;
    }
    Ok(())
}
