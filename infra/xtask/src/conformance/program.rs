//! A client program that walks through the gateway once and prints one line of JSON.

use std::{
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    clock::now,
    command::{Fault, not_started},
};

/// The time limit of one walk. A client takes a second or two, an agent ten: its framework is large.
const TIME_LIMIT: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(50);

/// The line of JSON that `command` prints, once it has ended.
///
/// # Errors
/// It could not be started, ran too long, or printed something else: then with the last lines of its errors.
pub fn line_of_json(mut command: Command) -> Result<Value, Fault> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| not_started(&command, source))?;
    let began = now();
    // The output is short and fits the pipes, so the client can end before it is read.
    while matches!(child.try_wait(), Ok(None)) {
        if began.elapsed() > TIME_LIMIT {
            let _ = child.kill();
            break;
        }
        thread::sleep(LOOK);
    }
    let output = child.wait_with_output().map_err(|source| not_started(&command, source))?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let errors = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<_> = errors.lines().filter(|line| !line.trim().is_empty()).collect();
        Fault::Found(format!(
            "it ended early: {}",
            lines.get(lines.len().saturating_sub(6)..).unwrap_or_default().join(" | ")
        ))
    })
}
