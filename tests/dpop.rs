//! DPoP (RFC 9449): tokens that are bound to a client's key, at the token endpoint and at `/mcp`.
//! `dpop/sign_in.rs` has codes and refresh tokens.

mod sign_in;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::{
    Answer, Draft, Setup, Weir,
    dpop::{Holder, hash, nonce},
    jose::{Key, Token, unique},
    target::{Target, skipped_if},
    weir::URL,
};
use http::Method;
use serde_json::{Value, json};

/// Fails the test unless the answer is this OAuth error.
#[track_caller]
fn should_refuse(answer: &Answer, error: &str, why: &str) {
    assert_eq!(answer.status, 400, "{why}: {}", answer.text());
    assert_eq!(answer.json()["error"], error, "{why}: {}", answer.text());
    assert!(answer.json().get("access_token").is_none(), "{why}: no token should be issued");
}

/// Fails the test unless the answer is 401 with a DPoP challenge of this error.
#[track_caller]
fn should_challenge(answer: &Answer, error: &str, why: &str) {
    assert_eq!(answer.status, 401, "{why}: {}", answer.text());
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    assert!(challenge.starts_with("DPoP "), "{why}: {challenge}");
    assert!(challenge.contains(&format!("error=\"{error}\"")), "{why}: {challenge}");
    assert!(
        challenge.contains("algs=\"ES256 EdDSA\"") && challenge.contains("resource_metadata="),
        "{why}: {challenge}"
    );
}

fn assertion(weir: &Weir, holder: Option<&Holder>) -> String {
    let id_jag = weir.id_jag("alice");
    weir.issuer.sign(match holder {
        Some(holder) => id_jag.claim("cnf", json!({ "jkt": holder.thumbprint() })),
        None => id_jag,
    })
}

/// Redeems an assertion with this proof.
fn redeem(weir: &Weir, assertion: &str, proof: &str) -> Answer {
    weir.send(weir.redeeming(assertion).header("dpop", proof))
}

/// A bound access token of alice.
fn bound_token(weir: &Weir, holder: &Holder) -> String {
    weir.sign(weir.access_token("alice").claim("cnf", json!({ "jkt": holder.thumbprint() })))
}

#[test]
fn assertion_and_proof_decide_the_token() {
    let weir = Weir::usual();
    let (alice, thief) = (Holder::new(7), Holder::new(8));
    for (bound, proving, expected) in [
        (Some(&alice), Some(&alice), Ok("DPoP")),
        (Some(&alice), Some(&thief), Err("invalid_grant")),
        (Some(&alice), None, Err("invalid_grant")),
        (None, Some(&alice), Ok("DPoP")),
        (None, None, Ok("Bearer")),
    ] {
        let assertion = assertion(&weir, bound);
        let answer = match proving {
            Some(holder) => redeem(&weir, &assertion, &holder.sign(holder.token_proof(&weir))),
            None => weir.send(weir.redeeming(&assertion)),
        };
        let why = format!("bound: {}, proof: {}", bound.is_some(), proving.is_some());
        match expected {
            Err(error) => should_refuse(&answer, error, &why),
            Ok(kind) => {
                assert_eq!(answer.status, 200, "{why}: {}", answer.text());
                assert_eq!(answer.json()["token_type"], kind, "{why}");
                let token = Token::read(answer.json()["access_token"].as_str().expect("a token"));
                let cnf = proving.map(|holder| json!({ "jkt": holder.thumbprint() }));
                assert_eq!(token.claims.get("cnf"), cnf.as_ref(), "{why}");
                assert_eq!(answer.header("dpop-nonce").is_some(), proving.is_some(), "{why}: the next nonce");
            }
        }
    }
    let form = |assertion: &str| {
        let grant = "urn:ietf:params:oauth:grant-type:jwt-dpop";
        let (id, secret) = harness::weir::CLIENT;
        Draft::form(&[("grant_type", grant), ("assertion", assertion)]).basic(id, secret)
    };
    let of_the_draft = form(&assertion(&weir, Some(&alice)));
    let proof = alice.sign(alice.token_proof(&weir));
    assert_eq!(weir.send(of_the_draft.header("dpop", &proof)).json()["token_type"], "DPoP", "the draft's own grant");
    should_refuse(&weir.send(form(&assertion(&weir, None))), "invalid_grant", "that grant without a proof");
}

