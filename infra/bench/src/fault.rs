//! The errors that stop the bench.

use std::{io, path::PathBuf};

/// An error that stops the bench.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file can't be read or written.
    #[error("`{path}`: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A subject can't be reached.
    #[error("{0}")]
    Network(#[from] io::Error),
    /// Any other error, as a sentence.
    #[error("{0}")]
    Found(String),
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::Found(text)
    }
}
