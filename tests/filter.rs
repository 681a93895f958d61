//! *filter*: lists are cut to the tools that the caller may see, results pass unchanged, and streams pass frame by
//! frame and always end.

use std::time::Duration;

use harness::{Draft, Reply, Setup, Step, Weir, origin::event};
use serde_json::{Value, json};

#[test]
fn list_is_in_registry_order_and_under_exposed_names() {
    let weir = Weir::usual();
    let result = weir.list("alice").result();
    assert_eq!(result["resultType"], "complete");
    assert!(result["ttlMs"].is_u64(), "a list should carry its time to live: {result}");
    assert_eq!(result["cacheScope"], "private", "a list trimmed for one caller should not be shared: {result}");
    assert!(result.get("nextCursor").is_none(), "all tools should fit one page: {result}");
    let search = &result["tools"][0];
    assert_eq!(search["name"], "documents_search");
    assert_eq!(search["title"], "Search the handbook", "the registry's title should stand in for the origin's");
    assert_eq!(
        search["description"], "Searches the documents",
        "texts that the registry doesn't override should be the origin's"
    );
    assert_eq!(search["_meta"]["com.example/kept"], json!([1, 2.5, "as it is"]), "all else should stay");
}

#[test]
fn definition_without_override_passes_byte_for_byte() {
    let weir = Weir::usual();
    let schema =
        r#"{"type":"object","properties":{"n":{"type":"number","maximum":1.50e3}},"x":12345678901234567890123}"#;
    weir.documents.script(move |received| {
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":{},"result":{{"resultType":"complete","tools":[{{"inputSchema":{schema},"name":"search"}}]}}}}"#,
            received.message()["id"]
        );
        Some(Reply::text(200, "application/json", body))
    });
    let answer = weir.list("alice");
    assert!(answer.text().contains(schema), "a schema should not be re-encoded: {}", answer.text());
}

#[test]
fn tool_that_its_origin_no_longer_offers_is_left_out() {
    let weir = Weir::usual();
    weir.documents.script(|received| Some(Reply::result(received, json!({ "resultType": "complete", "tools": [] }))));
    assert_eq!(weir.list("alice").tool_names(), ["tickets_find", "people_lookup"]);
}

#[test]
fn pages_of_an_origin_are_all_read() {
    let weir = Weir::usual();
    weir.documents.script(|received| {
        let page = match received.message()["params"]["cursor"].as_str() {
            None => {
                json!({ "resultType": "complete", "tools": [harness::origin::tool("delete", "x")], "nextCursor": "" })
            }
            Some("") => json!({ "resultType": "complete", "tools": [harness::origin::tool("search", "x")] }),
            Some(_) => json!({ "tools": "nobody asked for this page" }),
        };
        Some(Reply::result(received, page))
    });
    let names = weir.list("bob").tool_names();
    assert_eq!(names, ["documents_search", "documents_delete"], "an empty cursor is a cursor like any other");
}

#[test]
fn endless_list_ends() {
    let weir = Weir::usual();
    weir.documents.script(|received| {
        Some(Reply::result(received, json!({ "resultType": "complete", "tools": [], "nextCursor": "again" })))
    });
    assert_eq!(weir.list("bob").tool_names(), [""; 0], "an origin whose list never ends");
    assert_eq!(weir.documents.received().len(), 2, "a cursor that comes back should end it");
}

#[test]
fn hidden_definition_never_shows() {
    let weir = Weir::usual();
    let answer = weir.list("alice");
    for hidden in ["secret_tool", "Nobody has listed this one", "Deletes a document", "Exports all"] {
        assert!(!answer.text().contains(hidden), "`{hidden}` should not show: {}", answer.text());
    }
}

