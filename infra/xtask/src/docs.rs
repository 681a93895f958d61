//! The manual as Markdown in `docs/`, so that it can be read on a code host.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::command::{Fault, root};

/// The first page of the manual; the folder of its chapters has the same path without `.rs`.
const MANUAL: &str = "shared/gateway/src/manual.rs";

/// The files of a registry folder, whose first lines show every setting; they make one page.
const SETTINGS: [&str; 8] = [
    "gateway",
    "sign_in",
    "origin",
    "credential",
    "credential/authorization_server",
    "virtual_server",
    "quarantine",
    "accepted",
];

/// Their folder.
const SETTINGS_FOLDER: &str = "shared/registry/src/document";

/// The folder of the pages, from the root. Files without the ending `.md` in it are written by hand.
const DOCS: &str = "docs";

/// Writes every page; with `check`, only reports the pages that differ from the manual.
///
/// # Errors
/// A file that can't be read or written; with `check`, a page that differs.
pub fn run(check: bool) -> Result<(), Fault> {
    let root = root();
    if check {
        let stale = stale(&root)?;
        return if stale.is_empty() { Ok(()) } else { Err(Fault::Found(stale.join("\n"))) };
    }
    let pages = pages(&root)?;
    for path in written(&root)?.into_keys().filter(|path| !pages.contains_key(path)) {
        fs::remove_file(root.join(&path)).map_err(|source| Fault::File { path: path.into(), source })?;
    }
    fs::create_dir_all(root.join(DOCS)).map_err(|source| Fault::File { path: DOCS.into(), source })?;
    for (path, text) in &pages {
        fs::write(root.join(path), text).map_err(|source| Fault::File { path: path.into(), source })?;
    }
    println!("docs: {} pages in {DOCS}/", pages.len());
    Ok(())
}

/// Every page in `docs/` that is missing, differs from its chapter, or has no chapter.
pub fn stale(root: &Path) -> Result<Vec<String>, Fault> {
    Ok(differences(&pages(root)?, &written(root)?))
}

fn differences(pages: &BTreeMap<String, String>, written: &BTreeMap<String, String>) -> Vec<String> {
    let missing = pages.iter().filter(|(path, text)| written.get(*path) != Some(text));
    let without_chapter = written.keys().filter(|path| !pages.contains_key(*path));
    let paths = missing.map(|(path, _)| path).chain(without_chapter);
    paths.map(|path| format!("{path}: differs from the manual; run `cargo xtask docs`")).collect()
}

/// The pages as the manual has them now, by their paths from the root.
fn pages(root: &Path) -> Result<BTreeMap<String, String>, Fault> {
    let index = read(&root.join(MANUAL))?;
    let folder = MANUAL.trim_end_matches(".rs");
    let mut chapters = BTreeMap::new();
    for path in files(&root.join(folder), "rs")? {
        chapters.insert(stem(&path), read(&path)?);
    }
    let names: Vec<&str> = chapters.keys().map(String::as_str).collect();
    let mut pages = BTreeMap::from([(format!("{DOCS}/README.md"), markdown(&index, MANUAL, &names))]);
    pages.insert(format!("{DOCS}/settings.md"), settings(root, &names)?);
    for (name, text) in &chapters {
        let page = markdown(text, &format!("{folder}/{name}.rs"), &names);
        pages.insert(format!("{DOCS}/{name}.md"), page);
    }
    Ok(pages)
}

/// The page of all settings: the first lines of each file, one level lower.
fn settings(root: &Path, names: &[&str]) -> Result<String, Fault> {
    let mut page =
        format!("<!-- Made from {SETTINGS_FOLDER} by `cargo xtask docs`: edit these files, not this one. -->\n\n");
    page += "# Settings\n\nEvery setting of a registry folder, with its default or an example.\n";
    for name in SETTINGS {
        let path = format!("{SETTINGS_FOLDER}/{name}.rs");
        let made = markdown(&read(&root.join(&path))?, &path, names);
        let text = made.split_once("\n\n").map_or("", |(_, text)| text);
        page += &format!("\n#{text}");
    }
    Ok(page)
}

/// The pages as they are in `docs/`, by their paths from the root.
fn written(root: &Path) -> Result<BTreeMap<String, String>, Fault> {
    let folder = root.join(DOCS);
    if !folder.exists() {
        return Ok(BTreeMap::new());
    }
    let paths = files(&folder, "md")?;
    paths.iter().map(|path| Ok((format!("{DOCS}/{}.md", stem(path)), read(path)?))).collect()
}

fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Fault> {
    let fault = |source| Fault::File { path: folder.to_path_buf(), source };
    let entries = fs::read_dir(folder).map_err(fault)?;
    let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(fault)?;
    paths.retain(|path| path.extension().is_some_and(|found| found == ending));
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn read(path: &Path) -> Result<String, Fault> {
    fs::read_to_string(path).map_err(|source| Fault::File { path: path.to_path_buf(), source })
}

/// The `//!` text of a file as a Markdown page: `Title: sentence.` becomes a heading and a sentence.
fn markdown(text: &str, source: &str, chapters: &[&str]) -> String {
    let mut page = format!("<!-- Made from {source} by `cargo xtask docs`: edit that file, not this one. -->\n\n");
    let mut fenced = false;
    for (number, line) in text.lines().map_while(|line| line.strip_prefix("//!")).enumerate() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        fenced ^= line.trim_start().starts_with("```");
        match line.split_once(": ").filter(|_| number == 0) {
            Some((title, sentence)) => {
                let (first, rest) = sentence.split_at(sentence.chars().next().map_or(0, char::len_utf8));
                page += &format!("# {title}\n\n{}{}\n", first.to_uppercase(), linked(rest, chapters));
            }
            None if fenced => page += &format!("{line}\n"),
            None => page += &format!("{}\n", linked(line, chapters)),
        }
    }
    page
}

/// A line whose intra-doc links are links to other pages if they name a chapter, and plain text if they don't.
fn linked(line: &str, chapters: &[&str]) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, link)) = rest.split_once('[') {
        text += before;
        let Some((label, after)) = link.split_once(']') else {
            text.push('[');
            rest = link;
            continue;
        };
        let target = after.strip_prefix('(').and_then(|after| after.split_once(')'));
        let (path, after) = target.unwrap_or((label.trim_matches('`'), after));
        let is_code = label.starts_with('`') && label.ends_with('`') && label.len() > 2;
        let name = path.rsplit("::").next().unwrap_or(path);
        // In a table of origins or a policy, brackets are no link.
        if target.is_none() && !is_code {
            text.push('[');
            rest = link;
            continue;
        }
        if path.contains("://") {
            text += &format!("[{label}]({path})");
        } else if chapters.contains(&name) {
            let label = if target.is_some() { label.to_owned() } else { name.replace('_', " ") };
            text += &format!("[{label}]({name}.md)");
        } else {
            text += label;
        }
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapter_becomes_page() {
        let text = "//! Keys: the sets of a deployment.\n//!\n//! See [`super::threats`].\n//!\n//! ```text\n\
                    //!     [`threats`]\n//! ```\n\nfn code() {}\n//! not of the page\n";
        let page = markdown(text, "manual/keys.rs", &["keys", "threats"]);
        let (comment, page) = page.split_once("\n\n").expect("the first line says where the page comes from");
        assert!(comment.contains("manual/keys.rs"), "`{comment}` should name the chapter");
        assert_eq!(
            page,
            "# Keys\n\nThe sets of a deployment.\n\nSee [threats](threats.md).\n\n```text\n    [`threats`]\n```\n"
        );
    }

    #[test]
    fn link_leads_to_chapter_or_is_plain_text() {
        let chapters = ["registry_folder", "threats"];
        for (line, expected) in [
            ("[`registry_folder`]: files", "[registry folder](registry_folder.md): files"),
            ("[the threats](super::threats)", "[the threats](threats.md)"),
            ("[`ports::memory`], `a[0]`", "`ports::memory`, `a[0]`"),
            ("[the scanner](json::Scanner) reads", "the scanner reads"),
            ("[RFC 7523](https://example.com/a)", "[RFC 7523](https://example.com/a)"),
            ("uncomment `[[routes]]`, [not a link", "uncomment `[[routes]]`, [not a link"),
        ] {
            assert_eq!(linked(line, &chapters), expected, "`{line}`");
        }
    }

    #[test]
    fn page_that_differs_is_stale() {
        let of = |pages: &[(&str, &str)]| -> BTreeMap<String, String> {
            pages.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
        };
        let pages = of(&[("docs/keys.md", "new"), ("docs/threats.md", "same")]);
        assert_eq!(differences(&pages, &pages), Vec::<String>::new());
        let written = of(&[("docs/keys.md", "old"), ("docs/threats.md", "same"), ("docs/gone.md", "")]);
        let stale = differences(&pages, &written);
        assert_eq!(stale.len(), 2, "the changed and the left-over page: {stale:?}");
        assert_eq!(differences(&pages, &BTreeMap::new()).len(), 2, "missing pages are stale");
    }
}
