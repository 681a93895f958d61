//! The token endpoint: an authenticated client exchanges an ID-JAG of a trusted issuer, once, for one access token.

mod client_keys;
mod settings;

use harness::{
    Answer, Draft, Setup, Weir,
    jose::{Key, Token},
    target::{Target, skipped_if},
    weir::{CLIENT, Store, URL},
};
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Fails the test unless the answer is this OAuth error (RFC 6749 §5.2).
#[track_caller]
fn should_refuse(answer: &Answer, status: u16, error: &str, why: &str) {
    assert_eq!(answer.status, status, "{why}: the status should be {status}: {}", answer.text());
    let body = answer.json();
    assert_eq!(body["error"], error, "{why}: the error should be `{error}`: {body}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{why}: a token answer should never be kept");
    assert!(body.get("access_token").is_none(), "{why}: no token should be issued");
}

fn assertion(weir: &Weir, person: &str) -> String {
    weir.issuer.sign(weir.id_jag(person))
}

#[test]
fn id_jag_becomes_access_token_that_works() {
    let weir = Weir::usual();
    let answer = weir.send(weir.redeeming(&assertion(&weir, "alice")));
    assert_eq!(answer.status, 200, "a good assertion should be redeemed: {}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 600);
    assert_eq!(body["resource"], format!("{URL}/mcp"), "without `resource` it is for /mcp");
    assert!(body.get("refresh_token").is_none(), "a refresh token should not be issued");
    let mut scope: Vec<&str> = body["scope"].as_str().expect("a scope").split(' ').collect();
    scope.sort_unstable();
    assert_eq!(scope, ["prompts:get", "resources:read", "tools:call", "tools:list"], "it grants what was asserted");

    let compact = body["access_token"].as_str().expect("a token");
    let token = Token::read(compact);
    assert_eq!(token.header["typ"], "at+jwt");
    assert_eq!(token.header["alg"], "EdDSA");
    let expected = [
        ("iss", json!(URL)),
        ("sub", json!("alice")),
        ("aud", json!(format!("{URL}/mcp"))),
        ("client_id", json!(CLIENT.0)),
        ("groups", json!(["everyone", "support"])),
        ("team", json!("support")),
        ("project", json!("helpdesk")),
    ];
    for (name, value) in expected {
        assert_eq!(token.claims.get(name), Some(&value), "`{name}` should be {value}");
    }
    assert_eq!(token.claims["exp"].as_u64(), token.claims["iat"].as_u64().map(|issued| issued + 600));
    assert_eq!(weir.send(Draft::list().token(compact)).status, 200, "the token should be good for /mcp");
    let elsewhere = weir.send(Draft::list().to("/mcp/support").token(compact));
    assert_eq!(elsewhere.status, 401, "and for nothing else");
}

#[test]
fn secrets_are_taken_from_the_form_too() {
    let weir = Weir::usual();
    let form = |secret: &str| {
        Draft::form(&[
            ("grant_type", GRANT),
            ("assertion", &assertion(&weir, "alice")),
            ("client_id", CLIENT.0),
            ("client_secret", secret),
        ])
    };
    assert_eq!(weir.send(form(CLIENT.1)).status, 200, "client_secret_post should work");
    should_refuse(&weir.send(form("wrong")), 401, "invalid_client", "a wrong secret in the form");
}

#[test]
fn client_that_is_not_authenticated_gets_nothing() {
    let weir = Weir::usual();
    let form = |fields: &[(&str, &str)]| {
        let assertion = assertion(&weir, "alice");
        Draft::form(&[&[("grant_type", GRANT), ("assertion", assertion.as_str())], fields].concat())
    };
    let wrong = weir.send(form(&[]).basic(CLIENT.0, "wrong"));
    should_refuse(&wrong, 401, "invalid_client", "a wrong secret");
    assert!(
        wrong.header("www-authenticate").is_some_and(|value| value.starts_with("Basic")),
        "401 should carry a challenge"
    );
    should_refuse(&weir.send(form(&[]).basic("nobody", CLIENT.1)), 401, "invalid_client", "an unknown client");
    should_refuse(&weir.send(form(&[])), 401, "invalid_client", "no client at all");
    should_refuse(&weir.send(form(&[("client_id", CLIENT.0)])), 401, "invalid_client", "a client without its secret");
    should_refuse(&weir.send(form(&[]).basic(CLIENT.0, "")), 401, "invalid_client", "an empty secret");
    let both = form(&[("client_id", CLIENT.0), ("client_secret", CLIENT.1)]).basic(CLIENT.0, CLIENT.1);
    let both = weir.send(both);
    assert!([400, 401].contains(&both.status.as_u16()), "two ways at once should be refused: {}", both.text());
    let garbled = weir.send(form(&[]).header("authorization", "Basic !!!"));
    assert!([400, 401].contains(&garbled.status.as_u16()), "a garbled header should be refused: {}", garbled.text());
    assert_eq!(weir.issuer.fetches(), 0, "an unknown client should cost no request to the issuer");
}

#[test]
fn assertion_is_redeemed_once() {
    let weir = Weir::usual();
    let assertion = assertion(&weir, "alice");
    assert_eq!(weir.send(weir.redeeming(&assertion)).status, 200);
    for _ in 0..3 {
        should_refuse(&weir.send(weir.redeeming(&assertion)), 400, "invalid_grant", "a replayed assertion");
    }
}

#[test]
fn of_many_at_once_one_redemption_wins() {
    let weir = Weir::usual();
    let assertion = assertion(&weir, "alice");
    let exchanges: Vec<_> = (0..8).map(|_| weir.begin(weir.redeeming(&assertion))).collect();
    let granted = exchanges.into_iter().map(Answer::read).filter(|answer| answer.status == 200).count();
    assert_eq!(granted, 1, "exactly one of eight concurrent redemptions should win");
}

#[test]
fn refused_assertion_is_not_used_up() {
    let weir = Weir::usual();
    let assertion = assertion(&weir, "alice");
    let wrong_secret = Draft::form(&[("grant_type", GRANT), ("assertion", &assertion)]).basic(CLIENT.0, "wrong");
    assert_eq!(weir.send(wrong_secret).status, 401);
    assert_eq!(weir.send(weir.redeeming(&assertion)).status, 200, "a client should not redeem another's assertion");
}

#[test]
fn assertion_whose_token_would_be_too_long_is_refused_before_it_is_used_up() {
    let weir = Weir::usual();
    let in_groups = |count: usize, filler: usize| {
        let groups: Vec<String> = (0..count).map(|group| format!("{group:0>75}")).chain(["x".repeat(filler)]).collect();
        weir.id_jag("alice").claim("groups", groups).signed(&weir.issuer.key())
    };
    // As long as an assertion may be; the token says more, such as team and project. Base64 has 4 bytes for 3, and a
    // group of 75 takes 78.
    let room = |assertion: String| (16 * 1024 - assertion.len()) * 3 / 4;
    let count = 100 + room(in_groups(100, 1)) / 78;
    let assertion = in_groups(count, room(in_groups(count, 1)));
    assert!((16_370..=16 * 1024).contains(&assertion.len()), "it has {} bytes", assertion.len());
    for attempt in ["first", "second"] {
        let answer = weir.send(weir.redeeming(&assertion));
        should_refuse(&answer, 400, "invalid_grant", &format!("its {attempt} attempt"));
        assert!(answer.text().contains("too many groups"), "it should say why: {}", answer.text());
    }
}

#[test]
fn every_broken_assertion_is_invalid_grant() {
    let weir = Weir::usual();
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("vectors/id_jags.json")).expect("the vectors should be JSON");
    for vector in &vectors {
        let name = vector["name"].as_str().expect("a vector should have a name");
        let answer = weir.send(weir.redeeming(&broken(&weir, vector)));
        should_refuse(&answer, 400, "invalid_grant", &format!("an assertion {name}"));
    }
    assert!(weir.issuer.fetches() <= 2, "unknown key ids should not cause a request to the issuer each time");
    assert_eq!(
        weir.send(weir.redeeming(&assertion(&weir, "alice"))).status,
        200,
        "the unbroken assertion should be redeemed"
    );
}

