//! The `Background` port: work beside the response, and on most hosts after it.

/// Work beside the response.
///
/// *Contract*
/// - `spawn` returns at once; the future is polled to its end even if nobody waits for it any more, because the client
///   has gone or the response has been handed over.
/// - Two spawned futures make progress independently of each other.
/// - If [`Background::OUTLIVES_RESPONSE`] is true, polling continues after the response has ended. The host may end it
///   after its own bound (30 s on Workers), and when the isolate dies.
/// - If it is false, unfinished work may be lost when the response ends: the host may stop at any moment, or drop the
///   work beside a failed request. So work that must not be lost is done before the last byte of the response. A client
///   that disconnects before that byte ends nothing: its work is polled on as above.
pub trait Background {
    /// True if spawned work usually continues after its response has ended.
    ///
    /// If false, the audit event is accepted before the response ends: before a whole response is handed over, or
    /// before the last frame of a stream. The cost is that the response waits for the sink.
    const OUTLIVES_RESPONSE: bool;

    /// Runs `work` to its end.
    fn spawn(&self, work: impl Future<Output = ()> + 'static);
}
