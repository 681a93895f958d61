//! The publishers' keys that a deployment trusts, as far as its configuration on this machine says.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;

use oauth::jwk::KeySet;
use registry::record::open;
use serde::Deserialize;
use serde_json::Value;

use super::configuration::{Configuration, found_by_wrangler};
use super::plan::Plan;
use super::report::Report;
use crate::failure::Failure;
use crate::output::legible;
use crate::spin::Deployment;
use crate::wrangler::Store;

/// The gateway's variable with the keys.
const NAME: &str = "REGISTRY_KEYS";

/// The variable's name in Spin's environment.
const SPIN_NAME: &str = "SPIN_VARIABLE_REGISTRY_KEYS";

/// The beginning of a value that the repository ships in place of a real one.
const PLACEHOLDER: &str = "fill-in-";

/// The keys that a deployment trusts.
#[derive(Debug, PartialEq, Eq)]
pub enum Trusted {
    /// The JWK set at a place.
    Keys {
        /// The place, for people.
        place: String,
        /// The set.
        document: String,
    },
    /// The variable is empty, so the gateway trusts no key.
    Nobody(String),
    /// The configuration on this machine doesn't say; with the reason.
    Unknown(String),
}

impl Trusted {
    /// The keys in the file of `--keys`.
    pub fn of_file(path: &Path) -> Result<Self, Failure> {
        let document = fs::read_to_string(path).map_err(|cause| Failure::Read { path: path.to_owned(), cause })?;
        Ok(Self::at(format!("`{}`", path.display()), &document))
    }

    /// The keys in the configuration of wrangler: `.dev.vars` for a local store, then the variables of its file.
    pub fn of_workers(store: &Store) -> Self {
        let Some(path) = store.config().map(Path::to_owned).or_else(found_by_wrangler) else {
            return Self::Unknown("there is no wrangler.toml here; name its REGISTRY_KEYS with --keys".to_owned());
        };
        let local = store.is_local().then(|| dev_variable(&path, store.environment())).flatten();
        if let Some(found) = local {
            return found;
        }
        let place = format!("`{}`", path.display());
        let value = match fs::read_to_string(&path) {
            Ok(text) => variable(&path, &text, store.environment()),
            Err(cause) => return Self::Unknown(format!("{place} can't be read: {cause}")),
        };
        match value {
            // `wrangler dev` or a test may set it otherwise when it starts.
            Ok(Some(value)) if store.is_local() && value.trim().is_empty() => {
                Self::Unknown(format!("{place} has an empty {NAME}"))
            }
            Ok(Some(value)) => Self::at(place, &value),
            Ok(None) => {
                let of = store.environment().map_or(String::new(), |name| format!(" for the environment `{name}`"));
                Self::Unknown(format!("{place} sets no {NAME}{of}; name the deployed one with --keys"))
            }
            Err(cause) => Self::Unknown(format!("{place} can't be understood: {cause}")),
        }
    }

    /// The keys in the variables of a Spin deployment.
    pub fn of_spin(deployment: &Deployment) -> Self {
        if let Some(value) = env::var(SPIN_NAME).ok().filter(|value| !value.is_empty()) {
            return Self::at(format!("the environment variable {SPIN_NAME}"), &value);
        }
        let file = deployment.manifest().with_file_name(".env");
        if let Some(value) = fs::read_to_string(&file).ok().and_then(|text| dotenv(&text, SPIN_NAME)) {
            return Self::at(format!("`{}`", file.display()), &value);
        }
        let manifest = fs::read_to_string(deployment.manifest()).unwrap_or_default();
        let manifest: Manifest = toml::from_str(&manifest).unwrap_or_default();
        let value = manifest.variables.get("registry_keys").and_then(|variable| variable.get("default")?.as_str());
        match value.filter(|value| !value.is_empty()) {
            Some(value) => Self::at(format!("`{}`", deployment.manifest().display()), value),
            // Spin gets it where it is started, which may be another machine.
            None => {
                Self::Unknown(format!("set {SPIN_NAME} here as where Spin is started, or name the keys with --keys"))
            }
        }
    }

    fn at(place: String, document: &str) -> Self {
        let document = document.trim();
        if document.is_empty() || document.starts_with(PLACEHOLDER) {
            Self::Nobody(place)
        } else {
            Self::Keys { place, document: document.to_owned() }
        }
    }

