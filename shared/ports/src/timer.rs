//! The `Timer` port: sleeping.

use std::time::Duration;

/// Sleeping.
///
/// *Contract*
/// - `sleep` resolves no earlier than `duration` from its first poll, and soon after.
/// - Dropping the future cancels the timer and leaves nothing behind.
pub trait Timer {
    /// Resolves after `duration`.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static;
}
