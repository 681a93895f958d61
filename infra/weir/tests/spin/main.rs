//! Black-box tests of publishing to Spin: records, manifest, and reading back by `weir explain`.
#![allow(clippy::expect_used, clippy::panic, reason = "clippy takes functions beside the tests for production code")]

mod kubernetes;
mod live;
mod manifest;
mod redis;
#[path = "../run/mod.rs"]
mod run;
mod store;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use oauth::jwk::{KeySet, PrivateKeySet};
use run::{Folder, beside_manifest, copy, err, out, replace, text, weir};

/// The example registry of the registry's own tests.
fn example() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| beside_manifest("../../shared/registry/tests/example"));
    &PATH
}

/// The demo's registry, whose origins and issuer are on loopback.
fn demo() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| beside_manifest("../../tests/demo/registry"));
    &PATH
}

/// A manifest before its first publication.
const MANIFEST: &str = r#"# The app.
spin_manifest_version = 2

[application]
name = "weir" # its name

[variables]
registry_keys = { default = "", secret = true }
redis_url     = { default = "" }   # empty: embedded

# The gateway.
[component.gateway]
source = "gateway_spin.wasm"
key_value_stores = ["default"]
allowed_outbound_hosts = [
    "redis://127.0.0.1:6379", # the one of redis_url
    # `weir registry publish --to spin` writes the registry's hosts here.
]

[component.gateway.variables]
registry_keys = "{{ registry_keys }}"

# The ledger.
[component.ledger]
source = "ledger_spin.wasm"
allowed_outbound_hosts = ["redis://127.0.0.1:6379"]
"#;

/// A temporary folder of one test with a manifest and a publisher's key, removed at its end.
struct Scratch(Folder);

impl Scratch {
    fn new() -> Self {
        let scratch = Self(Folder::new("spin"));
        scratch.write("spin.toml", MANIFEST);
        let made = weir(&["key", "new", "publisher", "--output", text(&scratch.path("publisher.json"))]);
        assert!(made.status.success(), "{made:?}");
        let public = weir(&["key", "public", text(&scratch.path("publisher.json"))]).stdout;
        scratch.write("public.json", &String::from_utf8_lossy(&public));
        scratch
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file is there")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file is written");
    }

    /// A copy of `registry` with `from` replaced by `to` in `file`.
    fn edited(&self, registry: &str, file: &str, from: &str, to: &str) -> String {
        let edited = self.path("registry");
        copy(Path::new(registry), &edited);
        replace(&edited.join(file), from, to);
        text(&edited).to_owned()
    }

    /// `weir registry publish REGISTRY --to spin` with the scratch's manifest and key, for a gateway that doesn't run.
    fn publish(&self, registry: &str, more: &[&str]) -> Output {
        let (key, manifest) = (self.path("publisher.json"), self.path("spin.toml"));
        let fixed =
            ["registry", "publish", registry, "--key", text(&key), "--to", "spin", "--manifest", text(&manifest)];
        // One folder follows another here, with another quarantine.
        weir(&[&fixed, more, &["--no-wait", "--thaw"]].concat())
    }

    /// The output of [`Scratch::publish`], which must succeed.
    fn published(&self, registry: &str, more: &[&str]) -> String {
        let output = self.publish(registry, more);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        out(&output)
    }

    /// The public half of the publisher's key.
    fn keys(&self) -> KeySet {
        let private = PrivateKeySet::parse(&self.read("publisher.json")).expect("the key file is a private set");
        KeySet::parse(&private.public_json()).expect("its public half is a set")
    }
}
