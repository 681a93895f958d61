//! The files that are written by hand.

use std::{fs, path::Path};

use crate::command::Fault;

/// Folders with generated files.
const MADE_BY_TOOLS: &[&str] = &["target", "node_modules", ".git", ".wrangler", "build"];

/// Endings of files that are checked.
const KINDS: &[&str] = &["rs", "mjs", "js", "ts", "html", "css", "toml", "cedar", "md", "sh"];

/// One file.
#[derive(Debug)]
pub struct Source {
    /// Its path from the root, with `/`.
    pub path: String,
    pub text: String,
}

impl Source {
    /// A file with this text.
    #[cfg(test)]
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// True for a Rust file.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// Every hand-written file under `root`, in the order of paths.
pub fn walk(root: &Path) -> Result<Vec<Source>, Fault> {
    let mut sources = Vec::new();
    read(root, "", &mut sources)?;
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(sources)
}

fn read(folder: &Path, prefix: &str, sources: &mut Vec<Source>) -> Result<(), Fault> {
    let fault = |source| Fault::File { path: folder.to_path_buf(), source };
    for entry in fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(fault)?;
        if kind.is_dir() {
            if !MADE_BY_TOOLS.contains(&name.as_str()) {
                read(&entry.path(), &format!("{path}/"), sources)?;
            }
        } else if kind.is_file() && name.rsplit_once('.').is_some_and(|(_, kind)| KINDS.contains(&kind)) {
            let text = fs::read_to_string(entry.path()).map_err(|source| Fault::File { path: entry.path(), source })?;
            sources.push(Source { path, text });
        }
    }
    Ok(())
}

/// The median of the lengths of the Rust files.
pub fn median_lines(sources: &[Source]) -> usize {
    let mut lines: Vec<usize> =
        sources.iter().filter(|source| source.is_rust()).map(|source| source.text.lines().count()).collect();
    lines.sort_unstable();
    lines.get(lines.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walk_finds_this_file_and_no_generated_one() {
        let sources = walk(&crate::command::root()).expect("the repository should be readable");
        assert!(
            sources.iter().any(|source| source.path == "infra/xtask/src/tidy/source.rs"),
            "the walk should find this very file"
        );
        assert!(
            !sources.iter().any(|source| source.path.contains("node_modules/") || source.path.starts_with("target/")),
            "what tools made should be left out"
        );
    }

    #[test]
    fn median_counts_rust_only() {
        let sources = [
            Source::new("a.rs", "1\n"),
            Source::new("b.rs", "1\n2\n3\n"),
            Source::new("c.rs", "1\n2\n3\n4\n5\n"),
            Source::new("d.md", "\n\n\n\n\n\n\n\n\n\n\n\n"),
        ];
        assert_eq!(median_lines(&sources), 3);
    }
}
