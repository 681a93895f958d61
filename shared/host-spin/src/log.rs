//! `Log` on Spin: standard error, which Spin prints and keeps in the logs of its state folder.

use ports::Log;

/// Standard error of the component.
#[derive(Debug, Clone, Copy)]
pub struct SpinLog;

impl Log for SpinLog {
    fn write(&self, line: &str) {
        eprintln!("{line}");
    }
}
