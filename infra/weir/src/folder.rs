//! Folder: the files of a registry folder as texts by path.
//!
//! A folder may come from a stranger's branch: only regular files inside of it are read, and no more of each than the
//! registry takes. A link may lead to another place in the folder (a Kubernetes volume has such links), and nowhere
//! else, because faults quote what they read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use registry::document::accepted::AcceptedWarning;
use registry::document::{ACCEPTED_FILE, FILE_BYTES, first_place, is_read};
use registry::fault::{Fault, Severity, any_error};
use registry::folder::{CheckedFolder, check_on};
use registry::source::Source;

use crate::clock;
use crate::failure::Failure;

/// Reads and checks the folder at `root`.
pub fn checked(root: &Path) -> Result<CheckedFolder, Failure> {
    Files::read(root)?.check()
}

/// Reads and checks the folder at `root` as if `file` had this text.
pub fn checked_with(root: &Path, file: &str, text: &str) -> Result<CheckedFolder, Failure> {
    let mut files = Files::read(root)?;
    files.texts.insert(file.to_owned(), text.to_owned());
    files.check()
}

/// As [`checked`], and its faults are printed; a folder with errors fails.
pub fn without_errors(root: &Path) -> Result<CheckedFolder, Failure> {
    printed(checked(root)?)
}

/// As [`without_errors`]; a folder with warnings that `accepted.toml` doesn't accept fails too. A warning that only the
/// date brings doesn't count: the records have to be renewed, also on the day after a review was due.
pub fn sound(root: &Path) -> Result<CheckedFolder, Failure> {
    let files = Files::read(root)?;
    let checked = printed(files.check()?)?;
    if checked.faults.iter().any(|fault| fault.severity == Severity::Warning) {
        let undated = check_on(&files.texts, None).faults;
        let standing = checked.faults.iter().filter(|fault| undated.contains(fault)).cloned().collect::<Vec<_>>();
        refuse_warnings(&standing)?;
    }
    Ok(checked)
}

fn printed(checked: CheckedFolder) -> Result<CheckedFolder, Failure> {
    print_faults(&checked.faults);
    if any_error(&checked.faults) { Err(Failure::Faults) } else { Ok(checked) }
}

/// Fails if any of `faults` is a warning, and prints the entries that would accept them.
pub fn refuse_warnings(faults: &[Fault]) -> Result<(), Failure> {
    let warnings: Vec<&Fault> = faults.iter().filter(|fault| fault.severity == Severity::Warning).collect();
    if warnings.is_empty() {
        return Ok(());
    }
    eprintln!("\nTo accept a warning, write why into {ACCEPTED_FILE}:");
    for warning in &warnings {
        let text = |text: &str| toml::Value::from(text).to_string();
        let (file, message) = (text(&warning.place.file), text(&warning.message));
        eprintln!("\n[[warnings]]\nfile = {file}\nwarning = {message}\nreason = \"\"");
    }
    eprintln!();
    Err(Failure::Warnings(warnings.len()))
}

/// Prints faults to standard error, as the reason why a command fails.
pub fn print_faults(faults: &[Fault]) {
    for fault in faults {
        eprintln!("{fault}");
    }
}

/// Prints accepted warnings to standard output, for people.
pub fn print_accepted(accepted: &[AcceptedWarning]) {
    for AcceptedWarning { fault, reason } in accepted {
        println!("{}: accepted: {}\n  reason: {}", fault.place, fault.message, registry::legible::legible(reason));
    }
}

/// The path without links.
fn real_path(path: &Path) -> Result<PathBuf, Failure> {
    fs::canonicalize(path).map_err(|cause| Failure::Read { path: path.to_owned(), cause })
}

/// The files and faults of a folder.
struct Files {
    /// The folder's own path, without links.
    root: PathBuf,
    /// Text files by path in the registry.
    texts: BTreeMap<String, String>,
    /// Files that aren't text.
    faults: Vec<Fault>,
}