#[test]
fn result_passes_byte_for_byte() {
    let weir = Weir::usual();
    let result = r#"{"resultType":"complete","content":[{"type":"text","text":"\u00e4 \ud83d\ude00"}],"structuredContent":{"n":1.50,"big":12345678901234567890},"isError":false,"x":[ 1, 2 ]}"#;
    weir.documents.on_call(move |_| {
        Reply::text(200, "application/json", format!(r#"{{"jsonrpc":"2.0","id":7,"result":{result}}}"#))
    });
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    assert!(answer.text().contains(result), "a result should not be re-encoded: {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[test]
fn headers_of_an_origin_stay_behind() {
    let weir = Weir::usual();
    weir.documents.on_call(|received| {
        Reply::tool_text(received, "hello")
            .header("set-cookie", "session=1")
            .header("x-powered-by", "origin")
            .header("mcp-session-id", "abc")
            .header("access-control-allow-origin", "*")
    });
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    for name in ["set-cookie", "x-powered-by", "mcp-session-id", "access-control-allow-origin"] {
        assert_eq!(answer.header(name), None, "`{name}` of an origin should stay behind");
    }
}

#[test]
fn frames_pass_as_they_come() {
    let setup = Setup::new().replace("origins/documents.toml", "timeout_ms = 2500", "timeout_ms = 20000");
    let weir = setup.start();
    weir.documents.on_call(|_| Reply::event_stream([event(&progress(1)), Step::Hang]));
    let draft = Draft::call("documents_search", json!({ "query": "x" })).meta("progressToken", "p");
    let mut exchange = weir.begin(draft.token(&weir.token("alice")));
    let head = exchange.head().expect("the head should come before the stream ends");
    assert_eq!(head.status, 200);
    assert_eq!(head.headers["content-type"], "text/event-stream");
    assert_eq!(head.headers["x-accel-buffering"], "no", "proxies should not hold frames back");
    let first = exchange.chunk().expect("a stream").expect("the first frame should arrive while the origin goes on");
    let text = String::from_utf8(first.to_vec()).expect("text");
    assert!(text.contains("notifications/progress"), "the progress should come through: {text}");
    exchange.reset();
}

#[test]
fn stream_carries_progress_and_then_response() {
    let weir = Weir::usual();
    weir.documents
        .on_call(|_| Reply::event_stream([event(&progress(1)), event(&progress(2)), event(&response("done"))]));
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    let messages = answer.messages();
    assert_eq!(messages, [progress(1), progress(2), response("done")], "every message should pass in order");
}

#[test]
fn stream_of_call_has_no_resource_notification() {
    let weir = Setup::new().with_offers().start();
    let updated =
        |uri: &str| json!({ "jsonrpc": "2.0", "method": "notifications/resources/updated", "params": { "uri": uri } });
    weir.documents.on_call(move |_| {
        Reply::event_stream([event(&updated("docs://hidden")), event(&progress(1)), event(&response("done"))])
    });
    let draft = Draft::call("documents_search", json!({ "query": "x" })).meta("progressToken", "p");
    let messages = weir.send(draft.token(&weir.token("alice"))).messages();
    assert_eq!(messages, [progress(1), response("done")], "policy has not decided on its URI");
}

#[test]
fn event_without_data_is_no_message() {
    let weir = Weir::usual();
    let priming = || Step::Send("id: 1\ndata: \n\n".into());
    weir.documents
        .on_call(move |_| Reply::event_stream([priming(), event(&progress(1)), priming(), event(&response("done"))]));
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    assert_eq!(answer.messages(), [progress(1), response("done")], "only messages should pass");
}

#[test]
fn frames_are_found_however_they_are_cut() {
    let weir = Weir::usual();
    let whole = format!(
        ": hello\r\nid: 7\r\nretry: 5\r\ndata: {}\r\n\r\nevent: message\ndata: {}\n\n",
        progress(1),
        response("\u{e4}")
    );
    weir.documents.on_call(move |received| {
        let whole = harness::origin::addressed(&whole, received);
        Reply::event_stream(whole.as_bytes().chunks(3).map(|chunk| Step::Send(chunk.to_vec().into())))
    });
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    assert_eq!(answer.messages(), [progress(1), response("\u{e4}")]);
    let resumable = answer.text().lines().any(|line| line.starts_with("id:") || line.starts_with("retry:"));
    assert!(!resumable, "resuming is gone from this era: {}", answer.text());
}

#[test]
fn nothing_follows_the_response() {
    let setup = Setup::new().replace("origins/documents.toml", "timeout_ms = 2500", "timeout_ms = 20000");
    let weir = setup.start();
    weir.documents.on_call(|_| Reply::event_stream([event(&response("done")), event(&progress(9)), Step::Hang]));
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    assert_eq!(answer.messages(), [response("done")], "the response should end the stream");
    weir.wait_until("the origin's connection should be closed", || weir.documents.calls()[0].aborted());
}

#[test]
fn stream_that_breaks_ends_in_error_for_request() {
    let weir = Weir::usual();
    let endings: Vec<(&str, Vec<Step>, i64)> = vec![
        ("breaks off", vec![Step::Wait(Duration::from_millis(50)), Step::BreakOff], -31502),
        ("ends without a response", vec![], -31502),
        ("stalls", vec![Step::Hang], -31504),
        ("turns into something else", vec![Step::Send("data: hello\n\n".into())], -31502),
        ("answers another request", vec![event(&json!({ "jsonrpc": "2.0", "id": 8, "result": {} }))], -31502),
        (
            "asks the client for something",
            vec![event(&json!({ "jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage", "params": {} }))],
            -31502,
        ),
        ("sends an event of 10 MB", vec![Step::Send(format!("data: \"{}\"\n\n", "x".repeat(10 << 20)).into())], -31502),
    ];
    for (name, steps, code) in endings {
        weir.documents.on_call(move |_| Reply::event_stream([event(&progress(1))].into_iter().chain(steps.clone())));
        let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
        assert_eq!(answer.broke_off, None, "a stream that {name} should end in order for the client");
        let messages = answer.messages();
        assert_eq!(
            messages.first(),
            Some(&progress(1)),
            "a stream that {name} should bring the messages before the failure"
        );
        let last = messages.last().expect("a last message");
        let refusal = &last["result"]["_meta"]["dev.weir/refusal"];
        assert_eq!(refusal["code"], code, "a stream that {name} should end in an error for the model: {last}");
        assert!(refusal["event"].is_string(), "a stream that {name} should name its event: {last}");
        assert_eq!(last["id"], 7, "a stream that {name} should end in an error for this request: {last}");
        assert!(!answer.text().contains("sampling/createMessage"), "a stream that {name} should not reach the client");
    }
}

fn progress(at: u32) -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": at } })
}

fn response(text: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "result": { "resultType": "complete", "content": [{ "type": "text", "text": text }] } })
}
