//! The results: a row per revision and part, and every unexpected outcome.

use crate::build::Host;

/// The results of one run of the suite or of a client.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// A revision and a part, or a client.
    pub title: String,
    /// The scenarios that have to pass.
    pub required: Count,
    /// The scenarios that the suite runs without scoring.
    pub unscored: Count,
    /// The number of scenarios that failed as expected.
    pub expected: usize,
    /// The unexpected outcomes, with reasons.
    pub failures: Vec<String>,
}

/// Passed scenarios out of all.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    passed: usize,
    of: usize,
}

impl Count {
    fn shown(self) -> String {
        if self.of == 0 { String::new() } else { format!("{}/{}", self.passed, self.of) }
    }
}

impl Row {
    /// An empty row.
    pub fn new(title: String) -> Self {
        Self { title, ..Self::default() }
    }

    /// Counts one scenario; `expected` is true for a known failure, and `failure` is the reason if it failed.
    pub fn add(&mut self, scenario: &str, required: bool, expected: bool, failure: Option<String>) {
        let count = if required { &mut self.required } else { &mut self.unscored };
        count.of += 1;
        match (failure, expected) {
            (None, false) => count.passed += 1,
            (None, true) => {
                self.failures
                    .push(format!("{scenario} passes: take it out of tests/conformance/expected-failures.yml"));
            }
            (Some(_), true) => self.expected += 1,
            (Some(failure), false) => self.failures.push(format!("{scenario}: {failure}")),
        }
    }
}

/// The rows of all runs.
#[derive(Debug, Default)]
pub struct Outcome {
    rows: Vec<Row>,
}

impl Outcome {
    /// Adds rows.
    pub fn extend(&mut self, rows: impl IntoIterator<Item = Row>) {
        self.rows.extend(rows);
    }

    /// The unexpected outcomes of all rows.
    pub fn failures(&self) -> Vec<&str> {
        self.rows.iter().flat_map(|row| &row.failures).map(String::as_str).collect()
    }

    /// The number of scenarios and walks that passed.
    pub fn passed(&self) -> usize {
        self.rows.iter().map(|row| row.required.passed + row.unscored.passed).sum()
    }

    /// Prints the table.
    pub fn print(&self, host: Host) {
        let on = match host {
            Host::Workers => "workerd",
            Host::Spin => "Spin",
        };
        println!("{:<44} {:>9} {:>11} {:>9} {:>7}", format!("on {on}"), "required", "not scored", "expected", "failed");
        for row in &self.rows {
            let (required, unscored) = (row.required.shown(), row.unscored.shown());
            println!("{:<44} {required:>9} {unscored:>11} {:>9} {:>7}", row.title, row.expected, row.failures.len());
        }
        for row in &self.rows {
            for failure in &row.failures {
                println!("FAILED {}: {failure}", row.title);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_failure_that_passes_is_a_failure() {
        let mut row = Row::new("server".to_owned());
        row.add("fine", true, false, None);
        row.add("known", true, true, Some("no".to_owned()));
        assert_eq!((row.required.shown().as_str(), row.expected), ("1/2", 1));
        assert!(row.failures.is_empty(), "a failure that is expected is none");
        row.add("mended", false, true, None);
        assert_eq!(row.failures.len(), 1, "a scenario that passes against expectation should be said");
    }

    #[test]
    fn unscored_scenario_that_fails_is_a_failure() {
        let mut row = Row::new("server".to_owned());
        row.add("tasks", false, false, Some("no".to_owned()));
        let outcome = Outcome { rows: vec![row] };
        assert_eq!((outcome.passed(), outcome.failures()), (0, vec!["tasks: no"]));
    }
}
