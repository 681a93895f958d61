//! The folder of one run: the registry with this run's ports, the keys, and the state of the host.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::places::{Place, relocate};
use crate::command::Fault;

/// A folder in `target` that is made anew in every run.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Empties the folder and copies the registry into it, with this run's ports in place of the usual ones.
    pub fn make(path: &Path, registry: &Path, places: &[Place]) -> Result<Self, Fault> {
        match fs::remove_dir_all(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(Fault::File { path: path.to_owned(), source });
            }
            _ => {}
        }
        let folder = Self { path: path.to_owned() };
        create(path)?;
        private(path)?;
        create(&folder.path("state"))?;
        copy(registry, &folder.path("registry"), places)?;
        Ok(folder)
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file in it.
    pub fn write(&self, name: &str, text: &str) -> Result<(), Fault> {
        let path = self.path(name);
        fs::write(&path, text).map_err(|source| Fault::File { path, source })
    }
}

fn create(path: &Path) -> Result<(), Fault> {
    fs::create_dir_all(path).map_err(|source| Fault::File { path: path.to_owned(), source })
}

/// Makes the folder readable for its owner only: it holds keys.
#[cfg(unix)]
fn private(path: &Path) -> Result<(), Fault> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        .map_err(|source| Fault::File { path: path.to_owned(), source })
}

/// Systems without Unix permissions keep a user's folders private by default.
#[cfg(not(unix))]
fn private(_: &Path) -> Result<(), Fault> {
    Ok(())
}

fn copy(from: &Path, to: &Path, places: &[Place]) -> Result<(), Fault> {
    create(to)?;
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| Fault::File { path, source }
    };
    for entry in fs::read_dir(from).map_err(fault(from))? {
        let entry = entry.map_err(fault(from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target, places)?;
        } else {
            let text = fs::read_to_string(&source).map_err(fault(&source))?;
            fs::write(&target, relocate(places, &text)).map_err(fault(&target))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::root;

    #[test]
    fn registry_names_the_ports_of_the_run() {
        let place = root().join("target/demo-folder-test");
        let elsewhere: Vec<_> = (8787..8794).zip(40_001..).map(|(usual, port)| Place::new(usual, port)).collect();
        let folder =
            Folder::make(&place, &root().join("tests/demo/registry"), &elsewhere).expect("the folder should be made");
        let read = |name: &str| fs::read_to_string(folder.path(name)).expect("the file should be there");
        let gateway = read("registry/gateway.toml");
        let origins =
            ["documents", "tickets", "everything", "leave"].map(|name| read(&format!("registry/origins/{name}.toml")));
        fs::remove_dir_all(place).expect("the folder should go away");
        for address in ["http://127.0.0.1:40001", "http://127.0.0.1:40003/jwks"] {
            assert!(gateway.contains(address), "gateway.toml should name {address}");
        }
        for (origin, port) in origins.iter().zip(40_004..) {
            assert!(origin.contains(&format!("http://127.0.0.1:{port}/mcp")), "the origin's file should name its port");
        }
        let all = format!("{gateway}{}", origins.concat());
        for usual in 8787..8794 {
            assert!(!all.contains(&format!(":{usual}")), "port {usual} should be named no longer");
        }
    }
}