#[test]
fn proof_needs_a_nonce_and_uses_nothing_up_without() {
    let weir = Weir::usual();
    let (holder, assertion) = (Holder::new(7), assertion(&weir, None));
    let proof = || holder.proof("POST", "/oauth/token", weir.running.now());
    let first = redeem(&weir, &assertion, &holder.sign(proof()));
    should_refuse(&first, "use_dpop_nonce", "no nonce");
    let good = nonce(&first);
    let (window, code) = good.split_once('.').expect("two parts");
    let zeros = URL_SAFE_NO_PAD.encode([0; 16]);
    let old = window.parse::<u64>().expect("a number") - 10;
    for invented in ["x".to_owned(), format!("{window}.{zeros}"), format!("{old}.{code}"), format!("{window}.")] {
        let answer = redeem(&weir, &assertion, &holder.sign(proof().claim("nonce", invented.as_str())));
        should_refuse(&answer, "use_dpop_nonce", &invented);
    }
    let answer = redeem(&weir, &assertion, &holder.sign(proof().claim("nonce", good.as_str())));
    assert_eq!(answer.status, 200, "the assertion should still count: {}", answer.text());
    if skipped_if(Target::chosen() != Target::Memory, "only in memory does it take no time") {
        return;
    }
    weir.running.pass(std::time::Duration::from_secs(420));
    let late = redeem(&weir, &self::assertion(&weir, None), &holder.sign(proof().claim("nonce", good.as_str())));
    should_refuse(&late, "use_dpop_nonce", "a nonce of seven minutes ago");
}

#[test]
fn proof_counts_once_at_the_token_endpoint() {
    let weir = Weir::usual();
    let holder = Holder::new(7);
    let proof = holder.sign(holder.token_proof(&weir));
    assert_eq!(redeem(&weir, &assertion(&weir, None), &proof).status, 200);
    let second = assertion(&weir, None);
    should_refuse(&redeem(&weir, &second, &proof), "invalid_dpop_proof", "a second use");
    assert_eq!(weir.send(weir.redeeming(&second)).status, 200, "it should not have used up the assertion");
    let proof = holder.sign(holder.token_proof(&weir));
    let assertions: Vec<String> = (0..6).map(|_| assertion(&weir, None)).collect();
    let begin = |assertion: &String| weir.begin(weir.redeeming(assertion).header("dpop", &proof));
    let exchanges: Vec<_> = assertions.iter().map(begin).collect();
    let granted = exchanges.into_iter().map(Answer::read).filter(|answer| answer.status == 200).count();
    assert_eq!(granted, 1, "exactly one of six at once should win");
}

/// The broken forms of a good proof, by name. `ath` is left to the caller.
fn broken(holder: &Holder, good: &Token, now: u64) -> Vec<(&'static str, String)> {
    let sign = |token: Token| token.signed(&holder.key);
    let other = Key::es256([9; 32]);
    let mut private = holder.key.public_jwk();
    private["d"] = json!("AAAA");
    let rsa = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
    let public = holder.key.public_set("x").into_bytes();
    vec![
        ("of another method", sign(good.clone().claim("htm", "GET"))),
        ("of another path", sign(good.clone().claim("htu", format!("{URL}/mcp/support")))),
        ("of another host", sign(good.clone().claim("htu", "https://evil.example.com/mcp"))),
        ("six minutes old", sign(good.clone().claim("iat", now - 360))),
        ("six minutes ahead", sign(good.clone().claim("iat", now + 360))),
        ("without jti", sign(good.clone().without("jti"))),
        ("without htm", sign(good.clone().without("htm"))),
        ("without htu", sign(good.clone().without("htu"))),
        ("without iat", sign(good.clone().without("iat"))),
        ("without a key", sign(good.clone().without_header("jwk"))),
        ("with a private key", sign(good.clone().header("jwk", private))),
        ("with an RSA key", sign(good.clone().header("jwk", rsa))),
        ("with the key of another", sign(good.clone().header("jwk", other.public_jwk()))),
        ("signed with another key", good.clone().signed(&other)),
        ("of the type of a JWT", sign(good.clone().header("typ", "JWT"))),
        ("of the type of an access token", sign(good.clone().header("typ", "at+jwt"))),
        ("with alg none", good.clone().signed(&Key::Nothing)),
        ("signed with HS256 and the public key", good.clone().signed(&Key::Hs256(public))),
        ("with a critical header", sign(good.clone().header("crit", json!(["exp"])))),
        ("of 5,000 bytes", sign(good.clone().claim("padding", "x".repeat(5_000)))),
        ("that is no token", "x".to_owned()),
        ("that is an encrypted token", "a.b.c.d.e".to_owned()),
    ]
}

