//! Sealed sessions of legacy clients: valid only for the caller who opened them, and used for elicitation.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harness::legacy::LegacyServer;
use harness::offers::PARTNER;
use harness::target::{Target, skipped_if};
use harness::weir::URL;
use harness::{Answer, Draft, Reply, Setup, Weir};
use serde_json::{Value, json};

use super::{count, documents_of, initialize, search, sessions, should_work};

/// Sets these sealing keys, each named by its one byte; the first one seals.
pub fn sealed_by(mut setup: Setup, keys: &[u8]) -> Setup {
    let key = |byte: &u8| json!({ "kty": "oct", "kid": byte.to_string(), "k": URL_SAFE_NO_PAD.encode([*byte; 32]) });
    let document = json!({ "keys": keys.iter().map(key).collect::<Vec<_>>() });
    setup.secrets.insert("SEALING_KEYS".to_owned(), document.to_string());
    setup
}

/// A legacy origin with sessions, behind a Weir that seals.
pub(super) fn usual() -> (Weir, LegacyServer) {
    let weir = sealed_by(documents_of("legacy").with_partner(), &[7]).start();
    let server = LegacyServer::play(&weir.documents, true);
    (weir, server)
}

/// The capabilities of a client that supports every request of an origin.
pub fn everything() -> Value {
    json!({ "elicitation": {}, "sampling": {}, "roots": { "listChanged": true } })
}

/// The session id of a client that opens with these capabilities.
#[track_caller]
pub fn open(weir: &Weir, token: &str, capabilities: &Value) -> String {
    let opened = weir.send(opening(capabilities).token(token));
    opened.result();
    opened.header("mcp-session-id").expect("a session should be given").to_owned()
}

fn opening(capabilities: &Value) -> Draft {
    initialize("2025-11-25").edit(|message| message["params"]["capabilities"] = capabilities.clone())
}

pub fn send(weir: &Weir, session: &str, token: &str, draft: Draft) -> Answer {
    weir.send(draft.header("mcp-session-id", session).token(token))
}

pub fn draft(method: &str, params: Value) -> Draft {
    Draft::legacy(Some("2025-11-25"), method, params)
}

#[test]
fn initialize_opens_legacy_origins_with_the_clients_capabilities() {
    let (weir, server) = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    assert!(session.bytes().all(|byte| byte.is_ascii_graphic()), "`{session}` should be visible ASCII");
    assert!(session.len() <= 4096, "a session should fit into a header, and has {} characters", session.len());
    assert!(!session.contains("session-1"), "nothing in it should be readable");
    let opening = weir.documents.received().remove(0).message();
    assert_eq!(opening["params"]["capabilities"], everything(), "the origin should get the client's capabilities");
    assert_eq!(opening["params"]["protocolVersion"], "2025-11-25");
    assert!(weir.tickets.received().iter().all(|received| received.message()["method"] != "initialize"));

    for _ in 0..2 {
        should_work(&send(&weir, &session, &alice, search()), "a call in the session");
    }
    should_work(&weir.send(search().token(&alice)), "a call without one");
    let first = Some("session-1".to_owned());
    assert_eq!(sessions(&weir.documents), [first.clone(), first, Some("session-2".to_owned())]);
    assert_eq!(server.opened(), 2, "a client without a session should not get another client's");
}

#[test]
fn client_without_legacy_origins_gets_no_session() {
    let weir = sealed_by(Setup::new(), &[7]).start();
    let opened = weir.send(opening(&everything()).token(&weir.token("alice")));
    assert_eq!(opened.header("mcp-session-id"), None, "a session that holds nothing should not be given");
    assert_eq!(opened.result()["protocolVersion"], "2025-11-25");
}

#[test]
fn long_session_id_of_one_origin_leaves_others_in_session() {
    let setup = documents_of("legacy").replace("origins/tickets.toml", "era = \"modern\"", "era = \"legacy\"");
    let weir = sealed_by(setup, &[7]).start();
    let servers = [&weir.documents, &weir.tickets].map(|origin| LegacyServer::play(origin, true));
    servers[0].lengthen(250);
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    for tool in ["documents_search", "tickets_find"] {
        send(&weir, &session, &alice, draft("tools/call", json!({ "name": tool, "arguments": {} }))).result();
    }
    let opened = servers.map(|server| server.opened());
    assert_eq!(opened, [2, 1], "a session that was left out should be opened when it is needed");
}

#[test]
fn origin_that_fails_to_open_fails_no_session() {
    let weir =
        sealed_by(documents_of("legacy").replace("origins/tickets.toml", "\"modern\"", "\"legacy\""), &[7]).start();
    weir.documents.script(|_| Some(Reply::hang()));
    LegacyServer::play(&weir.tickets, true);
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    LegacyServer::play(&weir.documents, true);
    should_work(&send(&weir, &session, &alice, search()), "an origin that is back should be opened when it is needed");
    let found = send(&weir, &session, &alice, draft("tools/call", json!({ "name": "tickets_find", "arguments": {} })));
    found.result();
    assert_eq!(sessions(&weir.tickets), [Some("session-1".to_owned())], "the other should go on in its session");
}

