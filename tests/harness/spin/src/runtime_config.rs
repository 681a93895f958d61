//! Spin's runtime configuration, the part that this host supports: the storage of the key-value store `default`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use url::Url;

use crate::key_value::{KeyValue, file, file::KeyValueFile, redis::KeyValueRedis};

/// The reason for which a runtime configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeConfigError {
    #[error("{0}: {1}")]
    Unreadable(String, std::io::Error),
    // The parser's message without the line, which may hold a password.
    #[error("{0}: {1}")]
    Malformed(String, String),
    #[error("this host knows `[key_value_store.default]` alone, not `{0}`")]
    Store(String),
}

/// The file. Unknown members are refused, because a test could not see that they have no effect.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeConfig {
    state_dir: Option<PathBuf>,
    #[serde(default)]
    key_value_store: BTreeMap<String, Store>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Store {
    Spin { path: PathBuf },
    Redis { url: Address },
}

/// A URL that is never shown, because it may hold a password.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Secret")]
struct Address(Url);

/// A value of any type, so that no message of the parser shows it.
#[derive(Deserialize)]
struct Secret(String);

impl TryFrom<Secret> for Address {
    type Error = url::ParseError;

    fn try_from(Secret(text): Secret) -> Result<Self, url::ParseError> {
        text.parse().map(Self)
    }
}

impl RuntimeConfig {
    /// Reads the file; its paths are relative to its folder.
    pub fn read(path: &Path) -> Result<Self, RuntimeConfigError> {
        let shown = || path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| RuntimeConfigError::Unreadable(shown(), error))?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|error| RuntimeConfigError::Malformed(shown(), error.message().to_owned()))?;
        if let Some(name) = config.key_value_store.keys().find(|name| *name != "default") {
            return Err(RuntimeConfigError::Store(name.clone()));
        }
        if let Some(Store::Spin { path: kept }) = config.key_value_store.get_mut("default") {
            *kept = path.with_file_name(&*kept);
        }
        Ok(config)
    }

    /// The state folder that it names.
    pub fn state(&self) -> Option<PathBuf> {
        self.state_dir.clone()
    }

    /// The storage: a file in the state folder unless the configuration names a server.
    pub fn key_value(&self, state: &Path) -> KeyValue {
        match self.key_value_store.get("default") {
            None => KeyValue::File(KeyValueFile::new(state.join(file::NAME))),
            Some(Store::Spin { path }) => KeyValue::File(KeyValueFile::new(path.clone())),
            Some(Store::Redis { url: Address(url) }) => KeyValue::Redis(Arc::new(KeyValueRedis::new(url.clone()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<RuntimeConfig, RuntimeConfigError> {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("runtime-config.toml");
        std::fs::write(&path, text).expect("the folder should take a file");
        RuntimeConfig::read(&path)
    }

    #[test]
    fn configured_redis_is_used() {
        let config = read("[key_value_store.default]\ntype = \"redis\"\nurl = \"redis://127.0.0.1:6379\"");
        let config = config.expect("Spin knows this");
        assert!(matches!(config.key_value(Path::new("state")), KeyValue::Redis(_)), "the store should be in Redis");
        let default = RuntimeConfig::default().key_value(Path::new("state"));
        assert!(matches!(default, KeyValue::File(_)), "without a configuration it is a file");
    }

    #[test]
    fn unsupported_settings_are_refused() {
        for text in [
            "[key_value_store.other]\ntype = \"redis\"\nurl = \"redis://127.0.0.1\"",
            "[key_value_store.default]\ntype = \"azure_cosmos\"",
            "[sqlite_database.default]\ntype = \"libsql\"",
            "[key_value_store.default]\ntype = \"redis\"",
        ] {
            assert!(read(text).is_err(), "`{text}` should be refused");
        }
    }

    #[test]
    fn password_stays_out_of_messages() {
        let error = read("[key_value_store.default]\ntype = \"redis\"\nurl = \"redis://:secret@\"");
        let message = error.expect_err("the address has no host").to_string();
        assert!(!message.contains("secret"), "the message should not show the line: {message}");
    }
}
