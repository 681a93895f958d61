//! `weir registry check` and `diff` on folders from strangers: nothing hides, nothing outside is read, and each risk is
//! named.
#![allow(clippy::expect_used, reason = "clippy takes functions beside the tests for production code")]

mod run;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use run::{Folder, beside_manifest, copy, text, weir};

/// A folder of one test, gone with it, with a copy of the example registry.
struct Scratch(Folder);

impl Scratch {
    fn new() -> Self {
        let scratch = Self(Folder::new("review"));
        copy(Path::new(&beside_manifest("../../shared/registry/tests/example")), &scratch.registry());
        scratch
    }

    fn registry(&self) -> PathBuf {
        self.0.join("registry")
    }

    /// Replaces `from` in a file of the registry, or adds `to` at its end if `from` is empty.
    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.registry().join(file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(text.contains(from), "`{from}` should be in {file}");
        let edited = if from.is_empty() { text + to } else { text.replacen(from, to, 1) };
        fs::write(path, edited).expect("a file is written");
    }

    fn check(&self, more: &[&str]) -> Output {
        weir(&[&["registry", "check", text(&self.registry())], more].concat())
    }

    /// `weir registry compile`, which refuses what `publish` refuses.
    fn compile(&self) -> Output {
        let (key, sealed) = (self.0.join("key.json"), self.0.join("sealed"));
        if !key.exists() {
            assert!(weir(&["key", "new", "publisher", "--output", text(&key)]).status.success());
        }
        weir(&["registry", "compile", text(&self.registry()), "--key", text(&key), "--output", text(&sealed)])
    }
}

/// Standard output, then standard error.
fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

#[test]
fn registries_of_this_repository_have_no_warnings() {
    for folder in [
        "shared/registry/tests/example",
        "tests/demo/registry",
        "tests/conformance/registries/legacy",
        "tests/conformance/registries/modern",
        "tests/conformance/registries/scenario",
        "tests/conformance/registries/sign_in",
    ] {
        let checked = weir(&["registry", "check", "--strict", &beside_manifest(&format!("../../{folder}"))]);
        assert_eq!(checked.status.code(), Some(0), "{folder}: {}", printed(&checked));
    }
}

#[test]
fn warning_stops_publication_unless_it_is_accepted_with_a_reason() {
    let scratch = Scratch::new();
    let price = "\n[[prices]]\nper_call = \"0.01\"\ncurrency = \"USD\"\nfrom = \"2026-01-01\"\n";
    scratch.edit("origins/tickets.toml", price, "");
    let warning = "the origin `tickets` has no price: its calls are booked as unpriced";
    let checked = scratch.check(&[]);
    assert_eq!(checked.status.code(), Some(0), "a warning alone is no fault: {checked:?}");
    assert!(printed(&checked).contains(&format!("origins/tickets.toml:1:1: warning: {warning}")), "{checked:?}");
    let entry = format!("[[warnings]]\nfile = \"origins/tickets.toml\"\nwarning = \"{warning}\"\nreason = \"");
    for strict in [scratch.check(&["--strict"]), scratch.compile()] {
        assert_eq!(strict.status.code(), Some(1), "{strict:?}");
        assert!(printed(&strict).contains(&entry), "the entry should be there to copy: {}", printed(&strict));
        assert!(printed(&strict).contains("error: 1 warnings: mend each, or accept it with a reason"), "{strict:?}");
    }
    assert!(!scratch.0.join("sealed").exists(), "nothing should be written");

    scratch.edit("accepted.toml", "", &format!("{entry}\"\n"));
    assert!(printed(&scratch.check(&[])).contains("accepted.toml:4:10: error: `reason` must be a reason"));
    scratch.edit("accepted.toml", "reason = \"\"", "reason = \"free until January (FIN-12)\"");
    let accepted = scratch.check(&["--strict"]);
    assert_eq!(accepted.status.code(), Some(0), "{accepted:?}");
    let shown = format!("origins/tickets.toml:1:1: accepted: {warning}\n  reason: free until January (FIN-12)");
    assert!(
        printed(&accepted).contains(&shown) && printed(&accepted).contains("0 warnings, 1 accepted"),
        "{accepted:?}"
    );
    assert_eq!(scratch.compile().status.code(), Some(0));
    let diff =
        weir(&["registry", "diff", &beside_manifest("../../shared/registry/tests/example"), text(&scratch.registry())]);
    assert!(
        printed(&diff).contains("+ accepted: origins/tickets.toml: `the origin \\`tickets\\` has no price"),
        "{diff:?}"
    );

    scratch.edit("origins/tickets.toml", "", price);
    let idle = scratch.check(&["--strict"]);
    assert_eq!(idle.status.code(), Some(1), "an entry that accepts nothing should go: {idle:?}");
    assert!(
        printed(&idle).contains("accepted.toml:1:1: warning: `origins/tickets.toml` has no such warning"),
        "{idle:?}"
    );
}

#[test]
fn overdue_review_is_warning() {
    let scratch = Scratch::new();
    scratch.edit("origins/documents.toml", "SEC-1042", "2020-02-29");
    let checked = scratch.check(&[]);
    let expected = "origins/documents.toml:10:10: warning: the review of the origin `documents` was due on 2020-02-29";
    assert!(printed(&checked).contains(expected), "{checked:?}");
    scratch.edit("origins/documents.toml", "2020-02-29", "2999-12-31");
    assert_eq!(scratch.check(&["--strict"]).status.code(), Some(0));
}

