//! Tests of faults: every kind, alone and all at once, each with its file, line and column.
#![allow(clippy::expect_used, reason = "clippy takes functions beside the tests for production code")]

#[path = "fixture/example.rs"]
mod example;

use std::collections::BTreeMap;

use proptest::prelude::*;
use registry::folder;

/// The faults of a folder, as `weir registry check` shows them.
fn faults(files: &BTreeMap<String, String>) -> Vec<String> {
    folder::check(files).faults.iter().map(ToString::to_string).collect()
}

/// One block of `faults.txt`.
struct Change {
    path: &'static str,
    from: String,
    to: String,
    expected: Vec<&'static str>,
}

fn changes() -> Vec<Change> {
    let blocks = include_str!("faults.txt").split("\n\n").map(|block| block.trim_end_matches('\n'));
    let blocks = blocks.filter(|block| !block.is_empty() && !block.starts_with('#'));
    blocks.map(Change::parse).collect()
}

impl Change {
    fn parse(block: &'static str) -> Self {
        let mut lines = block.lines();
        let path = lines.next().expect("a block begins with a path");
        let (mut from, mut to, mut expected) = (String::new(), String::new(), Vec::new());
        for line in lines {
            let part = line.get(2..).unwrap_or_default();
            match line.get(..1) {
                Some("-") => from += &format!("{part}\n"),
                Some("+") => to += &format!("{part}\n"),
                _ => expected.push(line),
            }
        }
        Self { path, from, to, expected }
    }

    fn apply(&self, files: &mut BTreeMap<String, String>) {
        let text = files.get_mut(self.path).expect("a block names a file of the example");
        assert_eq!(text.matches(&self.from).count(), 1, "these lines should be in {} once:\n{}", self.path, self.from);
        *text = text.replace(&self.from, &self.to);
    }
}

