//! The `Background` port: work that outlives the response.

/// Work that outlives the response.
///
/// *Contract*
/// - `spawn` returns at once; the future is polled to its end although the response has been sent or the client has gone.
/// - A host may end it after its own bound (30 s after the response on Workers) and when the isolate dies.
/// - Two spawned futures make progress independently of each other.
pub trait Background {
    /// Runs `work` to its end.
    fn spawn(&self, work: impl Future<Output = ()> + 'static);
}
