//! Host: what a gateway runs on.

use clap::ValueEnum;

/// What a gateway runs on, and so where its records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// Cloudflare Workers: a KV namespace
    Workers,
    /// Spin: the key-value store `default`
    Spin,
}
