//! Requests of legacy origins (elicitation) to legacy clients during a call, and the callers who may answer them.

use harness::legacy::LegacyServer;
use harness::target::{Target, skipped_if};
use harness::{Draft, Reply, Weir, origin::event};
use serde_json::{Value, json};

use super::sessions::{draft, everything, open, sealed_by, send, usual};
use super::{documents_of, search, should_work};

/// A response of the client's, under this id.
pub(super) fn response(id: &Value, result: Value) -> Draft {
    draft("x", json!({})).edit(|message| *message = json!({ "jsonrpc": "2.0", "id": id, "result": result }))
}

/// Makes each call send these requests one after the other before its result.
fn asking(weir: &Weir, requests: Vec<Value>) {
    let server = weir.documents.scripted().expect("a legacy server");
    weir.documents.script(move |received| {
        if received.message()["method"] != "tools/call" {
            return server(received);
        }
        let result = json!({ "content": [{ "type": "text", "text": "search was called" }] });
        let last = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": result });
        Some(Reply::event_stream(requests.iter().chain([&last]).map(event)))
    });
}

fn request(id: Value, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

pub(super) fn elicitation() -> Value {
    let schema = json!({ "type": "object", "properties": { "sure": { "type": "boolean" } } });
    request(json!(1), "elicitation/create", json!({ "message": "Sure?", "requestedSchema": schema }))
}

/// The responses among the messages that the origin got.
pub(super) fn answers(weir: &Weir) -> Vec<harness::origin::Received> {
    let is_response = |received: &harness::origin::Received| received.message().get("result").is_some();
    weir.documents.received().into_iter().filter(is_response).collect()
}

#[test]
fn elicitation_reaches_client_and_its_response_reaches_origin() {
    let (weir, _) = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    let sampling = json!({ "messages": [], "maxTokens": 10 });
    let asked = vec![
        elicitation(),
        request(json!("s-1"), "sampling/createMessage", sampling),
        request(json!(3), "roots/list", json!({})),
    ];
    asking(&weir, asked.clone());
    let answer = send(&weir, &session, &alice, search());
    should_work(&answer, "the call should end as usual");
    let messages = answer.messages();
    assert_eq!(messages.len(), asked.len() + 1, "each request should come: {}", answer.text());
    for (asked, got) in asked.iter().zip(&messages) {
        assert_eq!(
            (&got["method"], &got["params"]),
            (&asked["method"], &asked["params"]),
            "nothing else should change"
        );
        assert_ne!(got["id"], asked["id"], "an origin's id means nothing to the client");
        let id = got["id"].as_str().expect("a sealed id should be text");
        assert!(id.len() <= 254, "an id of {} characters is too long", id.len());
        let said = json!({ "action": "accept", "content": { "sure": true } });
        let taken = send(&weir, &session, &alice, response(&got["id"], said.clone()));
        assert_eq!(taken.status, 202, "the answer should be taken: {}", taken.text());
        assert!(taken.body.is_empty(), "an answer is not answered: {}", taken.text());
        let heard = answers(&weir).pop().expect("the origin should hear it");
        assert_eq!(heard.message(), json!({ "jsonrpc": "2.0", "id": asked["id"], "result": said }));
        assert_eq!(heard.header("mcp-session-id"), Some("session-1"));
        assert_eq!(heard.header("authorization"), None, "the client's token should stay here");
    }
    for event in weir.events(2 + asked.len()) {
        assert_eq!(event["outcome"]["status"], "success", "{event}");
        let origin = if event["method"] == "initialize" { json!(null) } else { json!("documents") };
        assert_eq!(event["origin"], origin, "an answer should be audited with who gets it: {event}");
    }
}

#[test]
fn response_goes_to_asking_origin_or_nowhere() {
    let (weir, _) = usual();
    let (alice, bob) = (weir.token("alice"), weir.token("bob"));
    let (session, other) = (open(&weir, &alice, &everything()), open(&weir, &alice, &everything()));
    let bobs = open(&weir, &bob, &everything());
    asking(&weir, vec![elicitation()]);
    let asked = send(&weir, &session, &alice, search()).messages().remove(0)["id"].clone();
    let cut = asked.as_str().map(|id| json!(id[1..])).expect("a sealed id should be text");
    let refusals = [
        (&session, &alice, json!(1), "an id that was never given"),
        (&session, &alice, cut, "an id that was cut"),
        (&other, &alice, asked.clone(), "another session of the same user"),
        (&bobs, &bob, asked.clone(), "another user's session"),
    ];
    for (session, token, id, why) in refusals {
        let answer = send(&weir, session, token, response(&id, json!({})));
        answer.should_be(400, -32600, why);
        assert_eq!(answer.message()["error"]["data"]["reason"], "unknown_request", "{why}: {}", answer.text());
    }
    let narrow = weir.sign(weir.access_token("alice").claim("scope", "tools:list"));
    send(&weir, &session, &narrow, response(&asked, json!({}))).should_be(403, -31403, "an answer is a step of a call");
    let without = weir.send(response(&asked, json!({})).token(&alice));
    without.should_be(400, -32600, "an answer without a session");
    assert!(answers(&weir).is_empty(), "none of these should reach the origin");
    let error = response(&asked, json!({})).edit(|message| {
        *message = json!({ "jsonrpc": "2.0", "id": asked, "error": { "code": -1, "message": "User rejected" } });
    });
    assert_eq!(send(&weir, &session, &alice, error).status, 202, "an error is an answer, too");
    let heard = weir.documents.received().pop().expect("the origin should hear it").message();
    assert_eq!(heard, json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -1, "message": "User rejected" } }));
}