/// The assertion of a vector: a valid one with changes.
fn broken(weir: &Weir, vector: &Value) -> String {
    let mut token = weir.id_jag("alice");
    if let Some(suffix) = vector["issuer_suffix"].as_str() {
        token = token.claim("iss", format!("{}{suffix}", weir.issuer.url()));
    }
    let token = token.changed(vector, weir.running.now());
    let key = match vector["signed_by"].as_str() {
        None => weir.issuer.key(),
        Some("nothing") => Key::Nothing,
        Some("another key") => Key::es256([9; 32]),
        Some("an Ed25519 key") => Key::ed25519([9; 32]),
        Some("public key as HMAC secret") => Key::Hs256(weir.issuer.key().public_set("first").into_bytes()),
        Some(other) => panic!("nobody signs as `{other}`"),
    };
    token.signed(&key)
}

#[test]
fn assertion_of_another_tenant_is_refused() {
    let weir = Weir::usual();
    let of_a_tenant = weir.issuer.sign(weir.id_jag("alice").claim("tenant", "acme"));
    should_refuse(&weir.send(weir.redeeming(&of_a_tenant)), 400, "invalid_grant", "a tenant where none is trusted");
    let trusting = Setup::new()
        .replace("gateway.toml", "groups_claim = \"groups\"", "groups_claim = \"groups\"\ntenant = \"acme\"")
        .start();
    let redeem = |tenant: Option<&str>| {
        let token = trusting.id_jag("alice");
        let token = match tenant {
            Some(tenant) => token.claim("tenant", tenant),
            None => token,
        };
        trusting.send(trusting.redeeming(&trusting.issuer.sign(token)))
    };
    assert_eq!(redeem(Some("acme")).status, 200, "the trusted tenant should be served");
    should_refuse(&redeem(Some("Acme")), 400, "invalid_grant", "another spelling of it");
    should_refuse(&redeem(Some("other")), 400, "invalid_grant", "another tenant");
    should_refuse(&redeem(None), 400, "invalid_grant", "no tenant where one is expected");
}

