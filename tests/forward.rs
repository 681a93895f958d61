//! *forward*: the origin gets the request without any credential of the client; for every failure of the origin the
//! client gets one clear error.

mod bounds;
mod compressed;
mod statuses;

use std::time::Duration;

use harness::{
    Draft, Reply, Setup, Step, Weir,
    jose::Token,
    origin::event,
    weir::{CLIENT, URL},
};
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[test]
fn no_client_header_reaches_origin() {
    let weir = Weir::usual();
    let token = weir.token("alice");
    let leaks = [
        ("cookie", "session=1"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-secret", "s3cret"),
        ("proxy-authorization", "Basic eA=="),
    ];
    for tool in ["documents_search", "tickets_find", "people_lookup"] {
        let draft = Draft::call(tool, json!({ "query": "x" })).token(&token);
        let draft = leaks.iter().fold(draft, |draft, (name, value)| draft.header(name, value));
        assert!(weir.send(draft).error_code().is_none(), "`{tool}` should be called");
    }
    assert_eq!(weir.send(Draft::list().token(&token)).status, 200);
    for received in [&weir.documents, &weir.tickets, &weir.people].into_iter().flat_map(|origin| origin.received()) {
        let everything = format!("{:?} {}", received.headers, String::from_utf8_lossy(&received.body));
        assert!(!everything.contains(&token), "the client's token should never leave: {everything}");
        for (name, value) in leaks {
            assert!(!everything.contains(value), "`{name}` should not travel: {everything}");
        }
        assert!(!everything.contains(CLIENT.1), "the client's secret should never leave");
    }
}

#[test]
fn origin_gets_its_own_name_for_tool_and_all_else_unchanged() {
    let weir = Weir::usual();
    let arguments = r#"{"query" : "\u00e4 \ud83d\ude00","limit":7, "ratio": 2.50, "big": 123456789012345678901234567890, "e": 1E+2}"#;
    let draft = Draft::call("documents_search", json!("HERE"))
        .meta("progressToken", "p-1")
        .meta("com.example/kept", json!({ "a": [1] }));
    let body = String::from_utf8(draft.body.to_vec()).expect("JSON is text").replace("\"HERE\"", arguments);
    let answer = weir.send(draft.body(body).token(&weir.token("alice")));
    assert!(answer.error_code().is_none(), "the call should be made: {}", answer.text());
    let received = weir.documents.calls().remove(0);
    assert_eq!(received.method, Method::POST);
    assert_eq!(received.header("mcp-method"), Some("tools/call"));
    assert_eq!(received.header("mcp-name"), Some("search"), "the header should be renamed with the body");
    assert_eq!(received.header("mcp-protocol-version"), Some("2026-07-28"));
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(received.header("accept"), Some("application/json, text/event-stream"));
    assert_eq!(received.header("authorization"), None, "credential `none` sends none");
    let text = String::from_utf8_lossy(&received.body).into_owned();
    assert!(text.contains(arguments), "arguments should travel byte for byte: {text}");
    let message = received.message();
    assert_eq!(message["params"]["name"], "search");
    let token = &message["params"]["_meta"]["progressToken"];
    assert!(token.is_string() && *token != "p-1", "a progress token of Weir's own should travel: {token}");
    assert_eq!(message["params"]["_meta"]["com.example/kept"], json!({ "a": [1] }));
    assert_eq!(message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
}

#[test]
fn parameter_headers_travel() {
    let weir = Weir::usual();
    let draft = Draft::call("documents_search", json!({ "query": "eu-west" })).header("mcp-param-query", "eu-west");
    assert!(weir.send(draft.token(&weir.token("alice"))).error_code().is_none());
    let received = weir.documents.calls().remove(0);
    let mirrored = received.header("mcp-param-query");
    assert_eq!(mirrored, Some("eu-west"), "a header must be forwarded where the schema is not known (SEP-2243)");
}

#[test]
fn header_credential_is_origins_own_secret() {
    let weir = Weir::usual();
    assert!(weir.call("alice", "tickets_find", json!({ "query": "x" })).error_code().is_none());
    assert_eq!(weir.list("alice").status, 200);
    let received = weir.tickets.received();
    assert_eq!(received.len(), 2, "the call and the list should both arrive");
    for received in received {
        assert_eq!(received.header("authorization"), Some("Bearer tickets-own-secret"));
    }
    for other in [&weir.documents, &weir.people].into_iter().flat_map(|origin| origin.received()) {
        assert!(
            !format!("{:?}", other.headers).contains("tickets-own-secret"),
            "no other origin should get the secret"
        );
    }
}

#[test]
fn missing_secret_refuses_that_origin_only() {
    let mut setup = Setup::new();
    setup.secrets.remove("ORIGIN_TICKETS_SECRET");
    let weir = setup.start();
    let answer = weir.call("alice", "tickets_find", json!({ "query": "x" }));
    assert_eq!(
        answer.error_code(),
        Some(-31503),
        "a call that can't be authenticated should not be made: {}",
        answer.text()
    );
    assert!(
        !answer.text().contains("ORIGIN_TICKETS_SECRET"),
        "the client should not learn a secret's name: {}",
        answer.text()
    );
    assert!(weir.tickets.received().is_empty(), "nothing should be sent without the credential");
    assert!(weir.event()["cost"].is_null(), "a request that was not sent should cost nothing");
    assert!(
        weir.call("alice", "documents_search", json!({ "query": "x" })).error_code().is_none(),
        "others should go on"
    );
}

#[test]
fn signed_identity_tells_origin_who_asks() {
    let weir = Weir::usual();
    assert!(weir.call("alice", "people_lookup", json!({ "query": "x" })).error_code().is_none());
    let received = weir.people.calls().remove(0);
    let compact = received.header("weir-identity").expect("the origin should get a signed identity").to_owned();
    let identity = Token::read(&compact);
    assert_eq!(identity.header["typ"], "weir-identity+jwt");
    assert_eq!(identity.text("iss"), Some(URL));
    assert_eq!(identity.text("aud"), Some(weir.people.url()), "it should be for this origin alone");
    assert_eq!(identity.text("sub"), Some("alice"));
    assert_eq!(identity.text("client_id"), Some(CLIENT.0));
    let (issued, expires) = (identity.claims["iat"].as_u64(), identity.claims["exp"].as_u64());
    assert!(
        expires.zip(issued).is_some_and(|(exp, iat)| exp > iat && exp - iat <= 60),
        "it should be short: {compact}"
    );
    let digest: String = Sha256::digest(&received.body).iter().map(|byte| format!("{byte:02x}")).collect();
    let stated = identity.text("request_sha256").unwrap_or_default();
    assert_eq!(stated, digest, "it should be bound to this body, in lower-case hex");

    let jwks = weir.send(Draft::bare(Method::GET, "/oauth/jwks")).json();
    let key = find_key(&jwks, identity.header["kid"].as_str().expect("a key id"));
    assert!(verifies(&key, &compact), "the origin should be able to verify it with Weir's published keys");
    let access_key: Value = serde_json::from_str(&weir.access_token_key().public_set("x")).expect("a JWK set");
    assert_ne!(access_key["keys"][0]["x"], key["x"], "it should have a key of its own");
}

fn find_key(jwks: &Value, key_id: &str) -> Value {
    let keys = jwks["keys"].as_array().expect("a JWK set has keys");
    keys.iter()
        .find(|key| key["kid"] == key_id)
        .unwrap_or_else(|| panic!("`{key_id}` should be published: {jwks}"))
        .clone()
}

fn verifies(key: &Value, compact: &str) -> bool {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let (message, signature) = compact.rsplit_once('.').expect("three parts");
    let public = URL_SAFE_NO_PAD.decode(key["x"].as_str().expect("x")).expect("base64url");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let public = ed25519_compact::PublicKey::from_slice(&public).expect("a public key");
    let signature = ed25519_compact::Signature::from_slice(&signature).expect("a signature");
    public.verify(message, &signature).is_ok()
}

#[test]
fn trace_continues_under_span_of_weir() {
    let weir = Weir::usual();
    let theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let draft = Draft::call("documents_search", json!({ "query": "x" }))
        .meta("traceparent", theirs)
        .meta("baggage", "user=alice");
    assert!(weir.send(draft.token(&weir.token("alice"))).error_code().is_none());
    let received = weir.documents.calls().remove(0);
    let meta = received.message()["params"]["_meta"].clone();
    let sent = meta["traceparent"].as_str().expect("the origin should get a trace context").to_owned();
    assert!(sent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "the trace should go on: {sent}");
    assert_ne!(sent, theirs, "Weir's own span should be the parent");
    assert_eq!(received.header("traceparent").unwrap_or(&sent), sent, "header and body should agree");
    assert!(meta.get("baggage").is_none(), "baggage should not reach origins: {meta}");
}

#[test]
fn slow_origin_is_cut_off() {
    let weir = Weir::usual();
    weir.documents.on_call(|_| Reply::hang());
    weir.call("alice", "documents_search", json!({ "query": "x" }))
        .should_be_refused(-31504, "an origin that never answers");
    weir.wait_until("the origin's connection should be closed", || weir.documents.calls()[0].aborted());
}

#[test]
fn origin_that_stalls_inside_its_answer_is_cut_off() {
    let weir = Weir::usual();
    weir.documents.on_call(|_| {
        let mut reply = Reply::text(200, "application/json", "{\"jsonrpc\":");
        reply.steps.push(Step::Hang);
        reply
    });
    weir.call("alice", "documents_search", json!({ "query": "x" })).should_be_refused(-31504, "an origin that stalls");
    weir.wait_until("the origin's connection should be closed", || weir.documents.calls()[0].aborted());
}

#[test]
fn redirect_is_not_followed() {
    let weir = Weir::usual();
    let elsewhere = weir.people.url().to_owned();
    weir.documents.on_call(move |_| Reply::redirect(&elsewhere));
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    answer.should_be_refused(-31502, "an origin that redirects");
    assert!(weir.people.received().is_empty(), "the redirect should not be followed");
    assert_eq!(answer.header("location"), None, "the client should not be redirected either");
}

#[test]
fn invalid_response_is_an_origin_failure() {
    let weir = Weir::usual();
    let big = "x".repeat(10 << 20);
    let replies: Vec<(&str, Reply)> = vec![
        ("HTML", Reply::text(200, "text/html", "<h1>hello</h1>")),
        ("no media type", Reply { headers: http::HeaderMap::new(), ..Reply::text(200, "x/y", "{}") }),
        ("JSON that is none", Reply::text(200, "application/json", "{\"jsonrpc\"")),
        ("an empty body", Reply::text(200, "application/json", "")),
        ("a wrong id", Reply::json(&json!({ "jsonrpc": "2.0", "id": 99, "result": { "content": [] } }))),
        ("the id as text", Reply::json(&json!({ "jsonrpc": "2.0", "id": "7", "result": { "content": [] } }))),
        ("no id", Reply::json(&json!({ "jsonrpc": "2.0", "result": { "content": [] } }))),
        ("a batch", Reply::json(&json!([{ "jsonrpc": "2.0", "id": 7, "result": { "content": [] } }]))),
        ("a request", Reply::json(&json!({ "jsonrpc": "2.0", "id": 7, "method": "roots/list" }))),
        (
            "result and error",
            Reply::json(&json!({ "jsonrpc": "2.0", "id": 7, "result": {}, "error": { "code": 1, "message": "x" } })),
        ),
        ("10 MB of something else", Reply::text(200, "application/json", big)),
        ("500", Reply::text(500, "application/json", "{}")),
        ("502 in HTML", Reply::text(502, "text/html", "bad gateway")),
        ("204", Reply { steps: vec![], ..Reply::text(204, "application/json", "") }),
        ("401", Reply::text(401, "application/json", "{}").header("www-authenticate", "Bearer realm=\"origin\"")),
        ("403", Reply::text(403, "application/json", "{}")),
        ("an early end", Reply::break_off()),
        ("a broken body", broken_body()),
    ];
    for (name, reply) in replies {
        weir.documents.on_call(move |_| reply.clone());
        let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
        answer.should_be_refused(-31502, name);
        assert_eq!(answer.message()["id"], 7, "`{name}` should be answered under the request's id");
        assert_eq!(answer.header("www-authenticate"), None, "`{name}`: an origin's challenge is not the client's");
        assert!(!answer.text().contains("127.0.0.1"), "`{name}`: the error should not have the origin's address");
    }
}

fn broken_body() -> Reply {
    let mut reply = Reply::text(200, "application/json", "{\"jsonrpc\":\"2.0\",\"id\":7,");
    reply.steps.push(Step::Wait(Duration::from_millis(50)));
    reply.steps.push(Step::BreakOff);
    reply
}

#[test]
fn origin_that_is_not_there_is_origin_failure() {
    // No server listens on the discard port of loopback.
    let setup = Setup::new();
    let url = setup.documents.url().to_owned();
    let weir = setup.replace("origins/documents.toml", &url, "http://127.0.0.1:9/mcp").start();
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    answer.should_be_refused(-31502, "an origin without a server");
    assert!(!answer.text().contains("127.0.0.1"), "the error should not have the origin's address: {}", answer.text());
}

#[test]
fn origins_own_error_passes_as_it_is() {
    let weir = Weir::usual();
    weir.documents.on_call(|_| {
        let error = json!({ "code": -32602, "message": "no such page", "data": { "page": 9 } });
        Reply::json(&json!({ "jsonrpc": "2.0", "id": 7, "error": error }))
    });
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    let error = answer.message()["error"].clone();
    assert_eq!(error, json!({ "code": -32602, "message": "no such page", "data": { "page": 9 } }));
}

#[test]
fn one_request_is_one_request_to_one_origin() {
    let weir = Weir::usual();
    weir.documents.on_call(|_| Reply::text(503, "application/json", "{}"));
    weir.call("bob", "documents_delete", json!({ "id": "7" })).should_be_refused(-31502, "a failing origin");
    assert_eq!(weir.documents.received().len(), 1, "a call that may have run should never be tried again");
    assert!(
        weir.tickets.received().is_empty() && weir.people.received().is_empty(),
        "no other origin should get a request"
    );
}

#[test]
fn event_stream_is_asked_for_and_taken() {
    let weir = Weir::usual();
    weir.documents.on_call(|_| {
        Reply::event_stream([event(
            &json!({ "jsonrpc": "2.0", "id": 7, "result": { "resultType": "complete", "content": [] } }),
        )])
    });
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.result()["content"], json!([]));
}
