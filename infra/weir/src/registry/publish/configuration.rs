//! Wrangler's configuration: the parts of it that a publication looks at.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// The parts of wrangler's file that matter here, of the file or of one environment in it.
#[derive(Default, Deserialize)]
pub struct Configuration {
    /// `vars`, by name.
    #[serde(default)]
    pub vars: BTreeMap<String, Value>,
    /// `kv_namespaces`.
    #[serde(default)]
    pub kv_namespaces: Vec<Namespace>,
    #[serde(default)]
    env: BTreeMap<String, Configuration>,
}

/// One of `kv_namespaces`.
#[derive(Deserialize)]
pub struct Namespace {
    /// The name by which the Worker knows it.
    #[serde(default)]
    pub binding: String,
    /// Its id at Cloudflare.
    #[serde(default)]
    pub id: String,
}

/// The file that wrangler finds from here on upwards.
pub fn found_by_wrangler() -> Option<PathBuf> {
    let here = env::current_dir().unwrap_or_default();
    let names = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];
    here.ancestors().find_map(|folder| names.iter().map(|name| folder.join(name)).find(|path| path.is_file()))
}

impl Configuration {
    /// Reads the text of the file at `path`; an error is worded to follow *can't be understood:*.
    pub fn parse(path: &Path, text: &str) -> Result<Self, String> {
        if path.extension().is_some_and(|extension| extension == "toml") {
            toml::from_str(text).map_err(|error| error.message().to_owned())
        } else {
            serde_json::from_str(text).map_err(|_| "it is no JSON without comments".to_owned())
        }
    }

    /// The part for `environment`, which inherits neither variables nor bindings; the file's own without one.
    pub fn of(&self, environment: Option<&str>) -> Result<&Self, String> {
        let Some(name) = environment else { return Ok(self) };
        self.env.get(name).ok_or_else(|| {
            let known: Vec<_> = self.env.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
            format!("there is no environment `{name}`; known: {known}")
        })
    }
}
