//! `token_exchange`: the user's rights at an origin, for a short JWT of Weir's.

use harness::{
    Draft, Reply,
    authorization_server::AuthorizationServer,
    jose::Token,
    origin::Received,
    weir::{CLIENT, URL},
};
use http::Method;
use serde_json::{Value, json};

use super::{Outbound, forgets};

const TARGET: &str =
    ", scopes = [\"tickets.read\"], resource = \"https://tickets.example.com/mcp\", audience = \"tickets\"";

#[test]
fn users_rights_are_asked_for_with_a_short_token_of_weirs() {
    let outbound = Outbound::start("token_exchange", TARGET);
    outbound.succeeds();
    let mut form = outbound.server.forms().remove(0);
    let subject = form.remove("subject_token").expect("there should be a subject token");
    let expected = [
        ("audience", "tickets"),
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("resource", "https://tickets.example.com/mcp"),
        ("scope", "tickets.read"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
    ];
    let sent: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(sent, expected, "no other parameter should be sent, and no actor token");
    let token = Token::read(&subject);
    assert_eq!(token.header["typ"], "weir-subject+jwt");
    let issuer = AuthorizationServer::issuer(&outbound.weir.tickets);
    for (name, value) in
        [("iss", URL), ("aud", &issuer), ("sub", "alice"), ("client_id", CLIENT.0), ("team", "support")]
    {
        assert_eq!(token.text(name), Some(value), "{name}");
    }
    assert_eq!(token.text("idp"), Some(outbound.weir.issuer.url()));
    let times = ["iat", "exp"].map(|name| token.claims[name].as_u64().expect("a time"));
    assert_eq!(times[1] - times[0], 60);
    let key_set = outbound.weir.send(Draft::bare(Method::GET, "/oauth/jwks"));
    let keys = oauth::jwk::KeySet::parse(key_set.text()).expect("a key set");
    oauth::jws::verify::<Value>(&subject, &keys, "weir-subject+jwt").expect("Weir should publish the key");
    let bearer = format!("Bearer {}", outbound.server.issued()[0]);
    assert_eq!(outbound.weir.tickets.calls()[0].header("authorization"), Some(bearer.as_str()));
}

#[test]
fn assertion_on_behalf_of_the_user_is_the_same_token() {
    let outbound = Outbound::start("token_exchange", &format!("{TARGET}, form = \"on_behalf_of\""));
    outbound.succeeds();
    let mut form = outbound.server.forms().remove(0);
    let assertion = form.remove("assertion").expect("there should be an assertion");
    assert_eq!(Token::read(&assertion).header["typ"], "weir-subject+jwt");
    let expected = [
        ("audience", "tickets"),
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("requested_token_use", "on_behalf_of"),
        ("resource", "https://tickets.example.com/mcp"),
        ("scope", "tickets.read"),
    ];
    let sent: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(sent, expected);
}

#[test]
fn token_is_kept_for_one_user_agent_and_set_of_groups() {
    if forgets() {
        return;
    }
    let outbound = Outbound::start("token_exchange", TARGET);
    let weir = &outbound.weir;
    let changed = |name: &str, value: Value| weir.sign(weir.access_token("alice").claim(name, value));
    let callers = [
        weir.token("alice"),
        changed("sub", json!("dave")),
        changed("client_id", json!("other-agent")),
        changed("groups", json!(["support"])),
        changed("team", json!("field")),
    ];
    for _ in 0..2 {
        for token in &callers {
            outbound.call_with(token).result();
        }
    }
    // A new access token of the same caller.
    outbound.call_with(&weir.token("alice")).result();
    assert_eq!(outbound.server.requests().len(), callers.len(), "one token each");
    let bearers: Vec<_> = weir.tickets.calls().iter().map(|call| call.headers["authorization"].clone()).collect();
    let count = callers.len();
    for (index, bearer) in bearers.iter().enumerate() {
        let first = if index == 2 * count { 0 } else { index % count };
        assert_eq!(bearer, &bearers[first], "call {index}");
        assert!(bearers[..first].iter().all(|other| other != bearer), "call {index} should have a token of its own");
    }
}

#[test]
fn lists_are_read_for_each_user() {
    if forgets() {
        return;
    }
    let outbound = Outbound::start("token_exchange", TARGET);
    let weir = &outbound.weir;
    let dave = weir.sign(weir.access_token("alice").claim("sub", "dave"));
    for token in [&weir.token("alice"), &dave, &weir.token("alice"), &dave] {
        weir.send(Draft::list().token(token)).result();
    }
    let asked = weir.tickets.asked("tools/list");
    assert_eq!(asked.len(), 2, "the origin knows the user, and may list other tools for each");
    assert_ne!(asked[0].headers["authorization"], asked[1].headers["authorization"]);
}

#[test]
fn refusal_is_of_one_user_and_says_what_to_do() {
    for (error, reason, words) in [
        ("invalid_grant", "origin_user_refused", "ask your platform team whether you have an account there"),
        ("access_denied", "origin_user_refused", "ask your platform team whether you have an account there"),
        ("interaction_required", "origin_consent_needed", "sign in or to consent there first"),
        ("consent_required", "origin_consent_needed", "sign in or to consent there first"),
        ("invalid_target", "origin_token_refused", "tell your platform team"),
    ] {
        let outbound = Outbound::start("token_exchange", TARGET);
        let body = json!({ "error": error, "claims": "{\"access_token\":{}}" });
        outbound.server.answer_next(Reply::text(400, "application/json", body.to_string()));
        let (code, told, event) = outbound.fails(1);
        assert_eq!((code, &event["outcome"]["reason"]), (-31502, &json!(reason)), "{error}");
        assert_eq!(event["detail"], format!("token_exchange: status 400 {error}"));
        assert!(told.contains(words), "{error}: {told}");
        let other = outbound.weir.access_token("alice").claim("sub", "dave");
        outbound.call_with(&outbound.weir.sign(other)).result();
    }
}

#[test]
fn missing_keys_send_nothing() {
    let outbound = Outbound::start_with("token_exchange", TARGET, |mut setup| {
        setup.secrets.remove("SUBJECT_TOKEN_KEYS");
        setup.secrets.insert("HEALTH_TOKEN".to_owned(), "whoever-operates-shows-this".to_owned());
        setup
    });
    let (code, _, event) = outbound.fails(1);
    assert_eq!((code, &event["outcome"]["reason"]), (-31503, &json!("secret_missing")));
    assert!(outbound.weir.tickets.received().is_empty(), "nothing should be sent");
    let health = outbound.weir.send(Draft::bare(Method::GET, "/healthz").token("whoever-operates-shows-this"));
    let lacks = json!({ "reason": "secret_missing", "what": "SUBJECT_TOKEN_KEYS" });
    assert!(health.json()["warnings"].as_array().is_some_and(|all| all.contains(&lacks)), "{}", health.text());
}

/// All that has left Weir.
fn left(outbound: &Outbound) -> Vec<Received> {
    let weir = &outbound.weir;
    [&weir.documents, &weir.tickets, &weir.people].iter().flat_map(|origin| origin.received()).collect()
}

#[test]
fn inbound_tokens_never_leave() {
    let by_kind: [fn() -> Outbound; 3] = [
        || Outbound::start("client_credentials", TARGET),
        || Outbound::start("token_exchange", TARGET),
        || super::id_jag::start("").0,
    ];
    for (kind, start) in by_kind.into_iter().enumerate() {
        let outbound = start();
        let weir = &outbound.weir;
        let assertion = weir.issuer.sign(weir.id_jag("alice"));
        let redeemed = weir.send(weir.redeeming(&assertion)).json();
        let access_token = redeemed["access_token"].as_str().expect("the assertion should be redeemed").to_owned();
        outbound.call_with(&access_token).result();
        weir.send(Draft::call("people_lookup", json!({ "query": "x" })).token(&access_token)).result();
        weir.send(Draft::list().token(&access_token)).result();
        let sent = left(&outbound);
        assert!(sent.iter().any(|request| request.path == "/token"), "{kind}: a token should be asked for");
        for request in sent {
            let everything = format!("{:?} {}", request.headers, String::from_utf8_lossy(&request.body));
            for (name, secret) in [("access token", &access_token), ("ID-JAG", &assertion)] {
                let signature = secret.rsplit('.').next().expect("a signature");
                assert!(
                    !everything.contains(signature),
                    "{kind}: the client's {name} should never leave: {everything}"
                );
            }
            assert!(!everything.contains(CLIENT.1), "{kind}: nor the client's secret");
        }
        // The identity provider's keys are asked for without a credential.
        assert!(weir.issuer.received().iter().all(|headers| !headers.contains_key("authorization")));
    }
}
