//! Finds the key-value store of a deployment by the rules of Spin.
//!
//! ```toml
//! state_dir = "/state"                       # optional: else `.spin` beside the manifest
//!
//! [key_value_store.default]                  # optional: else `sqlite_key_value.db` in the state folder
//! type = "redis"                             # or "spin", with `path`, relative to this file
//! url = "redis://redis:6379"
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Deployment;
use super::failure::SpinFailure;

/// Spin's name for the store that a component gets without further configuration.
pub const STORE: &str = "default";

/// Spin's name for the file of that store.
const FILE: &str = "sqlite_key_value.db";

/// Spin's name for the state folder beside a manifest.
const STATE: &str = ".spin";

/// The place of the store `default`.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// An SQLite file.
    File(PathBuf),
    /// The Redis at this address, which may carry a password.
    Redis(String),
}

/// The members of a runtime configuration that name the store; others are ignored.
#[derive(Debug, Default, Deserialize)]
struct RuntimeConfig {
    state_dir: Option<PathBuf>,
    #[serde(default)]
    key_value_store: BTreeMap<String, StoreConfig>,
}

#[derive(Debug, Deserialize)]
struct StoreConfig {
    #[serde(rename = "type")]
    kind: String,
    path: Option<PathBuf>,
    url: Option<String>,
}

impl Place {
    /// The place according to the flags and the runtime configuration; flags have precedence.
    pub fn of(deployment: &Deployment) -> Result<Self, SpinFailure> {
        let path = deployment.runtime_config.as_deref();
        let mut config = path.map(read).transpose()?.unwrap_or_default();
        let configured = path.zip(config.key_value_store.remove(STORE));
        if let Some(url) = &deployment.redis_url {
            return match configured {
                Some((path, store)) if store.kind != "redis" => Err(SpinFailure::Elsewhere { path: path.to_owned() }),
                _ => Ok(Self::Redis(url.clone())),
            };
        }
        match configured {
            Some((path, store)) => store.place(path),
            None => {
                let state = deployment.state.clone().or(config.state_dir);
                let state = state.unwrap_or_else(|| deployment.manifest().with_file_name(STATE));
                // An empty path means no state folder.
                if state.as_os_str().is_empty() { Err(SpinFailure::Memory) } else { Ok(Self::File(state.join(FILE))) }
            }
        }
    }
}

impl StoreConfig {
    /// The place according to this table of the runtime configuration at `config`.
    fn place(self, config: &Path) -> Result<Place, SpinFailure> {
        let wrong = |cause: &str| SpinFailure::RuntimeConfig { path: config.to_owned(), cause: cause.to_owned() };
        match (self.kind.as_str(), self.path, self.url) {
            ("spin", Some(path), _) => Ok(Place::File(config.with_file_name(path))),
            ("spin", None, _) => Err(SpinFailure::Memory),
            ("redis", _, Some(url)) => Ok(Place::Redis(url)),
            ("redis", _, None) => Err(wrong("`[key_value_store.default]` has no `url`")),
            _ => Err(SpinFailure::Kind { path: config.to_owned(), kind: self.kind }),
        }
    }
}

fn read(path: &Path) -> Result<RuntimeConfig, SpinFailure> {
    let wrong = |cause: String| SpinFailure::RuntimeConfig { path: path.to_owned(), cause };
    let text = fs::read_to_string(path).map_err(|cause| wrong(cause.to_string()))?;
    // The parser's full text shows the line, which may hold a password.
    toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(state: Option<&str>, runtime_config: Option<PathBuf>, redis_url: Option<&str>) -> Deployment {
        Deployment {
            manifest: Some(PathBuf::from("app/spin.toml")),
            state: state.map(PathBuf::from),
            runtime_config,
            redis_url: redis_url.map(str::to_owned),
        }
    }

    /// The place of a deployment with this runtime configuration, relative to its folder.
    fn place(text: &str, state: Option<&str>, redis_url: Option<&str>) -> Result<Place, String> {
        let number = std::thread::current().id();
        let folder = std::env::temp_dir().join(format!("weir-place-{}-{number:?}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder can be made");
        let path = folder.join("runtime-config.toml");
        fs::write(&path, text).expect("a file is written");
        let found = Place::of(&deployment(state, Some(path), redis_url));
        fs::remove_dir_all(&folder).expect("the folder goes away");
        match found {
            Ok(Place::File(file)) => Ok(Place::File(file.strip_prefix(&folder).map(Path::to_owned).unwrap_or(file))),
            other => other.map_err(|failure| failure.to_string()),
        }
    }

    fn file(path: &str) -> Result<Place, String> {
        Ok(Place::File(PathBuf::from(path)))
    }

    #[test]
    fn state_is_beside_manifest_by_default() {
        assert_eq!(
            Place::of(&deployment(None, None, None)).ok(),
            Some(Place::File(PathBuf::from("app/.spin/sqlite_key_value.db")))
        );
        assert_eq!(place("", None, None), file("app/.spin/sqlite_key_value.db"));
        assert_eq!(place("state_dir = \"/state\"", None, None), file("/state/sqlite_key_value.db"));
        assert_eq!(
            place("state_dir = \"/state\"", Some("/other"), None),
            file("/other/sqlite_key_value.db"),
            "the flag should win, as it does for Spin"
        );
    }

    #[test]
    fn runtime_configuration_names_the_place() {
        let spin = "[key_value_store.default]\ntype = \"spin\"\npath = \"records.db\"\n[key_value_store.other]\ntype = \"azure_cosmos\"\n";
        assert_eq!(place(spin, Some("/state"), None), file("records.db"), "a path is relative to its file");
        assert_eq!(place(&spin.replace("records.db", "/a/b.db"), None, None), file("/a/b.db"));
        let redis = "[key_value_store.default]\ntype = \"redis\"\nurl = \"redis://:secret@redis:6379/1\"\n";
        assert_eq!(place(redis, None, None), Ok(Place::Redis("redis://:secret@redis:6379/1".to_owned())));
    }

    #[test]
    fn redis_flag_replaces_address_of_redis_only() {
        let url = "redis://127.0.0.1:16379";
        let redis = "[key_value_store.default]\ntype = \"redis\"\nurl = \"redis://redis:6379\"\n";
        for text in [redis, ""] {
            assert_eq!(place(text, None, Some(url)), Ok(Place::Redis(url.to_owned())));
        }
        let spin = "[key_value_store.default]\ntype = \"spin\"\npath = \"records.db\"\n";
        assert!(
            place(spin, None, Some(url))
                .is_err_and(|error| error.contains("keeps the key-value store `default` elsewhere"))
        );
    }

    #[test]
    fn store_in_memory_is_refused() {
        for (text, state) in
            [("[key_value_store.default]\ntype = \"spin\"\n", None), ("state_dir = \"\"", None), ("", Some(""))]
        {
            assert!(place(text, state, None).is_err_and(|error| error.contains("in its memory")), "{text} {state:?}");
        }
    }

    #[test]
    fn faulty_runtime_configuration_is_explained_without_its_lines() {
        for (text, cause) in [
            ("[key_value_store.default]\ntype = \"redis\"\n", "`[key_value_store.default]` has no `url`"),
            ("[key_value_store.default]\nurl = \"redis://:secret@a\"\n", "missing field `type`"),
            ("[key_value_store.default]\ntype = \"redis\"\nurl = secret", "string values must be quoted"),
        ] {
            let error = place(text, None, None).expect_err("the file should be refused");
            assert!(error.contains(cause) && !error.contains("secret"), "{error}");
        }
    }
}