#[test]
fn every_broken_proof_is_refused_at_the_token_endpoint() {
    let weir = Weir::usual();
    let (holder, assertion) = (Holder::new(7), assertion(&weir, None));
    let good = holder.token_proof(&weir);
    for (name, proof) in broken(&holder, &good, weir.running.now()) {
        should_refuse(&redeem(&weir, &assertion, &proof), "invalid_dpop_proof", &format!("a proof {name}"));
    }
    let twice = weir.redeeming(&assertion).header("dpop", &holder.sign(good.clone())).also("dpop", "x");
    should_refuse(&weir.send(twice), "invalid_dpop_proof", "two proofs");
    let slow = holder.sign(good.claim("iat", weir.running.now() - 280));
    assert_eq!(redeem(&weir, &assertion, &slow).status, 200, "the unbroken one of a slow clock should count");
}

#[test]
fn bound_token_needs_its_proof_with_every_request() {
    let weir = Weir::usual();
    let holder = Holder { key: Key::ed25519([7; 32]) };
    let token = bound_token(&weir, &holder);
    let now = weir.running.now();
    let without_nonce = holder.proof("POST", "/mcp", now).claim("ath", hash(&token));
    let answer = weir.send(Draft::list().bound(&token, &holder.sign(without_nonce)));
    should_challenge(&answer, "use_dpop_nonce", "no nonce");
    let good = holder.call_proof(&weir, &token).claim("nonce", nonce(&answer));
    let send = |proof: &str| weir.send(Draft::list().bound(&token, proof));
    assert_eq!(send(&holder.sign(good.clone())).status, 200, "a good proof");
    // The isolate remembers the token by now.
    for (name, proof) in broken(&holder, &good, now) {
        should_challenge(&send(&proof), "invalid_dpop_proof", &format!("a proof {name}"));
    }
    for (name, changed) in [
        ("of another token", good.clone().claim("ath", hash("other"))),
        ("of no token", good.clone().without("ath")),
        ("of the token endpoint", good.clone().claim("htu", format!("{URL}/oauth/token"))),
    ] {
        should_challenge(&send(&holder.sign(changed)), "invalid_dpop_proof", &format!("a proof {name}"));
    }
    let thief = Holder::new(8);
    let stolen =
        thief.proof("POST", "/mcp", now).claim("ath", hash(&token)).claim("nonce", good.claims["nonce"].clone());
    should_challenge(&send(&thief.sign(stolen)), "invalid_dpop_proof", "a stolen token");
    should_challenge(&weir.send(Draft::list().token(&token)), "invalid_token", "the token alone");
    let bearer = Draft::list().bound(&token, &holder.sign(good.clone()));
    let bearer = bearer.header("authorization", &format!("Bearer {token}"));
    should_challenge(&weir.send(bearer), "invalid_token", "the scheme of bearer tokens");
    let bare = Draft::list().header("authorization", &format!("DPoP {token}"));
    should_challenge(&weir.send(bare), "invalid_dpop_proof", "no proof");
    let unbound = weir.token("alice");
    let proof = good.clone().claim("ath", hash(&unbound));
    should_challenge(
        &weir.send(Draft::list().bound(&unbound, &holder.sign(proof))),
        "invalid_token",
        "an unbound token",
    );
    assert_eq!(send(&holder.sign(good)).status, 200, "the proof counts until its nonce is over");
}