impl Files {
    fn read(root: &Path) -> Result<Self, Failure> {
        let mut files = Self { root: real_path(root)?, texts: BTreeMap::new(), faults: Vec::new() };
        files.add(root, "")?;
        files.faults.sort();
        Ok(files)
    }

    fn check(&self) -> Result<CheckedFolder, Failure> {
        let mut checked = check_on(&self.texts, Some(&audit::time::date(clock::now_ms()?)));
        // A file that can't be read is the cause of entries that are missing.
        checked.faults.splice(0..0, self.faults.iter().cloned());
        Ok(checked)
    }

    /// Adds the files of `folder`, whose path in the registry is `prefix`. A file that the registry doesn't read is
    /// added without its text, and a folder that it doesn't read as one path that ends with `/`: both are faults unless
    /// they are hidden or `*.md`.
    fn add(&mut self, folder: &Path, prefix: &str) -> Result<(), Failure> {
        let failed = |cause: io::Error| Failure::Read { path: folder.to_owned(), cause };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if name.starts_with('.') {
                continue;
            }
            let Some((path, is_folder)) = self.inside(&path, &format!("{prefix}{name}"))? else {
                continue;
            };
            let file = if is_folder { format!("{prefix}{name}/") } else { format!("{prefix}{name}") };
            match (is_read(&file), is_folder) {
                (true, true) => self.add(&path, &file)?,
                (true, false) => {
                    let bytes = read(&path).map_err(|cause| Failure::Read { path: path.clone(), cause })?;
                    self.add_file(file, bytes);
                }
                (false, _) => {
                    self.texts.insert(file, String::new());
                }
            }
        }
        Ok(())
    }

    /// The path behind all links, and true for a folder; `None`, and a fault, for what isn't read.
    fn inside(&mut self, path: &Path, file: &str) -> Result<Option<(PathBuf, bool)>, Failure> {
        let failed = |cause: io::Error| Failure::Read { path: path.to_owned(), cause };
        let is_link = fs::symlink_metadata(path).map_err(failed)?.is_symlink();
        let target = if is_link { fs::canonicalize(path).ok() } else { Some(path.to_owned()) };
        let Some(target) = target.filter(|target| !is_link || target.starts_with(&self.root)) else {
            self.refuse(file, "a link out of the folder is not followed", "put the file itself here");
            return Ok(None);
        };
        let kind = fs::symlink_metadata(&target).map_err(failed)?;
        // Opening a pipe would wait for a writer.
        if !kind.is_dir() && !kind.is_file() {
            self.refuse(file, "this is neither a file nor a folder", "move it out of the registry");
            return Ok(None);
        }
        Ok(Some((target, kind.is_dir())))
    }

    fn refuse(&mut self, file: &str, message: &str, help: &str) {
        self.faults.push(Fault::new(Severity::Error, &first_place(file), message, Some(help)));
    }

    fn add_file(&mut self, file: String, bytes: Vec<u8>) {
        match String::from_utf8(bytes) {
            Ok(text) => {
                self.texts.insert(file, text);
            }
            Err(error) => {
                let sound = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
                let text = String::from_utf8_lossy(sound);
                let place = Source::new(&file, &text).place(text.len());
                self.faults.push(Fault::new(Severity::Error, &place, "the file is not UTF-8 text", None));
            }
        }
    }
}

/// Reads at most one byte more than the registry takes, which it then refuses as too large.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(FILE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_that_is_not_text_is_a_fault_at_its_first_wrong_byte() {
        let mut files = Files { root: PathBuf::new(), texts: BTreeMap::new(), faults: Vec::new() };
        files.add_file("gateway.toml".to_owned(), b"url = 1\n# \xff".to_vec());
        let shown: Vec<String> = files.faults.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["gateway.toml:2:3: error: the file is not UTF-8 text"]);
        assert!(files.texts.is_empty(), "it should not be read as if it were");
    }
}
