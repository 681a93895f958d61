//! Platforms: every touchpoint with a host, what it guarantees, and how each failure looks.
//!
//! ## Cloudflare Workers
//!
//! | port | touchpoint | guarantee | failure, and what the caller sees |
//! |---|---|---|---|
//! | `Clock` | `Date.now` | stands still between I/O, so latencies are around I/O | – |
//! | `Timer` | `setTimeout` | – | – |
//! | `Entropy` | WebCrypto | – | 503 |
//! | `KeyValue` | Workers KV, `REGISTRY` | eventually consistent; a value is cached 30 s at least; a read may take 5 s | **closed** without a registry: 503 `store_failed`; held records serve one hour, the quarantine five minutes, an epoch whose gateway record is withheld two minutes |
//! | `Secrets` | secrets, variables, Secrets Store | read once per isolate: a value replaced in a Secrets Store reaches new isolates only, so deploy after a leak | **closed**: 503 with the name on `/healthz` |
//! | `Fetch` | `fetch`, `redirect: manual` | an abort closes the origin's connection | 200 with -31502 or -31504 |
//! | `Caller` | `CF-Connecting-IP` and `request.cf` | Cloudflare sets both | absent facts; policies that need them refuse |
//! | `ClientGone` | `request.signal` (flag `enable_request_signal`) | seen at once, before headers and in a silent stream | – |
//! | `Once` | Durable Object with SQLite, `ONCE` | linearizable, one place in the world per key | **closed**: 503, the client tries again |
//! | `AuditSink` | Queue, then again, then R2 `OUTBOX` | at least once | the answer is not held back; see below |
//! | `Background` | `ctx.waitUntil` | 30 s after the response | lost with the isolate |
//!
//! ### What can be lost
//!
//! With audit mode `completion` an event is handed to the queue after the answer. It is lost if the isolate dies in that
//! window, or if queue and outbox both refuse for as long as the background task lives.
//!
//! ### What was measured on workerd
//!
//! - When a client resets its connection, workerd cancels the request's context; without `waitUntil` the future is
//!   neither polled nor dropped again. With the flag and `waitUntil` the abort reaches the origin and the event is written.
//! - Header fields that come twice are joined with a comma before a Worker sees them. Each field's own grammar must
//!   refuse that, and does: a method or name with a comma differs from the body's, a web origin with a comma is not listed.
//! - A connection that is refused, one that is reset and a name that doesn't resolve look alike before headers. All count
//!   as *may have run*; nothing is ever sent twice.
//! - A request that waits for nothing that can come is cancelled as hung: waiting for the client to leave is always beside
//!   a timer or an origin.
//!
//! ## Memory
//!
//! For tests: [`crate::ports::memory`]. Time moves when nothing else can.
//!
//! ## Spin
//!
//! Not there yet.
