//! The time of each step, printed and kept from run to run in target/test/times.json.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::command::Fault;

/// The percentage by which a step may exceed its kept time before a note is printed.
const TOLERANCE: u32 = 20;

/// Seconds below which a difference is noise.
const NOISE: f64 = 2.0;

/// The time of one step, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Took {
    /// The time of the compilation.
    pub building: f64,
    /// The time of the tests themselves.
    pub running: f64,
}

impl Took {
    /// From the two times.
    pub fn new(building: Duration, running: Duration) -> Self {
        let tenths = |duration: Duration| (duration.as_secs_f64() * 10.0).round() / 10.0;
        Self { building: tenths(building), running: tenths(running) }
    }

    /// The running time of `before` if this one is too much longer. Building times depend on the change and are not
    /// compared.
    fn slower_than(self, before: Option<&Self>) -> Option<f64> {
        let before = before?.running;
        let most = before * f64::from(100 + TOLERANCE) / 100.0;
        (self.running > most && self.running - before > NOISE).then_some(before)
    }
}

impl fmt::Display for Took {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "building {:.1} s, running {:.1} s", self.building, self.running)
    }
}

/// The kept times, by the steps' titles.
pub struct Times {
    path: PathBuf,
    kept: BTreeMap<String, Took>,
}

impl Times {
    /// Reads the times of the last run; empty if there is no file, or one of another form.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        Self { path: path.to_owned(), kept: serde_json::from_str(&text).unwrap_or_default() }
    }

    /// Keeps the time of a step, and returns the sentence to print for it.
    pub fn note(&mut self, title: &str, took: Took) -> String {
        let before = self.kept.insert(title.to_owned(), took);
        match took.slower_than(before.as_ref()) {
            Some(before) => {
                format!("{took}: SLOWER than the {before:.1} s kept from the last run by more than {TOLERANCE} %")
            }
            None => took.to_string(),
        }
    }

    /// Writes the file.
    pub fn keep(&self) -> Result<(), Fault> {
        let fault = |source| Fault::File { path: self.path.clone(), source };
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(fault)?;
        }
        let text = serde_json::to_string_pretty(&self.kept).map_err(|error| Fault::Found(error.to_string()))?;
        fs::write(&self.path, text + "\n").map_err(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn took(building: u64, running: u64) -> Took {
        Took::new(Duration::from_secs(building), Duration::from_secs(running))
    }

    #[test]
    fn step_that_takes_a_fifth_longer_says_so() {
        let kept = took(10, 100);
        assert_eq!(took(500, 120).slower_than(Some(&kept)), None, "a fifth is tolerated, and any building time is");
        assert_eq!(took(10, 121).slower_than(Some(&kept)), Some(100.0));
        assert_eq!(took(10, 121).slower_than(None), None, "a first run has nothing to compare with");
        assert_eq!(took(0, 3).slower_than(Some(&took(0, 1))), None, "two seconds are noise");
    }

    #[test]
    fn times_are_kept_between_runs() {
        let path = crate::command::root().join("target/times-test.json");
        let mut times = Times::read(&path);
        assert_eq!(times.note("native", took(30, 10)), "building 30.0 s, running 10.0 s");
        times.keep().expect("the file should be written");
        let again = Times::read(&path).note("native", took(0, 20));
        fs::remove_file(&path).expect("the file should go away");
        assert!(again.contains("SLOWER than the 10.0 s"), "the second run should be compared with the first: {again}");
    }
}
