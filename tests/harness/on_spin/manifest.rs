//! The repository's spin.toml, changed for the deployment of one test.

use std::path::Path;

use toml::{Table, Value};

/// Writes to `path` the manifest as `weir registry publish --to spin` and an operator would change it: the test's
/// origins, the Redis server of `redis_url`, and the variables that origins need. No component gets `withheld`.
pub fn write(path: &Path, variables: &[(String, String)], origins: &[&str], withheld: Option<&str>) {
    let root = crate::in_tests("..");
    let text = std::fs::read_to_string(root.join("spin.toml")).expect("the root should have a spin.toml");
    let mut manifest: Table = text.parse().expect("spin.toml should parse");
    let redis = variables.iter().find(|(name, url)| name == "redis_url" && !url.is_empty()).map(|(_, url)| url.clone());
    let mut outbound: Vec<String> = redis.into_iter().collect();
    for name in ["ledger", "gateway"] {
        let component = table(table(&mut manifest, "component"), name);
        let source = component["source"].as_str().expect("a component has a source");
        let source = root.join(source).to_string_lossy().into_owned();
        component.insert("source".to_owned(), source.into());
        if name == "gateway" {
            outbound.extend(origins.iter().map(|origin| format!("http://{origin}")));
            let named = table(component, "variables");
            for (variable, _) in variables {
                named.insert(variable.clone(), format!("{{{{ {variable} }}}}").into());
            }
        }
        component.insert("allowed_outbound_hosts".to_owned(), outbound.clone().into());
        if let Some(withheld) = withheld {
            component.remove(withheld);
            table(component, "variables").remove(withheld);
        }
    }
    let declared = table(&mut manifest, "variables");
    for (name, _) in variables {
        let empty = Table::from_iter([("default".to_owned(), Value::from(""))]);
        declared.entry(name.clone()).or_insert(Value::Table(empty));
    }
    std::fs::write(path, manifest.to_string()).expect("the manifest can be written");
}

fn table<'a>(parent: &'a mut Table, name: &str) -> &'a mut Table {
    parent.get_mut(name).and_then(Value::as_table_mut).unwrap_or_else(|| panic!("spin.toml should have `{name}`"))
}
