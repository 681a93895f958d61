//! Lists: listed items can be read and used, and one invalid definition hides no other.

use harness::legacy::LegacyServer;
use harness::offers::resource;
use harness::origin::{Received, tool};
use harness::{Answer, Draft, Reply, Setup, Step, Weir};
use serde_json::{Value, json};

fn list(weir: &Weir, method: &str) -> Answer {
    weir.send(Draft::modern(method, json!({})).token(&weir.token("alice")))
}

fn legacy_list(weir: &Weir, method: &str) -> Answer {
    weir.send(Draft::legacy(Some("2025-11-25"), method, json!({})).token(&weir.token("alice")))
}

/// An item of a list of `documents`, which alice may see, and the expected outcome.
struct Case {
    member: &'static str,
    item: Value,
    /// For modern clients; `null` if it is left out.
    modern: Value,
    /// For legacy clients; the same.
    legacy: Value,
}

/// One case for each kind of item for which an official client refuses the whole list.
fn cases() -> Vec<Case> {
    let same = |member, item: Value, shown: Value| Case { member, item, modern: shown.clone(), legacy: shown };
    let tool = |members: Value| {
        let mut tool = json!({ "name": "documents_search", "title": "Search the handbook" });
        tool.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        tool
    };
    let object = json!({ "type": "object" });
    let plain = tool(json!({ "inputSchema": object }));
    let page = |members: Value| {
        let mut page = json!({ "uri": "handbook://page/9", "name": "nine" });
        page.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        page
    };
    let mut cases = vec![
        same("tools", tool(json!({})), plain.clone()),
        same("tools", tool(json!({ "inputSchema": null })), plain.clone()),
        same("tools", tool(json!({ "inputSchema": [] })), plain.clone()),
        same("tools", tool(json!({ "inputSchema": { "type": "string" } })), Value::Null),
        same("tools", tool(json!({ "inputSchema": { "properties": [] } })), {
            tool(json!({ "inputSchema": { "type": "object", "properties": {} } }))
        }),
        same("tools", tool(json!({ "inputSchema": object, "annotations": null, "_meta": null })), plain.clone()),
        same("tools", tool(json!({ "inputSchema": object, "icons": [{}] })), {
            tool(json!({ "inputSchema": object, "icons": [] }))
        }),
        same("tools", tool(json!({ "inputSchema": object, "outputSchema": { "pattern": "(?i)x" } })), plain.clone()),
        Case {
            member: "tools",
            item: tool(json!({ "inputSchema": object, "outputSchema": { "type": "array" } })),
            modern: tool(json!({ "inputSchema": object, "outputSchema": { "type": "array" } })),
            legacy: plain.clone(),
        },
        Case {
            member: "tools",
            item: tool(json!({ "inputSchema": object, "execution": { "taskSupport": "required" } })),
            modern: tool(json!({ "inputSchema": object, "execution": { "taskSupport": "required" } })),
            legacy: Value::Null,
        },
        same("resources", page(json!({ "name": null })), page(json!({ "name": "handbook://page/9" }))),
        same("resources", page(json!({ "size": "5", "mimeType": null })), page(json!({}))),
        same("resources", page(json!({ "annotations": { "priority": 7, "audience": ["user"] } })), {
            page(json!({ "annotations": { "audience": ["user"] } }))
        }),
        same("resourceTemplates", json!({ "uriTemplate": "handbook://page/{n}" }), {
            json!({ "uriTemplate": "handbook://page/{n}", "name": "handbook://page/{n}" })
        }),
        same(
            "prompts",
            json!({ "name": "documents_summarise", "arguments": null }),
            json!({ "name": "documents_summarise", "arguments": [] }),
        ),
        same(
            "prompts",
            json!({ "name": "documents_summarise", "arguments": [{ "name": "topic", "required": null }] }),
            json!({ "name": "documents_summarise", "arguments": [{ "name": "topic" }] }),
        ),
        same("prompts", json!({ "name": "documents_summarise", "arguments": [{}] }), Value::Null),
    ];
    // Each origin has its own names for its items.
    for case in &mut cases {
        if let Some(name) = case.item.get_mut("name") {
            *name = match name.as_str() {
                Some("documents_search") => json!("search"),
                Some("documents_summarise") => json!("summarise"),
                _ => name.clone(),
            };
        }
    }
    cases
}

