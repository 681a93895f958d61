//! Python programs with all of their packages, each in a virtual environment of its own under `target/tools`.

use std::{fs, path::PathBuf};

use super::{debian, watched};
use crate::command::{Fault, program, root};

/// The Python of the programs in tests/conformance/`name`, whose requirements.txt pins every package; installed again
/// if that file has changed.
///
/// # Errors
/// `python3`, its module `venv`, or the packages could not be installed.
pub fn python(name: &str) -> Result<PathBuf, Fault> {
    let folder = root().join("target/tools/python").join(name);
    let requirements = root().join("tests/conformance").join(name).join("requirements.txt");
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
    watched(&format!("the Python packages of the {name}"), Some("1 minute"), &mut install)?;
    fs::write(&stamp, wanted).map_err(|source| Fault::File { path: stamp, source })?;
    Ok(python)
}
