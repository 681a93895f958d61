//! Services: clients that act for themselves (`client_credentials`), as principals that policy can name.

use harness::{
    Answer, Draft, Setup, Weir,
    authorization_server::AuthorizationServer,
    dpop::Holder,
    jose::{Key, Token, unique},
    weir::{CLIENT, URL},
};
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The id of the service, and its secret.
const NIGHTLY: (&str, &str) = ("nightly", "a secret of the nightly job");

/// A Weir with two services: one has a secret, one authenticates with `private_key_jwt`.
fn setup(settings: &str) -> Setup {
    let hash: String = Sha256::digest(NIGHTLY.1).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut jwk = signing().public_jwk();
    jwk["kid"] = json!("one");
    let clients = format!(
        "[[clients]]\nid = \"{}\"\ntitle = \"Nightly\"\nsecret_hashes = [\"sha256:{hash}\"]\n{settings}\n\n\
         [[clients]]\nid = \"signing\"\ntitle = \"Signing\"\njwks = '{}'\nservice = {{}}\n\n[[roles]]\nname = \"reader\"",
        NIGHTLY.0,
        json!({ "keys": [jwk] })
    );
    Setup::new().replace("gateway.toml", "[[roles]]\nname = \"reader\"", &clients)
}

const USUAL: &str = "service = { groups = [\"support\"] }";

fn signing() -> Key {
    Key::es256([6; 32])
}

fn ask(weir: &Weir, fields: &[(&str, &str)]) -> Answer {
    weir.send(Draft::form(&[&[("grant_type", "client_credentials")], fields].concat()).basic(NIGHTLY.0, NIGHTLY.1))
}

/// The access token of an answer.
#[track_caller]
fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().expect("a token").to_owned()
}

#[track_caller]
fn should_refuse(answer: &Answer, status: u16, error: &str, why: &str) {
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (status, &json!(error)), "{why}: {}", answer.text());
    assert!(answer.json().get("access_token").is_none(), "{why}");
}

#[test]
fn service_gets_token_about_itself_that_works() {
    let weir = setup(USUAL).start();
    let answer = ask(&weir, &[]);
    let compact = token(&answer);
    let body = answer.json();
    assert!(body.get("refresh_token").is_none(), "{body}");
    assert_eq!((&body["expires_in"], &body["resource"]), (&json!(600), &json!(format!("{URL}/mcp"))), "{body}");
    let claims = Token::read(&compact).claims;
    for (name, value) in [
        ("iss", json!(URL)),
        ("idp", json!(URL)),
        ("sub", json!(NIGHTLY.0)),
        ("client_id", json!(NIGHTLY.0)),
        ("groups", json!(["support"])),
        ("team", json!("support")),
        ("project", json!("helpdesk")),
    ] {
        assert_eq!(claims.get(name), Some(&value), "{name}");
    }
    let list = weir.send(Draft::list().token(&compact));
    assert_eq!(list.status, 200, "{}", list.text());
    assert!(list.text().contains("documents_search"), "its group's role should count: {}", list.text());
    let called = weir.send(Draft::call("people_lookup", json!({ "query": "x" })).token(&compact));
    assert_eq!(called.result()["content"][0]["text"], "lookup was called");
    let identity = Token::read(weir.people.calls()[0].header("weir-identity").expect("a signed identity"));
    assert_eq!((identity.text("sub"), identity.text("idp")), (Some(NIGHTLY.0), Some(URL)), "never a user's identity");
    let events = weir.events(3);
    let user = json!({ "issuer": URL, "subject": NIGHTLY.0, "type": "service" });
    assert!(events.iter().all(|event| event["user"] == user), "each event should say what called: {events:?}");
}

#[test]
fn service_that_signs_gets_token_once_per_assertion() {
    let weir = setup(USUAL).start();
    let now = weir.running.now();
    let claims =
        json!({ "iss": "signing", "sub": "signing", "aud": URL, "jti": unique("c"), "iat": now, "exp": now + 120 });
    let assertion = Token::new("JWT", "one", claims).without_header("typ").signed(&signing());
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let fields =
        [("grant_type", "client_credentials"), ("client_assertion_type", kind), ("client_assertion", &assertion)];
    let compact = token(&weir.send(Draft::form(&fields)));
    assert_eq!(weir.send(Draft::list().token(&compact)).status, 403, "in no group it has nothing");
    should_refuse(&weir.send(Draft::form(&fields)), 401, "invalid_client", "the same assertion again");
}

