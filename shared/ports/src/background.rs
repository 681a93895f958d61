//! The `Background` port: work beside the response, on most hosts beyond it.

/// Work beside the response.
///
/// *Contract*
/// - `spawn` returns at once; the future is polled to its end although nobody waits for it any more: the client has
///   gone, or what was waited for has been handed over.
/// - Two spawned futures make progress independently of each other.
/// - Where [`Background::OUTLIVES_RESPONSE`] is true, that goes on after the response has ended; the host may end it
///   after its own bound (30 s on Workers), and when the isolate dies.
/// - Where it is false, work that the response has not waited for may be gone with it: the host may be told to stop, or
///   lose what runs beside the request that failed, at any moment. So before the last byte of an answer everything is
///   done that must not be lost. A client that goes before that byte ends nothing: its work is polled on as above.
pub trait Background {
    /// Whether spawned work goes on, as a rule, after its response has ended.
    ///
    /// Where it does not, the audit event is accepted before the answer ends: before a whole answer is handed over, in
    /// a stream before its last frame. The answer waits for the sink, and that is what it costs.
    const OUTLIVES_RESPONSE: bool;

    /// Runs `work` to its end.
    fn spawn(&self, work: impl Future<Output = ()> + 'static);
}