    /// Fails if the deployment would refuse the records of `plan`, which the key `key_id` signed.
    pub fn check(&self, plan: &Plan, key_id: &str, report: &mut Report) -> Result<(), Failure> {
        let untrusted = |cause: String| Failure::UntrustedKey { key_id: key_id.to_owned(), cause };
        let (place, document) = match self {
            Self::Unknown(reason) => {
                report.warn(format!("the key is not compared with the gateway's {NAME}: {reason}"));
                return Ok(());
            }
            Self::Nobody(place) => {
                return Err(untrusted(format!(
                    "{NAME} in {place} is empty, so the gateway trusts no key; set it to the output of `weir key public`"
                )));
            }
            Self::Keys { place, document } => (place, document),
        };
        let keys = KeySet::parse(document)
            .map_err(|cause| untrusted(format!("{NAME} in {place} is no set of public keys: {cause}")))?;
        let opened = plan.sample().map(|(key, bytes)| open(bytes, &keys, &key).map(drop));
        match opened {
            Some(Err(_)) => Err(untrusted(format!("{NAME} in {place} holds {}", key_ids(document, key_id)))),
            _ => Ok(()),
        }
    }
}

/// The ids of the keys in a set, for people.
fn key_ids(document: &str, own: &str) -> String {
    let set: Value = serde_json::from_str(document).unwrap_or_default();
    let keys = set["keys"].as_array().cloned().unwrap_or_default();
    let ids = keys.iter().map(|key| format!("`{}`", legible(key["kid"].as_str().unwrap_or("no id"))));
    let shown = ids.collect::<Vec<_>>().join(", ");
    let is_twin = keys.iter().any(|key| key["kid"].as_str() == Some(own));
    if is_twin { format!("{shown}, and that is another key of this id") } else { shown }
}

/// The part of a manifest that matters here.
#[derive(Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    variables: BTreeMap<String, toml::Value>,
}

/// The variable in wrangler's file at `path`.
fn variable(path: &Path, text: &str, environment: Option<&str>) -> Result<Option<String>, String> {
    let configuration = Configuration::parse(path, text)?;
    let value = configuration.of(environment)?.vars.get(NAME);
    Ok(value.and_then(Value::as_str).map(str::to_owned))
}

/// The variable in the file that `wrangler dev` reads beside its configuration.
fn dev_variable(configuration: &Path, environment: Option<&str>) -> Option<Trusted> {
    let names = [environment.map(|name| format!(".dev.vars.{name}")), Some(".dev.vars".to_owned())];
    let path =
        names.into_iter().flatten().map(|name| configuration.with_file_name(name)).find(|path| path.is_file())?;
    let value = dotenv(&fs::read_to_string(&path).ok()?, NAME)?;
    Some(Trusted::at(format!("`{}`", path.display()), &value))
}

/// The value of `NAME=VALUE` in a file of such lines; quotes around it are left out.
fn dotenv(text: &str, name: &str) -> Option<String> {
    let mut values = text.lines().filter_map(|line| {
        let line = line.trim().trim_start_matches("export ");
        line.strip_prefix(name)?.trim_start().strip_prefix('=').map(str::trim)
    });
    let value = values.next_back()?;
    let quoted = ['\'', '"', '`'].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
    Some(quoted.unwrap_or(value).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_is_of_its_environment() {
        let toml = "[vars]\nREGISTRY_KEYS = 'top'\n[env.staging.vars]\nREGISTRY_KEYS = 'staged'\n[env.empty]\n";
        let json =
            r#"{"vars":{"REGISTRY_KEYS":"top"},"env":{"staging":{"vars":{"REGISTRY_KEYS":"staged"}},"empty":{}}}"#;
        for (path, text) in [("wrangler.toml", toml), ("wrangler.json", json)] {
            let of = |environment| variable(Path::new(path), text, environment);
            assert_eq!(of(None), Ok(Some("top".to_owned())), "{path}");
            assert_eq!(of(Some("staging")), Ok(Some("staged".to_owned())), "{path}");
            assert_eq!(of(Some("empty")), Ok(None), "{path}: variables are not inherited");
            assert!(of(Some("other")).is_err(), "{path}");
        }
        assert!(variable(Path::new("wrangler.jsonc"), "{ // no\n}", None).is_err());
    }

    #[test]
    fn last_line_of_dotenv_counts() {
        let text =
            "# REGISTRY_KEYS=no\nREGISTRY_KEYS_OLD=no\nREGISTRY_KEYS=first\nexport REGISTRY_KEYS = '{\"keys\":[]}'\n";
        assert_eq!(dotenv(text, NAME), Some("{\"keys\":[]}".to_owned()));
        assert_eq!(dotenv("OTHER=1", NAME), None);
    }

    #[test]
    fn empty_and_shipped_values_trust_nobody() {
        for value in ["", "  ", "fill-in-the-public-keys"] {
            assert_eq!(Trusted::at("here".to_owned(), value), Trusted::Nobody("here".to_owned()));
        }
    }
}
