//! Lists of the client's own session at an origin: of that session alone, and never shared.

use std::sync::{Arc, Mutex};

use harness::legacy::LegacyServer;
use harness::{Draft, Reply, Weir};
use serde_json::json;

use super::documents_of;
use super::sessions::{draft, everything, open, sealed_by, send};

/// From now on the origin offers one more tool to a session with elicitation, and `delete` after a call of `search`.
fn offering_by_session(weir: &Weir) {
    let server = weir.documents.scripted().expect("a server");
    // The sessions of clients with elicitation, and the sessions after a call.
    let [asking, enabled] = [(), ()].map(|()| Arc::new(Mutex::new(Vec::new())));
    weir.documents.script(move |received| {
        let message = received.message();
        let session = received.header("mcp-session-id").unwrap_or_default().to_owned();
        match message["method"].as_str() {
            Some("initialize") => {
                let reply = server(received)?;
                let id = reply.headers.get("mcp-session-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
                if message["params"]["capabilities"]["elicitation"].is_object() {
                    asking.lock().unwrap().push(id.to_owned());
                }
                Some(reply)
            }
            Some("tools/call") => {
                enabled.lock().unwrap().push(session);
                server(received)
            }
            Some("tools/list") => {
                let tool = |name: &str| harness::origin::tool(name, "x");
                let mut tools = vec![tool("search")];
                tools.extend(asking.lock().unwrap().contains(&session).then(|| tool("export")));
                tools.extend(enabled.lock().unwrap().contains(&session).then(|| tool("delete")));
                // Such an origin may well allow to keep it.
                Some(Reply::result(received, json!({ "tools": tools, "ttlMs": 60_000 })))
            }
            _ => server(received),
        }
    });
}

#[test]
fn list_of_own_session_is_not_shared() {
    for era in ["legacy", "auto"] {
        // Without this rule nobody may use `export`, and no list would show it.
        let rule = "forbid (principal, action == Action::\"call\", resource == Tool::\"documents_export\");";
        let setup = documents_of(era).replace("policies/limits.cedar", &format!("@id(\"no-exports\")\n{rule}\n"), "");
        let weir = sealed_by(setup, &[7]).start();
        LegacyServer::play(&weir.documents, true);
        offering_by_session(&weir);
        let bob = weir.token("bob");
        let asked = open(&weir, &bob, &json!({ "elicitation": {} }));
        let quiet = open(&weir, &bob, &json!({}));
        let list = |session: &str| send(&weir, session, &bob, draft("tools/list", json!({}))).tool_names();
        let outside = || weir.list("bob").tool_names();
        let (search, export, delete) = ("documents_search", "documents_export", "documents_delete");
        for _ in 0..2 {
            assert_eq!(list(&asked), [search, export], "{era}: a client that can be asked");
            assert_eq!(list(&quiet), [search], "{era}: a client that can't");
            assert_eq!(outside(), [search], "{era}: a client without a session");
        }
        let call = draft("tools/call", json!({ "name": search, "arguments": { "query": "x" } }));
        send(&weir, &quiet, &bob, call).result();
        assert_eq!(list(&quiet), [search, delete], "{era}: a tool that the session has enabled should be in its list");
        assert_eq!(list(&asked), [search, export], "{era}: and in no other's");
        assert_eq!(outside(), [search], "{era}");
    }
}

#[test]
fn list_of_a_session_that_its_origin_has_ended_comes_from_outside() {
    let weir = sealed_by(documents_of("legacy"), &[7]).start();
    let server = LegacyServer::play(&weir.documents, true);
    let bob = weir.token("bob");
    let session = open(&weir, &bob, &everything());
    server.restart();
    let names = || send(&weir, &session, &bob, draft("tools/list", json!({}))).tool_names();
    for _ in 0..2 {
        assert_eq!(names(), ["documents_search", "documents_delete"], "nothing should vanish");
    }
    let call = draft("tools/call", json!({ "name": "documents_search", "arguments": { "query": "x" } }));
    send(&weir, &session, &bob, call).should_be(404, -32600, "a call should show that the session has ended");
}

#[test]
fn resources_and_prompts_are_listed_in_the_session_too() {
    let weir = sealed_by(documents_of("legacy").with_offers(), &[7]).start();
    LegacyServer::play(&weir.documents, true);
    let server = weir.documents.scripted().expect("a server");
    let alice = weir.token("alice");
    weir.documents.script(move |received| {
        let own = received.header("mcp-session-id") == Some("session-1");
        let page = if own { "handbook://page/1" } else { "handbook://page/2" };
        let (member, item) = match received.message()["method"].as_str() {
            Some("resources/list") => ("resources", json!({ "uri": page, "name": "x" })),
            Some("resources/templates/list") => {
                ("resourceTemplates", json!({ "uriTemplate": format!("{page}/{{x}}"), "name": "x" }))
            }
            Some("prompts/list") if own => ("prompts", json!({ "name": "summarise" })),
            Some("prompts/list") => ("prompts", json!({ "name": "other" })),
            _ => return server(received),
        };
        Some(Reply::result(received, json!({ member: [item], "ttlMs": 60_000 })))
    });
    let session = open(&weir, &alice, &everything());
    let both = |method: &str| {
        let inside = send(&weir, &session, &alice, draft(method, json!({}))).text().to_owned();
        let outside = weir.send(Draft::modern(method, json!({})).token(&alice)).text().to_owned();
        (inside, outside)
    };
    for method in ["resources/list", "resources/templates/list"] {
        let (inside, outside) = both(method);
        assert!(inside.contains("page/1") && !inside.contains("page/2"), "{method}: {inside}");
        assert!(outside.contains("page/2") && !outside.contains("page/1"), "{method}: {outside}");
    }
    let (inside, outside) = both("prompts/list");
    assert!(inside.contains("documents_summarise"), "{inside}");
    assert!(!outside.contains("documents_summarise"), "{outside}");
}
