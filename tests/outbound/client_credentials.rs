//! `client_credentials`: Weir's own rights at an origin.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use harness::{
    Answer, Draft, Reply, Step,
    authorization_server::AuthorizationServer,
    client::encode,
    jose::{Key, Token},
};
use serde_json::{Value, json};

use super::{Outbound, SECRET, forgets, has_real_clock};

const TARGET: &str = ", scopes = [\"tickets.read\", \"tickets.write\"], resource = \"https://tickets.example.com/mcp\"";

#[test]
fn token_is_asked_for_once_and_shown_in_every_request() {
    if forgets() {
        return;
    }
    let outbound = Outbound::start("client_credentials", TARGET);
    for _ in 0..3 {
        outbound.succeeds();
    }
    assert!(outbound.weir.list("alice").tool_names().contains(&"tickets_find".to_owned()));
    let requests = outbound.server.requests();
    assert_eq!(requests.len(), 1, "one token should serve all calls");
    let form: Vec<(String, String)> = outbound.server.forms().remove(0).into_iter().collect();
    let expected = [
        ("grant_type", "client_credentials"),
        ("resource", "https://tickets.example.com/mcp"),
        ("scope", "tickets.read tickets.write"),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let pair = STANDARD.encode(format!("{}:{}", encode("weir:1"), encode(SECRET)));
    assert_eq!(requests[0].header("authorization"), Some(format!("Basic {pair}").as_str()));
    assert_eq!(requests[0].header("content-type"), Some("application/x-www-form-urlencoded"));
    let bearer = format!("Bearer {}", outbound.server.issued()[0]);
    let received: Vec<_> = outbound.weir.tickets.received().into_iter().filter(|one| one.path == "/mcp").collect();
    assert_eq!(received.len(), 4, "three calls and a list");
    for request in received {
        assert_eq!(request.header("authorization"), Some(bearer.as_str()));
    }
}

#[test]
fn call_with_a_kept_token_reads_nothing() {
    if has_real_clock() {
        return;
    }
    let outbound = Outbound::start("client_credentials", TARGET);
    outbound.succeeds();
    let before = outbound.weir.running.work();
    outbound.succeeds();
    assert_eq!(outbound.weir.running.work().reads, before.reads, "no store should be read");
    assert_eq!(outbound.server.requests().len(), 1, "nor the server asked");
}

#[test]
fn secret_can_be_in_the_form() {
    let more = format!("{TARGET}, client_authentication = \"client_secret_post\", audience = \"tickets\"");
    let outbound = Outbound::start("client_credentials", &more);
    outbound.succeeds();
    let form = outbound.server.forms().remove(0);
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), ("weir:1", SECRET));
    assert_eq!(form["audience"], "tickets");
    assert_eq!(outbound.server.requests()[0].header("authorization"), None);
}

#[test]
fn signed_assertion_replaces_the_secret() {
    let key = Key::ed25519([9; 32]);
    for (audience, of_endpoint) in [("", false), (", assertion_audience = \"token_endpoint\"", true)] {
        let more = format!("{TARGET}, client_authentication = \"private_key_jwt\"{audience}");
        let outbound = Outbound::start_with("client_credentials", &more, |mut setup| {
            setup.secrets.insert("ORIGIN_TICKETS_SECRET".to_owned(), key.private_set("weir-1"));
            setup
        });
        outbound.succeeds();
        let form = outbound.server.forms().remove(0);
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let compact = &form["client_assertion"];
        let assertion = Token::read(compact);
        let issuer = AuthorizationServer::issuer(&outbound.weir.tickets);
        let expected = if of_endpoint { format!("{issuer}/token") } else { issuer };
        assert_eq!(assertion.text("aud"), Some(expected.as_str()));
        assert_eq!((assertion.text("iss"), assertion.text("sub")), (Some("weir:1"), Some("weir:1")));
        let times = ["iat", "exp"].map(|name| assertion.claims[name].as_u64().expect("a time"));
        assert_eq!(times[1] - times[0], 60);
        let keys = oauth::jwk::KeySet::parse(&key.public_set("weir-1")).expect("a key set");
        oauth::jws::verify::<Value>(compact, &keys, "JWT").expect("the server should be able to verify it");
        assert!(!form.contains_key("client_secret") && outbound.server.requests()[0].header("authorization").is_none());
    }
}

#[test]
fn token_is_asked_for_anew_shortly_before_its_end() {
    if has_real_clock() {
        return;
    }
    for (lifetime, kept) in [(json!(3600), 3570), (json!("100"), 70), (Value::Null, 270)] {
        let outbound = Outbound::start("client_credentials", TARGET);
        outbound.server.set_lifetime(lifetime.clone());
        outbound.succeeds();
        outbound.weir.running.pass(Duration::from_secs(kept - 1));
        outbound.succeeds();
        assert_eq!(outbound.server.requests().len(), 1, "{lifetime}: it has not ended");
        outbound.weir.running.pass(Duration::from_secs(1));
        outbound.succeeds();
        assert_eq!(outbound.server.requests().len(), 2, "{lifetime}: it is about to end");
    }
}

