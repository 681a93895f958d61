//! The `weir` command as people and scripts run it.
#![allow(clippy::expect_used, reason = "clippy takes functions beside the tests for production code")]

mod run;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use oauth::jwk::{KeySet, PrivateKeySet};
use registry::record::{RecordKey, open};
use registry::snapshot::{Head, VirtualServer};
use run::{Folder, beside_manifest, copy, err, out, replace, text, weir};

/// The example registry of the registry's own tests.
fn example() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| beside_manifest("../../shared/registry/tests/example"));
    &PATH
}

/// A folder of one test, gone with it.
struct Scratch(Folder);

impl Scratch {
    fn new() -> Self {
        Self(Folder::new("test"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A copy of the example in which `from` became `to` in `file`.
    fn edited(&self, file: &str, from: &str, to: &str) -> PathBuf {
        let edited = self.path("registry");
        copy(Path::new(example()), &edited);
        replace(&edited.join(file), from, to);
        edited
    }

    /// A new key file.
    fn key(&self) -> PathBuf {
        let path = self.path("publisher.json");
        let made = weir(&["key", "new", "publisher", "--output", text(&path)]);
        assert!(made.status.success(), "{made:?}");
        path
    }
}

#[test]
fn check_of_a_sound_folder_exits_0_and_counts() {
    let checked = weir(&["registry", "check", example()]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    assert!(
        out(&checked).contains(
            "2 origins, 2 virtual servers with 4 tools, 0 resources and 0 prompts, 2 roles, 2 groups, 2 policies · 0 errors, 0 warnings"
        ),
        "{}",
        out(&checked)
    );
}

#[test]
fn check_of_a_faulty_folder_exits_1_and_shows_places() {
    let scratch = Scratch::new();
    let folder = scratch.edited("origins/documents.toml", "https://documents.example.com", "https://169.254.169.254");
    let checked = weir(&["registry", "check", text(&folder)]);
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    assert!(
        out(&checked).starts_with("origins/documents.toml:1:7: error: `url` must be a URL of a public host"),
        "{checked:?}"
    );

    let checked = weir(&["registry", "check", text(&folder), "--format", "json"]);
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    let report: serde_json::Value = serde_json::from_str(&out(&checked)).expect("the report is JSON");
    assert_eq!((&report["errors"], &report["warnings"]), (&1.into(), &0.into()));
    let fault = &report["faults"][0];
    assert_eq!(
        (&fault["file"], &fault["line"], &fault["column"]),
        (&"origins/documents.toml".into(), &1.into(), &7.into())
    );
    assert_eq!(fault["severity"], "error");
}

#[test]
fn check_reports_each_unread_file_and_folder() {
    for (path, expected) in [
        (
            "quarantine.tml",
            "quarantine.tml:1:1: error: nothing is read from this place\n  help: did you mean `quarantine.toml`?",
        ),
        (
            "origins/crm.yaml",
            "origins/crm.yaml:1:1: error: nothing is read from this place\n  help: `origins/` holds `*.toml` files: rename it to `origins/crm.toml`, or move it out of the registry",
        ),
        (
            "virtual-servers/sales.toml.orig",
            "virtual-servers/sales.toml.orig:1:1: error: nothing is read from this place\n  help: `virtual-servers/` holds",
        ),
        (
            "policies/x.cedar.txt",
            "policies/x.cedar.txt:1:1: error: nothing is read from this place\n  help: `policies/` holds",
        ),
        (
            "policies/night/x.cedar",
            "policies/night/:1:1: error: nothing is read from this folder\n  help: `policies/` holds",
        ),
        ("origin/crm.bin", "origin/:1:1: error: nothing is read from this folder\n  help: did you mean `origins`?"),
    ] {
        let scratch = Scratch::new();
        let folder = scratch.edited("gateway.toml", "[limits]", "[limits]");
        let stray = folder.join(path);
        fs::create_dir_all(stray.parent().expect("a file has a folder")).expect("a folder can be made");
        fs::write(&stray, b"\xff").expect("a file is written");
        let checked = weir(&["registry", "check", text(&folder)]);
        assert_eq!(checked.status.code(), Some(1), "{path}: {checked:?}");
        assert!(out(&checked).starts_with(expected), "{path}: {checked:?}");
        assert_eq!(err(&checked), "", "{path}: the answer is on one stream");
        assert!(out(&checked).contains("1 errors, 0 warnings"), "{path}: {checked:?}");
    }
}

#[test]
fn check_ignores_hidden_files_and_markdown() {
    let scratch = Scratch::new();
    let folder = scratch.edited("gateway.toml", "[limits]", "[limits]");
    for path in [".DS_Store", "README.md", "origins/.crm.yaml.swp", "policies/notes.md"] {
        fs::write(folder.join(path), b"\xff").expect("a file is written");
    }
    let checked = weir(&["registry", "check", text(&folder)]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
}

#[test]
fn command_that_cannot_be_run_exits_2() {
    let scratch = Scratch::new();
    let key = scratch.path("not-a-key.json");
    fs::write(&key, "{}").expect("a file is written");
    let missing = scratch.path("missing");
    for arguments in [
        &["registry", "check", text(&missing)][..],
        &["registry", "chekc"],
        &["registry", "compile", example(), "--key", text(&missing), "--output", text(&missing)],
        &["registry", "compile", example(), "--key", text(&key), "--output", text(&missing)],
        &["registry", "publish", example(), "--key", text(&key), "--to", "workers"],
        &["registry", "publish", example(), "--key", text(&key), "--to", "workers", "--remote", "--persist-to", "x"],
        &["key", "new", "No Name"],
        &[],
    ] {
        let output = weir(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(!err(&output).is_empty(), "{arguments:?} should say why");
    }
}

#[test]
fn compiled_files_open_under_the_printed_public_key() {
    let scratch = Scratch::new();
    let (key, sealed) = (scratch.key(), scratch.path("sealed"));
    let arguments =
        ["registry", "compile", example(), "--key", text(&key), "--output", text(&sealed), "--valid-for", "1h"];
    let compiled = weir(&arguments);
    assert!(compiled.status.success(), "{compiled:?}");
    let private = fs::read_to_string(&key).expect("the key file is there");
    let private = PrivateKeySet::parse(&private).expect("the key file is a private set");
    let public = KeySet::parse(&private.public_json()).expect("its public half is a set");

    let read =
        |key: &RecordKey<'_>| fs::read(sealed.join("records").join(key.to_string())).expect("the record is there");
    let head = read(&RecordKey::Head);
    let head = open(&head, &public, &RecordKey::Head).expect("the head opens");
    let epoch = head.decode::<Head>().expect("a head is a head").epoch;
    let valid_until = head.statement.valid_until.expect("a head has an end");
    assert_eq!(valid_until, epoch / 1000 + 3600, "an hour after it was sealed");
    let support = RecordKey::VirtualServer { epoch, name: "support" };
    let bytes = read(&support);
    let opened = open(&bytes, &public, &support).expect("the virtual server opens").decode::<VirtualServer>();
    assert_eq!(opened.map(|server| server.title), Ok("Support".to_owned()));

    let keys = |file: &str| -> Vec<String> {
        let bulk: serde_json::Value =
            serde_json::from_slice(&fs::read(sealed.join(file)).expect("the bulk file is there")).expect("it is JSON");
        let pairs = bulk.as_array().cloned().unwrap_or_default();
        pairs.iter().filter_map(|pair| pair["key"].as_str()).map(str::to_owned).collect()
    };
    let records = ["gateway", "needs", "assignments/0", "virtual-server/operations", "virtual-server/support"];
    assert_eq!(keys("bulk.json"), records.map(|name| format!("{epoch}/{name}")));
    assert_eq!(keys("bulk-head.json"), ["quarantine", "head"]);
}

#[test]
fn faulty_folder_is_neither_compiled_nor_published() {
    let scratch = Scratch::new();
    let (key, sealed) = (scratch.key(), scratch.path("sealed"));
    let folder = scratch.edited("policies/limits.cedar", "> 50", "> \"50\"");
    let compiled = weir(&["registry", "compile", text(&folder), "--key", text(&key), "--output", text(&sealed)]);
    assert_eq!(compiled.status.code(), Some(1), "{compiled:?}");
    assert!(err(&compiled).contains("policies/limits.cedar:4:34: error:"), "{compiled:?}");
    assert!(!sealed.exists(), "nothing should be written");
}

#[test]
fn diff_shows_what_changes_for_whom() {
    let scratch = Scratch::new();
    let folder = scratch.edited("gateway.toml", "origins = [\"documents\"]", "origins = []");
    let shown = weir(&["registry", "diff", example(), text(&folder)]);
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    assert_eq!(
        out(&shown),
        "- group `operations`: may use `documents_search` in `support`: by role `operator`\n\
         - role `operator`: origins `documents`: listed\n2 changes\n",
        "the virtual server `operations` still grants the rest"
    );
}

#[test]
fn diff_shows_changed_policy_line_by_line() {
    let scratch = Scratch::new();
    let folder = scratch.edited("policies/limits.cedar", "limit > 50", "limit > 20 // less\n  && true");
    let shown = weir(&["registry", "diff", example(), text(&folder)]);
    assert_eq!(
        out(&shown),
        "~ policy `small-searches` on `documents_search`:
      @id(\"small-searches\")
      forbid (principal, action == Action::\"call\", resource == Tool::\"documents_search\")
    - when { context.arguments.limit > 50 };
    + when { context.arguments.limit > 20 // less
    +   && true };
1 changes
",
        "{shown:?}"
    );
}

#[test]
fn key_file_is_its_owners_and_never_overwritten() {
    let scratch = Scratch::new();
    let key = scratch.key();
    let before = fs::read_to_string(&key).expect("the key file is there");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&key).expect("the key file is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only the owner should read it");
    }
    let again = weir(&["key", "new", "other", "--output", text(&key)]);
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert_eq!(fs::read_to_string(&key).expect("the key file is there"), before, "a key in use should survive");
}

#[test]
fn public_set_of_a_key_file_is_the_printed_one() {
    let scratch = Scratch::new();
    let path = scratch.path("publisher.json");
    let made = weir(&["key", "new", "publisher", "--output", text(&path)]);
    let public = weir(&["key", "public", text(&path)]);
    assert!(public.status.success() && out(&public).starts_with("{\"keys\":[{"), "{public:?}");
    assert!(out(&made).ends_with(&out(&public)), "{made:?} should end with {public:?}");
}

#[test]
fn key_with_output_prints_no_private_part() {
    let scratch = Scratch::new();
    for format in ["text", "json"] {
        let path = scratch.path(format);
        let made = weir(&["key", "new", "publisher", "--output", text(&path), "--format", format]);
        assert!(made.status.success() && out(&made).contains("\"x\""), "{made:?}");
        assert!(!out(&made).contains("\"d\""), "the private part should be in the file only: {made:?}");
    }
}

#[test]
fn sealing_key_goes_into_a_file_of_its_owner() {
    let scratch = Scratch::new();
    let path = scratch.path("sealing.json");
    let made = weir(&["key", "sealing", "sealing-2026-11", "--output", text(&path)]);
    assert!(made.status.success(), "{made:?}");
    let written = fs::read_to_string(&path).expect("the key file is there");
    let set: serde_json::Value = serde_json::from_str(&written).expect("it is JSON");
    assert_eq!(set["keys"][0]["kty"], "oct", "{made:?}");
    let key = set["keys"][0]["k"].as_str().expect("a key is text");
    assert!(!out(&made).contains(key), "the key should be in the file only: {made:?}");
    let printed = weir(&["key", "sealing", "sealing-2026-11", "--format", "json"]);
    let printed: serde_json::Value = serde_json::from_str(&out(&printed)).expect("it is JSON");
    assert_ne!(printed["private"]["keys"][0]["k"], key, "each key should be new");
    assert_eq!(weir(&["key", "sealing", "No Name"]).status.code(), Some(2), "a name should be one");
}

#[test]
fn client_secret_prints_a_secret_and_its_hash() {
    let made = weir(&["client", "secret", "--format", "json"]);
    let made: serde_json::Value = serde_json::from_str(&out(&made)).expect("it is JSON");
    let secret = made["secret"].as_str().expect("a secret is text");
    assert_eq!(secret.len(), 43, "256 bits in base64url");
    assert_eq!(made["hash"], oauth::client_authentication::hash(secret));
}

/// Publishing, with a script in wrangler's place that keeps what it is given.
#[cfg(unix)]
mod publish {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// Runs `weir registry publish` with a wrangler that succeeds `good` times and then fails.
    fn publish(scratch: &Scratch, folder: &str, good: u32, more: &[&str]) -> Output {
        let wrangler = scratch.path("wrangler");
        let kept = text(&scratch.0);
        let script = format!(
            "#!/bin/sh\n[ $2 = key ] && {{ echo Value not found; exit 0; }}\nn=$(ls {kept}/put-* 2>/dev/null | wc -l)\n[ $n -lt {good} ] || {{ echo no such account; exit 1; }}\ncp \"$4\" {kept}/put-$n\necho \"$@\" >> {kept}/calls\n"
        );
        fs::write(&wrangler, script).expect("a script is written");
        fs::set_permissions(&wrangler, fs::Permissions::from_mode(0o700)).expect("a script may run");
        let key = scratch.key();
        run::command(&["registry", "publish", folder, "--key", text(&key), "--to", "workers"])
            .args(more)
            .arg("--no-wait")
            // Without a wrangler.toml above it: nothing to compare the key with.
            .current_dir(&scratch.0)
            .env("WRANGLER", &wrangler)
            .output()
            .expect("weir runs")
    }

    fn keys(scratch: &Scratch, put: &str) -> Vec<String> {
        let bulk = fs::read(scratch.path(put)).expect("wrangler was given a file");
        let bulk: serde_json::Value = serde_json::from_slice(&bulk).expect("a bulk file is JSON");
        let pairs = bulk.as_array().cloned().unwrap_or_default();
        let keys = pairs.iter().filter_map(|pair| pair["key"].as_str());
        keys.map(|key| key.rsplit_once('/').map_or(key, |(_, name)| name).to_owned()).collect()
    }

    #[test]
    fn head_goes_last() {
        let scratch = Scratch::new();
        let done = publish(&scratch, example(), 2, &["--local", "--persist-to", "state", "--config", "a.toml"]);
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        assert_eq!(keys(&scratch, "put-0"), ["gateway", "needs", "0", "operations", "support"]);
        assert_eq!(keys(&scratch, "put-1"), ["quarantine", "head"]);
        let calls = fs::read_to_string(scratch.path("calls")).expect("wrangler was called");
        let arguments = "--binding REGISTRY --preview false --local --config a.toml --persist-to state";
        assert!(calls.lines().all(|call| call.starts_with("kv bulk put ") && call.ends_with(arguments)), "{calls}");
    }

    #[test]
    fn first_step_that_fails_publishes_no_head() {
        let scratch = Scratch::new();
        let output = publish(&scratch, example(), 0, &["--remote"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(err(&output).contains("no such account") && err(&output).contains("step 1/2"), "{output:?}");
        assert!(!scratch.path("put-0").exists(), "nothing more should be put");
    }

    #[test]
    fn quarantine_is_published_beside_an_unrelated_fault() {
        let scratch = Scratch::new();
        let folder = scratch.edited("policies/limits.cedar", "> 50", "> \"50\"");
        let output = publish(&scratch, text(&folder), 9, &["--remote", "--quarantine-only"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(keys(&scratch, "put-0"), ["quarantine"]);
        assert!(!scratch.path("put-1").exists(), "the head should stay");
    }

    #[test]
    fn quarantine_with_a_fault_of_its_own_is_not_published() {
        let scratch = Scratch::new();
        let folder = scratch.edited("quarantine.toml", "documents_delete", "documents_drop");
        let output = publish(&scratch, text(&folder), 9, &["--remote", "--quarantine-only"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(!scratch.path("put-0").exists(), "nothing should be put");
    }
}
