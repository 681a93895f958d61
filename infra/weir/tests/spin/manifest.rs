//! Black-box tests of the edits of `spin.toml`.

use super::*;

/// [`MANIFEST`] after the example was published; no other byte may differ.
const PUBLISHED: &str = r#"# The app.
spin_manifest_version = 2

[application]
name = "weir" # its name

[variables]
registry_keys = { default = "", secret = true }
redis_url     = { default = "" }   # empty: embedded
origin_documents_secret = { default = "", secret = true }

# The gateway.
[component.gateway]
source = "gateway_spin.wasm"
key_value_stores = ["default"]
allowed_outbound_hosts = [
    "redis://127.0.0.1:6379", # the one of redis_url
    # `weir registry publish --to spin` writes the registry's hosts here.
    "https://documents.example.com",
    "https://tickets.example.com",
    "https://idp.example.com",
]

[component.gateway.variables]
registry_keys = "{{ registry_keys }}"
origin_documents_secret = "{{ origin_documents_secret }}"

# The ledger.
[component.ledger]
source = "ledger_spin.wasm"
allowed_outbound_hosts = ["redis://127.0.0.1:6379"]
"#;

/// The array `allowed_outbound_hosts` after `registry` was published over `array`.
fn allowed(scratch: &Scratch, array: &str, registry: &str) -> String {
    let before = MANIFEST.find("allowed_outbound_hosts = [\n").expect("the manifest has an array");
    let after = MANIFEST.find("\n[component.gateway.variables]").expect("the manifest has variables");
    let (head, tail) = (&MANIFEST[..before], &MANIFEST[after..]);
    scratch.write("spin.toml", &format!("{head}allowed_outbound_hosts = {array}\n{tail}"));
    scratch.published(registry, &[]);
    let written = scratch.read("spin.toml");
    let start =
        written.find("allowed_outbound_hosts = ").expect("the array is there") + "allowed_outbound_hosts = ".len();
    let end = written.find("\n\n[component.gateway.variables]").expect("the variables are there");
    written[start..end].to_owned()
}

#[test]
fn only_hosts_and_secrets_are_changed() {
    let scratch = Scratch::new();
    let printed = scratch.published(example(), &[]);
    assert_eq!(scratch.read("spin.toml"), PUBLISHED);
    for change in [
        "spin.toml: + host https://documents.example.com\n",
        "spin.toml: + host https://tickets.example.com\n",
        "spin.toml: + host https://idp.example.com\n",
        "spin.toml: + variable origin_documents_secret\n",
    ] {
        assert_eq!(printed.matches(change).count(), 1, "`{change}` should be printed once: {printed}");
    }
    assert!(printed.contains("redeploy with it: until then the gateway can't call the hosts"), "{printed}");
}

#[test]
fn correct_manifest_is_unchanged() {
    let scratch = Scratch::new();
    // The same entries in another spelling.
    let own = PUBLISHED.replace(
        "    \"https://tickets.example.com\",\n    \"https://idp.example.com\",\n]",
        "  'https://idp.example.com'    ,    \"https://tickets.example.com\" ]",
    );
    assert_ne!(own, PUBLISHED);
    scratch.write("spin.toml", &own);
    let printed = scratch.published(example(), &[]);
    assert_eq!(scratch.read("spin.toml"), own);
    assert!(!printed.contains("redeploy") && !printed.contains("spin.toml"), "{printed}");
}

#[test]
fn crlf_line_ends_are_kept() {
    let scratch = Scratch::new();
    scratch.write("spin.toml", &MANIFEST.replace('\n', "\r\n"));
    scratch.published(example(), &[]);
    assert_eq!(scratch.read("spin.toml").replace("\r\n", "\n"), PUBLISHED);
    let own = MANIFEST.lines().filter(|line| scratch.read("spin.toml").contains(&format!("{line}\r\n")));
    assert_eq!(own.count(), MANIFEST.lines().count(), "every line that was there: {:?}", scratch.read("spin.toml"));
}

