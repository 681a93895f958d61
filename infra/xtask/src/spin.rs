//! The program that runs components: the `spin` on the `PATH`, or the test host if there is none.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    command::{Fault, linting_cargo, output, program, root, run as run_program, target},
    tools,
};

/// The crate and program of the test host, which replaces Spin.
pub const TEST_HOST: &str = "spin-test-host";

/// The profile of the test host: quick to build, slow to compile components, which it does once.
pub const PROFILE: &str = "test-host";

/// The profile of a test host that is measured: as fast as Spin.
pub const MEASURED: &str = "measured";

/// The first version of Spin with WASI 0.3, which the components are made for.
const SPIN: u32 = 4;

/// The key of an artefact's path in spin.toml.
const SOURCE: &str = "source";

/// A program that takes the options of `spin up`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// The program and its first arguments, which come before the options.
    pub command: Vec<PathBuf>,
    /// The name for people.
    pub name: &'static str,
}

/// The `spin` on the `PATH` if it is new enough, else the test host of `profile`, built if it is missing.
///
/// # Errors
/// The test host could not be built.
pub fn runner(profile: &str) -> Result<Runner, Fault> {
    let version = output(program("spin").arg("--version")).unwrap_or_default();
    if is_new_enough(&version) {
        return Ok(Runner { command: vec!["spin".into(), "up".into()], name: "Spin" });
    }
    if !version.is_empty() {
        println!("spin: `{}` is not Spin {SPIN} or newer: the test host stands in", version.trim());
    }
    Ok(Runner {
        command: vec![test_host(profile)?, "--end-with-stdin".into()],
        name: "the test host of Spin components",
    })
}

/// The test host, built and linted; a first build takes minutes.
///
/// # Errors
/// It could not be built.
pub fn test_host(profile: &str) -> Result<PathBuf, Fault> {
    run_program(linting_cargo().args(["build", "--quiet", "--profile", profile, "--package", TEST_HOST]))?;
    Ok(target().join(profile).join(tools::executable(TEST_HOST)))
}

/// Reads `spin 4.0.0 (1234567 2026-07-01)`; other programs are called `spin`, too.
fn is_new_enough(version: &str) -> bool {
    let number = version.strip_prefix("spin ").and_then(|rest| rest.split(['.', '-']).next());
    number.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= SPIN)
}

/// Copies spin.toml to `path`, so that publishing may change the copy; its artefacts stay where they are.
///
/// # Errors
/// One of the two files can't be read or written.
pub fn copy_manifest(path: &Path) -> Result<(), Fault> {
    let original = root().join("spin.toml");
    let text = fs::read_to_string(&original).map_err(|source| Fault::File { path: original.clone(), source })?;
    let copy = with_sources_in(&root(), &text).map_err(|error| Fault::Found(format!("spin.toml: {error}")))?;
    fs::write(path, copy).map_err(|source| Fault::File { path: path.to_owned(), source })
}

/// The manifest with sources that begin at `folder`.
fn with_sources_in(folder: &Path, manifest: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut manifest: toml::Table = manifest.parse()?;
    let components = manifest.get_mut("component").and_then(toml::Value::as_table_mut).ok_or("no component")?;
    for component in components.iter_mut().filter_map(|(_, component)| component.as_table_mut()) {
        if let Some(toml::Value::String(source)) = component.get_mut(SOURCE) {
            *source = folder.join(source.as_str()).to_string_lossy().into_owned();
        }
    }
    Ok(toml::to_string(&manifest)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_spin_that_knows_the_components_is_used() {
        assert!(is_new_enough("spin 4.0.0 (1234567 2026-07-01)\n"), "the first version should do");
        assert!(is_new_enough("spin 4.1.0-pre0 (1234567 2026-07-01)\n"), "so should what comes after it");
        assert!(!is_new_enough("spin 3.6.0 (1234567 2025-11-01)\n"), "an older one has no WASI 0.3");
        for other in ["Spin Version 6.5.1 -- 31 July 2020", ""] {
            assert!(!is_new_enough(other), "`{other}` is another program, or none");
        }
    }

    #[test]
    fn artefacts_of_a_copied_manifest_stay_where_they_are() {
        let copy = with_sources_in(Path::new("/repository"), "[component.a]\nsource = \"x/a.wasm\"\nkeep = 1\n");
        let copy: toml::Table = copy.expect("it is a manifest").parse().expect("the copy is one, too");
        assert_eq!(copy["component"]["a"][SOURCE].as_str(), Some("/repository/x/a.wasm"));
        assert_eq!(copy["component"]["a"]["keep"].as_integer(), Some(1), "everything else should stay");
    }

    #[test]
    fn spin_toml_names_two_artefacts() {
        let place = root().join("target/spin-manifest-test.toml");
        copy_manifest(&place).expect("the manifest should be copied");
        let copy = fs::read_to_string(&place).expect("the copy should be there");
        fs::remove_file(place).expect("the copy should go away");
        assert_eq!(copy.matches("_spin.wasm").count(), 2, "the gateway's and the ledger's:\n{copy}");
    }
}
