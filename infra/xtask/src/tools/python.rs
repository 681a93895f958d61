//! A Python with the official MCP SDK in it, in a virtual environment of its own under `target/tools`.

use std::{fs, path::PathBuf};

use super::{debian, watched};
use crate::command::{Fault, program, root};

/// Every package that the SDK is made of, pinned.
const REQUIREMENTS: &str = "tests/conformance/clients/requirements.txt";

/// The environment's Python, after `pip install` if the requirements have changed since the last installation.
///
/// # Errors
/// `python3`, its module `venv`, or the packages could not be installed.
pub fn python() -> Result<PathBuf, Fault> {
    let (folder, requirements) = (root().join("target/tools/python"), root().join(REQUIREMENTS));
    let (python, stamp) = (folder.join("bin/python"), folder.join("installed-requirements.txt"));
    let wanted = fs::read(&requirements).map_err(|source| Fault::File { path: requirements.clone(), source })?;
    if fs::read(&stamp).ok().as_ref() == Some(&wanted) {
        return Ok(python);
    }
    let mut environment = program("python3");
    environment.args(["-m", "venv", "--clear"]).arg(&folder);
    if watched("a Python environment", None, &mut environment).is_err() {
        debian("python3-venv")?;
        watched("a Python environment", None, &mut environment)?;
    }
    let mut install = program(&python);
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(&requirements);
    watched("the official Python SDK", None, &mut install)?;
    fs::write(&stamp, wanted).map_err(|source| Fault::File { path: stamp, source })?;
    Ok(python)
}
