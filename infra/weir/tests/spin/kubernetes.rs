//! Tests of the SpinKube manifests of `infra/spin`: they are YAML, and every name in them exists.

use std::collections::BTreeSet;

use yaml_rust2::{Yaml, YamlLoader};

use super::*;

/// The folder of the manifests.
fn folder() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| beside_manifest("../spin"));
    &PATH
}

/// The app's own manifest.
fn spin_toml() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| beside_manifest("../../spin.toml"));
    &PATH
}

/// Every document of a file.
fn documents(file: &str) -> Vec<Yaml> {
    let text = fs::read_to_string(Path::new(folder()).join(file)).expect("the manifest is there");
    YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{file} should be YAML: {error}"))
}

fn text_at<'a>(yaml: &'a Yaml, path: &[&str]) -> &'a str {
    let found = path.iter().fold(yaml, |yaml, key| &yaml[*key]);
    found.as_str().unwrap_or_else(|| panic!("{} should be text in {yaml:?}", path.join(".")))
}

/// The variables of an app. A secret one has the name of its key in the secret; the others have a value.
fn variables(app: &Yaml) -> BTreeSet<String> {
    let listed = app["spec"]["variables"].as_vec().expect("an app has variables");
    let of = |variable: &Yaml| {
        let (name, secret) = (text_at(variable, &["name"]), &variable["valueFrom"]["secretKeyRef"]);
        match variable["value"].as_str() {
            Some(_) => assert_eq!(name, "trusted_proxies", "only what is no secret should stand in the manifest"),
            None => assert_eq!((text_at(secret, &["name"]), text_at(secret, &["key"])), ("weir-secrets", name)),
        }
        name.to_owned()
    };
    listed.iter().map(of).collect()
}

#[test]
fn every_manifest_names_its_kind() {
    let mut files: Vec<String> = fs::read_dir(folder())
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, ["app.yaml", "drain.yaml", "runtime-config.yaml"]);
    let kinds = files.iter().flat_map(|file| documents(file)).map(|document| {
        let named = |path: &[&str]| text_at(&document, path).to_owned();
        (named(&["apiVersion"]), named(&["kind"]), named(&["metadata", "name"]))
    });
    let kinds: Vec<(String, String, String)> = kinds.collect();
    let kinds: Vec<(&str, &str, &str)> =
        kinds.iter().map(|(version, kind, name)| (version.as_str(), kind.as_str(), name.as_str())).collect();
    assert_eq!(
        kinds,
        [
            ("core.spinkube.dev/v1alpha1", "SpinApp", "weir-gateway"),
            ("core.spinkube.dev/v1alpha1", "SpinApp", "weir-ledger"),
            ("batch/v1", "CronJob", "weir-drain"),
            ("v1", "Secret", "weir-runtime-config"),
        ]
    );
}

#[test]
fn each_app_runs_one_component_with_its_variables() {
    let manifest: toml::Table =
        fs::read_to_string(spin_toml()).expect("the app's manifest is there").parse().expect("TOML");
    for app in documents("app.yaml") {
        let components = app["spec"]["components"].as_vec().expect("an app names its components");
        let component = components.first().and_then(Yaml::as_str).expect("an app has a component");
        assert_eq!(components.len(), 1, "{component} should run alone");
        let given = manifest["component"][component]["variables"].as_table().expect("the component has variables");
        let of_an_origin = |name: &String| name.starts_with("origin_") && name.ends_with("_secret");
        let unknown: Vec<String> =
            variables(&app).into_iter().filter(|name| !given.contains_key(name) && !of_an_origin(name)).collect();
        assert_eq!(unknown, Vec::<String>::new(), "{component} should have every variable that it is given");
        let missing: Vec<&String> =
            given.keys().filter(|name| !variables(&app).contains(*name) && !of_an_origin(name)).collect();
        assert_eq!(missing, Vec::<&String>::new(), "{component} should be given every variable that it has");
        assert_eq!(text_at(&app, &["spec", "runtimeConfig", "loadFromSecret"]), "weir-runtime-config");
    }
}

#[test]
fn ledger_has_no_key_of_gateway() {
    let apps = documents("app.yaml");
    let (gateway, ledger) = (variables(&apps[0]), variables(&apps[1]));
    let both: Vec<&String> = gateway.intersection(&ledger).collect();
    assert_eq!(both, ["redis_url"]);
}

#[test]
fn runtime_configuration_is_valid_for_weir_and_spin() {
    let secret = documents("runtime-config.yaml");
    let config = text_at(&secret[0], &["stringData", "runtime-config.toml"]);
    let table: toml::Table = config.parse().expect("a runtime configuration is TOML");
    assert_eq!(table["key_value_store"]["default"]["type"].as_str(), Some("redis"));
    assert_eq!(table["sqlite_database"]["default"]["type"].as_str(), Some("libsql"));
    let scratch = Scratch::new();
    // The cluster's Redis isn't here; that it was looked for says that the file was understood.
    let (path, nobody) = (scratch.path("runtime-config.toml"), "redis://127.0.0.1:1/1");
    scratch.write("runtime-config.toml", config);
    let output = scratch.publish(example(), &["--runtime-config", text(&path), "--redis-url", nobody]);
    assert!(err(&output).contains("can't write to the Redis at 127.0.0.1:1, database 1"), "{output:?}");
}

#[test]
fn drain_sends_its_token_to_ledger() {
    let job = documents("drain.yaml");
    let pod = &job[0]["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let script = text_at(&container["args"][0], &[]);
    assert!(script.contains("--request POST http://weir-ledger/ledger/drain"), "{script}");
    assert!(!script.contains("--header"), "a token in an argument is for everybody to see: {script}");
    assert_eq!(text_at(&container["env"][0]["valueFrom"]["secretKeyRef"], &["key"]), "ledger_drain_token");
    let shell = std::process::Command::new("sh").args(["-n", "-c", script]).output().expect("a shell is there");
    assert!(shell.status.success(), "the script should be one: {shell:?}");
}
