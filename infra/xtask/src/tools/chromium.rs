//! Chromium, which the demo drives as a person's browser.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::debian;

/// The names that it has on a `PATH`, Google's own included.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Its places on macOS.
const APPLICATIONS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// The path of Chromium: the value of `CHROMIUM`, an installed one, or Debian's, which is installed if possible. `None`
/// if there is none, or if `CHROMIUM` is empty: it is large, and only one part of the demo needs it.
pub fn chromium() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return (!named.is_empty()).then(|| named.into());
    }
    installed().or_else(|| {
        let has_apt = Command::new("apt-get").arg("--version").stdout(Stdio::null()).status().is_ok();
        if has_apt && debian("chromium").is_ok() { installed() } else { None }
    })
}

fn installed() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    on_path.chain(APPLICATIONS.iter().map(Path::new).map(Path::to_owned)).find(|program| program.is_file())
}
