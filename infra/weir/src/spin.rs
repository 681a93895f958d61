//! Spin deployments: the key-value store with the records, and the manifest with the outbound hosts.

pub mod failure;
pub mod manifest;
pub mod needs;

mod place;
mod redis;
mod sqlite;

use std::path::{Path, PathBuf};

use clap::Args;

use failure::SpinFailure;
use place::Place;
use redis::Server;
use sqlite::File;

/// The flags that name a deployment on Spin.
#[derive(Debug, Args)]
pub struct Deployment {
    /// Spin: the app's manifest; .spin beside it is the default state folder [default: spin.toml]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Spin: the state folder of `spin up --state-dir`
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Spin: the runtime configuration of `spin up --runtime-config-file`
    #[arg(long, value_name = "FILE")]
    runtime_config: Option<PathBuf>,
    /// Spin: the address of the key-value store's Redis from this machine, if it differs from the deployment's
    #[arg(long, value_name = "URL")]
    redis_url: Option<String>,
}

impl Deployment {
    /// True if any of the flags is set.
    pub const fn is_named(&self) -> bool {
        self.manifest.is_some() || self.state.is_some() || self.runtime_config.is_some() || self.redis_url.is_some()
    }

    /// The manifest's path.
    pub fn manifest(&self) -> &Path {
        self.manifest.as_deref().unwrap_or(Path::new("spin.toml"))
    }
}

/// The key-value store `default` of a deployment.
#[derive(Debug)]
pub enum Store {
    /// Spin's own store: an SQLite file.
    File(File),
    /// A Redis server.
    Redis(Server),
}

impl Store {
    /// The store of `deployment`; not opened yet.
    pub fn find(deployment: &Deployment) -> Result<Self, SpinFailure> {
        Ok(match Place::of(deployment)? {
            Place::File(path) => Self::File(File::new(path)),
            Place::Redis(url) => Self::Redis(Server::new(&url)?),
        })
    }

    /// The store's name for people, without a password.
    pub fn label(&self) -> String {
        match self {
            Self::File(file) => file.label(),
            Self::Redis(server) => server.label(),
        }
    }

    /// True if the store is a file that does not exist yet.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::File(file) if file.is_absent())
    }

    /// Writes `records` and then `standing`, so that no gateway follows a head to missing records.
    pub fn put(&self, records: &[(String, Vec<u8>)], standing: &[(String, Vec<u8>)]) -> Result<(), SpinFailure> {
        match self {
            Self::File(file) => file.put(records.iter().chain(standing)),
            Self::Redis(server) => server.put(records, standing),
        }
    }

    /// The value of `key`; `None` if it is missing.
    pub fn value(&self, key: &str) -> Result<Option<Vec<u8>>, SpinFailure> {
        match self {
            Self::File(file) => file.value(key),
            Self::Redis(server) => server.value(key),
        }
    }
}
