//! `Mcp-Param-*`: headers that a tool's schema requires. They are compared with the body if the schema is known, passed
//! on, and written for legacy clients.

use harness::origin::{Received, tool};
use harness::{Answer, Draft, Reply, Setup, Weir};
use serde_json::{Value, json};

/// A Weir whose `documents` has two annotated tools: `search` requires its region in a header, `delete` has an invalid
/// annotation.
fn annotated(ttl_ms: u64) -> Weir {
    let weir = Setup::new().start();
    let mut search = tool("search", "Searches a region");
    search["inputSchema"]["properties"]["region"] = json!({ "type": "string", "x-mcp-header": "Region" });
    search["inputSchema"]["properties"]["limit"]["x-mcp-header"] = json!("Limit");
    let mut delete = tool("delete", "Is none");
    delete["inputSchema"]["properties"]["query"]["x-mcp-header"] = json!("not a header's name");
    let tools = json!([search, delete, tool("export", "Exports")]);
    weir.documents.script(move |received| match received.message()["method"].as_str() {
        Some("tools/list") => Some(Reply::result(
            received,
            json!({ "resultType": "complete", "tools": tools, "ttlMs": ttl_ms, "cacheScope": "public" }),
        )),
        Some("tools/call") if disagrees(received) => {
            let error = json!({ "code": -32020, "message": "header and body disagree" });
            let answer = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "error": error });
            Some(Reply::text(400, "application/json", answer.to_string()))
        }
        _ => None,
    });
    weir
}

/// True if the origin finds a mismatch.
fn disagrees(received: &Received) -> bool {
    let arguments = &received.message()["params"]["arguments"];
    received.header("mcp-param-region") != arguments["region"].as_str()
        || received.header("mcp-param-limit") != arguments["limit"].as_u64().map(|limit| limit.to_string()).as_deref()
}

fn search(arguments: Value) -> Draft {
    Draft::call("documents_search", arguments)
}

fn send(weir: &Weir, draft: Draft) -> Answer {
    weir.send(draft.token(&weir.token("alice")))
}

#[test]
fn headers_are_compared_where_the_schema_is_known() {
    let weir = annotated(60_000);
    weir.list("alice").result();
    let in_eu = || search(json!({ "region": "eu", "limit": 5 }));
    let wrong = [
        in_eu(),
        in_eu().header("mcp-param-limit", "5"),
        in_eu().header("mcp-param-region", "us").header("mcp-param-limit", "5"),
        in_eu().header("mcp-param-region", "eu").header("mcp-param-limit", "6"),
        in_eu().header("mcp-param-region", "=?base64?ZXU?=").header("mcp-param-limit", "5"),
        in_eu().header("mcp-param-region", "eu").also("mcp-param-region", "eu").header("mcp-param-limit", "5"),
        search(json!({})).header("mcp-param-region", "eu"),
    ];
    let count = wrong.len();
    for draft in wrong {
        let headers = format!("{:?}", draft.headers);
        send(&weir, draft).should_be(400, -32020, &headers);
    }
    assert!(weir.documents.calls().is_empty(), "a call with a mismatch should not reach the origin");
    let reasons: Vec<Value> = weir.events(count + 1).iter().map(|event| event["outcome"]["reason"].clone()).collect();
    assert!(reasons.contains(&json!("header_missing")) && reasons.contains(&json!("header_mismatch")), "{reasons:?}");
    let encoded = in_eu().header("mcp-param-region", "=?base64?ZXU=?=").header("mcp-param-limit", "5.0");
    let right = in_eu().header("mcp-param-region", "eu").header("mcp-param-limit", "5");
    assert_eq!(send(&weir, right).error_code(), None, "a header that agrees should pass");
    send(&weir, search(json!({ "region": null }))).result();
    // This origin compares texts, so it refuses a value that Weir accepts as equal.
    send(&weir, encoded).should_be(400, -32020, "the origin's own word");
    assert_eq!(weir.documents.calls()[2].header("mcp-param-region"), Some("=?base64?ZXU=?="), "as it was written");
}

#[test]
fn unknown_schema_leaves_comparison_to_origin() {
    let weir = annotated(60_000);
    send(&weir, search(json!({ "region": "eu" }))).should_be(400, -32020, "the origin's own answer");
    assert_eq!(weir.documents.calls().len(), 1, "it should be asked once, for the client can look up the schema");
    send(&weir, search(json!({ "region": "eu" })).header("mcp-param-region", "eu")).result();
    assert!(weir.documents.asked("tools/list").is_empty(), "Weir should not look it up for a client that can");
}

#[test]
fn header_that_mirrors_nothing_stays_behind() {
    let strange = [
        ("mcp-param-else", "1"),
        ("mcp-param-tenant", "acme"),
        ("mcp-param-", "1"),
        ("mcp-param", "eu"),
        ("mcp-else", "eu"),
        ("mcp-session-id", "eu"),
        ("x-mcp-param-region", "eu"),
        ("forwarded", "for=10.0.0.1"),
    ];
    let in_eu = || search(json!({ "region": "eu" })).header("mcp-param-region", "eu");
    let params = json!({ "name": "documents_search", "arguments": { "region": "eu" } });
    let legacy = || Draft::legacy(Some("2025-11-25"), "tools/call", params.clone());
    // A known schema, an unknown one, and a client that has no schema.
    for (ttl_ms, is_known, draft) in [(60_000, true, in_eu()), (0, false, in_eu()), (60_000, true, legacy())] {
        let weir = annotated(ttl_ms);
        if is_known {
            weir.list("alice").result();
        }
        // A session id of a legacy client is Weir's own, or refused.
        let is_modern = draft.headers.contains_key("mcp-param-region");
        let sent = strange.iter().filter(|(name, _)| is_modern || *name != "mcp-session-id");
        let draft = sent.fold(draft, |draft, (name, value)| draft.header(name, value));
        send(&weir, draft).result();
        for call in weir.documents.calls() {
            for (name, value) in strange {
                assert_eq!(call.header(name), None, "`{name}: {value}` should stay behind (known: {is_known})");
            }
        }
        let reached = weir.documents.calls();
        assert_eq!(
            reached[reached.len() - 1].header("mcp-param-region"),
            Some("eu"),
            "a header that mirrors an argument should pass"
        );
    }
}

#[test]
fn tool_with_invalid_annotation_is_not_listed() {
    let weir = annotated(60_000);
    assert_eq!(weir.list("bob").tool_names(), ["documents_search"]);
}

#[test]
fn legacy_client_needs_no_headers() {
    for ttl_ms in [60_000, 0] {
        let weir = annotated(ttl_ms);
        let call = |arguments: Value| {
            let params = json!({ "name": "documents_search", "arguments": arguments });
            send(&weir, Draft::legacy(Some("2025-11-25"), "tools/call", params))
        };
        call(json!({ "query": "x" })).result();
        assert!(weir.documents.asked("tools/list").is_empty(), "a call without headers should need no schema");
        call(json!({ "region": "eu", "limit": 5 })).result();
        assert_eq!(weir.documents.asked("tools/list").len(), 1, "once refused, the schema should be looked up");
        let before = weir.documents.calls().len();
        call(json!({ "region": "z\u{fc}rich" })).should_be(200, -32020, "this origin reads no base64");
        let after = weir.documents.calls();
        assert_eq!(after[after.len() - 1].header("mcp-param-region"), Some("=?base64?esO8cmljaA==?="));
        // Once with the known schema, and once with the schema that Weir read after the refusal.
        assert_eq!(after.len() - before, 2, "it should be tried twice and no more");
    }
}
