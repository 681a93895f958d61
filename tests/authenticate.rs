//! *authenticate*: only an access token of Weir's own, for exactly this resource, is accepted.

use harness::{
    Draft, Setup, Weir,
    jose::{Key, Token},
    weir::URL,
};
use serde_json::{Value, json};

/// The metadata URL in the challenge of `/mcp`.
const METADATA: &str = "http://127.0.0.1:8787/.well-known/oauth-protected-resource/mcp";

#[test]
fn missing_token_is_challenged_without_error() {
    let weir = Weir::usual();
    let answer = weir.send(Draft::list());
    assert_eq!(answer.status, 401);
    let challenge = answer.header("www-authenticate").expect("401 should carry a challenge");
    assert!(challenge.starts_with("Bearer "), "the challenge should be a bearer's: {challenge}");
    assert!(
        challenge.contains(&format!("resource_metadata=\"{METADATA}\"")),
        "it should name the metadata: {challenge}"
    );
    assert!(challenge.contains("scope=\""), "it should name the scope: {challenge}");
    assert!(!challenge.contains("error="), "a request without a token has no error code (RFC 6750 §3.1): {challenge}");
}

#[test]
fn challenge_names_resource_of_its_path() {
    let weir = Weir::usual();
    for name in ["support", "no-such-server"] {
        let answer = weir.send(Draft::list().to(&format!("/mcp/{name}")));
        assert_eq!(answer.status, 401, "an anonymous caller should learn nothing about `{name}`");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(
            challenge.contains(&format!("\"{METADATA}/{name}\"")),
            "it should name the path's metadata: {challenge}"
        );
    }
}

#[test]
fn token_of_removed_issuer_or_agent_is_401() {
    let weir = Weir::usual();
    let removed = [
        ("idp", json!("https://former-idp.example.com")),
        ("client_id", json!("former-client")),
        ("tenant", json!("other")),
    ];
    for (claim, value) in removed {
        let token = weir.sign(weir.access_token("alice").claim(claim, value));
        let answer = weir.send(Draft::list().token(&token));
        assert_eq!(answer.status, 401, "a token whose `{claim}` the registry does not have should be refused");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("error=\"invalid_token\""), "it should be called invalid: {challenge}");
    }
    assert!(weir.documents.received().is_empty(), "nothing should reach an origin");
}

#[test]
fn every_broken_token_is_401() {
    let weir = Weir::usual();
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("vectors/access_tokens.json")).expect("the vectors should be JSON");
    for vector in &vectors {
        let name = vector["name"].as_str().expect("a vector should have a name");
        let token = broken(&weir, vector);
        let answer = weir.send(Draft::list().token(&token));
        assert_eq!(answer.status, 401, "a token `{name}` should be refused: {}", answer.text());
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(
            challenge.contains("error=\"invalid_token\""),
            "a token `{name}` should be called invalid: {challenge}"
        );
        assert!(challenge.contains(METADATA), "a token `{name}` should lead to the metadata: {challenge}");
    }
    assert!(weir.documents.received().is_empty(), "nothing should reach an origin");
    assert_eq!(weir.list("alice").status, 200, "the unbroken token should be accepted");
}

/// The token of a vector: a valid one with changes.
fn broken(weir: &Weir, vector: &Value) -> String {
    let token = weir.access_token("alice").changed(vector, weir.running.now());
    let key = match vector["signed_by"].as_str() {
        None => weir.access_token_key().clone(),
        Some("nothing") => Key::Nothing,
        Some("another key") => Key::ed25519([9; 32]),
        Some("public key as HMAC secret") => Key::Hs256(weir.access_token_key().public_set("access-1").into_bytes()),
        Some(other) => panic!("nobody signs as `{other}`"),
    };
    token.signed(&key)
}

#[test]
fn garbled_token_is_401() {
    let weir = Weir::usual();
    let good = weir.token("alice");
    let (message, _) = good.rsplit_once('.').expect("a token has three parts");
    let garbled = [
        "x".to_owned(),
        "..".to_owned(),
        format!("{message}."),
        format!("{good}.extra"),
        format!("{good}AA"),
        format!("a{good}"),
        good.replace('.', ","),
        "A".repeat(20_000),
    ];
    for token in garbled {
        let answer = weir.send(Draft::list().token(&token));
        assert_eq!(answer.status, 401, "a garbled token should be refused: {}", &token[..token.len().min(40)]);
    }
}

#[test]
fn only_the_bearer_scheme_in_the_header_counts() {
    let weir = Weir::usual();
    let token = weir.token("alice");
    for value in
        [format!("Basic {token}"), format!("DPoP {token}"), token.clone(), "Bearer".to_owned(), "Bearer ".to_owned()]
    {
        let answer = weir.send(Draft::list().header("authorization", &value));
        assert_eq!(answer.status, 401, "`{}…` should be no bearer token", &value[..value.len().min(12)]);
    }
    let in_query = weir.send(Draft::list().to(&format!("/mcp?access_token={token}")));
    assert_eq!(in_query.status, 401, "a token in the query string should never count");
    let lower_case = weir.send(Draft::list().header("authorization", &format!("bearer {token}")));
    assert_eq!(lower_case.status, 200, "the scheme's name is case-insensitive (RFC 9110 §11.1)");
}

