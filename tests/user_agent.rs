//! `User-Agent`: every request to an origin or an issuer has Weir's, or the registry's for that origin.

use harness::legacy::LegacyServer;
use harness::origin::Received;
use harness::{Draft, Reply, Setup, Weir};
use http::Method;
use serde_json::{Value, json};

/// The method of each request, and its `User-Agent`.
fn agents(received: &[Received]) -> Vec<(String, Option<String>)> {
    let method = |received: &Received| match received.message()["method"].as_str() {
        Some(method) => method.to_owned(),
        None => received.method.to_string(),
    };
    received.iter().map(|one| (method(one), one.header("user-agent").map(str::to_owned))).collect()
}

/// One request of every kind that Weir makes: `documents` is legacy and keeps sessions, the others are modern.
fn everything(setup: Setup) -> Weir {
    let key = json!({ "kty": "oct", "kid": "7", "k": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc" });
    let mut setup = setup.replace("origins/documents.toml", "era = \"modern\"", "era = \"legacy\"").replace(
        "origins/tickets.toml",
        "era = \"modern\"",
        "era = \"auto\"",
    );
    setup.secrets.insert("SEALING_KEYS".to_owned(), json!({ "keys": [key] }).to_string());
    let weir = setup.with_offers().start();
    LegacyServer::play(&weir.documents, true);
    let alice = weir.token("alice");
    let legacy = |method: &str, params: Value| Draft::legacy(Some("2025-11-25"), method, params).token(&alice);
    let opening = json!({ "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} },
        "clientInfo": { "name": "old-client", "version": "1" } });
    let opened = weir.send(legacy("initialize", opening));
    let session = opened.header("mcp-session-id").expect("a session").to_owned();
    let in_session = |method: &str, params: Value| weir.send(legacy(method, params).header("mcp-session-id", &session));
    in_session("logging/setLevel", json!({ "level": "info" }));
    in_session("resources/subscribe", json!({ "uri": "handbook://page/1" }));
    in_session("notifications/cancelled", json!({ "requestId": 7 }));
    let listening = Draft::bare(Method::GET, "/mcp").header("accept", "text/event-stream").token(&alice);
    weir.send(listening.header("mcp-protocol-version", "2025-11-25").header("mcp-session-id", &session));
    for tool in ["documents_search", "tickets_find", "people_lookup"] {
        weir.call("alice", tool, json!({ "query": "x" }));
    }
    for list in ["tools/list", "resources/list", "resources/templates/list", "prompts/list", "server/discover"] {
        weir.send(Draft::modern(list, json!({})).token(&alice));
    }
    weir.send(Draft::modern("resources/read", json!({ "uri": "tickets://open/1" })).token(&alice));
    weir.tickets.script(|received| {
        (received.message()["method"] == "subscriptions/listen").then(|| Reply::text(404, "text/plain", ""))
    });
    let heard = json!({ "notifications": { "toolsListChanged": true, "resourcesListChanged": true } });
    weir.send(Draft::modern("subscriptions/listen", heard).token(&alice));
    weir.send(weir.redeeming(&weir.issuer.sign(weir.id_jag("alice"))));
    weir
}

#[test]
fn every_request_to_an_origin_or_issuer_names_weir() {
    let own = concat!("weir/", env!("CARGO_PKG_VERSION"));
    let weir = everything(Setup::new());
    for origin in [&weir.documents, &weir.tickets, &weir.people] {
        for (method, agent) in agents(&origin.received()) {
            assert_eq!(agent.as_deref(), Some(own), "`{method}` to {}", origin.url());
        }
    }
    let of_documents = agents(&weir.documents.received());
    for method in ["initialize", "notifications/initialized", "logging/setLevel", "GET", "tools/call", "tools/list"] {
        assert!(of_documents.iter().any(|(sent, _)| sent == method), "`{method}` should be sent: {of_documents:?}");
    }
    let issuer = weir.issuer.received();
    assert!(!issuer.is_empty(), "the issuer's keys should be read");
    assert!(issuer.iter().all(|headers| headers["user-agent"] == own), "{issuer:?}");
}

#[test]
fn registry_may_name_another_user_agent_for_one_origin() {
    let risk = "risk = \"low\"\ncredential = { type = \"header\"";
    let named = format!("user_agent = \"acme-gateway/1.0 (+https://acme.example)\"\n{risk}");
    let weir = everything(Setup::new().replace("origins/tickets.toml", risk, &named));
    for (method, agent) in agents(&weir.tickets.received()) {
        assert_eq!(agent.as_deref(), Some("acme-gateway/1.0 (+https://acme.example)"), "`{method}`");
    }
    let others = [&weir.documents, &weir.people].map(|origin| agents(&origin.received())).concat();
    assert!(others.iter().all(|(_, agent)| agent.as_deref().is_some_and(|agent| agent.starts_with("weir/"))));
}

#[test]
fn firewall_page_is_no_fault_of_the_credential() {
    let weir = Weir::usual();
    let cases = [
        (Reply::text(403, "text/html", "<title>Attention Required!</title>"), "origin_refused_gateway"),
        (Reply::text(403, "text/html; charset=UTF-8", "<html>"), "origin_refused_gateway"),
        (Reply::text(403, "text/plain", "no"), "origin_refused_credential"),
        (Reply::text(401, "text/html", "<html>"), "origin_refused_credential"),
    ];
    for (number, (reply, reason)) in cases.into_iter().enumerate() {
        weir.documents.script(move |_| Some(reply.clone()));
        weir.call("alice", "documents_search", json!({ "query": "x" }));
        let list = weir.list("alice").result();
        assert_eq!(list["_meta"]["dev.weir/unavailable"], json!(["documents"]));
        let events = weir.events(2 * (number + 1));
        let [call, list] = &events[2 * number..] else { panic!("two events") };
        assert_eq!(call["outcome"]["reason"], reason, "{call}");
        assert_eq!(list["unavailable"], json!([{ "origin": "documents", "reason": reason }]), "{list}");
    }
}
