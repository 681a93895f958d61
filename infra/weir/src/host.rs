//! The platforms of a gateway.

use clap::ValueEnum;

/// The platform of a gateway, which decides the store of its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// Cloudflare Workers, with the records in a KV namespace
    Workers,
    /// Spin, with the records in the key-value store `default`
    Spin,
}
