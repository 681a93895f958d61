//! The measured configuration of Weir: keys, a token, and registries of any size, with every feature on.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::Path,
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use oauth::{
    access_token::{self, Claims},
    jwk::{PrivateKeySet, generate},
};
use registry::compile::Validity;
use registry::folder;
use serde_json::{Value, json};

use crate::{clock, fault::Fault, origin, workers::Order};

/// The gateway's URL in the registry, independent of its actual port.
const URL: &str = "http://127.0.0.1:8787";

/// The name of the origin.
const ORIGIN: &str = "bench";

/// The validity of tokens and records, seconds: longer than any run.
const LIFETIME: u64 = 4 * 60 * 60;

/// Tools per virtual server in the registry-size run.
pub const TOOLS_EACH: usize = 10;

/// The keys of one run.
pub struct Keys {
    publisher: Key,
    access: Key,
    identity: Key,
    sealing: String,
}

/// A signing key, as JSON and parsed.
struct Key {
    private: String,
    set: PrivateKeySet,
}

impl Key {
    fn new() -> Result<Self, Fault> {
        let key = generate(random()?).map_err(|error| Fault::Found(error.to_string()))?;
        let private = format!(r#"{{"keys":[{key}]}}"#);
        let set = PrivateKeySet::parse(&private).map_err(|error| Fault::Found(error.to_string()))?;
        Ok(Self { private, set })
    }
}

fn random() -> Result<[u8; 32], Fault> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Fault::Found(format!("no random bytes: {error}")))?;
    Ok(bytes)
}

impl Keys {
    /// Makes new keys.
    pub fn new() -> Result<Self, Fault> {
        let k = URL_SAFE_NO_PAD.encode(random()?);
        let sealing = json!({ "keys": [{ "kty": "oct", "kid": "bench", "k": k }] }).to_string();
        Ok(Self { publisher: Key::new()?, access: Key::new()?, identity: Key::new()?, sealing })
    }

    /// The order of a gateway with its stores in `persist`.
    pub fn order(&self, persist: &Path) -> Order {
        Order {
            variables: json!({ "REGISTRY_KEYS": self.publisher.set.public_json() }),
            secrets: json!({
                "ACCESS_TOKEN_KEYS": self.access.private,
                "SIGNED_IDENTITY_KEYS": self.identity.private,
                "SEALING_KEYS": self.sealing,
            }),
            persist: Some(persist.to_owned()),
            ..Order::default()
        }
    }

    /// The variables of the gateway on Spin, by name.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("registry_keys", self.publisher.set.public_json()),
            ("access_token_keys", self.access.private.clone()),
            ("signed_identity_keys", self.identity.private.clone()),
            ("sealing_keys", self.sealing.clone()),
        ]
    }

    /// The private JWK set that signs the registry.
    pub fn publisher(&self) -> &str {
        &self.publisher.private
    }

    /// An access token of a user in `group`, in Weir's own form.
    pub fn token(&self, group: &str) -> Result<String, Fault> {
        self.token_for("/mcp", group)
    }

    /// The same for the protected resource at `path`.
    pub fn token_for(&self, path: &str, group: &str) -> Result<String, Fault> {
        let now = clock::unix_milliseconds() / 1000;
        let claims = Claims {
            issuer: URL.to_owned(),
            subject: "alice".to_owned(),
            audience: format!("{URL}{path}"),
            client_id: "bench".to_owned(),
            issued_at: now,
            began_at: now,
            expires_at: now + LIFETIME,
            jti: format!("bench-{now}"),
            scope: vec!["tools:list".to_owned(), "tools:call".to_owned()],
            groups: vec![group.to_owned()],
            team: Some("bench".to_owned()),
            project: None,
            tenant: None,
            identity_provider: "https://idp.example.com".to_owned(),
            acr: None,
            amr: Vec::new(),
            auth_time: None,
            audience_subject: None,
            key_thumbprint: None,
        };
        access_token::mint(&self.access.set, &claims).map_err(|error| Fault::Found(format!("no access token: {error}")))
    }

    /// Compiles and signs `folder`, and writes the records into the file `seed`, one `{"key", "value"}` per line;
    /// returns their number.
    pub fn seal(&self, folder: &BTreeMap<String, String>, seed: &Path) -> Result<usize, Fault> {
        let checked = folder::check(folder);
        let snapshot = checked.snapshot().ok_or_else(|| {
            let faults: Vec<String> = checked.faults.iter().take(10).map(ToString::to_string).collect();
            Fault::Found(format!("the bench's registry does not compile:\n{}", faults.join("\n")))
        })?;
        let epoch = clock::unix_milliseconds();
        let sealed = snapshot
            .seal(&self.publisher.set, epoch, Validity::until(epoch / 1000 + LIFETIME))
            .map_err(|error| Fault::Found(error.to_string()))?;
        let fault = |source| Fault::File { path: seed.to_owned(), source };
        let mut file = BufWriter::new(File::create(seed).map_err(fault)?);
        for (key, value) in sealed.records.iter().chain(&sealed.standing) {
            let line: Value = json!({ "key": key, "value": STANDARD.encode(value) });
            writeln!(file, "{line}").map_err(fault)?;
        }
        file.flush().map_err(fault)?;
        Ok(sealed.records.len() + sealed.standing.len())
    }
}

/// The exposed name of the origin's tool number `at`.
pub fn exposed(at: usize) -> String {
    format!("{ORIGIN}_{}", origin::tool_name(at))
}