#[test]
fn token_is_narrowed_by_registry_and_request() {
    let settings = "scopes = [\"tools:list\", \"tools:call\"]\n\
         service = { groups = [\"support\"], team = \"finance\", project = \"closing\", access_token_seconds = 60 }";
    let weir = setup(settings).start();
    let scope = |fields: &[(&str, &str)]| ask(&weir, fields).json()["scope"].clone();
    assert_eq!(scope(&[]), "tools:list tools:call");
    assert_eq!(scope(&[("scope", "tools:call resources:read")]), "tools:call");
    should_refuse(&ask(&weir, &[("scope", "resources:read")]), 400, "invalid_scope", "a scope that it may not have");
    let support = format!("{URL}/mcp/support");
    let answer = ask(&weir, &[("resource", &support)]);
    assert_eq!(answer.json()["expires_in"], 60);
    let compact = token(&answer);
    let claims = Token::read(&compact);
    assert_eq!((claims.text("team"), claims.text("project")), (Some("finance"), Some("closing")));
    assert_eq!(weir.send(Draft::list().to("/mcp/support").token(&compact)).status, 200);
    assert_eq!(weir.send(Draft::list().token(&compact)).status, 401, "it is for that resource alone");
    let own = format!("{URL}/mcp");
    for resources in [vec!["https://evil.example.com/mcp"], vec![own.as_str(), support.as_str()]] {
        let fields: Vec<(&str, &str)> = resources.iter().map(|one| ("resource", *one)).collect();
        should_refuse(&ask(&weir, &fields), 400, "invalid_target", "a resource of another server, or two");
    }
}

#[test]
fn grant_is_for_services_alone() {
    let weir = setup(USUAL).start();
    let form = |fields: &[(&str, &str)]| Draft::form(&[&[("grant_type", "client_credentials")], fields].concat());
    let agent = weir.send(form(&[]).basic(CLIENT.0, CLIENT.1));
    should_refuse(&agent, 400, "unauthorized_client", "a client that acts for users");
    should_refuse(&ask(&weir, &[("client_secret", NIGHTLY.1)]), 400, "invalid_request", "two ways at once");
    should_refuse(&weir.send(form(&[]).basic(NIGHTLY.0, "wrong")), 401, "invalid_client", "a wrong secret");
    should_refuse(&weir.send(form(&[("client_id", NIGHTLY.0)])), 401, "invalid_client", "nothing but a name");
    let assertion = weir.issuer.sign(weir.id_jag("alice").claim("client_id", NIGHTLY.0));
    let bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let redeem = Draft::form(&[("grant_type", bearer), ("assertion", &assertion)]).basic(NIGHTLY.0, NIGHTLY.1);
    should_refuse(&weir.send(redeem), 400, "unauthorized_client", "a service that acts for a user");
    let grants = |weir: &Weir| {
        let metadata = weir.send(Draft::bare(Method::GET, "/.well-known/oauth-authorization-server")).json();
        metadata["grant_types_supported"].as_array().expect("grants").contains(&json!("client_credentials"))
    };
    let without = Weir::usual();
    assert_eq!((grants(&weir), grants(&without)), (true, false), "it should be named where there is a service");
    let answer = without.send(form(&[]).basic(CLIENT.0, CLIENT.1));
    should_refuse(&answer, 400, "unsupported_grant_type", "without any service");
    let held = weir.access_token("alice").claim("client_id", NIGHTLY.0);
    let held = weir.send(Draft::list().token(&weir.sign(held)));
    assert_eq!(held.status, 401, "a user's token from before the client became a service: {}", held.text());
    // The claims of a token alone make no service: the registry must list the client as one.
    for (sub, client) in [(CLIENT.0, CLIENT.0), ("alice", "nobody")] {
        let forged = weir.access_token("alice").claim("idp", URL).claim("sub", sub).claim("client_id", client);
        assert_eq!(weir.send(Draft::list().token(&weir.sign(forged))).status, 401, "{client}");
    }
}

