//! The gateway: the line that every MCP request walks, from `receive` to `respond`.

mod audit;
mod authenticate;
mod authorize;
mod body;
mod catalogue;
mod cursor;
mod deadline;
mod deliver;
mod digest;
mod discovery;
pub mod endpoint;
mod entitlement;
pub mod error;
mod filter;
mod forward;
mod guard;
mod identifier;
pub mod isolate;
mod keys;
mod limits;
pub mod manual;
mod parse;
pub mod ports;
mod principal;
mod receive;
mod records;
mod resolve;
mod respond;
mod sealed;
pub mod secret;
mod serve;
mod token_endpoint;
mod virtual_server;

pub use body::Body;
pub use limits::Limits;
pub use serve::serve;