#[test]
fn response_to_two_phase_origin_has_an_intent() {
    let owner = "owner = \"platform\"\n";
    let setup =
        documents_of("legacy").replace("origins/documents.toml", owner, &format!("{owner}audit = \"two_phase\"\n"));
    let weir = sealed_by(setup, &[7]).start();
    LegacyServer::play(&weir.documents, true);
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    asking(&weir, vec![elicitation()]);
    let asked = send(&weir, &session, &alice, search()).messages().remove(0)["id"].clone();
    assert_eq!(send(&weir, &session, &alice, response(&asked, json!({ "action": "accept" }))).status, 202);
    // The opening, and the intent and completion of both the call and the client's response.
    let events = weir.events(5);
    let announced = events.iter().filter(|event| event["phase"] == "intent" && event["method"] == "response");
    assert_eq!(announced.count(), 1, "{events:#?}");
}

#[test]
fn question_can_be_answered_for_hour() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let (weir, _) = usual();
    let session = open(&weir, &weir.token("alice"), &everything());
    asking(&weir, vec![elicitation()]);
    let asked = send(&weir, &session, &weir.token("alice"), search()).messages().remove(0)["id"].clone();
    for (minutes, status) in [(59, 202), (1, 400)] {
        weir.running.pass(std::time::Duration::from_secs(minutes * 60));
        let answer = send(&weir, &session, &weir.token("alice"), response(&asked, json!({})));
        assert_eq!(answer.status, status, "{minutes} minutes later: {}", answer.text());
    }
}

#[test]
fn origin_asks_nothing_that_client_has_not_declared() {
    let url =
        request(json!(1), "elicitation/create", json!({ "mode": "url", "message": "x", "url": "https://x.example" }));
    let cases = [
        (json!({}), elicitation()),
        (json!({ "elicitation": {} }), url),
        (json!({ "elicitation": { "url": {} } }), elicitation()),
        (json!({ "elicitation": {} }), request(json!(1), "roots/list", json!({}))),
        (everything(), request(json!(1), "tools/call", json!({}))),
    ];
    for (capabilities, asked) in cases {
        let (weir, _) = usual();
        let alice = weir.token("alice");
        let session = open(&weir, &alice, &capabilities);
        asking(&weir, vec![asked.clone()]);
        let answer = send(&weir, &session, &alice, search());
        should_work(&answer, "the origin should go on");
        assert_eq!(answer.messages().len(), 1, "`{capabilities}` should not allow {asked}: {}", answer.text());
        let refusals = || weir.documents.received().into_iter().map(|received| received.message()["error"].clone());
        weir.wait_until("the origin should be refused", || refusals().any(|error| error["code"] == -32601));
    }
}

#[test]
fn elicitation_extends_time_limit_of_call() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let (weir, _) = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    let server = weir.documents.scripted().expect("a legacy server");
    weir.documents.script(move |received| {
        let result = json!({ "jsonrpc": "2.0", "id": 7, "result": { "content": [{ "type": "text", "text": "search was called" }] } });
        let wait = harness::Step::Wait(std::time::Duration::from_secs(300));
        let thinking = || Reply::event_stream([event(&elicitation()), wait.clone(), event(&result)]);
        if received.message()["method"] == "tools/call" { Some(thinking()) } else { server(received) }
    });
    should_work(&send(&weir, &session, &alice, search()), "five minutes of thought should do");
    let answer = weir.send(search().token(&alice));
    assert_eq!(
        answer.error_code(),
        Some(-31502),
        "without a session the origin should not get the time for a person's answer: {}",
        answer.text()
    );
}

#[test]
fn cancelled_elicitation_is_cancelled_under_the_clients_id() {
    let (weir, _) = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    let withdrawn = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
    asking(&weir, vec![elicitation(), withdrawn]);
    let messages = send(&weir, &session, &alice, search()).messages();
    assert_eq!(messages[1]["params"]["requestId"], messages[0]["id"], "it should have the client's own id");
}
