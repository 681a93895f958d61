//! Rotation of every kind of key: isolates of two neighbouring deployments run side by side, and each accepts the
//! tokens, sessions and records of the other.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::{
    Draft, Weir,
    jose::{Key, Token, unique},
    legacy::LegacyServer,
    registry::Publisher,
    target::{Target, skipped_if},
};
use http::Method;
use serde_json::{Value, json};

use crate::legacy::documents_of;
use crate::legacy::sessions::{draft, everything, open, send};

/// The deployments of a rotation (manual, *keys*): the first key of a set signs or seals.
const DEPLOYMENTS: [&[usize]; 4] = [&[0], &[0, 1], &[1, 0], &[1]];

/// The key sets of a deployment.
struct Keys {
    access: [Key; 2],
    identity: [Key; 2],
    publisher: [Publisher; 2],
}

impl Keys {
    fn new() -> Self {
        let key = |name: &str| Key::ed25519(hmac_sha256::Hash::hash(unique(name).as_bytes()));
        Self {
            access: [key("access-0"), key("access-1")],
            identity: [key("identity-0"), key("identity-1")],
            publisher: [Publisher::new(), Publisher::new()],
        }
    }

    /// The variables of the deployment with these keys.
    fn variables(&self, order: &[usize]) -> [(&'static str, String); 4] {
        let set = |one: &dyn Fn(usize) -> String| {
            let keys = order.iter().map(|&at| serde_json::from_str::<Value>(&one(at)).expect("a key set is JSON"));
            json!({ "keys": keys.map(|set| set["keys"][0].clone()).collect::<Vec<_>>() }).to_string()
        };
        let sealing = |at: usize| {
            let bytes = [u8::try_from(at).expect("a small number"); 32];
            json!({ "keys": [{ "kty": "oct", "kid": format!("sealing-{at}"), "k": URL_SAFE_NO_PAD.encode(bytes) }] })
                .to_string()
        };
        [
            ("ACCESS_TOKEN_KEYS", set(&|at| self.access[at].private_set(&format!("access-{at}")))),
            ("SIGNED_IDENTITY_KEYS", set(&|at| self.identity[at].private_set(&format!("identity-{at}")))),
            ("SEALING_KEYS", set(&sealing)),
            ("REGISTRY_KEYS", set(&|at| self.publisher[at].public_set())),
        ]
    }

    /// Deploys: running isolates end, and new ones have these keys.
    fn deploy(&self, weir: &Weir, deployment: usize) {
        for (name, value) in self.variables(DEPLOYMENTS[deployment]) {
            weir.running.set_variable(name, &value);
        }
        weir.running.forget();
    }
}

/// The output of a deployment: an access token, a session id, and the key id of a signed identity.
struct Given {
    token: String,
    session: String,
    identity: String,
}

fn gained(weir: &Weir) -> Given {
    let redeemed = weir.send(weir.redeeming(&weir.issuer.sign(weir.id_jag("alice"))));
    let token = redeemed.json()["access_token"].as_str().expect("a token should be given").to_owned();
    let session = open(weir, &token, &everything());
    weir.send(Draft::call("people_lookup", json!({ "query": "x" })).token(&token)).result();
    let call = weir.people.calls().pop().expect("the origin should be called");
    let identity = Token::read(call.header("weir-identity").expect("a signed identity"));
    let identity = identity.header["kid"].as_str().expect("a key id").to_owned();
    Given { token, session, identity }
}

/// Fails the test unless the running deployment accepts all of it.
fn should_take(weir: &Weir, given: &Given, why: &str) {
    assert_eq!(weir.send(Draft::list().token(&given.token)).tool_names().len(), 3, "{why}: the access token");
    let listed = send(weir, &given.session, &given.token, draft("tools/list", json!({})));
    assert_eq!(listed.status, 200, "{why}: the session: {}", listed.text());
    listed.result();
    let key_set = weir.send(Draft::bare(Method::GET, "/oauth/jwks")).json();
    let published: Vec<&str> =
        key_set["keys"].as_array().into_iter().flatten().filter_map(|key| key["kid"].as_str()).collect();
    assert!(published.contains(&given.identity.as_str()), "{why}: the signed identity's key among {published:?}");
}

#[test]
fn rotation_refuses_nothing_of_neighbouring_deployment() {
    if skipped_if(Target::chosen() == Target::Spin, "a running process keeps its variables") {
        return;
    }
    let keys = Keys::new();
    let mut setup = documents_of("legacy");
    for (name, value) in keys.variables(DEPLOYMENTS[0]) {
        match name {
            "REGISTRY_KEYS" => setup.publisher_keys = Some(value),
            _ => drop(setup.secrets.insert(name.to_owned(), value)),
        }
    }
    let weir = setup.start();
    LegacyServer::play(&weir.documents, true);
    let publish = |at: usize| {
        let now = weir.running.now();
        for (name, record) in keys.publisher[at].records(&weir.folder, weir.epoch + 1, now) {
            weir.running.put(&name, &record);
        }
    };
    publish(0);
    for deployment in 0..DEPLOYMENTS.len() {
        keys.deploy(&weir, deployment);
        let given = gained(&weir);
        should_take(&weir, &given, &format!("deployment {deployment}"));
        for neighbour in [deployment.checked_sub(1), Some(deployment + 1).filter(|&at| at < DEPLOYMENTS.len())] {
            let Some(neighbour) = neighbour else { continue };
            if neighbour == 3 {
                // The registry is published with the new key before the old one goes.
                publish(1);
            }
            keys.deploy(&weir, neighbour);
            should_take(&weir, &given, &format!("what deployment {deployment} gave, at deployment {neighbour}"));
        }
    }
}