#[test]
fn refused_token_is_replaced_once() {
    if forgets() {
        return;
    }
    let outbound = Outbound::start("client_credentials", TARGET);
    outbound.succeeds();
    outbound.server.revoke_all();
    outbound.succeeds();
    assert_eq!(outbound.server.requests().len(), 2, "a token that the origin refuses should be replaced");
    assert_eq!(outbound.weir.tickets.calls().len(), 3, "and the call sent again, since nothing was done");

    let refusing = outbound.server.clone();
    outbound.weir.tickets.script(move |received| match received.path.as_str() {
        "/token" => refusing.serve(received),
        _ => Some(Reply::text(401, "text/plain", "no").header("www-authenticate", "Bearer error=\"invalid_token\"")),
    });
    let (code, words, event) = outbound.fails(3);
    assert_eq!((code, &event["outcome"]["reason"]), (-31502, &json!("origin_refused_credential")));
    assert!(words.contains("refuses the gateway's credential (HTTP 401); tell your platform team"), "{words}");
    assert!(event["cost"].is_null(), "nothing was done: {event:#}");
    assert_eq!(outbound.server.requests().len(), 3, "it should be replaced once and no more");
    assert_eq!(outbound.weir.tickets.calls().len(), 5);
    outbound.fails(4);
    assert_eq!(outbound.server.requests().len(), 3, "a new token that is refused is not replaced for a while");
    assert_eq!(outbound.weir.tickets.calls().len(), 6, "and the call is sent once");
    if has_real_clock() {
        return;
    }
    outbound.weir.running.pass(Duration::from_secs(10));
    outbound.fails(5);
    assert_eq!((outbound.server.requests().len(), outbound.weir.tickets.calls().len()), (4, 7));
}

#[test]
fn calls_at_once_wait_for_no_other() {
    let outbound = Outbound::start("client_credentials", TARGET);
    outbound.server.delay(Duration::from_millis(200));
    let token = outbound.weir.token("alice");
    let draft = || Draft::call("tickets_find", json!({ "query": "x" })).token(&token);
    let first = outbound.weir.begin(draft());
    // The client of the first goes away in the middle of its token request.
    outbound.weir.running.pass(Duration::from_millis(50));
    first.reset();
    let exchanges: Vec<_> = (0..5).map(|_| outbound.weir.begin(draft())).collect();
    for exchange in exchanges {
        assert_eq!(Answer::read(exchange).result()["content"][0]["text"], "find was called");
    }
    let asked = outbound.server.requests().len();
    assert!((1..=6).contains(&asked), "each call at once may ask for itself, and no more: {asked}");
}

#[test]
fn token_request_counts_into_the_deadline_of_the_call() {
    for (name, reply) in [("silent", Reply::hang()), ("dripping", dripping())] {
        let outbound = Outbound::start("client_credentials", TARGET);
        outbound.server.answer_next(reply);
        let (code, words, event) = outbound.fails(1);
        assert_eq!((code, &event["outcome"]["reason"]), (-31502, &json!("origin_token_unavailable")), "{name}");
        assert_eq!(event["detail"], "client_credentials: no answer in time", "{name}");
        assert!(words.contains("does not answer at the moment; try again later"), "{name}: {words}");
        let took = event["latency"]["origin_ms"].as_u64().unwrap_or_default();
        assert!(took <= 1500, "{name}: the origin's timeout of a second should end it, not {took} ms");
        assert!(outbound.weir.tickets.calls().is_empty(), "{name}: nothing should be sent without a token");
        outbound.weir.wait_until("the connection should be let go", || outbound.server.requests()[0].aborted());
        outbound.succeeds();
    }
}

/// A response each byte of which comes in time.
fn dripping() -> Reply {
    let mut reply = Reply::text(200, "application/json", "");
    reply.steps = (0..100).flat_map(|_| [Step::Send(" ".into()), Step::Wait(Duration::from_millis(100))]).collect();
    reply
}

#[test]
fn quarantined_origin_is_asked_for_no_token() {
    let outbound = Outbound::start_with("client_credentials", TARGET, |setup| {
        setup.file("quarantine.toml", "origins = [\"tickets\"]\n")
    });
    outbound.call().should_be_refused(-31403, "a frozen origin");
    outbound.weir.list("alice").result();
    assert!(outbound.server.requests().is_empty() && outbound.weir.tickets.received().is_empty());
}

#[test]
fn missing_or_wrong_secret_sends_nothing() {
    for (secret, authentication, reason) in
        [(None, "client_secret_basic", "secret_missing"), (Some("no key at all"), "private_key_jwt", "keys_malformed")]
    {
        let more = format!("{TARGET}, client_authentication = \"{authentication}\"");
        let outbound = Outbound::start_with("client_credentials", &more, |mut setup| {
            setup.secrets.remove("ORIGIN_TICKETS_SECRET");
            setup.secrets.extend(secret.map(|secret| ("ORIGIN_TICKETS_SECRET".to_owned(), secret.to_owned())));
            setup
        });
        let (code, words, event) = outbound.fails(1);
        assert_eq!((code, &event["outcome"]["reason"]), (-31503, &json!(reason)));
        assert!(words.contains("tell your platform team"), "{words}");
        assert!(outbound.weir.tickets.received().is_empty(), "{reason}");
        let line = format!("{{\"level\":\"error\",\"reason\":\"{reason}\",\"what\":\"ORIGIN_TICKETS_SECRET\"}}");
        assert!(
            outbound.weir.running.log().contains(&line),
            "the operator should be told: {}",
            outbound.weir.running.log()
        );
    }
}
