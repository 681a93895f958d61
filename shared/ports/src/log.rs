//! The `Log` port: lines for the operator of a deployment.

/// Lines for the operator.
///
/// *Contract*
/// - A line appears where the host keeps what a function prints; nobody waits for it, and it may be lost.
/// - The caller writes no secret and no content of a request into it.
pub trait Log {
    /// Writes one line, without a line end.
    fn write(&self, line: &str);
}