#[test]
fn definition_that_a_client_cannot_read_hides_no_other() {
    let weir = Setup::new().with_offers().start();
    for Case { member, item, modern, legacy } in cases() {
        let (offered, of_member) = (item.clone(), member);
        weir.documents.script(move |received| {
            let result = json!({ "resultType": "complete", "ttlMs": 0, of_member: [offered] });
            is_list(received).then(|| Reply::result(received, result.clone()))
        });
        let method = match member {
            "resourceTemplates" => "resources/templates/list".to_owned(),
            other => format!("{other}/list"),
        };
        for (answer, shown) in [(list(&weir, &method), &modern), (legacy_list(&weir, &method), &legacy)] {
            let result = answer.result();
            let listed = result[member].as_array().unwrap();
            let of_documents: Vec<_> = listed.iter().filter(|one| is_of_documents(one)).collect();
            let expected: Vec<_> = Some(shown).filter(|shown| !shown.is_null()).into_iter().collect();
            assert_eq!(of_documents, expected, "{item}");
            if member != "resourceTemplates" {
                assert!(listed.len() > of_documents.len(), "the other origin's should be listed: {result}");
            }
        }
    }
}

fn is_list(received: &Received) -> bool {
    received.message()["method"].as_str().is_some_and(|method| method.ends_with("/list"))
}

fn is_of_documents(item: &Value) -> bool {
    let identity = ["uri", "uriTemplate", "name"].iter().find_map(|member| item[member].as_str());
    identity.is_some_and(|identity| identity.starts_with("documents_") || identity.starts_with("handbook:"))
}

#[test]
fn repaired_and_left_out_definitions_are_counted_and_told() {
    let setup = Setup::new().with_offers();
    setup
        .documents
        .offer("prompts", json!([{ "name": "summarise", "title": null }, { "name": "leak", "arguments": 5 }]));
    setup.tickets.offer("prompts", json!([{ "name": "triage", "arguments": [{}] }, 7]));
    setup.documents.offer(
        "resources",
        json!([
            resource("handbook://page/1"),
            resource("handbook://My%20Page"),
            resource("handbook://page/../x"),
            resource("handbook://secret/%41")
        ]),
    );
    let weir = setup.start();
    let answer = list(&weir, "prompts/list");
    assert_eq!(answer.listed("prompts", "name"), ["documents_summarise"]);
    let meta = answer.result()["_meta"].clone();
    assert_eq!(meta["dev.weir/repaired"], json!(["documents_summarise"]), "repaired items should be named");
    let left_out = json!([{ "reason": "definition_malformed", "count": 1, "names": ["triage"] }]);
    assert_eq!(meta["dev.weir/left_out"], left_out, "and so should items that were left out: {meta}");
    let counted = json!([
        { "origin": "documents", "repaired": 1, "left_out": 1, "reason": "definition_malformed" },
        { "origin": "tickets", "repaired": 0, "left_out": 2, "reason": "definition_malformed" },
    ]);
    assert_eq!(weir.event()["defective"], counted, "an operator should see it by origin");

    let answer = list(&weir, "resources/list");
    assert_eq!(answer.listed("resources", "uri"), ["handbook://page/1", "tickets://open/1"]);
    let left_out = json!([{ "reason": "resource_uri_not_plain", "count": 3 }]);
    assert_eq!(answer.result()["_meta"]["dev.weir/left_out"], left_out, "policy can't say whether to name them");
    let event = weir.events(2).remove(1);
    let counted = json!([{ "origin": "documents", "repaired": 0, "left_out": 3, "reason": "resource_uri_not_plain" }]);
    assert_eq!(event["defective"], counted, "{event:#}");

    let good = list(&weir, "tools/list").result();
    assert_eq!(good["_meta"].get("dev.weir/left_out"), None, "nothing is left out of a good list: {good}");
    assert_eq!(good["_meta"].get("dev.weir/repaired"), None, "nothing is repaired: {good}");
}

#[test]
fn listed_resource_and_template_can_be_read() {
    let setup = Setup::new().with_offers();
    let uris =
        ["handbook://page/1", "handbook://secret/1", "handbook://r1?format=xml", "handbook://My%20Doc", "docs://index"];
    setup.documents.offer("resources", uris.map(resource).into());
    let templates = [
        "handbook://page/{number}",
        "handbook://page/{number}{?format}",
        "handbook://{id}",
        "handbook://{id}{?format}",
        "handbook://{id",
        "handbook://secret/{id}",
    ];
    setup.documents.offer("resourceTemplates", templates.map(|uri| json!({ "uriTemplate": uri, "name": uri })).into());
    let weir = setup.start();
    let read =
        |uri: &str| weir.send(Draft::modern("resources/read", json!({ "uri": uri })).token(&weir.token("alice")));
    let listed = list(&weir, "resources/list").listed("resources", "uri");
    assert_eq!(listed, ["handbook://page/1", "docs://index", "tickets://open/1"]);
    listed.iter().for_each(|uri| drop(read(uri).result()));
    let answer = list(&weir, "resources/templates/list");
    let listed = answer.listed("resourceTemplates", "uriTemplate");
    assert_eq!(listed, ["handbook://page/{number}", "handbook://page/{number}{?format}", "handbook://{id}"]);
    let left_out = json!([{ "reason": "resource_template_unreadable", "count": 2 }]);
    assert_eq!(answer.result()["_meta"]["dev.weir/left_out"], left_out);
    for uri in ["handbook://page/7", "handbook://page/7?format=xml", "handbook://r1"] {
        read(uri).result();
    }
    read("handbook://r1?format=xml").should_be(200, -32602, "of a template that isn't listed");
}

