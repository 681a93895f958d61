//! Batches, which only 2025-03-26 has: each message is served by itself, and the responses are one array.

use harness::{Answer, Draft, Weir};
use serde_json::{Value, json};

/// A client of 2025-03-26 sends this body.
fn batch(version: Option<&str>, body: &Value) -> Draft {
    Draft::legacy(version, "x", json!({})).body(body.to_string())
}

fn search(id: u64) -> Value {
    call(id, "documents_search", json!({ "query": "x" }))
}

fn call(id: u64, name: &str, arguments: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": name, "arguments": arguments } })
}

fn send(weir: &Weir, messages: &Value) -> Answer {
    weir.send(batch(None, messages).token(&weir.token("alice")))
}

#[test]
fn each_message_of_a_batch_is_answered_and_audited() {
    let weir = Weir::usual();
    let answer = send(
        &weir,
        &json!([
            search(1),
            { "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 9 } },
            { "jsonrpc": "2.0", "id": "p", "method": "ping" },
            call(3, "documents_delete", json!({ "id": "1" })),
            7,
        ]),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answers = answer.json();
    let answers = answers.as_array().expect("the answers should come as an array");
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, [&json!(1), &json!("p"), &json!(3), &json!(null)], "in order, and none for a notification");
    assert_eq!(answers[0]["result"]["content"][0]["text"], "search was called");
    assert_eq!(answers[1]["result"], json!({}));
    assert_eq!(answers[2]["error"]["code"], -32602, "policy counts for each: {}", answers[2]);
    assert_eq!(
        answers[3]["error"]["code"], -32600,
        "an element that is no message is refused separately: {}",
        answers[3]
    );
    let mut methods: Vec<String> = weir.events(5).iter().map(|event| event["method"].to_string()).collect();
    methods.sort();
    let expected = ["\"notifications/cancelled\"", "\"ping\"", "\"tools/call\"", "\"tools/call\"", "null"];
    assert_eq!(methods, expected, "each message should have its own event");
}

#[test]
fn batch_of_notifications_is_taken() {
    let weir = Weir::usual();
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let answer = send(&weir, &json!([notification, notification]));
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert!(answer.body.is_empty(), "notifications should get no response: {}", answer.text());
}

#[test]
fn streamed_answer_gives_its_response_to_batch() {
    let weir = Weir::usual();
    weir.documents.on_call(|received| {
        let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": 1, "progress": 1 } });
        let result = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": { "content": [] } });
        harness::Reply::event_stream([harness::origin::event(&progress), harness::origin::event(&result)])
    });
    let answers = send(&weir, &json!([search(1), search(2)])).json();
    assert_eq!(answers.as_array().map(Vec::len), Some(2), "{answers}");
    assert_eq!(answers[1]["result"]["content"], json!([]));
}

#[test]
fn answers_that_are_too_long_together_become_errors() {
    for streams in [false, true] {
        let weir = Weir::usual();
        weir.documents.on_call(move |received| {
            let content = json!([{ "type": "text", "text": "x".repeat(5_000_000) }]);
            let result = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": { "content": content } });
            match streams {
                true => harness::Reply::event_stream([harness::origin::event(&result)]),
                false => harness::Reply::json(&result),
            }
        });
        let answers = send(&weir, &json!([search(1), search(2)])).json();
        assert_eq!((&answers[0]["id"], &answers[1]["id"]), (&json!(1), &json!(2)), "each should be answered");
        let whole = |at: usize| {
            answers[at]["result"]["content"][0]["text"].as_str().is_some_and(|text| text.len() == 5_000_000)
        };
        assert!(whole(0) != whole(1), "there should be room for one of them; streams: {streams}");
        let refused = if whole(0) { &answers[1] } else { &answers[0] };
        let told = &refused["result"];
        assert_eq!(told["_meta"]["dev.weir/refusal"]["code"], -31502, "the other should come alone: {told}");
        assert_eq!(told["isError"], true, "its model should get a text: {told}");
    }
}

#[test]
fn array_that_is_no_valid_batch_is_refused() {
    let weir = Weir::usual();
    let alice = weir.token("alice");
    for version in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        let answer = weir.send(batch(Some(version), &json!([search(1)])).token(&alice));
        assert_eq!(answer.status, 400, "{version} has no batches: {}", answer.text());
    }
    for (messages, why) in [(json!([]), "an empty batch"), (json!(vec![search(1); 51]), "more than fifty messages")] {
        send(&weir, &messages).should_be(400, -32600, why);
    }
    let broken = batch(None, &json!(null)).body("[{}").token(&alice);
    weir.send(broken).should_be(400, -32700, "a batch that is no JSON");
    let nobody = weir.send(batch(None, &json!([search(1), search(2)])));
    assert_eq!(nobody.status, 401, "a batch of an unverified caller should not be split: {}", nobody.text());
    let opening = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": { "protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": { "name": "x", "version": "1" } } });
    let answers = send(&weir, &json!([opening])).json();
    assert_eq!(answers[0]["error"]["code"], -32602, "an opening stands alone: {answers}");
    assert!(weir.documents.received().is_empty(), "none of these should reach an origin");
}