#[test]
fn requests_that_break_the_form_are_refused() {
    let weir = Weir::usual();
    let good = assertion(&weir, "alice");
    let form = |fields: &[(&str, &str)]| weir.send(Draft::form(fields).basic(CLIENT.0, CLIENT.1));
    should_refuse(&form(&[("grant_type", GRANT)]), 400, "invalid_request", "no assertion");
    should_refuse(&form(&[("assertion", &good)]), 400, "invalid_request", "no grant type");
    let other = form(&[("grant_type", "authorization_code"), ("code", "x")]);
    should_refuse(&other, 400, "unsupported_grant_type", "another grant");
    let doubled = form(&[("grant_type", GRANT), ("assertion", &good), ("assertion", &good)]);
    should_refuse(&doubled, 400, "invalid_request", "an assertion that comes twice");
    for garbled in ["x", "a.b", "a.b.c", "...", ""] {
        let answer = form(&[("grant_type", GRANT), ("assertion", garbled)]);
        let error = answer.json()["error"].clone();
        assert_eq!(answer.status, 400, "`{garbled}` is no assertion");
        assert!(error == "invalid_grant" || error == "invalid_request", "`{garbled}` is no assertion: {error}");
    }
    let json_body = Draft::form(&[]).body("{}").header("content-type", "application/json").basic(CLIENT.0, CLIENT.1);
    should_refuse(&weir.send(json_body), 400, "invalid_request", "a body that is no form");
    let in_query =
        Draft::form(&[]).to(&format!("/oauth/token?grant_type={GRANT}&assertion={good}")).basic(CLIENT.0, CLIENT.1);
    should_refuse(&weir.send(in_query), 400, "invalid_request", "parameters in the query string");
    assert_eq!(weir.send(weir.redeeming(&good)).status, 200, "none of these should have used the assertion up");
}

