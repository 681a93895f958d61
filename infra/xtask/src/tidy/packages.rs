//! Packages as `cargo metadata` lists them: the roots of our crates, and the licences and sources of dependencies.
//!
//! `deny.toml` holds the lists, so that cargo-deny and tidy agree.

mod licence;

use std::path::Path;

use serde::Deserialize;

use crate::command::{Fault, cargo, output};

/// The source of every dependency that has no path.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The members of `cargo metadata` that are used here.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    src_path: String,
}

/// The first file of a crate of ours.
#[derive(Debug, PartialEq, Eq)]
pub struct Root {
    /// The package.
    pub package: String,
    /// Its file, from the root of the repository.
    pub file: String,
}

/// The members of `deny.toml` that are used here.
#[derive(Debug, Deserialize)]
struct Deny {
    licenses: Licences,
}

#[derive(Debug, Deserialize)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    package: String,
    allow: Vec<String>,
}

/// Asks cargo for every package of every target, as `Cargo.lock` has them.
pub fn read() -> Result<Metadata, Fault> {
    let text = output(cargo().args(["metadata", "--format-version", "1", "--locked", "--all-features"]))?;
    serde_json::from_str(&text).map_err(|error| Fault::Found(format!("`cargo metadata` can't be read: {error}")))
}

impl Metadata {
    /// The roots of all our crates: libraries, programs and tests, in the order of files. `folder` is the repository's.
    pub fn roots(&self, folder: &Path) -> Vec<Root> {
        let mut roots: Vec<Root> = self
            .packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
            .flat_map(|package| package.targets.iter().map(move |target| (package, target)))
            .filter_map(|(package, target)| {
                let file = Path::new(&target.src_path).strip_prefix(folder).ok()?;
                Some(Root { package: package.name.clone(), file: file.to_string_lossy().replace('\\', "/") })
            })
            .collect();
        roots.sort_by(|left, right| left.file.cmp(&right.file));
        roots
    }

    /// Every package with a licence or a source that `deny`, the text of `deny.toml`, does not allow.
    pub fn faults(&self, deny: &str) -> Vec<String> {
        let deny: Deny = match toml::from_str(deny) {
            Ok(deny) => deny,
            Err(error) => return vec![format!("deny.toml: {error}")],
        };
        let mut faults = Vec::new();
        for package in &self.packages {
            let named = format!("Cargo.lock: `{}` {}", package.name, package.version);
            let exceptions = deny.licenses.exceptions.iter().filter(|exception| exception.package == package.name);
            let allowed: Vec<&str> = deny
                .licenses
                .allow
                .iter()
                .chain(exceptions.flat_map(|exception| &exception.allow))
                .map(String::as_str)
                .collect();
            match &package.license {
                None => faults.push(format!("{named} names no licence")),
                Some(licence) if !licence::is_allowed(licence, &allowed) => {
                    faults.push(format!("{named} has the licence `{licence}`, which deny.toml doesn't allow"));
                }
                Some(_) => {}
            }
            let ours = self.workspace_members.contains(&package.id);
            match package.source.as_deref() {
                Some(CRATES_IO) => {}
                None if ours => {}
                None => faults.push(format!("{named} has a path outside of the workspace")),
                Some(source) => faults.push(format!("{named} comes from `{source}`, not from crates.io")),
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = "[licenses]\nallow = [\"MIT\"]\nexceptions = [{ crate = \"odd\", allow = [\"NCSA\"] }]\n";

    fn package(name: &str, license: Option<&str>, source: Option<&str>) -> Package {
        Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            source: source.map(str::to_owned),
            targets: vec![Target { src_path: format!("/weir/shared/{name}/src/lib.rs") }],
        }
    }

    fn metadata(packages: Vec<Package>) -> Metadata {
        Metadata { packages, workspace_members: vec!["ours".to_owned()] }
    }

    #[test]
    fn licence_and_source_of_each_package_are_checked() {
        let good = metadata(vec![
            package("ours", Some("MIT"), None),
            package("theirs", Some("MIT OR NCSA"), Some(CRATES_IO)),
            package("odd", Some("NCSA"), Some(CRATES_IO)),
        ]);
        assert_eq!(good.faults(DENY), Vec::<String>::new());
        for bad in [
            package("theirs", Some("NCSA"), Some(CRATES_IO)),
            package("theirs", None, Some(CRATES_IO)),
            package("theirs", Some("MIT"), Some("git+https://example.com/theirs")),
            package("theirs", Some("MIT"), None),
        ] {
            let shown = format!("{bad:?}");
            assert_eq!(metadata(vec![bad]).faults(DENY).len(), 1, "{shown} should be found");
        }
    }

    #[test]
    fn roots_are_those_of_our_packages() {
        let metadata = metadata(vec![package("theirs", None, None), package("ours", None, None)]);
        let expected = Root { package: "ours".to_owned(), file: "shared/ours/src/lib.rs".to_owned() };
        assert_eq!(metadata.roots(Path::new("/weir")), [expected]);
    }
}
