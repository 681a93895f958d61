//! The gateway: the line that every MCP request passes, from `receive` to `respond`.

mod assignment;
mod batch;
mod client_network;
mod deadline;
mod digest;
pub mod endpoints;
pub mod error;
mod fetch;
mod gateway;
mod identifier;
pub mod isolate;
mod keys;
mod limits;
pub mod line;
mod log;
pub mod manual;
mod origin;
mod outcome;
pub mod pages;
mod principal;
mod records;
mod requests_per_minute;
mod sealed;
mod serve;
mod user_agent;
mod vault;
mod virtual_server;

pub use gateway::Gateway;
pub use isolate::Isolate;
pub use limits::Limits;
pub use serve::serve;