#[test]
fn large_form_is_413() {
    let weir = Weir::usual();
    let filler = "a".repeat(gateway::Limits::REQUEST_BODY_BYTES);
    let answer = weir.send(Draft::form(&[("filler", &filler)]).basic(CLIENT.0, CLIENT.1));
    assert_eq!(answer.status, 413, "a form over the limit should be refused by its size");
}

#[test]
fn resource_narrows_to_what_is_governed_and_asserted() {
    let weir = Weir::usual();
    let redeem = |asserted: Option<Value>, requested: &[&str]| {
        let mut id_jag = weir.id_jag("alice");
        if let Some(asserted) = asserted {
            id_jag = id_jag.claim("resource", asserted);
        }
        let compact = weir.issuer.sign(id_jag);
        let mut fields = vec![("grant_type", GRANT), ("assertion", compact.as_str())];
        fields.extend(requested.iter().map(|resource| ("resource", *resource)));
        weir.send(Draft::form(&fields).basic(CLIENT.0, CLIENT.1))
    };
    let (own, support) = (format!("{URL}/mcp"), format!("{URL}/mcp/support"));
    let audience = |answer: &Answer| {
        assert_eq!(answer.status, 200, "this should be granted: {}", answer.text());
        let body = answer.json();
        let token = Token::read(body["access_token"].as_str().expect("a token"));
        assert_eq!(body["resource"], token.claims["aud"], "the response should have the token's resource");
        token.text("aud").expect("an audience").to_owned()
    };
    assert_eq!(audience(&redeem(None, &[])), own);
    assert_eq!(audience(&redeem(Some(json!(support)), &[])), support);
    assert_eq!(audience(&redeem(Some(json!([own, support])), &[&support])), support);

    let refusals = [
        (Some(json!("https://evil.example.com/mcp")), None, "a resource of another server in the assertion"),
        (
            Some(json!([own, "https://evil.example.com/mcp"])),
            Some(own.as_str()),
            "one resource of another server among ours",
        ),
        (Some(json!(own)), Some(support.as_str()), "a requested resource that was not asserted"),
        (None, Some("https://evil.example.com/mcp"), "a requested resource of another server"),
        (Some(json!(format!("{own}/"))), None, "a trailing slash"),
    ];
    for (asserted, requested, why) in refusals {
        let answer = redeem(asserted, requested.as_slice());
        assert_eq!(answer.status, 400, "{why} should be refused: {}", answer.text());
        let error = answer.json()["error"].clone();
        assert!(error == "invalid_target" || error == "invalid_grant", "{why} should be refused as a target: {error}");
    }
}

#[test]
fn groups_and_payer_come_from_assertion_and_registry() {
    let weir = Weir::usual();
    let id_jag = weir.id_jag("bob").claim("team", "support").claim("project", "somebody-elses");
    let body = weir.send(weir.redeeming(&weir.issuer.sign(id_jag))).json();
    let token = Token::read(body["access_token"].as_str().expect("a token"));
    assert_eq!(token.text("team"), Some("platform"), "who pays is the registry's to say");
    assert_eq!(token.text("project"), Some("tooling"));
}

#[test]
fn quarantined_principal_gets_no_token() {
    let setup = Setup::new();
    let frozen = format!("principals = [\"{}|alice\"]\n", setup.issuer.url());
    let weir = setup.file("quarantine.toml", &frozen).start();
    should_refuse(&weir.send(weir.redeeming(&assertion(&weir, "alice"))), 400, "invalid_grant", "a frozen principal");
    assert_eq!(weir.send(weir.redeeming(&assertion(&weir, "bob"))).status, 200);
}

