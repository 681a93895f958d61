//! Errors about a Spin deployment's store or manifest.

use std::path::PathBuf;

use thiserror::Error;

/// The reason why a deployment on Spin can't be read or written.
#[derive(Debug, Error)]
pub enum SpinFailure {
    /// The file is no runtime configuration that Spin accepts.
    #[error("`{}` is no runtime configuration that Spin accepts: {cause}", path.display())]
    RuntimeConfig {
        /// The file.
        path: PathBuf,
        /// The fault in the file.
        cause: String,
    },
    /// The store is of a kind that `weir` can't write.
    #[error(
        "`{}` keeps the key-value store `default` in `{kind}`, where weir can't write: make it `spin` or `redis`, or copy \
         the files of `weir registry compile` there, `head` last",
        path.display()
    )]
    Kind {
        /// The runtime configuration.
        path: PathBuf,
        /// The `type` of the store.
        kind: String,
    },
    /// The store is in the memory of Spin's process.
    #[error(
        "the key-value store of this deployment is in its memory, where only Spin can write: name a state folder, or a \
         `path` in `[key_value_store.default]`"
    )]
    Memory,
    /// `--redis-url` contradicts the runtime configuration.
    #[error("--redis-url is given, but `{}` keeps the key-value store `default` elsewhere", path.display())]
    Elsewhere {
        /// The runtime configuration.
        path: PathBuf,
    },
    /// The address is not one of a Redis server.
    #[error("the address of the Redis must be `redis://HOST:PORT` or `rediss://HOST:PORT`: {0}")]
    RedisUrl(String),
    /// Another process keeps the write lock.
    #[error("`{}` stayed locked for {seconds} s by another process; nothing was changed; try again", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
        /// The time that was waited, seconds.
        seconds: u64,
    },
    /// The store can't be read.
    #[error("can't read {store}: {cause}")]
    Read {
        /// The store's name for people.
        store: String,
        /// The store's error.
        cause: String,
    },
    /// The store can't be written.
    #[error("can't write to {store}: {cause}; {left}")]
    Write {
        /// The store's name for people.
        store: String,
        /// The store's error.
        cause: String,
        /// The state of the store now.
        left: &'static str,
    },
    /// The file is no manifest with a gateway.
    #[error("`{}` is no manifest of a gateway: {cause}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The fault in the file.
        cause: String,
    },
    /// A host that has another meaning in allowed_outbound_hosts, such as a pattern.
    #[error("{of} names `{url}`, whose host is no plain name: in allowed_outbound_hosts it would have another meaning")]
    Host {
        /// The origin or issuer with this URL.
        of: String,
        /// Its URL.
        url: String,
    },
    /// The name of an origin's secret is no variable name on Spin.
    #[error(
        "origin `{0}` has a secret, and Spin allows no variable `{1}`: give the origin a name with single `-` inside"
    )]
    Variable(String, String),
}

impl SpinFailure {
    /// True if the store can't be read, so that its state is not known.
    pub const fn is_unread(&self) -> bool {
        matches!(self, Self::Locked { .. } | Self::Read { .. })
    }

    /// True if the store can't be written, or the registry is at fault.
    pub const fn is_unwritten(&self) -> bool {
        matches!(self, Self::Write { .. } | Self::Host { .. } | Self::Variable(..))
    }
}
