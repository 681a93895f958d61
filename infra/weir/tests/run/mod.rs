//! Runs `weir` as people and scripts do, in folders that are gone with their test.
#![allow(dead_code, reason = "each binary of tests uses a part of it")]

use std::fs;
use std::io::Write as _;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// `weir` with these arguments, not started.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO_BIN_EXE_weir").expect("cargo sets it"));
    command.args(arguments);
    command
}

/// Runs `weir` with these arguments.
pub fn weir(arguments: &[&str]) -> Output {
    command(arguments).output().expect("weir runs")
}

/// Runs `weir` with `input` on standard input.
pub fn piped(arguments: &[&str], input: &str) -> Output {
    let mut command = command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut weir = command.spawn().expect("weir starts");
    weir.stdin.take().expect("it has an input").write_all(input.as_bytes()).expect("it reads its input");
    weir.wait_with_output().expect("weir ends")
}

/// Standard output.
pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Standard error.
pub fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are text")
}

/// A path below this crate's folder, as cargo names it now: a moved checkout tests itself.
pub fn beside_manifest(path: &str) -> String {
    format!("{}/{path}", std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"))
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the folder is there").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file is copied");
        }
    }
}

/// Replaces `from` by `to` in a file, which must have it.
pub fn replace(file: &Path, from: &str, to: &str) {
    let before = fs::read_to_string(file).expect("the file is there");
    assert!(before.contains(from), "`{from}` should be in {}", file.display());
    fs::write(file, before.replace(from, to)).expect("a file is written");
}

/// A temporary folder, removed with its value.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes an empty folder; `name` tells whose it is.
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("weir-{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a temporary folder can be made");
        Self(path)
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
