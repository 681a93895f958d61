//! Access tokens that an identity provider mints for Weir (RFC 9068, `modes = ["access_token"]`), at `/mcp`.

use harness::{
    Answer, Draft, Setup, Weir,
    dpop::Holder,
    jose::{Key, Token},
    target::{Target, skipped_if},
    weir::{CLIENT, URL},
};
use serde_json::{Value, json};

/// The id of `claude-code` at the identity provider.
const AT_PROVIDER: &str = "idp-claude";

/// An issuer that mints access tokens, with further audiences, and ids of its own for clients.
fn setup() -> Setup {
    let modes = "groups_claim = \"groups\"\nmodes = [\"id_jag\", \"access_token\"]\n\
         audiences = { \"api://weir\" = \"/mcp\", \"api://weir/support\" = \"/mcp/support\" }\n\
         clients = { \"idp-claude\" = \"claude-code\", \"idp-narrow\" = \"narrow\" }";
    let clients = "[[clients]]\nid = \"narrow\"\ntitle = \"Narrow\"\nscopes = [\"tools:list\"]\n\n\
         [[clients]]\nid = \"nightly\"\ntitle = \"Nightly\"\nsecret_hashes = [\"sha256:8ab0c3f2fb5c10a9a4b6b1f5bc0ab6e2f0d2b3b0b7a8c9d0e1f2a3b4c5d6e7f8\"]\n\
         service = { groups = [\"support\"] }\n\n[[roles]]\nname = \"reader\"";
    let setup = Setup::new().replace("gateway.toml", "groups_claim = \"groups\"", modes);
    setup.replace("gateway.toml", "[[roles]]\nname = \"reader\"", clients)
}

/// An unsigned token of alice for `/mcp`.
fn token(weir: &Weir) -> Token {
    let groups = ["everyone", "support"];
    weir.issuer.access_token("alice", &groups, AT_PROVIDER, &format!("{URL}/mcp"), weir.running.now())
}

fn list(weir: &Weir, token: Token) -> Answer {
    weir.send(Draft::list().token(&weir.issuer.sign(token)))
}

fn tools(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "it should be accepted: {}", answer.text());
    let found = answer.json();
    let found = found["result"]["tools"].as_array().expect("tools");
    found.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn token_of_provider_is_like_one_of_weir() {
    let weir = setup().start();
    let own = tools(&weir.list("alice"));
    assert_eq!(tools(&list(&weir, token(&weir))), own, "the groups should give the same");
    assert_eq!(tools(&list(&weir, token(&weir).header("typ", "application/at+jwt"))), own, "the long media type");
    assert_eq!(tools(&list(&weir, token(&weir).claim("aud", json!(["api://weir"])))), own, "its own audience");
    let named = Draft::list().to("/mcp/support");
    for (audience, status) in
        [("api://weir/support", 200), ("api://weir", 401), ("http://127.0.0.1:8787/mcp/support", 200)]
    {
        let signed = weir.issuer.sign(token(&weir).claim("aud", audience));
        assert_eq!(weir.send(named.clone().token(&signed)).status, status, "{audience} at /mcp/support");
    }
    assert_eq!(weir.issuer.fetches(), 1, "the keys should be read once");
    let event = weir.events(6).swap_remove(1);
    assert_eq!(event["user"], json!({ "issuer": weir.issuer.url(), "subject": "alice" }));
    assert_eq!((&event["agent"]["client_id"], &event["team"]), (&json!(CLIENT.0), &json!("support")), "{event}");
}

#[test]
fn every_broken_token_of_provider_is_401() {
    let weir = setup().start();
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("vectors/provider_access_tokens.json")).expect("the vectors should be JSON");
    for vector in &vectors {
        let name = vector["name"].as_str().expect("a vector should have a name");
        let answer = weir.send(Draft::list().token(&broken(&weir, vector)));
        assert_eq!(answer.status, 401, "a token {name} should be refused: {}", answer.text());
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("error=\"invalid_token\""), "a token {name}: {challenge}");
        assert_eq!(answer.json()["error"]["data"]["reason"], vector["reason"], "a token {name}");
    }
    assert!(weir.issuer.fetches() <= 2, "unknown key ids should not cause a request to the issuer each time");
    assert!(weir.documents.received().is_empty(), "nothing should reach an origin");
    assert_eq!(list(&weir, token(&weir)).status, 200, "the unbroken token should be accepted");
}

