//! Faults: errors and warnings about a registry folder, each with its place and the fix.
//!
//! A reader adds a fault to [`Faults`] and goes on, so that one run reports all faults.
//!
//! Errors come before warnings, and faults of reading before those of comparing and compiling: causes come before their
//! consequences.

use std::fmt;

use serde::Serialize;

use crate::legible::legible;

/// The severity of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The folder can't be compiled.
    Error,
    /// The folder compiles, but probably not to what the author intended.
    Warning,
}

/// A place in a file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The path in the folder, with `/` as separator; a folder's path ends with `/`.
    pub file: String,
    /// Line number, from 1.
    pub line: u32,
    /// Column number in Unicode characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One error or warning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Fault {
    /// The place of the fault.
    #[serde(flatten)]
    pub place: Place,
    /// Error or warning.
    pub severity: Severity,
    /// The message: lower case, no full stop, input in backticks, without hidden characters.
    pub message: String,
    /// The fix, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Fault {
    /// Makes a fault, in the texts of which hidden characters are escaped.
    #[must_use]
    pub fn new(severity: Severity, place: &Place, message: &str, help: Option<&str>) -> Self {
        let place = Place { file: legible(&place.file), ..place.clone() };
        Self { place, severity, message: legible(message), help: help.map(legible) }
    }
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
pub struct Faults {
    /// Each with the number of the stage that found it.
    found: Vec<(u8, Fault)>,
    stage: u8,
}

impl Faults {
    /// Adds a fault that prevents compilation.
    pub fn error(&mut self, place: &Place, message: impl Into<String>, help: impl Into<Option<String>>) {
        self.add(Severity::Error, place, message.into(), help.into());
    }

    /// Adds a fault that doesn't prevent compilation.
    pub fn warning(&mut self, place: &Place, message: impl Into<String>, help: impl Into<Option<String>>) {
        self.add(Severity::Warning, place, message.into(), help.into());
    }

    /// Begins the next stage, whose faults may be consequences of earlier ones.
    pub fn next_stage(&mut self) {
        self.stage = self.stage.saturating_add(1);
    }

    /// True if an error was added in the `lines` lines from `first` on.
    #[must_use]
    pub fn any_error_in(&self, first: &Place, lines: u32) -> bool {
        let within = |place: &Place| {
            place.file == first.file && place.line.checked_sub(first.line).is_some_and(|line| line < lines)
        };
        self.found.iter().any(|(_, fault)| fault.severity == Severity::Error && within(&fault.place))
    }

    /// All faults, sorted by severity, stage, file, line and column, without duplicates.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Fault> {
        let mut found = self.found;
        found.sort_by(|(stage, fault), (other_stage, other)| {
            (fault.severity, stage, fault).cmp(&(other.severity, other_stage, other))
        });
        let mut faults: Vec<Fault> = found.into_iter().map(|(_, fault)| fault).collect();
        faults.dedup();
        faults
    }

    fn add(&mut self, severity: Severity, place: &Place, message: String, help: Option<String>) {
        self.found.push((self.stage, Fault::new(severity, place, &message, help.as_deref())));
    }
}

/// True if any of `faults` is an error.
#[must_use]
pub fn any_error(faults: &[Fault]) -> bool {
    faults.iter().any(|fault| fault.severity == Severity::Error)
}

/// The help for an unknown name: the most similar one of `known`, else all of them if there are at most 16.
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

/// The one of `known` that is most similar to `written`; at most a third of its letters may differ.
#[must_use]
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known.iter().map(|name| (strsim::damerau_levenshtein(written, name), *name));
    let near = distances.filter(|(distance, name)| *distance <= (name.chars().count() / 3).max(1)).min();
    near.map(|(_, name)| name)
}

/// Maximum number of names in a help.
const LISTED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_nearest_known_name() {
        assert_eq!(did_you_mean("timout_ms", ["timeout_ms", "title"]).as_deref(), Some("did you mean `timeout_ms`?"));
    }

    #[test]
    fn help_lists_known_names_when_none_is_near() {
        assert_eq!(did_you_mean("zzz", ["b", "aa"]).as_deref(), Some("known here: `aa`, `b`"));
        assert_eq!(did_you_mean("zzz", []), None, "nothing known, nothing to say");
    }

    #[test]
    fn faults_are_sorted_without_duplicates_and_causes_come_first() {
        let place = |line| Place { file: "gateway.toml".to_owned(), line, column: 1 };
        let mut faults = Faults::default();
        faults.error(&place(10), "cause", None);
        faults.warning(&place(2), "doubt", Some("do that".to_owned()));
        faults.error(&place(10), "cause", None);
        faults.error(&place(9), "other cause", None);
        faults.next_stage();
        faults.error(&place(1), "consequence", None);
        let shown: Vec<String> = faults.into_sorted().iter().map(Fault::to_string).collect();
        let expected = [
            "gateway.toml:9:1: error: other cause",
            "gateway.toml:10:1: error: cause",
            "gateway.toml:1:1: error: consequence",
            "gateway.toml:2:1: warning: doubt\n  help: do that",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn fault_shows_no_hidden_character() {
        let place = Place { file: "origins/a\u{1b}[2K.toml".to_owned(), line: 1, column: 1 };
        let mut faults = Faults::default();
        faults.error(&place, "`a\u{202e}b`\nis wrong", Some("not\u{200b}hing".to_owned()));
        let shown: Vec<String> = faults.into_sorted().iter().map(Fault::to_string).collect();
        let expected = "origins/a\\u{1b}[2K.toml:1:1: error: `a\\u{202e}b`\\nis wrong\n  help: not\\u{200b}hing";
        assert_eq!(shown, [expected]);
    }
}
