//! The ports of the gateway and the ledger on Spin.
//!
//! One file per port, with the name of the port's own file. [`host`] checks the component's variables and stores once
//! per instance and bundles the ports for one request; [`answer()`] converts Spin's request and the gateway's
//! response.
//!
//! Spin uses an instance for many requests, several at once, and drops it without notice. Shared state is therefore
//! plain data in a thread-local, and a future never waits for another request: its wake-up would go to the wrong task
//! and end the instance with all its requests.

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
pub mod log;
pub mod objects;
pub mod once;
pub mod outbox;
mod outgoing;
mod proxies;
pub mod quota;
pub mod redis;
pub mod secrets;
pub mod timer;
pub mod trail;
pub mod versioned_store;

pub use answer::answer;
pub use host::SpinHost;
