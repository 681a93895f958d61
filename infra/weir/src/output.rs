//! Output: for people or for programs.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use clap::ValueEnum;
use serde::Serialize;

use crate::failure::Failure;

/// How a command shows what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: one JSON document
    Json,
}

/// Prints one JSON document.
pub fn print_json<T: Serialize>(value: &T) -> Result<(), Failure> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Writes a file and the folders it is in.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(|cause| Failure::Write { path: path.to_owned(), cause })
}

/// Writes a file that must not be there yet and that only its owner may read.
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

/// Text of somebody else's without what a terminal would obey.
pub fn legible(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
