//! The ports on Cloudflare Workers.
//!
//! One file per port, named as the port's own file. [`host`] checks the Worker's bindings once per isolate and bundles
//! the ports for one request; [`answer()`] takes a request from the runtime and hands the answer back.
//!
//! Crossing between wasm and JavaScript costs more than most of what is done on either side, so `glue.js` does each step
//! in one call. Bindings are called by the names of their methods and never checked by their class: a service that
//! answers to the same methods can stand in for any of them.

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
pub mod objects;
pub mod once;
pub mod outbox;
pub mod quota;
pub mod secrets;
pub mod timer;
pub mod trail;

pub use answer::answer;
pub use host::WorkersHost;
