//! Why the bench stopped.

use std::{io, path::PathBuf};

/// Why the bench stopped.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file could not be read or written.
    #[error("`{path}`: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A subject is gone, or never was there.
    #[error("{0}")]
    Network(#[from] io::Error),
    /// Something else that a sentence says.
    #[error("{0}")]
    Found(String),
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::Found(text)
    }
}
