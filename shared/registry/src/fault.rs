//! Faults: what is wrong in a registry folder, where, and what to do about it.
//!
//! A reader never stops at the first fault: it puts it into [`Faults`] and goes on, so that one run shows them all.

use std::fmt;

use serde::Serialize;

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The folder can't be compiled.
    Error,
    /// The folder compiles, but probably doesn't say what was meant.
    Warning,
}

/// A place in a file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The path in the folder, with `/`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Fault {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// How bad.
    pub severity: Severity,
    /// What: lower case, no full stop, input in backticks.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// `FILE:LINE:COLUMN: error: MESSAGE`, and the help on a line of its own.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(formatter, "{}: {severity}: {}", self.place, self.message)?;
        match &self.help {
            Some(help) => write!(formatter, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault that keeps the folder from being compiled.
    pub fn error(&mut self, place: &Place, message: impl Into<String>, help: impl Into<Option<String>>) {
        self.add(Severity::Error, place, message.into(), help.into());
    }

    /// Adds a fault that doesn't.
    pub fn warning(&mut self, place: &Place, message: impl Into<String>, help: impl Into<Option<String>>) {
        self.add(Severity::Warning, place, message.into(), help.into());
    }

    /// Whether an error was added in the `lines` lines from `first` on.
    #[must_use]
    pub fn any_error_in(&self, first: &Place, lines: u32) -> bool {
        let within = |place: &Place| {
            place.file == first.file && place.line.checked_sub(first.line).is_some_and(|line| line < lines)
        };
        self.0.iter().any(|fault| fault.severity == Severity::Error && within(&fault.place))
    }

    /// All faults, by file and line, each once.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Fault> {
        let mut faults = self.0;
        faults.sort();
        faults.dedup();
        faults
    }

    fn add(&mut self, severity: Severity, place: &Place, message: String, help: Option<String>) {
        self.0.push(Fault { place: place.clone(), severity, message, help });
    }
}

/// Whether any of `faults` keeps the folder from being compiled.
#[must_use]
pub fn any_error(faults: &[Fault]) -> bool {
    faults.iter().any(|fault| fault.severity == Severity::Error)
}

/// The help for a name that isn't there: the near one of `known`, or all of them where they are few.
#[must_use]
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    match nearest(written, &known) {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None if known.is_empty() || known.len() > LISTED => None,
        None => Some(format!("known here: `{}`", known.join("`, `"))),
    }
}

/// The one of `known` that was probably meant by `written`: at most a third of its letters are others.
#[must_use]
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known.iter().map(|name| (strsim::damerau_levenshtein(written, name), *name));
    let near = distances.filter(|(distance, name)| *distance <= (name.chars().count() / 3).max(1)).min();
    near.map(|(_, name)| name)
}

/// The most names that a help lists.
const LISTED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_the_nearest_known_name() {
        assert_eq!(did_you_mean("timout_ms", ["timeout_ms", "title"]).as_deref(), Some("did you mean `timeout_ms`?"));
    }

    #[test]
    fn help_lists_the_known_names_when_none_is_near() {
        assert_eq!(did_you_mean("zzz", ["b", "aa"]).as_deref(), Some("known here: `aa`, `b`"));
        assert_eq!(did_you_mean("zzz", []), None, "nothing known, nothing to say");
    }

    #[test]
    fn faults_come_out_by_place_and_once() {
        let place = |line| Place { file: "gateway.toml".to_owned(), line, column: 1 };
        let mut faults = Faults::default();
        faults.error(&place(10), "second", None);
        faults.warning(&place(2), "first", Some("do that".to_owned()));
        faults.error(&place(10), "second", None);
        let shown: Vec<String> = faults.into_sorted().iter().map(Fault::to_string).collect();
        assert_eq!(shown, ["gateway.toml:2:1: warning: first\n  help: do that", "gateway.toml:10:1: error: second"]);
    }
}