#[test]
fn session_serves_only_caller_who_opened_it() {
    let (weir, _) = usual();
    let (alice, bob) = (weir.token("alice"), weir.token("bob"));
    let session = open(&weir, &alice, &everything());
    let of_alices = |claim: &str, value: &str| weir.sign(weir.access_token("alice").claim(claim, value));
    let other_agent = of_alices("client_id", "other-agent");
    let ended = |session: &str, token: &str, path: &str, why: &str| {
        let answer = weir.send(search().to(path).header("mcp-session-id", session).token(token));
        answer.should_be(404, -32600, why);
        assert_eq!(answer.message()["error"]["data"]["reason"], "session_ended", "{why}: {}", answer.text());
    };
    ended(&session, &bob, "/mcp", "another user's session");
    ended(&session, &of_alices("sub", "mallory"), "/mcp", "the session of another user of the same virtual server");
    ended(&session, &of_alices("idp", PARTNER), "/mcp", "the session of her namesake at another identity provider");
    ended(&session, &other_agent, "/mcp", "another agent's session");
    let at_both = weir.access_token("alice").claim("groups", json!(["support", "engineering"]));
    let elsewhere = weir.sign(at_both.claim("aud", format!("{URL}/mcp/engineering")));
    ended(&session, &elsewhere, "/mcp/engineering", "her session at another virtual server");
    ended(&session[..session.len() - 1], &alice, "/mcp", "a session that was cut");
    ended(&format!("{}{}", &session[1..], &session[..1]), &alice, "/mcp", "a session that was mixed");
    ended("abc", &alice, "/mcp", "an invented session");
    let twice = search().header("mcp-session-id", &session).also("mcp-session-id", &session).token(&alice);
    weir.send(twice).should_be(404, -32600, "two sessions");
    assert!(weir.documents.calls().is_empty(), "none of these should reach the origin");
    for method in ["ping", "notifications/cancelled", "tools/list"] {
        let answer = send(&weir, "abc", &alice, draft(method, json!({})));
        assert_eq!(answer.status, 404, "{method} in an invented session should get 404: {}", answer.text());
    }
    weir.running.pass(std::time::Duration::from_secs(1));
    should_work(&send(&weir, &session, &alice, search()), "the session itself should still be good");
}

#[test]
fn previous_sealing_key_still_opens_sessions() {
    let setup = sealed_by(documents_of("legacy"), &[7]);
    let weir = setup.start();
    LegacyServer::play(&weir.documents, true);
    let session = open(&weir, &weir.token("alice"), &everything());
    for (keys, status) in [(&[8, 7][..], 200), (&[8], 404)] {
        let later = sealed_by(documents_of("legacy"), keys).start();
        LegacyServer::play(&later.documents, false);
        // The origin is a new server here, so only the opening of the session is checked.
        let answer = send(&later, &session, &later.token("alice"), draft("ping", json!({})));
        let same_issuer = later.issuer.url() == weir.issuer.url();
        let expected = if same_issuer { status } else { 404 };
        assert_eq!(answer.status, expected, "with the keys {keys:?}: {}", answer.text());
    }
}

#[test]
fn session_ends_after_working_day() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let (weir, _) = usual();
    let session = open(&weir, &weir.token("alice"), &everything());
    weir.running.pass(std::time::Duration::from_secs(8 * 60 * 60 - 60));
    let ping = |weir: &Weir| send(weir, &session, &weir.token("alice"), draft("ping", json!({}))).status;
    assert_eq!(ping(&weir), 200, "a session should last a working day");
    weir.running.pass(std::time::Duration::from_secs(61));
    assert_eq!(ping(&weir), 404, "and no longer");
}

#[test]
fn session_that_its_origin_has_ended_is_404() {
    let (weir, server) = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    server.restart();
    let answer = send(&weir, &session, &alice, search());
    answer.should_be(404, -32600, "the origin's state for this client should be lost");
    assert_eq!(weir.documents.calls().len(), 1, "nothing should be repeated in another session");
    let session = open(&weir, &alice, &everything());
    should_work(&send(&weir, &session, &alice, search()), "a session that was opened again");
}

#[test]
fn messages_about_session_reach_its_origins() {
    let (weir, _) = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    assert_eq!(
        send(&weir, &session, &alice, draft("logging/setLevel", json!({ "level": "warning" }))).result(),
        json!({})
    );
    let level = weir.documents.received().pop().expect("the origin should hear it");
    assert_eq!(level.message()["params"], json!({ "level": "warning" }));
    assert_eq!(level.header("mcp-session-id"), Some("session-1"));
    let bad = send(&weir, &session, &alice, draft("logging/setLevel", json!({ "level": "loud" })));
    bad.should_be(200, -32602, "a level that is none");

    for (method, params) in [
        ("notifications/cancelled", json!({ "requestId": 7, "reason": "changed my mind" })),
        ("notifications/roots/list_changed", json!({})),
    ] {
        let told = send(&weir, &session, &alice, draft(method, params.clone()));
        assert_eq!(told.status, 202, "{method} should be taken: {}", told.text());
        let heard = weir.documents.received().pop().expect("the origin should hear it").message();
        // The id of the request at its origin: see `ids::cancellation_names_request_that_its_origin_has`.
        assert_eq!((&heard["method"], &heard["params"]["reason"]), (&json!(method), &params["reason"]));
        assert_eq!(heard["params"].get("requestId").is_some(), params.get("requestId").is_some());
        assert_eq!(weir.send(draft(method, params).token(&alice)).status, 202, "{method} without a session");
        assert_eq!(count(&weir.documents, method), 1, "{method} without a session should reach no origin");
    }
    let quiet = open(&weir, &alice, &json!({ "roots": {} }));
    send(&weir, &quiet, &alice, draft("notifications/roots/list_changed", json!({})));
    assert_eq!(
        count(&weir.documents, "notifications/roots/list_changed"),
        1,
        "only a client that declared it may send it"
    );
}
