//! What is wrong with a component's manifest or with the runtime configuration it was started with.

use std::fmt::Display;

/// What keeps the component from serving. It names variables and stores, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The manifest declares no such variable for this component, or nobody has given a required one its value.
    #[error("the variable `{0}` is not set")]
    Variable(String),
    /// The host failed while it read the variable.
    #[error("the variable `{0}` can't be read")]
    Unreadable(String),
    /// The manifest grants no such store to this component, or the runtime configuration knows none of this name.
    #[error("the {kind} `{name}` is missing: {reason}")]
    Store {
        /// Its label.
        name: &'static str,
        /// What it should be.
        kind: &'static str,
        /// What Spin said.
        reason: String,
    },
    /// The manifest does not allow connections there, or it is no address.
    #[error("the variable `redis_url` is no address that `allowed_outbound_hosts` names")]
    RedisAddress,
}

impl Fault {
    /// The store called `name` can't be opened.
    pub fn store(name: &'static str, kind: &'static str, reason: impl Display) -> Self {
        Self::Store { name, kind, reason: reason.to_string() }
    }
}
