//! The authorization server and resource server that the vectors are for, and the parties around it.

use std::collections::BTreeMap;

use harness::{
    Reply, Setup, Weir,
    client::encode,
    jose::{Key, Token},
    network::{Documents, Site},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Step, TIME};

/// The issuer identifier of the server.
pub const SERVER: &str = "https://mcp.example.com";
/// The usual identity provider.
pub const ISSUER: &str = "https://idp.example.com";
/// An identity provider of several tenants; `acme` is trusted.
pub const TENANTS: &str = "https://tenants.example.com";
/// An identity provider that publishes 1,000 keys.
pub const MANY_KEYS: &str = "https://many-keys.example.com";
/// An identity provider whose users need tokens that are bound to a key.
pub const DEMANDING: &str = "https://demanding.example.com";
/// The client with a secret.
pub const CLIENT: (&str, &str) = ("claude-code", "vector-secret-of-claude-code");
/// The client that signs.
pub const SIGNER: &str = "build-agent";

/// The key of the usual identity provider: P-256, the seed is 32 times 11.
pub fn issuer_key() -> Key {
    Key::es256([11; 32])
}

/// The key of the provider with tenants: P-256, 32 times 12.
pub fn tenants_key() -> Key {
    Key::es256([12; 32])
}

/// The key of the client that signs: Ed25519, 32 times 13.
pub fn signer_key() -> Key {
    Key::ed25519([13; 32])
}

/// The key of the server's access tokens: Ed25519, 32 times 14.
pub fn server_key() -> Key {
    Key::ed25519([14; 32])
}

fn set(key: &Key, kid: &str) -> Value {
    serde_json::from_str(&key.public_set(kid)).expect("a JWK set")
}

/// The nonce of DPoP proofs that the server accepts at that time.
pub fn nonce() -> String {
    let keys = oauth::jwk::PrivateKeySet::parse(&server_key().private_set("access-1")).expect("a private key set");
    oauth::dpop::nonce::make(&keys, TIME)
}

/// The server, for whoever runs the vectors elsewhere.
pub fn described() -> Value {
    let issuer = |issuer: &str, keys: Value, more: Value| {
        let mut described =
            json!({ "issuer": issuer, "jwks": keys, "algorithms": ["ES256"], "assertion_seconds": 300 });
        more.as_object().expect("an object").iter().for_each(|(name, value)| described[name] = value.clone());
        described
    };
    json!({
        "time": TIME,
        "issuer": SERVER,
        "token_endpoint": format!("{SERVER}/oauth/token"),
        "resources": [format!("{SERVER}/mcp"), format!("{SERVER}/mcp/support")],
        "default_resource": format!("{SERVER}/mcp"),
        "scopes": oauth::scope::KNOWN,
        "clients": [
            { "client_id": CLIENT.0, "client_secret": CLIENT.1 },
            { "client_id": SIGNER, "jwks": set(&signer_key(), "signer-1") },
        ],
        "trusted_issuers": [
            issuer(ISSUER, set(&issuer_key(), "idp-1"), json!({})),
            issuer(TENANTS, set(&tenants_key(), "tenants-1"), json!({ "tenant": "acme", "aud_tenant": "acme-here" })),
            issuer(MANY_KEYS, json!("1,000 keys: that of the first issuer, with `kid` \"0\" to \"999\""), json!({})),
            issuer(DEMANDING, set(&issuer_key(), "idp-1"), json!({ "require_dpop": true })),
        ],
        "refused_users": [{ "iss": ISSUER, "sub": "mallory" }],
        "access_token_jwks": set(&server_key(), "access-1"),
        "dpop_nonce": nonce(),
    })
}

