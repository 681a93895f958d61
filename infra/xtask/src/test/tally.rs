//! Counting the results that test programs print, while they print them.

use std::{
    fmt,
    io::{BufRead, BufReader},
    ops::AddAssign,
    process::{Command, Stdio},
};

use crate::command::{Fault, not_started, shown};

/// How many tests passed and failed. A program that could not run at all counts as one that failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// As they said.
    pub passed: usize,
    /// As they said, and one for a program that failed without saying so.
    pub failed: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Runs `command` to its end, shows what a reader wants to see of its output, and adds up its results.
pub fn counted(command: &mut Command) -> Result<Tally, Fault> {
    command.stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|source| not_started(command, source))?;
    let mut tally = Tally::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.map_err(|source| not_started(command, source))?;
            let line = String::from_utf8_lossy(&line);
            if let Some(more) = result(&line) {
                tally += more;
            }
            if worth_showing(&line) {
                println!("  {line}");
            }
        }
    }
    let status = child.wait().map_err(|source| not_started(command, source))?;
    if !status.success() && tally.failed == 0 {
        eprintln!("FAILED to run: {}", shown(command));
        tally.failed = 1;
    }
    Ok(tally)
}

/// Reads `test result: ok. 3 passed; 0 failed; …` (libtest, wasm-bindgen-test) and `3 passed, 0 failed` (our own scripts).
fn result(line: &str) -> Option<Tally> {
    let line = line.trim();
    if !line.starts_with("test result:") && !line.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let words: Vec<&str> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
    let before = |mark: &str| {
        let place = words.iter().position(|word| *word == mark)?;
        words.get(place.checked_sub(1)?)?.parse().ok()
    };
    Some(Tally { passed: before("passed")?, failed: before("failed")? })
}

/// Passed tests are counted, not shown: what is left fits a screen.
fn worth_showing(line: &str) -> bool {
    let line = line.trim();
    let noise = line.is_empty()
        || (line.starts_with("test ") && line.ends_with("... ok"))
        || line.starts_with("running ")
        || line.starts_with("test result: ok. 0 passed; 0 failed");
    !noise
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::program;

    #[test]
    fn result_reads_both_forms() {
        let libtest =
            "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(result(libtest), Some(Tally { passed: 12, failed: 3 }));
        assert_eq!(result("7 passed, 0 failed"), Some(Tally { passed: 7, failed: 0 }));
    }

    #[test]
    fn result_leaves_other_lines_alone() {
        for line in ["test a_test ... ok", "the origin passed 3 tools", "7 failed to see", ""] {
            assert_eq!(result(line), None, "`{line}` should not be a result");
        }
    }

    #[test]
    fn counted_adds_results_up() {
        let script = "echo 'test result: ok. 2 passed; 0 failed; 0 ignored'; echo '1 passed, 1 failed'; exit 1";
        let tally = counted(program("sh").args(["-c", script])).expect("sh should start");
        assert_eq!(tally, Tally { passed: 3, failed: 1 });
    }

    #[test]
    fn a_program_that_fails_silently_counts_as_one_failure() {
        let tally = counted(program("sh").args(["-c", "exit 3"])).expect("sh should start");
        assert_eq!(tally, Tally { passed: 0, failed: 1 });
    }
}
