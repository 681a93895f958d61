//! The findings of the contract suite.

/// The result of one check of a port's contract.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The port's name, such as `Clock`.
    pub port: &'static str,
    /// The promise, in one sentence.
    pub promise: &'static str,
    /// True if the promise was kept.
    pub kept: bool,
}

/// The findings so far.
pub(super) struct Report(pub(super) Vec<Finding>);

impl Report {
    /// Adds one finding.
    pub(super) fn note(&mut self, port: &'static str, promise: &'static str, kept: bool) {
        self.0.push(Finding { port, promise, kept });
    }
}
