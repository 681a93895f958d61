//! Output: prints results and writes files.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use clap::ValueEnum;
use registry::legible::legible_json;
use serde::Serialize;

use crate::failure::Failure;

pub use registry::legible::{legible, legible_lines};

/// The output format of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text, for people
    Text,
    /// One JSON document, for programs
    Json,
}

/// The version of every JSON document of the command. Within one version, members are only added.
const VERSION: u32 = 1;

/// An object with its version as first member.
#[derive(Serialize)]
struct Versioned<'a, T> {
    version: u32,
    #[serde(flatten)]
    document: &'a T,
}

/// Prints one JSON document: the members of `document`, an object, after `version`.
pub fn print_json<T: Serialize>(document: &T) -> Result<(), Failure> {
    println!("{}", legible_json(&serde_json::to_string_pretty(&Versioned { version: VERSION, document })?));
    Ok(())
}

/// As [`print_json`], on one line, for a series of documents.
pub fn json_line<T: Serialize>(document: &T) -> Result<String, Failure> {
    Ok(legible_json(&serde_json::to_string(&Versioned { version: VERSION, document })?))
}

/// Writes a file; creates its folders if they are missing.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(|cause| Failure::Write { path: path.to_owned(), cause })
}

/// Creates a file with mode 0600; fails if it exists.
pub fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|cause| Failure::Write { path: path.to_owned(), cause })
}
