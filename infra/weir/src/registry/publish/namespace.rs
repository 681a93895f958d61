//! The KV namespace in wrangler's configuration: a wrong environment or binding fails before anything is written, in a
//! dry run too.

use std::fs;
use std::path::Path;

use super::configuration::{Configuration, found_by_wrangler};
use crate::failure::Failure;
use crate::wrangler::{DEFAULT_BINDING, Store};

/// The beginning of an id that the repository ships in place of a real one.
const PLACEHOLDER: &str = "fill-in-";

/// Fails if the configuration lacks the environment or the binding, or has no real id for a remote store. A file that
/// can't be read is left to wrangler.
pub fn check(store: &Store) -> Result<(), Failure> {
    let Some(path) = store.config().map(Path::to_owned).or_else(found_by_wrangler) else { return Ok(()) };
    let configuration = fs::read_to_string(&path).ok().and_then(|text| Configuration::parse(&path, &text).ok());
    let Some(configuration) = configuration else { return Ok(()) };
    fault(&configuration, store.environment(), store.binding(), store.is_local())
        .map_or(Ok(()), |fault| Err(Failure::Namespace { path, fault }))
}

fn fault(
    configuration: &Configuration,
    environment: Option<&str>,
    binding: Option<&str>,
    is_local: bool,
) -> Option<String> {
    let binding = binding.unwrap_or(DEFAULT_BINDING);
    let chosen = match configuration.of(environment) {
        Ok(chosen) => chosen,
        Err(fault) => return Some(fault),
    };
    let of = environment.map_or(String::new(), |name| format!(" of the environment `{name}`"));
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
        let configuration = Configuration::parse(Path::new("wrangler.toml"), text).expect("TOML");
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
