//! Spin: the key-value store that a deployment reads, and the manifest that says what its gateway may call.

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

/// Which deployment.
#[derive(Debug, Args)]
pub struct Deployment {
    /// Spin: the app's manifest; its state is in .spin beside it [default: spin.toml]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Spin: the state folder, as `spin up --state-dir` names it
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Spin: the runtime configuration, as `spin up --runtime-config-file` names it
    #[arg(long, value_name = "FILE")]
    runtime_config: Option<PathBuf>,
    /// Spin: the Redis of the key-value store, where it has another address from here than from the deployment
    #[arg(long, value_name = "URL")]
    redis_url: Option<String>,
}

impl Deployment {
    /// Whether any of the flags is there.
    pub const fn is_named(&self) -> bool {
        self.manifest.is_some() || self.state.is_some() || self.runtime_config.is_some() || self.redis_url.is_some()
    }

    /// The manifest.
    pub fn manifest(&self) -> &Path {
        self.manifest.as_deref().unwrap_or(Path::new("spin.toml"))
    }
}

/// The key-value store `default` of a deployment.
#[derive(Debug)]
pub enum Store {
    /// Spin's own: a file of SQLite.
    File(File),
    /// A Redis.
    Redis(Server),
}

impl Store {
    /// The store that `deployment` reads. Nothing is opened yet.
    pub fn find(deployment: &Deployment) -> Result<Self, SpinFailure> {
        Ok(match Place::of(deployment)? {
            Place::File(path) => Self::File(File::new(path)),
            Place::Redis(url) => Self::Redis(Server::new(&url)?),
        })
    }

    /// What people call it; never with a password.
    pub fn described(&self) -> String {
        match self {
            Self::File(file) => file.described(),
            Self::Redis(server) => server.described(),
        }
    }

    /// Puts `records` and then `standing`, so that no gateway follows a head to records that aren't there.
    pub fn put(&self, records: &[(String, Vec<u8>)], standing: &[(String, Vec<u8>)]) -> Result<(), SpinFailure> {
        match self {
            Self::File(file) => file.put(records.iter().chain(standing)),
            Self::Redis(server) => server.put(records, standing),
        }
    }

    /// The bytes under `key`; `None` when nothing is there.
    pub fn value(&self, key: &str) -> Result<Option<Vec<u8>>, SpinFailure> {
        match self {
            Self::File(file) => file.value(key),
            Self::Redis(server) => server.value(key),
        }
    }
}
