//! The Redis server that Spin's distributed backend is tested against: Debian's.

use std::process::{Command, Stdio};

use super::debian;
use crate::command::Fault;

/// The programs that the tests start: the server, and its own client.
const PROGRAMS: [&str; 2] = ["redis-server", "redis-cli"];

/// Installs the server if it is missing, which needs root and apt-get. Its service is not started: each test starts its
/// own server.
pub fn redis_server() -> Result<(), Fault> {
    if PROGRAMS.into_iter().all(starts) {
        return Ok(());
    }
    debian("redis-server")
}

fn starts(name: &str) -> bool {
    let status = Command::new(name).arg("--version").stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