#[test]
fn removed_origins_and_issuers_are_removed() {
    let scratch = Scratch::new();
    scratch.published(example(), &[]);
    let key = "credential = { type = \"header\", name = \"X-Api-Key\" }";
    let folder = scratch.edited(example(), "origins/documents.toml", key, "credential = { type = \"none\" }");
    let gateway = fs::read_to_string(Path::new(&folder).join("gateway.toml")).expect("the file is there");
    let moved = gateway.replace("https://idp.example.com/keys", "https://tickets.example.com/keys");
    fs::write(Path::new(&folder).join("gateway.toml"), moved).expect("a file is written");
    let printed = scratch.published(&folder, &[]);
    let left = PUBLISHED.lines().filter(|line| !line.contains("origin_documents_secret") && !line.contains("idp."));
    assert_eq!(scratch.read("spin.toml"), left.map(|line| format!("{line}\n")).collect::<String>());
    assert!(printed.contains("spin.toml: - variable origin_documents_secret\n"), "{printed}");
    assert!(printed.contains("spin.toml: - host https://idp.example.com\n"), "{printed}");
    assert!(printed.contains("until then the gateway may still call removed hosts"), "{printed}");
}

#[test]
fn comments_of_remaining_entries_are_kept() {
    let array = "[ # what may be called\n  # the handbook\n  \"https://documents.example.com\", # since March\n\n  # the old CRM\n  \"https://crm.example.com\", # until May\n  # Redis\n  \"rediss://cache:6380\" # TLS\n  # the end\n]";
    assert_eq!(
        allowed(&Scratch::new(), array, example()),
        "[ # what may be called\n  # the handbook\n  \"https://documents.example.com\", # since March\n\n  # the old CRM\n  # Redis\n  \"rediss://cache:6380\", # TLS\n  # the end\n  \"https://tickets.example.com\",\n  \"https://idp.example.com\",\n]"
    );
}

#[test]
fn emptied_array_keeps_its_comments() {
    let scratch = Scratch::new();
    let array = "[ # what may be called\n    # written by `weir registry publish`\n    \"https://idp.example.com\",\n]";
    let full = allowed(&scratch, array, example());
    let alone = "url = \"https://mcp.example.com\"\n";
    fs::create_dir_all(scratch.path("empty")).expect("a folder can be made");
    scratch.write("empty/gateway.toml", alone);
    let accepted = [("issuers", "nobody"), ("clients", "no agent")].map(|(key, who)| {
        let warning = format!("there is no `[[{key}]]`: {who} can sign in");
        format!("[[warnings]]\nfile = \"gateway.toml\"\nwarning = \"{warning}\"\nreason = \"nothing is served\"\n")
    });
    scratch.write("empty/accepted.toml", &accepted.concat());
    let nothing = allowed(&scratch, &full, text(&scratch.path("empty")));
    assert_eq!(nothing, "[ # what may be called\n    # written by `weir registry publish`\n]");
    let order = ["https://documents", "https://tickets", "https://idp"];
    let listed: String = order.iter().map(|host| format!("    \"{host}.example.com\",\n")).collect();
    assert_eq!(
        allowed(&scratch, &nothing, example()),
        format!("[ # what may be called\n    # written by `weir registry publish`\n{listed}]")
    );
    assert_eq!(allowed(&scratch, "[\"https://idp.example.com\"]", text(&scratch.path("empty"))), "[]");
}

#[test]
fn wildcards_are_removed_and_never_written() {
    let scratch = Scratch::new();
    let only = "[\n    \"https://documents.example.com\",\n    \"https://tickets.example.com\",\n    \"https://idp.example.com\",\n]";
    for array in [
        "[\"*://*:*\"]",
        "[\"https://*\", \"https://*.example.com\", \"http://*:*\", \"https://documents.example.com:*\"]",
        "[\"https://{{ host }}\", \"https://self\", \"insecure:allow-all\", \"postgres://books\"]",
        "[]",
    ] {
        assert_eq!(allowed(&scratch, array, example()), only, "{array}");
    }
    // A URL may have such hosts; the registry refuses them.
    scratch.write("spin.toml", MANIFEST);
    for host in ["*.example.com", "documents.*", "{{redis_url}}.example.com"] {
        let folder = scratch.edited(example(), "origins/documents.toml", "documents.example.com", host);
        let output = scratch.publish(&folder, &[]);
        assert_eq!(output.status.code(), Some(1), "{host}: {output:?}");
        assert!(err(&output).contains("origins/documents.toml:1:7: error: `url` must be a URL"), "{host}: {output:?}");
        assert_eq!(scratch.read("spin.toml"), MANIFEST, "{host}");
    }
}

