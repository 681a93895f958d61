//! The ports on Spin.
//!
//! One file per port, named as the port's own file. [`host`] checks the component's variables and stores once per instance
//! and bundles the ports for one request; [`answer()`] takes a request from Spin and hands the answer back.
//!
//! Spin keeps an instance for many requests, several at once, and drops it without a word. So what is remembered is plain
//! data in a thread-local, and a future never waits for another request: what would wake it wakes the wrong task, which
//! ends the instance with all its requests.

pub mod answer;
pub mod audit_sink;
pub mod background;
pub mod caller;
pub mod client_gone;
pub mod clock;
pub mod database;
pub mod entropy;
pub mod fault;
pub mod fetch;
mod head;
pub mod host;
mod incoming;
pub mod key_value;
pub mod objects;
pub mod once;
pub mod outbox;
mod outgoing;
pub mod quota;
pub mod redis;
pub mod secrets;
pub mod timer;
pub mod trail;

pub use answer::answer;
pub use host::SpinHost;
