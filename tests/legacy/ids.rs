//! The ids and progress tokens of requests to origins: Weir's own, unique, and translated back to the client's.

use std::collections::BTreeSet;

use harness::Reply;
use harness::origin::{Received, event};
use serde_json::{Value, json};

use super::sessions::{everything, open};
use super::streams::{Client, both_eras, on_call, requests, under};
use super::unasked::{listening, notification, saying, usual};

#[test]
fn requests_of_all_clients_have_ids_of_weirs_own() {
    let weir = both_eras();
    for client in Client::all(&weir).into_iter().chain(Client::all(&weir)) {
        client.asks_everything(&weir);
    }
    for origin in [&weir.documents, &weir.tickets] {
        let requests = requests(origin);
        let texts = |values: Vec<&Value>| -> BTreeSet<String> {
            values.into_iter().map(|value| value.as_str().expect("it should be Weir's, a text").to_owned()).collect()
        };
        let ids = texts(requests.iter().map(|request| &request["id"]).collect());
        assert_eq!(ids.len(), requests.len(), "no two should have the same: {requests:#?}");
        let meta = requests.iter().map(|request| &request["params"]["_meta"]["progressToken"]);
        let tokens: Vec<&Value> = meta.filter(|token| !token.is_null()).collect();
        assert!(tokens.len() >= 12, "calls, reads and prompts have one: {tokens:?}");
        assert_eq!(texts(tokens.clone()).len(), tokens.len(), "no two should have the same: {tokens:?}");
    }
}

#[test]
fn ids_and_progress_tokens_come_back_byte_for_byte() {
    let weir = both_eras();
    let long = "x".repeat(300 << 10);
    for origin in [&weir.documents, &weir.tickets] {
        let long = long.clone();
        on_call(origin, move |received| {
            let message = received.message();
            let (id, token) = (&message["id"], &message["params"]["_meta"]["progressToken"]);
            let progress = notification("notifications/progress", json!({ "progressToken": token, "progress": 1 }));
            let query = message["params"]["arguments"]["query"].as_str().unwrap_or_default();
            let text = if query.starts_with("long") { &long } else { "short" };
            let body = match query == "error" {
                true => json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -5, "message": "no" } }),
                false => {
                    json!({ "jsonrpc": "2.0", "id": id, "result": { "content": [{ "type": "text", "text": text }] } })
                }
            };
            match query.ends_with("stream") {
                true => Reply::event_stream([event(&progress), event(&body)]),
                false => Reply::json(&body),
            }
        });
    }
    let ids = ["7", "\"7\"", "\"\\u0061\"", "123456789012345678901234567890", "-0", "\"\"", "\"a\\\"b\""];
    let tokens = ["1", "1.50", "\"\\u0070\"", "123456789012345678901234567890", "1E+2", "\"\"", "\"p\""];
    for client in &Client::all(&weir) {
        for (tool, query) in ["documents_search", "tickets_find"]
            .into_iter()
            .flat_map(|tool| ["json", "stream", "long json", "long stream", "error"].map(|query| (tool, query)))
        {
            for (id, token) in ids.iter().zip(tokens) {
                let params = json!({ "name": tool, "arguments": { "query": query } });
                let answer = weir.send(under(client.draft(&weir, "tools/call", params), id, token));
                let text: String = answer.text().chars().filter(|&character| character != 'x').collect();
                assert!(text.contains(&format!("\"id\":{id}")), "{tool}, {query}: `{id}` became {text}");
                let progress = text.contains(&format!("\"progressToken\":{token}"));
                assert_eq!(progress, query.ends_with("stream"), "{tool}, {query}: `{token}` became {text}");
            }
        }
    }
}

#[test]
fn cancellation_names_request_that_its_origin_has() {
    let weir = both_eras();
    let [_, client, _] = Client::all(&weir);
    for (id, cancelled, is_same) in [
        ("7", "7", true),
        ("\"a\"", "\"\\u0061\"", true),
        ("123456789012345678901234567890", "123456789012345678901234567890", true),
        ("8", "\"8\"", false),
        ("9", "10", false),
    ] {
        let call = json!({ "name": "documents_search", "arguments": { "query": "x" } });
        weir.send(under(client.draft(&weir, "tools/call", call), id, "1")).result();
        let theirs = weir.documents.calls().pop().expect("a call").message()["id"].clone();
        let cancels =
            client.draft(&weir, "notifications/cancelled", json!({ "requestId": "HERE", "reason": "enough" }));
        let body = String::from_utf8(cancels.body.to_vec()).expect("JSON is text").replace("\"HERE\"", cancelled);
        assert_eq!(weir.send(cancels.body(body)).status, 202);
        let heard = weir.documents.asked("notifications/cancelled").pop().expect("it should be passed on").message();
        assert_eq!(heard["params"]["reason"], "enough");
        assert_eq!(heard["params"]["requestId"] == theirs, is_same, "{cancelled} of {id}: {heard}");
    }
}

#[test]
fn progress_finds_its_request_on_server_initiated_stream() {
    let weir = usual();
    let alice = weir.token("alice");
    let sessions = [(); 2].map(|()| open(&weir, &alice, &everything()));
    let call = |session: &String, tool: &str, token: &str| {
        let params = json!({ "name": tool, "arguments": {} });
        let client = Client::InSession(session.clone());
        weir.send(under(client.draft(&weir, "tools/call", params), "7", token)).result();
    };
    call(&sessions[0], "documents_search", "1.50");
    call(&sessions[1], "documents_search", "2");
    call(&sessions[0], "tickets_find", "3");
    let token = |received: &Received| received.message()["params"]["_meta"]["progressToken"].clone();
    let theirs: Vec<Value> = [weir.documents.calls(), weir.tickets.calls()].concat().iter().map(token).collect();
    let progress = |token: &Value| {
        event(&notification("notifications/progress", json!({ "progressToken": token, "progress": 1 })))
    };
    let invented = [json!("1.50"), json!(1.5), json!("abc"), Value::Null];
    saying(&weir.documents, theirs.iter().chain(&invented).map(progress).collect());
    let heard = weir.send(listening(&sessions[0], &alice));
    let expected = "\"progressToken\":1.50";
    assert_eq!(heard.messages().len(), 1, "of this session and this origin alone: {}", heard.text());
    assert!(heard.text().contains(expected), "under the client's own token: {}", heard.text());
}
