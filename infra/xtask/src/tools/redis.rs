//! The Redis server that Spin's distributed backend is tested against: Debian's.

use std::process::{Command, Stdio};

use super::watched;
use crate::command::{Fault, program};

/// The programs that the tests start: the server, and its own client.
const PROGRAMS: [&str; 2] = ["redis-server", "redis-cli"];

/// Installs it where it is missing, which needs root and apt-get. It is not started as a service: each test starts its own.
pub fn redis_server() -> Result<(), Fault> {
    if PROGRAMS.into_iter().all(starts) {
        return Ok(());
    }
    let mut install = program("apt-get");
    install.args(["install", "--yes", "--quiet", "--no-install-recommends", "redis-server"]);
    // A package's script would start the service otherwise.
    install.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1").stdout(Stdio::null());
    let by_hand = |fault: Fault| {
        Fault::Found(format!(
            "{fault}; install redis-server yourself (`sudo apt-get install redis-server`), then run this again"
        ))
    };
    if watched("redis-server", &mut install).is_err() {
        // The lists of packages may be old, or not there yet.
        watched("the lists of packages", program("apt-get").args(["update", "--quiet"]).stdout(Stdio::null()))
            .and_then(|()| watched("redis-server", &mut install))
            .map_err(by_hand)?;
    }
    Ok(())
}

fn starts(name: &str) -> bool {
    let status = Command::new(name).arg("--version").stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