#[test]
fn every_change_causes_its_faults_and_no_others() {
    let changes = changes();
    assert!(changes.len() > 70, "all blocks should be read");
    let mut wrong = String::new();
    for change in changes {
        let mut files = example::files();
        change.apply(&mut files);
        let (found, expected) = (faults(&files).join("\n"), change.expected.join("\n"));
        if found != expected {
            wrong += &format!("{}\n- {}+ {}{found}\n  not\n{expected}\n\n", change.path, change.from, change.to);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn all_faults_of_all_files_are_reported_at_once() {
    let mut files = example::files();
    let mut edit = |path: &str, from: &str, to: &str| {
        let text = files.get_mut(path).expect("the example has the file");
        *text = text.replacen(from, to, 1);
    };
    edit("gateway.toml", "[limits]", "[limit]");
    edit("gateway.toml", "\"documents-reader\"]", "\"documents-raeder\"]");
    edit("gateway.toml", "issuer = \"https://idp", "issuer = \"http://idp");
    edit("origins/documents.toml", "https://documents.example.com", "https://10.1.2.3");
    edit("origins/documents.toml", "0.002", "cheap");
    edit("origins/tickets.toml", "owner", "owners");
    edit("origins/tickets.toml", "\"string_set\" }", "\"string_set\"");
    edit("virtual-servers/operations.toml", "open_ticket", "documents_delete");
    edit("virtual-servers/support.toml", "documents", "document");
    edit("policies/limits.cedar", "> 50", "> \"50\"");
    edit("policies/limits.cedar", "forbid (principal in", "forbid principal in");
    edit("quarantine.toml", "documents_delete", "documents_drop");
    let found = faults(&files);
    let errors = found.iter().filter(|fault| fault.contains(": error: "));
    let places: Vec<&str> = errors.map(|fault| fault.split(": error: ").next().unwrap_or_default()).collect();
    assert_eq!(
        places,
        [
            "gateway.toml:3:2",
            "gateway.toml:8:10",
            "origins/documents.toml:1:7",
            "origins/documents.toml:13:12",
            "origins/tickets.toml:13:56",
            "gateway.toml:29:10",
            "quarantine.toml:2:10",
            "virtual-servers/operations.toml:15:8",
            "virtual-servers/support.toml:6:10",
            "policies/limits.cedar:4:34",
            "policies/limits.cedar:6:8",
        ],
        "{found:#?}"
    );
}

#[test]
fn data_class_close_to_one_of_a_policy_is_fault() {
    let mut files = example::files();
    let rule = "\nforbid (principal, action, resource) when { resource.data_classes.contains(\"customer\") };\n";
    files.entry("policies/limits.cedar".to_owned()).or_default().push_str(rule);
    assert_eq!(faults(&files), Vec::<String>::new());
    let documents = files.get_mut("origins/documents.toml").expect("the example has the origin");
    *documents = documents.replace("data_classes = [\"internal\"]", "data_classes = [\"customers\"]");
    let expected = "origins/documents.toml:6:17: error: there is no data class `customers`\n  help: did you mean `customer`? If both exist, declare them as `data_classes` in gateway.toml";
    assert_eq!(faults(&files), [expected]);
    let gateway = files.get_mut("gateway.toml").expect("the example has a gateway");
    *gateway = format!("data_classes = [\"customer\", \"customers\"]\n{gateway}");
    assert_eq!(faults(&files), Vec::<String>::new());
}

#[test]
fn service_named_as_user_is_fault_with_fix() {
    let mut files =
        edited("title = \"Claude Code\"", "title = \"Claude Code\"\nservice = { groups = [\"operations\"] }");
    let rule = "\nforbid (principal == User::\"https://mcp.example.com|claude-code\", action, resource);\n";
    files.entry("policies/limits.cedar".to_owned()).or_default().push_str(rule);
    let found = faults(&files);
    let expected =
        "error: the service `claude-code` is no user: this never applies\n  help: write `Service::\"claude-code\"`";
    assert!(found.iter().any(|fault| fault.ends_with(expected)), "{found:#?}");
}

#[test]
fn file_of_any_depth_is_fault() {
    for (path, text) in [
        ("gateway.toml", format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("origins/documents.toml", format!("a = {}", "{ a = ".repeat(100_000))),
        ("quarantine.toml", format!("[{}a]", "a.".repeat(100_000))),
        ("policies/limits.cedar", format!("permit(principal, action, resource) when {{ {}", "(".repeat(100_000))),
    ] {
        let mut files = example::files();
        files.insert(path.to_owned(), text);
        assert!(faults(&files).iter().any(|fault| fault.starts_with(path)), "{path}");
    }
}

/// The faults of the example with an empty file, or a folder with a `/` at its end, at each of `paths`.
fn faults_with(paths: &[&str]) -> Vec<String> {
    let mut files = example::files();
    files.extend(paths.iter().map(|path| ((*path).to_owned(), String::new())));
    faults(&files)
}

#[test]
fn stray_file_at_root_is_fault_with_fix() {
    let read_from = "move it out of the registry: files are read from `gateway.toml`, `quarantine.toml`, `accepted.toml`, `origins/*.toml`, `virtual-servers/*.toml`, `policies/*.cedar`";
    assert_eq!(
        faults_with(&["extra.toml", "quarantine.tml", "Gateway.toml", "origins", "deploy.sh"]),
        [
            "Gateway.toml:1:1: error: nothing is read from this place\n  help: did you mean `gateway.toml`?".to_owned(),
            format!("deploy.sh:1:1: error: nothing is read from this place\n  help: {read_from}"),
            format!("extra.toml:1:1: error: nothing is read from this place\n  help: {read_from}"),
            format!("origins:1:1: error: nothing is read from this place\n  help: {read_from}"),
            "quarantine.tml:1:1: error: nothing is read from this place\n  help: did you mean `quarantine.toml`?"
                .to_owned(),
        ]
    );
}

#[test]
fn stray_file_in_known_folder_is_fault_with_fix() {
    let stray = |path: &str, folder: &str, end: &str, renamed: &str| {
        format!(
            "{path}:1:1: error: nothing is read from this place\n  help: `{folder}/` holds `*{end}` files: rename it to `{folder}/{renamed}`, or move it out of the registry"
        )
    };
    assert_eq!(
        faults_with(&[
            "origins/crm.yaml",
            "origins/CRM.TOML",
            "virtual-servers/sales.toml~",
            "policies/x.cedar.txt",
            "policies/deletes.toml",
            "virtual-servers/My Server.toml",
        ]),
        [
            stray("origins/CRM.TOML", "origins", ".toml", "CRM.toml"),
            stray("origins/crm.yaml", "origins", ".toml", "crm.toml"),
            stray("policies/deletes.toml", "policies", ".cedar", "deletes.cedar"),
            stray("policies/x.cedar.txt", "policies", ".cedar", "x.cedar"),
            "virtual-servers/My Server.toml:1:1: error: the file's name `My Server` must be lower-case letters, digits and `-`, at most 63, beginning with a letter".to_owned(),
            stray("virtual-servers/sales.toml~", "virtual-servers", ".toml", "sales.toml"),
        ]
    );
}

#[test]
fn unread_folder_is_fault_with_fix() {
    let up = "help: `policies/` holds `*.cedar` files and no folders: move the files up, or out of the registry";
    assert_eq!(
        faults_with(&["origin/other.toml", "origin/", "policies/night/deletes.cedar", "policies/nights/"]),
        [
            "origin/:1:1: error: nothing is read from this folder\n  help: did you mean `origins`?".to_owned(),
            "origin/other.toml:1:1: error: nothing is read from this place\n  help: did you mean `origins`?".to_owned(),
            format!("policies/night/deletes.cedar:1:1: error: nothing is read from this place\n  {up}"),
            format!("policies/nights/:1:1: error: nothing is read from this folder\n  {up}"),
        ]
    );
}

#[test]
fn hidden_files_and_markdown_are_ignored() {
    let ignored = ["README.md", "origins/Notes.MD", ".git/config.toml", ".keep", "policies/.limits.cedar.swp"];
    assert_eq!(faults_with(&ignored), Vec::<String>::new());
}

#[test]
fn missing_gateway_file_is_fault_with_fix() {
    let found = faults(&BTreeMap::new());
    let expected = "gateway.toml:1:1: error: the file is missing\n  help: a registry is a folder with `gateway.toml`, `origins/`, `virtual-servers/` and `policies/`";
    assert_eq!(found, [expected]);
}

#[test]
fn oversized_file_is_fault_and_not_read() {
    let mut files = example::files();
    files.insert("origins/large.toml".to_owned(), " ".repeat(registry::document::FILE_BYTES + 1));
    assert_eq!(faults(&files), ["origins/large.toml:1:1: error: the file is larger than 4194304 bytes"]);
}

#[test]
fn development_allows_private_origins_of_loopback_gateway_only() {
    let mut files = edited("https://mcp.example.com", "http://127.0.0.1:8787");
    let gateway = files.get_mut("gateway.toml").expect("the example has a gateway");
    gateway.push_str("[development]\nloopback_origins = true\n");
    let origin = files.get_mut("origins/documents.toml").expect("the example has the origin");
    *origin = origin.replace("https://documents.example.com", "http://127.0.0.1:9001");
    assert_eq!(faults(&files), Vec::<String>::new());
    let checked = folder::check(&files);
    assert!(checked.snapshot().is_some_and(|snapshot| snapshot.gateway.loopback_origins), "the gateway should know");

    let gateway = files.get_mut("gateway.toml").expect("the example has a gateway");
    *gateway = gateway.replace("loopback_origins = true", "loopback_origins = false");
    assert!(faults(&files)[0].starts_with("origins/documents.toml:1:7: error: `url` must be an `https:` URL"));
}

#[test]
fn folder_with_error_has_no_snapshot_but_may_freeze() {
    let checked = folder::check(&edited("Claude Code", ""));
    assert!(checked.snapshot().is_none(), "a folder with an error should not be published");
    assert_eq!(checked.quarantine().map(|quarantine| quarantine.tools.len()), Some(1));
    let mut files = example::files();
    files.insert("quarantine.toml".to_owned(), "tools = [\"documents_drop\"]".to_owned());
    assert!(folder::check(&files).quarantine().is_none(), "a name that freezes nothing should be mended first");
}

#[test]
fn misspelt_quarantine_file_is_not_published_as_empty() {
    let mut files = example::files();
    let text = files.remove("quarantine.toml").expect("the example has a quarantine");
    assert!(folder::check(&files).quarantine().is_some(), "a folder needs no quarantine");
    files.insert("quarantine.tml".to_owned(), text.clone());
    assert!(folder::check(&files).quarantine().is_none(), "an empty quarantine would thaw all that is frozen");
    files.insert("quarantine.toml".to_owned(), text);
    assert!(folder::check(&files).quarantine().is_some(), "a copy beside the real file should not delay a freeze");
}

/// The example with the first `from` in `gateway.toml` replaced.
fn edited(from: &str, to: &str) -> BTreeMap<String, String> {
    let mut files = example::files();
    let gateway = files.get_mut("gateway.toml").expect("the example has a gateway");
    *gateway = gateway.replacen(from, to, 1);
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn check_never_panics_on_mangled_files(
        file in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), length in 0_usize..40, put in "[\\PC\n\"']{0,12}",
    ) {
        let mut files = example::files();
        let path = files.keys().nth(file.index(files.len())).cloned().expect("the index is in range");
        let characters: Vec<char> = files[&path].chars().collect();
        let start = cut.index(characters.len());
        let end = (start + length).min(characters.len());
        let mangled = characters[..start].iter().copied().chain(put.chars()).chain(characters[end..].iter().copied());
        let lines = files.insert(path.clone(), mangled.collect()).map_or(0, |text| text.lines().count() + 13);
        for fault in folder::check(&files).faults {
            prop_assert!(usize::try_from(fault.place.line).is_ok_and(|line| line >= 1 && line <= lines.max(60)), "{}", fault);
        }
    }
}
