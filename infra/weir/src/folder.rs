//! Folder: the files of a registry folder as texts by path.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use registry::document::is_read;
use registry::fault::{Fault, Severity};
use registry::folder::{Checked, check};
use registry::source::Source;

use crate::failure::Failure;

/// Reads and checks the folder at `root`.
pub fn checked(root: &Path) -> Result<Checked, Failure> {
    let mut files = Files::default();
    files.add(root, "")?;
    let mut checked = check(&files.texts);
    checked.faults.extend(files.faults);
    checked.faults.sort();
    Ok(checked)
}

/// As [`checked`], and its warnings and errors are printed; a folder with errors fails.
pub fn sound(root: &Path) -> Result<Checked, Failure> {
    let checked = checked(root)?;
    print_faults(&checked.faults);
    if checked.snapshot().is_none() { Err(Failure::Faults) } else { Ok(checked) }
}

/// Prints faults for people.
pub fn print_faults(faults: &[Fault]) {
    for fault in faults {
        eprintln!("{fault}");
    }
}

/// The files and faults of a folder.
#[derive(Default)]
struct Files {
    /// Text files by path in the registry.
    texts: BTreeMap<String, String>,
    /// Files that aren't text.
    faults: Vec<Fault>,
}

impl Files {
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
            let failed = |cause: io::Error| Failure::Read { path: path.clone(), cause };
            let is_folder = fs::metadata(&path).map_err(failed)?.is_dir();
            let file = if is_folder { format!("{prefix}{name}/") } else { format!("{prefix}{name}") };
            match (is_read(&file), is_folder) {
                (true, true) => self.add(&path, &file)?,
                (true, false) => self.add_file(file, fs::read(&path).map_err(failed)?),
                (false, _) => {
                    self.texts.insert(file, String::new());
                }
            }
        }
        Ok(())
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
                let message = "the file is not UTF-8 text".to_owned();
                self.faults.push(Fault { place, severity: Severity::Error, message, help: None });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_that_is_not_text_is_a_fault_at_its_first_wrong_byte() {
        let mut files = Files::default();
        files.add_file("gateway.toml".to_owned(), b"url = 1\n# \xff".to_vec());
        let shown: Vec<String> = files.faults.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["gateway.toml:2:3: error: the file is not UTF-8 text"]);
        assert!(files.texts.is_empty(), "it should not be read as if it were");
    }
}
