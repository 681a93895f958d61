//! Failure: why a Spin deployment's store or manifest isn't as it should be.

use std::path::PathBuf;

use thiserror::Error;

/// Why a deployment on Spin can't be read or written.
#[derive(Debug, Error)]
pub enum SpinFailure {
    /// Not a runtime configuration, or one that Spin itself would refuse.
    #[error("`{}` is no runtime configuration that Spin takes: {cause}", path.display())]
    RuntimeConfig {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A store that `weir` knows nothing of.
    #[error(
        "`{}` keeps the key-value store `default` in `{kind}`, where weir can't write: make it `spin` or `redis`, or put \
         the files there that `weir registry compile` writes, `head` last",
        path.display()
    )]
    Kind {
        /// The runtime configuration.
        path: PathBuf,
        /// Its word for the kind of store.
        kind: String,
    },
    /// A store that ends with its process.
    #[error(
        "the key-value store of this deployment is in its memory, where nobody else can write: name a state folder, or a \
         `path` in `[key_value_store.default]`"
    )]
    Memory,
    /// Two places.
    #[error("--redis-url, but `{}` keeps the key-value store `default` elsewhere", path.display())]
    Elsewhere {
        /// The runtime configuration.
        path: PathBuf,
    },
    /// Not the address of a Redis.
    #[error("the address of the Redis must be `redis://HOST:PORT` or `rediss://HOST:PORT`: {0}")]
    RedisUrl(String),
    /// Somebody else is writing, and goes on.
    #[error("`{}` stayed locked for {seconds} s: something else is writing to it; nothing was changed", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
        /// How long.
        seconds: u64,
    },
    /// The store can't be read.
    #[error("can't read {store}: {cause}")]
    Read {
        /// Which.
        store: String,
        /// Why.
        cause: String,
    },
    /// The store can't be written.
    #[error("can't write to {store}: {cause}; {left}")]
    Write {
        /// Which.
        store: String,
        /// Why.
        cause: String,
        /// What is in the store now.
        left: &'static str,
    },
    /// Not a manifest with a gateway.
    #[error("`{}` is no manifest of a gateway: {cause}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A host that allowed_outbound_hosts would take for a pattern.
    #[error("{of} names `{url}`, whose host is no plain name: in allowed_outbound_hosts it would mean something else")]
    Host {
        /// The origin or the issuer.
        of: String,
        /// Its URL.
        url: String,
    },
    /// An origin's name that makes no variable.
    #[error(
        "origin `{0}` has a secret, and Spin allows no variable `{1}`: give the origin a name with single `-` inside"
    )]
    Variable(String, String),
}

impl SpinFailure {
    /// Whether the command was right, and the store or the registry wasn't.
    pub const fn is_of_the_store(&self) -> bool {
        matches!(
            self,
            Self::Locked { .. } | Self::Read { .. } | Self::Write { .. } | Self::Host { .. } | Self::Variable(..)
        )
    }
}
