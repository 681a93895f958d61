//! Faults in a component's manifest or runtime configuration.

use std::fmt::Display;

/// A fault that prevents the component from serving. Names variables and stores, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The manifest declares no such variable for this component, or a required variable has no value.
    #[error("the variable `{0}` is not set; declare it in spin.toml and give it a value")]
    Variable(String),
    /// The host failed to read the variable.
    #[error("the variable `{0}` can't be read")]
    Unreadable(String),
    /// The manifest doesn't grant this store to the component, or the runtime configuration doesn't define it.
    #[error("the {kind} `{name}` is missing: {reason}")]
    Store {
        /// The store's label.
        name: &'static str,
        /// The required kind: `key-value store` or `database`.
        kind: &'static str,
        /// Spin's error.
        reason: String,
    },
    /// The value is no address, or `allowed_outbound_hosts` doesn't allow it.
    #[error("the variable `redis_url` is no address that `allowed_outbound_hosts` names; add it there")]
    RedisAddress,
    /// The value is not a list of addresses and networks.
    #[error("the variable `trusted_proxies` is neither `none` nor addresses and networks such as `10.0.0.0/8`")]
    TrustedProxies,
}

impl Fault {
    /// A store that can't be opened.
    pub fn store(name: &'static str, kind: &'static str, reason: impl Display) -> Self {
        Self::Store { name, kind, reason: reason.to_string() }
    }
}