/// The token of a vector: a valid one with changes.
fn broken(weir: &Weir, vector: &Value) -> String {
    let mut token = token(weir);
    if let Some(suffix) = vector["issuer_suffix"].as_str() {
        token = token.claim("iss", format!("{}{suffix}", weir.issuer.url()));
    }
    let token = token.changed(vector, weir.running.now());
    let key = match vector["signed_by"].as_str() {
        None => weir.issuer.key(),
        Some("nothing") => Key::Nothing,
        Some("another key") => Key::es256([9; 32]),
        Some("an Ed25519 key") => Key::ed25519([9; 32]),
        Some("Weir's key") => weir.access_token_key().clone(),
        Some("public key as HMAC secret") => Key::Hs256(weir.issuer.key().public_set("first").into_bytes()),
        Some(other) => panic!("nobody signs as `{other}`"),
    };
    token.signed(&key)
}

#[test]
fn issuer_is_trusted_in_its_modes_alone() {
    for (modes, redeemed, accepted) in [
        ("[\"id_jag\"]", 200, 401),
        ("[\"access_token\"]", 400, 200),
        ("[\"id_jag\", \"access_token\"]", 200, 200),
        ("[]", 400, 401),
    ] {
        let lines = format!("groups_claim = \"groups\"\nmodes = {modes}");
        let weir = Setup::new().replace("gateway.toml", "groups_claim = \"groups\"", &lines).start();
        let redemption = weir.send(weir.redeeming(&weir.issuer.sign(weir.id_jag("alice"))));
        assert_eq!(redemption.status, redeemed, "{modes}: {}", redemption.text());
        let answer = list(&weir, token(&weir).claim("client_id", CLIENT.0));
        assert_eq!(answer.status, accepted, "{modes}: {}", answer.text());
        if accepted == 401 {
            let challenge = answer.header("www-authenticate").unwrap_or_default();
            assert!(challenge.contains("from another issuer"), "as of an unknown one: {challenge}");
        }
        let metadata = weir.send(Draft::bare(http::Method::GET, "/.well-known/oauth-protected-resource/mcp")).json();
        let servers = match modes {
            "[\"access_token\"]" => json!([weir.issuer.url()]),
            "[\"id_jag\", \"access_token\"]" => json!([URL, weir.issuer.url()]),
            _ => json!([URL]),
        };
        assert_eq!(metadata["authorization_servers"], servers, "{modes}");
    }
}

#[test]
fn scopes_are_those_that_token_and_client_have() {
    let weir = setup().start();
    let call = |token: Token| {
        let draft = Draft::call("documents_search", json!({ "query": "x" }));
        weir.send(draft.token(&weir.issuer.sign(token)))
    };
    assert_eq!(call(token(&weir)).status, 200);
    for (why, lacking) in [
        ("the token", token(&weir).claim("scope", "tools:list mail.read")),
        ("the client", token(&weir).claim("client_id", "idp-narrow")),
        ("a token without `scope`", token(&weir).without("scope")),
    ] {
        let answer = call(lacking);
        assert_eq!(answer.status, 403, "{why}: {}", answer.text());
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("insufficient_scope"), "{why}: {challenge}");
    }
    let secret = "scopes = [\"tools:list\"]\nsecret_hashes = [\"sha256:";
    let narrow = Setup::new()
        .replace(
            "gateway.toml",
            "title = \"Claude Code\"\nsecret_hashes = [\"sha256:",
            &format!("title = \"Claude Code\"\n{secret}"),
        )
        .start();
    let answer = narrow.send(narrow.redeeming(&narrow.issuer.sign(narrow.id_jag("alice"))));
    assert_eq!(answer.json()["scope"], "tools:list", "an ID-JAG of the client too: {}", answer.text());
    let answer =
        narrow.send(narrow.redeeming(&narrow.issuer.sign(narrow.id_jag("alice").claim("scope", "tools:call"))));
    assert_eq!(answer.json()["error"], "invalid_scope", "{}", answer.text());
}