/// The name of group and virtual server number `at`.
pub fn team(at: usize) -> String {
    format!("team-{at:05}")
}

/// A registry with one virtual server of all tools; the group `half` may list and call every second tool.
pub fn one_virtual_server(origin_url: &str) -> BTreeMap<String, String> {
    let names = |odd: usize| -> Vec<String> { (0..origin::TOOLS).filter(|at| at % 2 == odd).map(exposed).collect() };
    let mut gateway = head();
    for (group, odd) in [("half", 0), ("other-half", 1)] {
        role(&mut gateway, group, &format!("tools = {}", json!(names(odd))), "bench");
    }
    let virtual_servers = BTreeMap::from([("bench".to_owned(), virtual_server(origin::TOOLS))]);
    files(gateway, origin_url, origin::TOOLS, virtual_servers)
}

/// A registry with `count` virtual servers of [`TOOLS_EACH`] tools, each with its own group and role.
pub fn many_virtual_servers(origin_url: &str, count: usize) -> BTreeMap<String, String> {
    let mut gateway = head();
    for name in (0..count).map(team) {
        role(&mut gateway, &name, &format!(r#"virtual_servers = ["{name}"]"#), &name);
    }
    let virtual_servers = (0..count).map(|at| (team(at), virtual_server(TOOLS_EACH))).collect();
    files(gateway, origin_url, TOOLS_EACH, virtual_servers)
}

fn head() -> String {
    format!(
        r#"url = "{URL}"

[limits]
requests_per_minute = 100000

[development]
loopback_origins = true

[[issuers]]
name = "corporate"
issuer = "https://idp.example.com"
jwks_uri = "https://idp.example.com/jwks"
algorithms = ["ES256"]
groups_claim = "groups"

[[clients]]
id = "bench"
title = "The bench"
secret_hashes = ["sha256:{}"]
"#,
        "0".repeat(64)
    )
}

/// Adds a group and its role.
fn role(gateway: &mut String, group: &str, grants: &str, virtual_server: &str) {
    // Writing to a String never fails.
    let _ = write!(
        gateway,
        r#"
[[roles]]
name = "{group}"
{grants}

[[groups]]
name = "{group}"
roles = ["{group}"]
virtual_server = "{virtual_server}"
team = "bench"
"#
    );
}

fn virtual_server(tools: usize) -> String {
    let mut text = "title = \"Bench\"\ndescription = \"What is measured\"\n".to_owned();
    for at in 0..tools {
        let _ = write!(text, "\n[[tools]]\norigin = \"{ORIGIN}\"\ntool = \"{}\"\n", origin::tool_name(at));
    }
    text
}

fn files(
    gateway: String,
    origin_url: &str,
    tools: usize,
    virtual_servers: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut origin = format!(
        r#"url = "{origin_url}"
owner = "bench"
risk = "low"
credential = {{ type = "none" }}

[[prices]]
per_call = "0.002"
currency = "USD"
from = "2026-01-01"
"#
    );
    for at in 0..tools {
        let _ = write!(
            origin,
            "\n[tools.{}]\narguments = {{ query = \"string\", limit = \"long\" }}\nread_only = true\n",
            origin::tool_name(at)
        );
    }
    let rule = format!(
        r#"@id("small-searches")
forbid (principal, action == Action::"call", resource == Tool::"{}")
when {{ context.arguments has limit && context.arguments.limit > 100 }};
"#,
        exposed(0)
    );
    let mut files: BTreeMap<String, String> =
        virtual_servers.into_iter().map(|(name, text)| (format!("virtual-servers/{name}.toml"), text)).collect();
    files.insert("gateway.toml".to_owned(), gateway);
    files.insert(format!("origins/{ORIGIN}.toml"), origin);
    files.insert("policies/limits.cedar".to_owned(), rule);
    files
}

/// Makes `path` an empty folder; removes its previous content.
pub fn empty(path: &Path) -> Result<(), Fault> {
    let fault = |source| Fault::File { path: path.to_owned(), source };
    if path.exists() {
        fs::remove_dir_all(path).map_err(fault)?;
    }
    fs::create_dir_all(path).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_compile_and_are_signed() {
        let folder = std::env::temp_dir().join(format!("weir-bench-{}", std::process::id()));
        empty(&folder).expect("the folder should be made");
        let keys = Keys::new().expect("keys should be made");
        let seed = folder.join("seed.jsonl");
        let one = keys.seal(&one_virtual_server("http://127.0.0.1:1/mcp"), &seed).expect("one should be sealed");
        assert_eq!(one, 6, "gateway, needs, assignments, virtual server, quarantine and head");
        let many = keys.seal(&many_virtual_servers("http://127.0.0.1:1/mcp", 12), &seed).expect("12 should be sealed");
        assert_eq!(many, 17, "twelve virtual servers and five more");
        let text = fs::read_to_string(&seed).expect("the seed should be there");
        assert_eq!(text.lines().count(), 17);
        fs::remove_dir_all(folder).expect("the folder should go away");
    }

    #[test]
    fn token_is_accepted_by_weir() {
        let keys = Keys::new().expect("keys should be made");
        let token = keys.token("half").expect("a token should be minted");
        let now = clock::unix_milliseconds() / 1000;
        let claims = access_token::verify(&token, keys.access.set.public(), URL, &format!("{URL}/mcp"), now);
        assert_eq!(claims.expect("the token should be good").groups, ["half"]);
    }
}