#[test]
fn proof_of_a_stream_is_for_get() {
    let weir = Weir::usual();
    let holder = Holder::new(7);
    let token = bound_token(&weir, &holder);
    let good = holder.call_proof(&weir, &token);
    let listen = |proof: Token| {
        let draft =
            Draft::bare(Method::GET, "/mcp").header("accept", "text/event-stream").header("mcp-session-id", "x");
        weir.send(draft.bound(&token, &holder.sign(proof)))
    };
    should_challenge(&listen(good.clone()), "invalid_dpop_proof", "a proof for POST");
    assert_eq!(listen(good.claim("htm", "GET")).status, 404, "it should get as far as the session, which is none");
}

#[test]
fn nonce_is_renewed_before_it_is_over() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory does a minute take no time") {
        return;
    }
    let weir = Weir::usual();
    let holder = Holder::new(7);
    let token = bound_token(&weir, &holder);
    let proof = holder.call_proof(&weir, &token);
    let send = |proof: &Token| weir.send(Draft::list().bound(&token, &holder.sign(proof.clone())));
    assert!(send(&proof).header("dpop-nonce").is_none(), "a fresh nonce needs no other");
    weir.running.pass(std::time::Duration::from_secs(120));
    let renewed = send(&proof);
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    let next = proof.clone().claim("nonce", nonce(&renewed)).claim("iat", weir.running.now());
    weir.running.pass(std::time::Duration::from_secs(240));
    should_challenge(&send(&proof.claim("iat", weir.running.now())), "use_dpop_nonce", "the old nonce");
    assert_eq!(send(&next).status, 200, "its successor");
}

#[test]
fn gateway_or_issuer_may_demand_bound_tokens() {
    let whole = Setup::new().replace("gateway.toml", "[development]", "require_dpop = true\n\n[development]");
    let issuer = Setup::new().replace("gateway.toml", "groups_claim", "require_dpop = true\ngroups_claim");
    for (setup, is_whole) in [(whole, true), (issuer, false)] {
        let weir = setup.start();
        let holder = Holder::new(7);
        let refused = weir.send(weir.redeeming(&assertion(&weir, None)));
        should_refuse(&refused, "invalid_grant", "an assertion without a proof");
        let proof = holder.sign(holder.token_proof(&weir));
        let answer = redeem(&weir, &assertion(&weir, None), &proof);
        assert_eq!(answer.json()["token_type"], "DPoP", "{}", answer.text());
        let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
        let proof = holder.sign(holder.call_proof(&weir, &token));
        assert_eq!(weir.send(Draft::list().bound(&token, &proof)).status, 200);
        should_challenge(&weir.list("alice"), "invalid_token", "an older token without a key");
        let metadata = weir.send(Draft::bare(Method::GET, "/.well-known/oauth-protected-resource/mcp")).json();
        assert_eq!(metadata["dpop_bound_access_tokens_required"] == true, is_whole, "{metadata}");
        let challenge = weir.send(Draft::list());
        let challenge = challenge.header("www-authenticate").unwrap_or_default();
        assert_eq!(challenge.starts_with("DPoP "), is_whole, "{challenge}");
        assert!(!challenge.contains("error="), "whoever showed no token made no error: {challenge}");
    }
}

#[test]
fn metadata_names_algorithms_and_nothing_else_changes() {
    let weir = Weir::usual();
    let get = |path: &str| -> Value { weir.send(Draft::bare(Method::GET, path)).json() };
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource"] {
        assert_eq!(get(path)["dpop_signing_alg_values_supported"], json!(["ES256", "EdDSA"]), "{path}");
    }
    let bare = weir.send(Draft::list());
    assert_eq!(
        bare.header("www-authenticate"),
        Some(
            "Bearer resource_metadata=\"http://127.0.0.1:8787/.well-known/oauth-protected-resource/mcp\", \
             scope=\"tools:list tools:call resources:read prompts:get\""
        ),
        "the challenge of a client that doesn't speak DPoP"
    );
    let plain = weir.send(weir.redeeming(&assertion(&weir, None)));
    assert_eq!(plain.json()["token_type"], "Bearer");
    assert!(plain.header("dpop-nonce").is_none() && weir.list("alice").header("dpop-nonce").is_none());
    // A header of DPoP beside a bearer token says nothing.
    let beside = Draft::list().token(&weir.token("alice")).header("dpop", &unique("nonsense"));
    assert_eq!(weir.send(beside).status, 200);
}
