//! Counts of the results that test programs print, read while they print them.

use std::{
    fmt,
    io::{BufRead, BufReader},
    ops::AddAssign,
    process::{Command, Stdio},
};

use crate::command::{Fault, not_started, shown};

/// The beginning of the line of a test that its target can't run.
const SKIPPED: &str = "skipped: ";

/// The number of tests by outcome. A program that could not run counts as one failed test.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Passed tests.
    pub passed: usize,
    /// Failed tests, and one for a program that failed without printing a result.
    pub failed: usize,
    /// Tests that libtest ignored or that printed a line with [`SKIPPED`].
    pub skipped: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Runs `command` to its end, shows the relevant lines of its output as `title`, and adds up its results.
pub fn counted(title: &str, command: &mut Command) -> Result<Tally, Fault> {
    command.stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|source| not_started(command, source))?;
    let mut tally = Tally::default();
    let mut skipped = 0;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.map_err(|source| not_started(command, source))?;
            let line = String::from_utf8_lossy(&line);
            skipped += usize::from(is_skipped(&line));
            if let Some(more) = result(&line) {
                // libtest counts a test that skipped itself as passed.
                let own = std::mem::take(&mut skipped).min(more.passed);
                tally += Tally { passed: more.passed - own, skipped: more.skipped + own, ..more };
            }
            if worth_showing(&line) {
                println!("{title} | {line}");
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

/// True for the line of `harness::target::skipped_if`, also behind the beginning of another thread's line.
fn is_skipped(line: &str) -> bool {
    line.starts_with(SKIPPED) || (line.starts_with("test ") && line.contains(&format!(" ... {SKIPPED}")))
}

/// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …` (libtest, wasm-bindgen-test) and `3 passed, 0 failed` (our
/// own scripts).
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
    let skipped = before("ignored").unwrap_or_default();
    Some(Tally { passed: before("passed")?, failed: before("failed")?, skipped })
}

/// True for a line that is shown; lines of passed and skipped tests are only counted.
fn worth_showing(line: &str) -> bool {
    let line = line.trim();
    let noise = line.is_empty()
        || (line.starts_with("test ") && line.ends_with("... ok"))
        || line.starts_with("running ")
        || is_skipped(line)
        || line == "ok"
        || line.starts_with("test result: ok. 0 passed; 0 failed");
    !noise
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::program;

    fn tally(passed: usize, failed: usize, skipped: usize) -> Tally {
        Tally { passed, failed, skipped }
    }

    #[test]
    fn result_reads_both_forms() {
        let libtest =
            "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(result(libtest), Some(tally(12, 3, 1)));
        assert_eq!(result("7 passed, 0 failed"), Some(tally(7, 0, 0)));
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
        let found = counted("a step", program("sh").args(["-c", script])).expect("sh should start");
        assert_eq!(found, tally(3, 1, 0));
    }

    #[test]
    fn skipped_tests_do_not_count_as_passed() {
        let lines = [
            "skipped: books::a: no ledger runs in memory",
            "test filter::b ... skipped: books::c: no ledger runs in memory",
            "ok",
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured",
            "test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured",
        ];
        let found = counted("a step", program("printf").arg("%s\\n").args(lines)).expect("printf should start");
        assert_eq!(found, tally(7, 0, 3), "two said so themselves and one was ignored, all in the first program");
    }

    #[test]
    fn program_that_fails_silently_counts_as_one_failure() {
        let found = counted("a step", program("sh").args(["-c", "exit 3"])).expect("sh should start");
        assert_eq!(found, tally(0, 1, 0));
    }
}