/// Weir as that server.
pub fn start() -> Weir {
    let mut setup = Setup::new();
    let hash: String = Sha256::digest(CLIENT.1).iter().map(|byte| format!("{byte:02x}")).collect();
    let issuers = [
        (ISSUER, ""),
        (TENANTS, "tenant = \"acme\"\naud_tenant = \"acme-here\"\n"),
        (MANY_KEYS, ""),
        (DEMANDING, "require_dpop = true\n"),
    ];
    let issuers = issuers.iter().zip(0..).map(|((issuer, more), number)| {
        format!(
            "[[issuers]]\nname = \"issuer-{number}\"\nissuer = \"{issuer}\"\njwks_uri = \"{issuer}/jwks\"\nalgorithms = [\"ES256\"]\n{more}"
        )
    });
    let gateway = format!(
        "url = \"{SERVER}\"\n\n{}\n[[clients]]\nid = \"{}\"\ntitle = \"Claude Code\"\nsecret_hashes = [\"sha256:{hash}\"]\n\n\
         [[clients]]\nid = \"{SIGNER}\"\ntitle = \"Build agent\"\njwks = '{}'\n\n\
         [[groups]]\nname = \"support\"\nvirtual_server = \"support\"\n",
        issuers.collect::<Vec<_>>().join("\n"),
        CLIENT.0,
        set(&signer_key(), "signer-1"),
    );
    setup.folder = BTreeMap::from([
        ("gateway.toml".to_owned(), gateway),
        ("quarantine.toml".to_owned(), format!("principals = [\"{ISSUER}|mallory\"]\n")),
        ("virtual-servers/support.toml".to_owned(), "title = \"Support\"\ndescription = \"Nothing\"\n".to_owned()),
    ]);
    setup.secrets.insert("ACCESS_TOKEN_KEYS".to_owned(), server_key().private_set("access-1"));
    let many: Vec<Value> = (0..1_000)
        .map(|number| {
            let mut jwk = issuer_key().public_jwk();
            jwk["kid"] = json!(number.to_string());
            jwk
        })
        .collect();
    for (issuer, keys) in [
        (ISSUER, set(&issuer_key(), "idp-1")),
        (TENANTS, set(&tenants_key(), "tenants-1")),
        (MANY_KEYS, json!({ "keys": many })),
        (DEMANDING, set(&issuer_key(), "idp-1")),
    ] {
        let documents = Documents::default();
        documents.set("/jwks", Reply::json(&keys));
        setup = setup.site(issuer.trim_start_matches("https://"), Site::Documents(documents));
    }
    setup.start()
}

/// An unsigned ID-JAG with this `jti`, of the usual issuer for the client with a secret, valid for five minutes.
pub fn id_jag(jti: &str) -> Token {
    let claims = json!({
        "iss": ISSUER, "sub": "alice", "aud": SERVER, "client_id": CLIENT.0, "jti": jti, "iat": TIME, "exp": TIME + 300,
        "scope": "tools:list tools:call", "groups": ["support"],
    });
    Token::new("oauth-id-jag+jwt", "idp-1", claims)
}

/// `Authorization` of the client with a secret.
pub fn basic() -> (&'static str, String) {
    let draft = harness::Draft::bare(http::Method::POST, "/").basic(CLIENT.0, CLIENT.1);
    ("authorization", draft.headers["authorization"].to_str().expect("plain text").to_owned())
}

/// A token request with these parameters.
pub fn request(headers: &[(&'static str, String)], fields: &[(&str, &str)], expected: Value) -> Step {
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    Step { headers: headers.to_vec(), body: body.join("&"), expected }
}

/// The redemption of this assertion by the client with a secret, with further parameters.
pub fn redeem(assertion: &str, more: &[(&str, &str)], expected: Value) -> Step {
    let fields = [&[("grant_type", GRANT), ("assertion", assertion)], more].concat();
    request(&[basic()], &fields, expected)
}

/// The grant type.
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A granted bearer token for the default resource with both scopes.
pub fn granted() -> Value {
    json!({ "status": 200, "token_type": "Bearer", "scope": "tools:list tools:call", "resource": format!("{SERVER}/mcp") })
}

/// A refusal with this error.
pub fn refused(error: &str) -> Value {
    json!({ "status": if error == "invalid_client" { 401 } else { 400 }, "error": error })
}