#[test]
fn tool_that_needs_legacy_task_is_not_listed() {
    let setup = Setup::new().replace("origins/documents.toml", "era = \"modern\"", "era = \"legacy\"");
    let mut required = tool("delete", "Deletes in the background");
    required["execution"] = json!({ "taskSupport": "required" });
    let mut optional = tool("search", "Searches, perhaps in the background");
    optional["execution"] = json!({ "taskSupport": "optional" });
    let weir = setup.start();
    let server = LegacyServer::play(&weir.documents, false);
    let legacy = weir.documents.scripted().expect("it plays a legacy server");
    weir.documents.script(move |received| {
        let tools = json!({ "tools": [required, optional] });
        if received.message()["method"] == "tools/list" {
            Some(Reply::result(received, tools))
        } else {
            legacy(received)
        }
    });
    let bob = |draft: Draft| weir.send(draft.token(&weir.token("bob")));
    for answer in [bob(Draft::list()), bob(Draft::legacy(Some("2025-11-25"), "tools/list", json!({})))] {
        assert_eq!(answer.tool_names(), ["documents_search"], "no task is offered, so it can't be called");
        let left_out = json!([{ "reason": "tool_requires_task", "count": 1, "names": ["documents_delete"] }]);
        assert_eq!(answer.result()["_meta"]["dev.weir/left_out"], left_out);
    }
    assert_eq!(server.opened(), 1);
}

#[test]
fn origin_of_deprecated_transport_says_so_and_promises_nothing() {
    for era in ["legacy", "auto"] {
        let era = format!("era = \"{era}\"");
        let setup = Setup::new().with_offers().replace("origins/tickets.toml", "era = \"modern\"", &era);
        let endpoint = "event: endpoint\ndata: /messages?sessionId=1\n\n";
        setup.tickets.script(move |received| match received.method {
            http::Method::GET => Some(Reply::event_stream([Step::Send(endpoint.into()), Step::Hang])),
            _ => Some(Reply::text(404, "text/html", "Cannot POST /mcp")),
        });
        let weir = setup.start();
        let list = list(&weir, "tools/list");
        assert_eq!(list.result()["_meta"]["dev.weir/unavailable"], json!(["tickets"]));
        let named = json!([{ "origin": "tickets", "reason": "origin_deprecated_transport" }]);
        assert_eq!(weir.event()["unavailable"], named, "an operator should learn why: {era}");
        let call = weir.call("alice", "tickets_find", json!({}));
        assert!(call.text().contains("HTTP+SSE"), "a person should learn why: {}", call.text());
        assert!(weir.tickets.calls().is_empty() || era.contains("auto"), "nothing should be called");
    }
}

#[test]
fn capabilities_are_not_promised_for_an_origin_of_the_deprecated_transport() {
    let setup = Setup::new().replace("origins/documents.toml", "era = \"modern\"", "era = \"legacy\"");
    setup.documents.script(|received| match received.method {
        http::Method::GET => Some(Reply::event_stream([Step::Send("event:endpoint\ndata:/x\n\n".into())])),
        _ => Some(Reply::text(405, "text/plain", "")),
    });
    let weir = setup.start();
    let params =
        json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "x", "version": "1" } });
    let bob = |draft: Draft| weir.send(draft.token(&weir.token("bob"))).result();
    let opened = bob(Draft::legacy(None, "initialize", params));
    assert_eq!(opened["capabilities"], json!({}), "bob has tools of this origin only: {opened}");
    let discovered = bob(Draft::modern("server/discover", json!({})));
    assert_eq!(discovered["capabilities"], json!({}), "{discovered}");
    let info = json!({ "name": "engineering", "version": env!("CARGO_PKG_VERSION"), "title": "Engineering" });
    assert_eq!(opened["serverInfo"], info, "a person should see the title");
    assert_eq!(discovered["_meta"]["io.modelcontextprotocol/serverInfo"], info);
}