#[test]
fn quarantine_and_end_of_sign_in_count_by_iat() {
    let setup = setup();
    let text = format!(
        "principals = [\"{0}|bob\"]\nagents = [\"narrow\"]\n[[not_before]]\nuser = \"{0}|carol\"\ninstant = 9999-01-01T00:00:00Z\n\
         [[not_before]]\nuser = \"{0}|alice\"\ninstant = 2020-01-01T00:00:00Z\n",
        setup.issuer.url()
    );
    let weir = setup.file("quarantine.toml", &text).start();
    for (why, token, status) in [
        ("a frozen user", token(&weir).claim("sub", "bob"), 403),
        ("a frozen agent", token(&weir).claim("client_id", "idp-narrow"), 403),
        ("a user who was signed out", token(&weir).claim("sub", "carol"), 401),
        ("a forged `since` helps nobody", token(&weir).claim("sub", "carol").claim("since", 253_402_300_799_u64), 401),
        ("a younger token", token(&weir), 200),
    ] {
        let answer = list(&weir, token);
        assert_eq!(answer.status, status, "{why}: {}", answer.text());
    }
}

#[test]
fn bound_token_needs_its_proof() {
    let weir = setup().start();
    let (holder, thief) = (Holder::new(7), Holder::new(8));
    let bound = weir.issuer.sign(token(&weir).claim("cnf", json!({ "jkt": holder.thumbprint() })));
    assert_eq!(weir.send(Draft::list().token(&bound)).status, 401, "as a bearer token");
    for (why, prover, status) in [("its holder", &holder, 200), ("a thief", &thief, 401)] {
        let proof = holder.call_proof(&weir, &bound).header("jwk", prover.key.public_jwk());
        let proof = prover.sign(proof);
        let answer = weir.send(Draft::list().bound(&bound, &proof));
        assert_eq!(answer.status, status, "{why}: {}", answer.text());
    }
    let lines = "groups_claim = \"groups\"\nmodes = [\"access_token\"]\nrequire_dpop = true";
    let strict = Setup::new().replace("gateway.toml", "groups_claim = \"groups\"", lines).start();
    assert_eq!(list(&strict, token(&strict).claim("client_id", CLIENT.0)).status, 401, "a key is demanded");
}

#[test]
fn keys_of_minting_issuer_rotate_and_may_be_away() {
    let weir = setup().start();
    assert_eq!(list(&weir, token(&weir)).status, 200);
    let before = weir.issuer.sign(token(&weir));
    weir.running.pass(std::time::Duration::from_millis(if Target::chosen() == Target::Memory { 31_000 } else { 0 }));
    if skipped_if(Target::chosen() != Target::Memory, "only memory's clock can be moved") {
        return;
    }
    let long = weir.issuer.sign(token(&weir).claim("exp", weir.running.now() + 7_200));
    assert_eq!(weir.send(Draft::list().token(&long)).status, 200);
    weir.issuer.rotate("second");
    assert_eq!(list(&weir, token(&weir)).status, 200, "a new key id should be looked for");
    assert_eq!(weir.send(Draft::list().token(&before)).status, 401, "the old key is gone");
    weir.issuer.publish(None);
    weir.running.pass(std::time::Duration::from_secs(11 * 60));
    assert_eq!(weir.send(Draft::list().token(&long)).status, 401, "nor does it serve a token that was accepted before");
    assert_eq!(list(&weir, token(&weir)).status, 200, "what is held should serve while the issuer is away");
    weir.running.pass(std::time::Duration::from_secs(61 * 60));
    assert_eq!(list(&weir, token(&weir)).status, 503, "for an hour");
}

#[test]
fn invented_tokens_cost_two_readings_of_keys_per_minute() {
    let weir = setup().start();
    for number in 0..20 {
        let invented = token(&weir).header("kid", format!("invented-{number}"));
        assert_eq!(list(&weir, invented).status, 401);
    }
    let most = if Target::chosen() == Target::Spin { 4 } else { 1 };
    assert!(weir.issuer.fetches() <= most, "{} within a moment", weir.issuer.fetches());
    let typed = token(&weir).header("typ", "JWT").header("kid", "other");
    let fresh = setup().start();
    assert_eq!(list(&fresh, typed).status, 401);
    assert_eq!(fresh.issuer.fetches(), 0, "a token of another kind should ask nobody");
}
