//! The KV namespace in wrangler's configuration: a wrong environment or binding fails before anything is written, in a
//! dry run too.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::trusted::found_by_wrangler;
use crate::failure::Failure;
use crate::wrangler::{DEFAULT_BINDING, Store};

/// The beginning of an id that the repository ships in place of a real one.
const PLACEHOLDER: &str = "fill-in-";

/// Fails if the configuration lacks the environment or the binding, or has no real id for a remote store. A file that
/// can't be read is left to wrangler.
pub fn check(store: &Store) -> Result<(), Failure> {
    let Some(path) = store.config().map(Path::to_owned).or_else(found_by_wrangler) else { return Ok(()) };
    let configuration = fs::read_to_string(&path).ok().and_then(|text| parse(&path, &text));
    let Some(configuration) = configuration else { return Ok(()) };
    fault(&configuration, store.environment(), store.binding(), store.is_local())
        .map_or(Ok(()), |fault| Err(Failure::Namespace { path, fault }))
}

/// The part of wrangler's file that matters here. An environment inherits no binding.
#[derive(Default, Deserialize)]
struct Configuration {
    #[serde(default)]
    kv_namespaces: Vec<Namespace>,
    #[serde(default)]
    env: BTreeMap<String, Configuration>,
}

#[derive(Deserialize)]
struct Namespace {
    binding: String,
    #[serde(default)]
    id: String,
}

fn parse(path: &Path, text: &str) -> Option<Configuration> {
    let is_toml = path.extension().is_some_and(|extension| extension == "toml");
    if is_toml { toml::from_str(text).ok() } else { serde_json::from_str(text).ok() }
}

fn fault(
    configuration: &Configuration,
    environment: Option<&str>,
    binding: Option<&str>,
    is_local: bool,
) -> Option<String> {
    let binding = binding.unwrap_or(DEFAULT_BINDING);
    let (chosen, of) = match environment {
        None => (configuration, String::new()),
        Some(name) => match configuration.env.get(name) {
            Some(chosen) => (chosen, format!(" of the environment `{name}`")),
            None => {
                let known: Vec<_> = configuration.env.keys().map(String::as_str).collect();
                let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
                return Some(format!("there is no environment `{name}`; known: {known}"));
            }
        },
    };
    match chosen.kv_namespaces.iter().find(|namespace| namespace.binding == binding) {
        None => Some(format!("no KV namespace{of} has the binding `{binding}`")),
        Some(namespace) if !is_local && namespace.id.starts_with(PLACEHOLDER) => Some(format!(
            "the KV namespace `{binding}`{of} has no id yet; make it with `wrangler kv namespace create weir-registry`"
        )),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_binding_and_id_must_be_there() {
        let text = r#"
            kv_namespaces = [{ binding = "REGISTRY", id = "fill-in-the-id" }]
            [env.staging]
            kv_namespaces = [{ binding = "REGISTRY", id = "0123" }]
            [env.empty]"#;
        let configuration = parse(Path::new("wrangler.toml"), text).expect("TOML");
        for (environment, binding, is_local, expected) in [
            (None, None, true, None),
            (Some("staging"), None, false, None),
            (None, None, false, Some("has no id yet")),
            (Some("stagin"), None, true, Some("there is no environment `stagin`; known: empty, staging")),
            (Some("empty"), None, true, Some("no KV namespace of the environment `empty` has the binding `REGISTRY`")),
            (None, Some("NOPE"), true, Some("no KV namespace has the binding `NOPE`")),
        ] {
            let found = fault(&configuration, environment, binding, is_local);
            let is_as_expected = match expected {
                None => found.is_none(),
                Some(expected) => found.as_ref().is_some_and(|found| found.contains(expected)),
            };
            assert!(is_as_expected, "{environment:?} {binding:?}: {found:?}");
        }
    }
}
