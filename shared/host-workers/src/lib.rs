//! The ports of the gateway and the ledger on Cloudflare Workers.
//!
//! One file per port, with the name of the port's own file. [`host`] checks the Worker's bindings once per isolate and
//! bundles the ports for one request; [`answer()`] converts the runtime's request and the gateway's response.
//!
//! Crossing between wasm and JavaScript costs more than most of the work on either side, so `glue.js` needs one call
//! per step. Bindings are called by method name and never checked by class: any object with the same methods can
//! replace one.

pub mod answer;
pub mod audit_sink;
pub mod background;
pub mod bindings;
pub mod caller;
pub mod client_gone;
pub mod clock;
pub mod database;
pub mod entropy;
pub mod fetch;
mod glue;
mod head;
pub mod host;
pub mod key_value;
pub mod log;
pub mod objects;
pub mod once;
pub mod outbox;
pub mod quota;
pub mod secrets;
pub mod timer;
pub mod trail;
pub mod versioned_store;

pub use answer::answer;
pub use host::WorkersHost;