#[test]
fn policy_of_any_depth_is_fault() {
    let scratch = Scratch::new();
    let deep = format!(
        "\nforbid (principal, action, resource) when {{ {}true{} }};\n",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );
    scratch.edit("policies/limits.cedar", "", &deep);
    let checked = scratch.check(&[]);
    assert_eq!(checked.status.code(), Some(1), "it should not abort: {:?}", checked.status);
    assert!(
        printed(&checked).contains("policies/limits.cedar:9:1: error: policy `limits/2`: "),
        "{}",
        printed(&checked)
    );
}

#[test]
fn folder_controls_no_terminal() {
    let scratch = Scratch::new();
    scratch.edit("policies/limits.cedar", "> 50 }", "> 50 && context.country != \"\u{1b}[1A\u{1b}[2K\u{202e}\" }");
    scratch.edit("gateway.toml", "name = \"operations\"", "name = \"oper\\u001bations\"");
    scratch.edit("virtual-servers/support.toml", "Search before", "Search\\U000E0041\\u200b before");
    fs::write(scratch.registry().join("policies/a\u{1b}[2K\nb.cedar"), "forbid").expect("a file is written");
    let example = beside_manifest("../../shared/registry/tests/example");
    let (old, new) = (example.clone(), text(&scratch.registry()).to_owned());
    for command in [
        &["registry", "check", &new][..],
        &["registry", "check", &new, "--format", "json"],
        &["registry", "diff", &old, &new],
        &["registry", "diff", &old, &new, "--format", "json"],
        &["explain", &new, "--group", "x\u{202e}"],
    ] {
        let shown = printed(&weir(command));
        let hidden = |character: char| registry::legible::is_hidden(character) && character != '\n';
        assert!(!shown.contains(hidden), "{command:?}: {shown:?}");
    }
    let checked = scratch.check(&[]);
    let expected =
        "policies/limits.cedar:4:60: warning: the hidden character `\\u{1b}` can make this text look like another";
    assert!(printed(&checked).contains(expected), "{}", printed(&checked));
}

#[cfg(unix)]
mod files {
    use std::os::unix::fs::symlink;

    use super::*;

    const OUTSIDE: &str = "a link out of the folder is not followed";

    #[test]
    fn link_out_of_the_folder_is_not_followed() {
        for (link, target) in [
            ("origins/crm.toml", "secret.toml"),
            ("gateway.toml", "secret.toml"),
            ("quarantine.toml", "secret.toml"),
            ("policies/x.cedar", "secret.toml"),
            ("policies/y.cedar", "missing"),
            ("origins/dev.toml", "/dev/zero"),
            ("extra", "elsewhere"),
        ] {
            let scratch = Scratch::new();
            fs::write(scratch.0.join("secret.toml"), "url = \"hunter2-of-the-ci\"\n").expect("a file is written");
            fs::create_dir_all(scratch.0.join("elsewhere")).expect("a folder can be made");
            let path = scratch.registry().join(link);
            let _ = fs::remove_file(&path);
            symlink(scratch.0.join(target), &path).expect("a link can be made");
            let checked = scratch.check(&[]);
            assert_eq!(checked.status.code(), Some(1), "{link}: {checked:?}");
            let shown = printed(&checked);
            assert!(shown.contains(&format!("{link}:1:1: error: {OUTSIDE}")), "{link}: {shown}");
            assert!(!shown.contains("hunter2"), "{link}: {shown}");
        }
    }

    #[test]
    fn linked_folder_outside_is_not_read() {
        let scratch = Scratch::new();
        fs::rename(scratch.registry().join("policies"), scratch.0.join("policies")).expect("a folder can be moved");
        symlink(scratch.0.join("policies"), scratch.registry().join("policies")).expect("a link can be made");
        let shown = printed(&scratch.check(&[]));
        assert!(shown.contains(&format!("policies:1:1: error: {OUTSIDE}")), "{shown}");
        assert!(shown.contains(" 0 policies "), "{shown}");
    }

    #[test]
    fn links_inside_of_the_folder_are_followed() {
        let scratch = Scratch::new();
        // As Kubernetes mounts a ConfigMap.
        let data = scratch.registry().join("..2026_11_30");
        fs::create_dir_all(&data).expect("a folder can be made");
        fs::rename(scratch.registry().join("gateway.toml"), data.join("gateway.toml")).expect("a file can be moved");
        symlink("..2026_11_30", scratch.registry().join("..data")).expect("a link can be made");
        symlink("..data/gateway.toml", scratch.registry().join("gateway.toml")).expect("a link can be made");
        let root = scratch.0.join("link-to-registry");
        symlink(scratch.registry(), &root).expect("a link can be made");
        for folder in [&scratch.registry(), &root] {
            let checked = weir(&["registry", "check", "--strict", text(folder)]);
            assert_eq!(checked.status.code(), Some(0), "{}", printed(&checked));
        }
    }

    #[test]
    fn pipe_is_fault_and_does_not_block() {
        for pipe in ["origins/crm.toml", "quarantine.toml", "extra"] {
            let scratch = Scratch::new();
            let path = scratch.registry().join(pipe);
            let _ = fs::remove_file(&path);
            let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
            assert!(made.success());
            let shown = printed(&scratch.check(&[]));
            assert!(
                shown.contains(&format!("{pipe}:1:1: error: this is neither a file nor a folder")),
                "{pipe}: {shown}"
            );
        }
    }
}
