//! The `ClientGone` port: whether anyone still waits for the answer.

/// Whether anyone still waits for the answer.
///
/// *Contract*
/// - `gone` resolves once the host knows that the client closed its side; it may stay pending for ever.
/// - It resolves also when polled after the fact, and any number of times.
pub trait ClientGone {
    /// Resolves when the client has gone.
    fn gone(&self) -> impl Future<Output = ()> + 'static;
}
