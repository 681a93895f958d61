//! A `spin.toml`, manifest version 2: the part that this host supports.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

/// The reason for which a manifest can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("{path}: {source}")]
    Unreadable { path: String, source: std::io::Error },
    #[error("{path}: {source}")]
    Malformed { path: String, source: Box<toml::de::Error> },
    #[error("spin_manifest_version is {0}, this host knows 2")]
    Version(u32),
    #[error("component `{0}` has `files`, which this host does not mount")]
    Files(String),
    #[error("a trigger or the command line names component `{0}`, which is not there")]
    NoSuchComponent(String),
    #[error("no component has an http trigger")]
    NothingToServe,
}

/// The whole file.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    spin_manifest_version: u32,
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    #[serde(default)]
    pub trigger: Triggers,
    #[serde(default)]
    pub component: BTreeMap<String, Component>,
}

/// A variable of the application.
#[derive(Debug, Default, Deserialize)]
pub struct Variable {
    pub default: Option<String>,
    #[serde(default)]
    pub required: bool,
}

/// The triggers by kind; only those of kind http are served.
#[derive(Debug, Default, Deserialize)]
pub struct Triggers {
    #[serde(default)]
    pub http: Vec<HttpTrigger>,
}

/// One `[[trigger.http]]`.
#[derive(Debug, Deserialize)]
pub struct HttpTrigger {
    pub route: String,
    pub component: String,
}

/// One `[component.NAME]`.
#[derive(Debug, Deserialize)]
pub struct Component {
    pub source: String,
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    files: Vec<toml::Value>,
}

impl Manifest {
    /// Reads the file; with names in `only`, without the other components and their triggers.
    pub fn read(path: &Path, only: &[String]) -> Result<Self, ManifestError> {
        let shown = || path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| ManifestError::Unreadable { path: shown(), source })?;
        let manifest = toml::from_str(&text)
            .map_err(|source| ManifestError::Malformed { path: shown(), source: Box::new(source) })?;
        Self::checked(manifest, only)
    }

    fn checked(mut self, only: &[String]) -> Result<Self, ManifestError> {
        if self.spin_manifest_version != 2 {
            return Err(ManifestError::Version(self.spin_manifest_version));
        }
        let named = self.trigger.http.iter().map(|trigger| &trigger.component).chain(only);
        if let Some(name) = named.into_iter().find(|name| !self.component.contains_key(*name)) {
            return Err(ManifestError::NoSuchComponent(name.clone()));
        }
        if !only.is_empty() {
            self.component.retain(|name, _| only.contains(name));
            self.trigger.http.retain(|trigger| only.contains(&trigger.component));
        }
        if let Some((name, _)) = self.component.iter().find(|(_, component)| !component.files.is_empty()) {
            return Err(ManifestError::Files(name.clone()));
        }
        if self.trigger.http.is_empty() { Err(ManifestError::NothingToServe) } else { Ok(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
        spin_manifest_version = 2
        [application]
        name = "weir"
        [variables]
        redis_url = { default = "" }
        signing_keys = { required = true, secret = true }
        [[trigger.http]]
        route = "/..."
        component = "gateway"
        [[trigger.http]]
        route = "/ledger/..."
        component = "ledger"
        [component.gateway]
        source = "gateway.wasm"
        key_value_stores = ["default"]
        [component.gateway.build]
        command = "cargo xtask build"
        [component.ledger]
        source = "ledger.wasm"
    "#;

    fn parse(text: &str, only: &[&str]) -> Result<Manifest, ManifestError> {
        let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
        toml::from_str::<Manifest>(text).expect("the manifest should parse").checked(&only)
    }

    #[test]
    fn settings_without_effect_here_are_ignored() {
        let manifest = parse(TWO, &[]).expect("the manifest should do");
        assert_eq!(manifest.trigger.http.len(), 2);
        assert_eq!(manifest.component["gateway"].key_value_stores, ["default"]);
        assert!(manifest.variables["signing_keys"].required, "a secret is a variable as any other");
    }

    #[test]
    fn only_named_component_remains() {
        let manifest = parse(TWO, &["ledger"]).expect("the ledger should do alone");
        assert_eq!(manifest.trigger.http.len(), 1);
        assert!(!manifest.component.contains_key("gateway"), "the gateway was not asked for");
        assert!(matches!(parse(TWO, &["shop"]), Err(ManifestError::NoSuchComponent(_))));
    }

    #[test]
    fn unsupported_settings_are_refused() {
        let files = TWO.replace("key_value_stores = [\"default\"]", "files = [\"static/*\"]");
        assert!(matches!(parse(&files, &[]), Err(ManifestError::Files(_))), "files are not mounted");
        let older = TWO.replace("spin_manifest_version = 2", "spin_manifest_version = 1");
        assert!(matches!(parse(&older, &[]), Err(ManifestError::Version(1))), "version 1 is another format");
    }
}