#[test]
fn id_jag_is_never_bearer_token() {
    let weir = Weir::usual();
    let assertion = weir.issuer.sign(weir.id_jag("alice").claim("aud", format!("{URL}/mcp")));
    assert_eq!(weir.send(Draft::list().token(&assertion)).status, 401, "an ID-JAG should be redeemed, never shown");
}

#[test]
fn one_element_audiences_count() {
    let weir = Weir::usual();
    let token = weir.access_token("alice").claim("aud", json!([format!("{URL}/mcp")]));
    assert_eq!(weir.send(Draft::list().token(&weir.sign(token))).status, 200, "an array of one is the same audience");
}

#[test]
fn clocks_may_differ_by_a_minute() {
    let weir = Weir::usual();
    let now = weir.running.now();
    let late = weir.access_token("alice").claim("iat", now - 600).claim("exp", now - 20);
    assert_eq!(weir.send(Draft::list().token(&weir.sign(late))).status, 200, "20 s past its end should be tolerated");
    let later = weir.access_token("alice").claim("iat", now - 600).claim("exp", now - 90);
    assert_eq!(weir.send(Draft::list().token(&weir.sign(later))).status, 401, "90 s past its end should not");
}

#[test]
fn retired_key_still_verifies() {
    let mut setup = Setup::new();
    let old = Key::ed25519([3; 32]);
    let mut keys: Value = serde_json::from_str(&setup.secrets["ACCESS_TOKEN_KEYS"]).expect("a JWK set");
    let old_set: Value = serde_json::from_str(&old.private_set("access-0")).expect("a JWK set");
    keys["keys"].as_array_mut().expect("keys").push(old_set["keys"][0].clone());
    setup.secrets.insert("ACCESS_TOKEN_KEYS".to_owned(), keys.to_string());
    let weir = setup.start();
    let token = weir.access_token("alice").header("kid", "access-0").signed(&old);
    assert_eq!(weir.send(Draft::list().token(&token)).status, 200, "both live keys should verify");
}

#[test]
fn quarantined_principal_or_agent_is_403() {
    let setup = Setup::new();
    let frozen = format!("principals = [\"{}|alice\"]\nagents = [\"other-agent\"]\n", setup.issuer.url());
    let weir = setup.file("quarantine.toml", &frozen).start();
    assert_eq!(weir.list("alice").status, 403, "a frozen principal should be refused");
    assert_eq!(weir.list("bob").status, 200, "other callers should not be");
    let agent: Token = weir.access_token("bob").claim("client_id", "other-agent");
    assert_eq!(weir.send(Draft::list().token(&weir.sign(agent))).status, 403, "a frozen agent should be refused");
    assert!(weir.tickets.received().is_empty(), "nothing should reach alice's origins");
    let refused =
        weir.events(3).into_iter().find(|event| event["user"]["subject"] == "alice").expect("an event of alice");
    assert_eq!(refused["outcome"]["reason"], "quarantined_caller", "the event should say why: {refused}");
}

#[test]
fn entry_of_quarantine_ends() {
    let setup = Setup::new();
    let entry = |name: &str, until: &str| format!("{{ name = \"{}|{name}\", until = {until} }}", setup.issuer.url());
    let [over, holds] = [entry("alice", "2020-01-01T00:00:00Z"), entry("bob", "9999-01-01T00:00:00Z")];
    let weir = setup.file("quarantine.toml", &format!("principals = [{over}, {holds}]\n")).start();
    assert_eq!(weir.list("alice").status, 200, "her entry is over");
    assert_eq!(weir.list("bob").status, 403, "his holds");
}

#[test]
fn token_of_ended_sign_in_is_refused() {
    let setup = Setup::new();
    let alice = format!("{}|alice", setup.issuer.url());
    // Every token of this run is older than the one and younger than the other.
    let [future, past] = ["9999-01-01T00:00:00Z", "2020-01-01T00:00:00Z"];
    let text = format!(
        "[[not_before]]\nuser = \"{alice}\"\ninstant = {future}\n[[not_before]]\nagent = \"other-agent\"\n\
         instant = {future}\n[[not_before]]\nuser = \"{}|bob\"\ninstant = {past}\n",
        setup.issuer.url()
    );
    let weir = setup.file("quarantine.toml", &text).start();
    let other = weir.access_token("bob").claim("client_id", "other-agent");
    for (why, refused) in
        [("a user", weir.list("alice")), ("an agent", weir.send(Draft::list().token(&weir.sign(other))))]
    {
        assert_eq!(refused.status, 401, "{why} should sign in again");
        let challenge = refused.header("www-authenticate").unwrap_or_default().to_owned();
        assert!(challenge.contains("error=\"invalid_token\""), "{why}: {challenge}");
    }
    assert_eq!(weir.list("bob").status, 200, "his token is young enough");
    let assertion = weir.send(weir.redeeming(&weir.issuer.sign(weir.id_jag("alice"))));
    assert_eq!(assertion.json()["error"], "invalid_grant", "an assertion from before");
    let reasons: Vec<_> = weir.events(4).iter().map(|event| event["outcome"]["reason"].clone()).collect();
    assert_eq!(reasons.iter().filter(|reason| **reason == "signed_out").count(), 3, "{reasons:?}");
}
