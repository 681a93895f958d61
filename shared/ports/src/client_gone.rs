//! The `ClientGone` port: reports that the client has closed its connection.

/// Reports that the client has closed its connection.
///
/// *Contract*
/// - `gone` resolves once the host knows that the client closed its side; it may stay pending for ever.
/// - It also resolves if it is first polled afterwards, and any number of times.
pub trait ClientGone {
    /// Resolves when the client has gone.
    fn gone(&self) -> impl Future<Output = ()> + 'static;
}