#[test]
fn policy_names_services() {
    for (rules, nightly, alice) in [
        ("forbid (principal is Service, action, resource == Tool::\"documents_search\");", false, true),
        ("forbid (principal is User, action, resource == Tool::\"documents_search\");", true, false),
        ("forbid (principal == Service::\"nightly\", action, resource == Tool::\"documents_search\");", false, true),
        ("forbid (principal == Service::\"signing\", action, resource == Tool::\"documents_search\");", true, true),
    ] {
        let weir = setup(USUAL).file("policies/services.cedar", rules).start();
        let sees = |token: &str| weir.send(Draft::list().token(token)).text().contains("documents_search");
        assert_eq!((sees(&token(&ask(&weir, &[]))), sees(&weir.token("alice"))), (nightly, alice), "{rules}");
    }
}

#[test]
fn quarantine_freezes_service_by_either_name() {
    let now = "9999-01-01T00:00:00Z";
    for (text, status) in [
        (format!("agents = [\"{}\"]", NIGHTLY.0), 403),
        (format!("principals = [\"{URL}|{}\"]", NIGHTLY.0), 403),
        (format!("[[not_before]]\nagent = \"{}\"\ninstant = {now}", NIGHTLY.0), 401),
    ] {
        let weir = setup(USUAL).file("quarantine.toml", &text).start();
        should_refuse(&ask(&weir, &[]), 400, "invalid_grant", &text);
        let held = weir.access_token("alice").claim("idp", URL).claim("sub", NIGHTLY.0).claim("client_id", NIGHTLY.0);
        assert_eq!(weir.send(Draft::list().token(&weir.sign(held))).status, status, "{text}: a token from before");
    }
}

#[test]
fn origin_that_needs_user_refuses_service() {
    for kind in ["token_exchange", "id_jag"] {
        let mut setup = setup(USUAL);
        let server = AuthorizationServer::of(&setup.tickets);
        let issuer = AuthorizationServer::issuer(&setup.tickets);
        let provider = match kind {
            "id_jag" => format!(
                ", identity_provider = {{ issuer = \"{issuer}\", token_endpoint = \"{issuer}/token\", client_id = \"w\" }}"
            ),
            _ => ", scopes = [\"a\"]".to_owned(),
        };
        let credential = format!(
            "credential = {{ type = \"{kind}\", issuer = \"{issuer}\", token_endpoint = \"{issuer}/token\", client_id = \"w\"{provider} }}"
        );
        for name in ["ORIGIN_TICKETS_SECRET", "IDP_TICKETS_SECRET"] {
            setup.secrets.insert(name.to_owned(), "s3cret of tickets".to_owned());
        }
        setup.secrets.insert("SUBJECT_TOKEN_KEYS".to_owned(), Key::ed25519([5; 32]).private_set("subject-1"));
        let header = "credential = { type = \"header\", name = \"Authorization\", prefix = \"Bearer \" }";
        let weir = setup.replace("origins/tickets.toml", header, &credential).start();
        let compact = token(&ask(&weir, &[]));
        let answer = weir.send(Draft::call("tickets_find", json!({ "query": "x" })).token(&compact));
        assert!(answer.refusal_text().contains("you are a service"), "{kind}: {}", answer.text());
        let event: Value = weir.events(2).remove(1);
        assert_eq!(event["outcome"]["reason"], "origin_needs_user", "{kind}: {event}");
        assert!(server.requests().is_empty() && weir.tickets.received().is_empty(), "{kind}: nothing should be asked");
    }
}

#[test]
fn token_of_service_is_bound_by_its_proof() {
    let mut setup = setup(USUAL);
    let text = setup.folder.get_mut("gateway.toml").expect("the folder should have it");
    *text = format!("require_dpop = true\n{text}");
    let weir = setup.start();
    should_refuse(&ask(&weir, &[]), 400, "invalid_dpop_proof", "a key is demanded");
    let holder = Holder::new(7);
    let draft = Draft::form(&[("grant_type", "client_credentials")]).basic(NIGHTLY.0, NIGHTLY.1);
    let proof = holder.sign(holder.token_proof(&weir));
    let answer = weir.send(draft.clone().header("dpop", &proof));
    assert_eq!(answer.json()["token_type"], "DPoP", "{}", answer.text());
    assert_eq!(Token::read(&token(&answer)).claims["cnf"], json!({ "jkt": holder.thumbprint() }));
    should_refuse(&weir.send(draft.header("dpop", &proof)), 400, "invalid_dpop_proof", "the proof again");
}
