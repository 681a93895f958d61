//! A registry folder for tests, and the publisher that compiles, signs and seals it.

use std::collections::BTreeMap;

use oauth::jwk::PrivateKeySet;
use registry::{
    compile::Validity,
    folder,
    record::{Freshness, RecordKey, seal},
};
use sha2::{Digest, Sha256};

use crate::{
    issuer::Issuer,
    jose::{Key, unique},
    origin::Origin,
};

/// The gateway's own address in the registry, independent of the port that a test connects to.
pub const URL: &str = "http://127.0.0.1:8787";

/// The id of the usual agent, and its secret.
pub const CLIENT: (&str, &str) = ("claude-code", "correct horse: battery/staple");

/// The groups that the identity provider asserts, and the team and project that the registry gives them.
pub(crate) fn membership(person: &str) -> (&'static [&'static str], Option<&'static str>, Option<&'static str>) {
    match person {
        "alice" => (&["everyone", "support"], Some("support"), Some("helpdesk")),
        "bob" => (&["engineering"], Some("platform"), Some("tooling")),
        "carol" => (&["visitors"], None, None),
        other => panic!("nobody is called `{other}`"),
    }
}

/// Two teams and a visitor, three origins, two virtual servers, one rule on arguments.
///
/// | person | group | virtual server | may list | may call |
/// |---|---|---|---|---|
/// | alice | support | `support` | `documents_search`, `tickets_find`, `people_lookup` | the same, a search of at most 100 |
/// | bob | engineering | `engineering` | `documents_search`, `documents_delete`, `documents_export` | all but the export, which no list shows |
/// | carol | visitors | none | nothing | nothing |
pub fn standard_folder(
    issuer: &Issuer,
    documents: &Origin,
    tickets: &Origin,
    people: &Origin,
) -> BTreeMap<String, String> {
    let hash = |secret: &str| -> String { Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect() };
    let gateway = format!(
        r#"url = "{URL}"

[development]
loopback_origins = true

[browser]
origins = ["https://inspector.example.com"]

[[issuers]]
name = "corporate"
issuer = "{issuer}"
jwks_uri = "{jwks_uri}"
algorithms = ["ES256"]
groups_claim = "groups"

[[clients]]
id = "{client}"
title = "Claude Code"
secret_hashes = ["sha256:{secret_hash}"]

[[clients]]
id = "other-agent"
title = "Another agent"
secret_hashes = ["sha256:{other_hash}"]

[[roles]]
name = "reader"
tools = ["documents_search", "tickets_find", "people_lookup"]

[[roles]]
name = "keeper"
tools = ["documents_search", "documents_delete", "documents_export"]

[[groups]]
name = "support"
roles = ["reader"]
virtual_server = "support"
team = "support"
project = "helpdesk"

[[groups]]
name = "engineering"
roles = ["keeper"]
virtual_server = "engineering"
team = "platform"
project = "tooling"
"#,
        issuer = issuer.url(),
        jwks_uri = issuer.jwks_uri(),
        client = CLIENT.0,
        secret_hash = hash(CLIENT.1),
        other_hash = hash("nobody uses it"),
    );
    let documents = format!(
        r#"url = "{}"
title = "Documents"
owner = "platform"
era = "modern"
timeout_ms = 2500
credential = {{ type = "none" }}
data_classes = ["internal"]
risk = "low"

[[prices]]
per_call = "0.002"
currency = "USD"
from = "2026-01-01"

[tools.search]
arguments = {{ query = "string", limit = "long" }}
read_only = true
audit_arguments = ["limit"]

[tools.delete]
arguments = {{ id = {{ type = "string", required = true }} }}
destructive = true

[tools.export]
read_only = true
"#,
        documents.url()
    );
    let tickets = format!(
        r#"url = "{}"
owner = "support"
era = "modern"
timeout_ms = 2500
risk = "low"
credential = {{ type = "header", name = "Authorization", prefix = "Bearer " }}

[tools.find]
arguments = {{ query = "string" }}
"#,
        tickets.url()
    );
    let people = format!(
        r#"url = "{}"
owner = "people-team"
era = "modern"
timeout_ms = 2500
risk = "high"
credential = {{ type = "signed_identity" }}

[tools.lookup]
arguments = {{ query = "string" }}
"#,
        people.url()
    );
    let support = r#"title = "Support"
description = "What the help desk needs"
instructions = "Search before you answer."

[[tools]]
origin = "documents"
tool = "search"
title = "Search the handbook"

[[tools]]
origin = "documents"
tool = "delete"

[[tools]]
origin = "tickets"
tool = "find"

[[tools]]
origin = "people"
tool = "lookup"
"#;
    let engineering = r#"title = "Engineering"
description = "What engineers need"

[[tools]]
origin = "documents"
tool = "search"

[[tools]]
origin = "documents"
tool = "delete"

[[tools]]
origin = "documents"
tool = "export"
"#;
    let rules = r#"@id("small-searches")
forbid (principal, action == Action::"call", resource == Tool::"documents_search")
when { context.arguments has limit && context.arguments.limit > 100 };

@id("no-exports")
forbid (principal, action == Action::"call", resource == Tool::"documents_export");
"#;
    [
        ("gateway.toml", gateway.as_str()),
        ("origins/documents.toml", &documents),
        ("origins/tickets.toml", &tickets),
        ("origins/people.toml", &people),
        ("virtual-servers/support.toml", support),
        ("virtual-servers/engineering.toml", engineering),
        ("policies/limits.cedar", rules),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into()
}

/// The key pair that signs the registry.
#[derive(Clone)]
pub struct Publisher {
    key: Key,
}

impl Default for Publisher {
    fn default() -> Self {
        Self::new()
    }
}

impl Publisher {
    /// Makes a new key.
    pub fn new() -> Self {
        Self { key: Key::ed25519(hmac_sha256::Hash::hash(unique("publisher").as_bytes())) }
    }

    /// The value of `REGISTRY_KEYS`.
    pub fn public_set(&self) -> String {
        self.key.public_set("publisher-1")
    }

    /// Every record of the folder's snapshot by its key, with `head` and `quarantine`, both valid for a day from `now`.
    #[track_caller]
    pub fn records(&self, folder: &BTreeMap<String, String>, epoch: u64, now: u64) -> BTreeMap<String, Vec<u8>> {
        let checked = folder::check(folder);
        let faults: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
        let snapshot =
            checked.snapshot().unwrap_or_else(|| panic!("the folder should compile:\n{}", faults.join("\n")));
        let sealed =
            snapshot.seal(&self.keys(), epoch, Validity::until(now + 86_400)).expect("a snapshot should be sealed");
        sealed.records.into_iter().chain(sealed.standing).collect()
    }

    /// The record `head`, which names `epoch`.
    pub fn head(&self, epoch: u64, freshness: Freshness) -> Vec<u8> {
        self.seal(&RecordKey::Head, Some(freshness), format!(r#"{{"epoch":{epoch}}}"#).as_bytes())
    }

    /// The record `quarantine` with this JSON.
    pub fn quarantine(&self, frozen: &str, freshness: Freshness) -> Vec<u8> {
        self.seal(&RecordKey::Quarantine, Some(freshness), frozen.as_bytes())
    }

    /// A signed record of any kind.
    pub fn seal(&self, key: &RecordKey<'_>, freshness: Option<Freshness>, raw: &[u8]) -> Vec<u8> {
        seal(&self.keys(), key, freshness, raw).expect("a record should be sealed")
    }

    fn keys(&self) -> PrivateKeySet {
        PrivateKeySet::parse(&self.key.private_set("publisher-1")).expect("the publisher's key should be one")
    }
}