#[test]
fn reserved_host_of_spin_is_refused_before_any_write() {
    let scratch = Scratch::new();
    let folder = scratch.edited(demo(), "origins/documents.toml", "http://127.0.0.1:8790/mcp", "http://self/mcp");
    let output = scratch.publish(&folder, &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(err(&output).contains("origin `documents` names `http://self/mcp`"), "{output:?}");
    assert_eq!(scratch.read("spin.toml"), MANIFEST);
    assert!(!scratch.path(".spin").exists(), "nothing should be written");
}

#[test]
fn ports_and_loopback_hosts_are_kept() {
    let scratch = Scratch::new();
    assert_eq!(
        allowed(&scratch, "[\"redis://127.0.0.1:6379\"]", demo()),
        "[\n    \"redis://127.0.0.1:6379\",\n    \"http://127.0.0.1:8790\",\n    \"http://127.0.0.1:8792\",\n    \"http://127.0.0.1:8793\",\n    \"http://127.0.0.1:8789\",\n    \"http://127.0.0.1:8791\",\n]",
        "the demo's origins in the order of their names, with the server that gives their tokens"
    );
    let folder = scratch.edited(example(), "origins/tickets.toml", "tickets.example.com/", "tickets.example.com:8443/");
    assert!(allowed(&scratch, "[]", &folder).contains("\n    \"https://tickets.example.com:8443\",\n"));
}

#[test]
fn redis_entries_are_kept() {
    let scratch = Scratch::new();
    let array = "[\"redis://*:6379\", '{{ redis_url }}', \"rediss://cache:6380\", \"https://old.example.com\"]";
    let written = allowed(&scratch, array, example());
    assert!(
        written.starts_with("[\n    \"redis://*:6379\",\n    '{{ redis_url }}',\n    \"rediss://cache:6380\",\n"),
        "{written}"
    );
    let output = scratch.publish(example(), &[]);
    assert!(
        err(&output).contains("warning: ") && err(&output).contains("`redis://*:6379` allows more than one host"),
        "{output:?}"
    );
}

#[test]
fn inline_variables_are_found() {
    let scratch = Scratch::new();
    let inline = MANIFEST
        .replace("\n[component.gateway.variables]\nregistry_keys = \"{{ registry_keys }}\"\n", "")
        .replace("key_value_stores", "variables = { registry_keys = \"{{ registry_keys }}\" }\nkey_value_stores");
    scratch.write("spin.toml", &inline);
    scratch.published(example(), &[]);
    let written: toml::Table = scratch.read("spin.toml").parse().expect("the manifest is TOML");
    let given = written["component"]["gateway"]["variables"].as_table().expect("the variables are a table");
    let names: Vec<&str> = given.keys().map(String::as_str).collect();
    assert_eq!(names, ["origin_documents_secret", "registry_keys"]);
    assert_eq!(given["origin_documents_secret"].as_str(), Some("{{ origin_documents_secret }}"));
    let own = "origin_documents_secret = { required = true }";
    let named = PUBLISHED.replace("origin_documents_secret = { default = \"\", secret = true }", own);
    scratch.write("spin.toml", &named);
    scratch.published(example(), &[]);
    assert_eq!(scratch.read("spin.toml"), named, "a variable that is there should stay as it is declared");
}

#[test]
fn manifest_without_gateway_is_refused_before_any_write() {
    let scratch = Scratch::new();
    for (manifest, cause) in [
        (MANIFEST.replace("component.gateway", "component.other"), "it has no `[component.gateway]`"),
        (MANIFEST.replace("allowed_outbound_hosts = [\n", "allowed_outbound_hosts = [\n1,"), "no array of texts"),
        ("[variables\n".to_owned(), "is no manifest of a gateway"),
    ] {
        scratch.write("spin.toml", &manifest);
        let output = scratch.publish(example(), &[]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(err(&output).contains(cause), "{output:?}");
        assert_eq!(scratch.read("spin.toml"), manifest);
    }
    fs::remove_file(scratch.path("spin.toml")).expect("the manifest goes away");
    let output = scratch.publish(example(), &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(err(&output).contains("can't read") && err(&output).contains("spin.toml"), "{output:?}");
    assert!(!scratch.path(".spin").exists(), "nothing should be published");
}

#[test]
fn origin_name_without_valid_variable_is_refused() {
    let scratch = Scratch::new();
    let folder = scratch.edited(example(), "gateway.toml", "origins = [\"documents\"]", "origins = []");
    let origins = Path::new(&folder).join("origins");
    let text = fs::read_to_string(origins.join("documents.toml")).expect("the file is there");
    fs::write(origins.join("crm--eu.toml"), text).expect("a file is written");
    let output = scratch.publish(&folder, &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(err(&output).contains("Spin allows no variable `origin_crm__eu_secret`"), "{output:?}");
    assert_eq!(scratch.read("spin.toml"), MANIFEST);
}