#[test]
fn assertions_of_one_client_are_limited() {
    if skipped_if(Target::chosen() != Target::Memory, "thousands of requests take too long elsewhere") {
        return;
    }
    let weir = Weir::usual();
    let send = |(id, secret)| weir.send(Draft::form(&[("grant_type", GRANT), ("assertion", "x")]).basic(id, secret));
    let limited =
        (0..6_001).map(|_| send(CLIENT)).find(|answer| answer.status != 400).expect("there should be a limit");
    assert_eq!(limited.status, 429, "{}", limited.text());
    assert!(limited.header("retry-after").is_some());
    assert_eq!(send((CLIENT.0, "wrong")).status, 401, "nobody takes from the limit of a client that it isn't");
    assert_eq!(send(("other-agent", "nobody uses it")).status, 400, "another client has its own");
}

#[test]
fn store_of_claims_that_is_slow_or_broken_issues_nothing() {
    use Store::{Broken, Real, Slow};
    for (once, quota) in [(Slow, Real), (Broken, Real), (Real, Slow), (Real, Broken)] {
        let mut setup = Setup::new();
        (setup.once, setup.quota) = (once, quota);
        let weir = setup.start();
        let answer = weir.send(weir.redeeming(&assertion(&weir, "alice")));
        assert_eq!(
            answer.status,
            503,
            "neither single use nor a limit can be promised ({once:?}, {quota:?}), so nothing should be issued: {}",
            answer.text()
        );
        assert!(answer.json().get("access_token").is_none(), "no token should be issued");
        assert!(answer.header("retry-after").is_some(), "the client may try again");
    }
}

#[test]
fn issuer_whose_keys_can_not_be_had_refuses() {
    let weir = Weir::usual();
    weir.issuer.publish(None);
    let answer = weir.send(weir.redeeming(&assertion(&weir, "alice")));
    assert_eq!(answer.status, 503, "without keys nothing can be verified: {}", answer.text());
    assert!(
        !answer.text().contains(weir.issuer.url()),
        "the error should not have the issuer's address: {}",
        answer.text()
    );
}

#[test]
fn issuer_may_rotate_its_keys() {
    let weir = Weir::usual();
    assert_eq!(weir.send(weir.redeeming(&assertion(&weir, "alice"))).status, 200);
    let fetched = weir.issuer.fetches();
    assert_eq!(weir.send(weir.redeeming(&assertion(&weir, "alice"))).status, 200);
    assert_eq!(weir.issuer.fetches(), fetched, "keys that are held should not be asked for again");
    weir.issuer.rotate("second");
    if harness::target::Target::chosen() == harness::target::Target::Memory {
        // An unknown key id causes another request only after half a minute.
        weir.running.pass(std::time::Duration::from_secs(31));
        assert_eq!(weir.send(weir.redeeming(&assertion(&weir, "alice"))).status, 200, "the new key should be found");
        assert_eq!(weir.issuer.fetches(), fetched + 1);
    } else {
        should_refuse(
            &weir.send(weir.redeeming(&assertion(&weir, "alice"))),
            400,
            "invalid_grant",
            "a key id of a moment ago",
        );
        assert_eq!(weir.issuer.fetches(), fetched, "anyone can invent key ids, so it should not be asked for at once");
    }
}

#[test]
fn redemptions_leave_events() {
    let weir = Weir::usual();
    let assertion = assertion(&weir, "alice");
    weir.send(weir.redeeming(&assertion));
    weir.send(weir.redeeming(&assertion));
    let events = weir.events(2);
    for event in &events {
        assert_eq!(event["method"], "oauth/token", "the event should have the method: {event:#}");
        assert_eq!(event["user"]["subject"], "alice", "the event should name the user: {event:#}");
    }
    let replayed = events.iter().find(|event| event["outcome"]["status"] == "refused").expect("a refused redemption");
    assert_eq!(replayed["outcome"]["reason"], "assertion_replayed", "the event should have the reason: {replayed:#}");
}
