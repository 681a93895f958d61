//! Resources: the listed ones, the readable ones; URIs and contents pass unchanged.

use harness::offers::resource;
use harness::origin::event;
use harness::{Answer, Draft, Reply, Setup, Weir};
use serde_json::{Value, json};

const SEALING_KEYS: &str =
    r#"{"keys":[{"kty":"oct","kid":"sealing-1","k":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"}]}"#;

fn list(weir: &Weir, person: &str, method: &str) -> Answer {
    weir.send(Draft::modern(method, json!({})).token(&weir.token(person)))
}

fn reading(uri: &str) -> Draft {
    Draft::modern("resources/read", json!({ "uri": uri }))
}

fn read(weir: &Weir, person: &str, uri: &str) -> Answer {
    weir.send(reading(uri).token(&weir.token(person)))
}

#[test]
fn list_shows_what_may_be_listed_under_its_own_uri() {
    let weir = Setup::new().with_offers().start();
    let answer = list(&weir, "alice", "resources/list");
    let listed = ["handbook://page/1", "handbook://page/2", "docs://index", "tickets://open/1"];
    assert_eq!(answer.listed("resources", "uri"), listed, "in the registry's order, then the origin's");
    let result = answer.result();
    assert_eq!(result["resources"][0], resource("handbook://page/1"), "an item should pass as its origin wrote it");
    assert!(answer.text().contains(r#""com.example/kept":[1,2.5"#), "byte for byte: {}", answer.text());
    assert_eq!(result["resources"][2]["title"], "The index", "the registry's title should stand in for the origin's");
    assert_eq!(result["cacheScope"], "private", "a filtered list should be private");
    let templates = list(&weir, "alice", "resources/templates/list");
    assert_eq!(templates.listed("resourceTemplates", "uriTemplate"), ["handbook://page/{number}"]);
}

#[test]
fn resource_is_read_at_its_origin_under_same_uri() {
    let weir = Setup::new().with_offers().start();
    let result = read(&weir, "alice", "handbook://page/2").result();
    assert_eq!(result["contents"][0]["text"], "as it is");
    assert_eq!(result["ttlMs"], 60_000, "how long it may be kept is the origin's to say");
    assert_eq!(result["cacheScope"], "private", "a resource of one caller should be private");
    let received = weir.documents.asked("resources/read").remove(0);
    assert_eq!(received.message()["params"]["uri"], "handbook://page/2");
    assert_eq!(received.header("mcp-name"), Some("handbook://page/2"), "the header should mirror the URI");
    assert!(weir.tickets.received().is_empty(), "no other origin should be asked");
    read(&weir, "alice", "tickets://open/1").result();
    assert_eq!(weir.tickets.asked("resources/read").len(), 1, "each URI should lead to its own origin");
    // Not in its origin's list, but covered by an approved pattern: templates name such resources.
    read(&weir, "alice", "handbook://page/3").result();
}

#[test]
fn hidden_and_unknown_resource_answer_alike() {
    let weir = Setup::new().with_offers().start();
    let seen = |uri: &str| {
        let answer = read(&weir, "alice", uri);
        answer.should_be(200, -32602, uri);
        let mut error = answer.message()["error"].clone();
        assert_eq!(error["data"]["uri"], uri, "the error should say which URI");
        let data = error["data"].as_object_mut().expect("the error should have data");
        data.remove("event");
        data.remove("uri");
        error
    };
    let unknown = seen("nothing://here");
    let unclear =
        ["handbook://page/../secret/1", "handbook://%73ecret/1", "handbook://page/%2e%2e/1", "handbook://a b"];
    for uri in ["tickets://closed/1", "docs://hidden", "docs://index/1", "HANDBOOK://page/1"].into_iter().chain(unclear)
    {
        assert_eq!(seen(uri), unknown, "`{uri}` should look like a resource that is not there");
    }
    assert!(weir.documents.asked("resources/read").is_empty(), "nothing should reach an origin");
    let legacy = Draft::legacy(Some("2025-11-25"), "resources/read", json!({ "uri": "tickets://closed/1" }));
    weir.send(legacy.token(&weir.token("alice"))).should_be(200, -32002, "as the legacy era says it");
}

#[test]
fn rule_may_refuse_uri() {
    let weir = Setup::new().with_offers().start();
    let refused = read(&weir, "alice", "handbook://secret/1");
    refused.should_be(200, -31403, "a page that a rule keeps");
    let data = refused.message()["error"]["data"].clone();
    assert!(data["rules"].to_string().contains("no-secret-pages"), "the refusal should name its rule: {data}");
    assert!(weir.documents.asked("resources/read").is_empty(), "a refused read should not reach the origin");
}

#[test]
fn caller_without_resources_gets_unknown_method() {
    let weir = Setup::new().with_offers().start();
    for method in ["resources/list", "resources/templates/list", "prompts/list"] {
        list(&weir, "bob", method).should_be(404, -32601, method);
    }
    read(&weir, "bob", "handbook://page/1").should_be(
        404,
        -32601,
        "a resource that bob can't list should be unknown to him",
    );
    let discovered = list(&weir, "bob", "server/discover").result();
    assert_eq!(discovered["capabilities"], json!({ "tools": {} }), "nor should it be announced");
    let discovered = list(&weir, "alice", "server/discover").result();
    let changes = json!({ "listChanged": true });
    let all = json!({ "tools": {}, "resources": changes, "prompts": changes, "completions": {} });
    assert_eq!(discovered["capabilities"], all, "served capabilities should be declared if origins have them");
}

#[test]
fn resources_need_a_scope_of_their_own() {
    let weir = Setup::new().with_offers().start();
    let token = weir.sign(weir.access_token("alice").claim("scope", "tools:list tools:call prompts:get"));
    for draft in [reading("handbook://page/1"), Draft::modern("resources/list", json!({}))] {
        let answer = weir.send(draft.token(&token));
        answer.should_be(403, -31403, "a token without `resources:read`");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(
            challenge.contains(r#"scope="tools:list tools:call resources:read prompts:get""#),
            "it should be asked for, beside what the token has: {challenge}"
        );
    }
}

#[test]
fn list_goes_on_without_origin_that_fails_or_has_none() {
    let setup = Setup::new().with_offers();
    setup.tickets.script(|received| (received.message()["method"] == "resources/list").then(Reply::break_off));
    let answer = list(&setup.start(), "alice", "resources/list");
    assert_eq!(answer.listed("resources", "uri").len(), 3, "the other origin's should be listed: {}", answer.text());
    assert_eq!(answer.result()["_meta"]["dev.weir/unavailable"], json!(["tickets"]), "and who is missing");
    let weir = Setup::new().with_offers().start();
    let unknown = json!({ "code": -32601, "message": "method not found" });
    weir.tickets.script(move |received| {
        let error = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "error": unknown });
        (received.message()["method"] == "resources/list")
            .then(|| Reply::text(404, "application/json", error.to_string()))
    });
    let answer = list(&weir, "alice", "resources/list");
    assert_eq!(answer.listed("resources", "uri").len(), 3);
    assert!(
        answer.result()["_meta"].get("dev.weir/unavailable").is_none(),
        "an origin without resources is not missing"
    );
}

#[test]
fn long_list_comes_in_pages() {
    let mut setup = Setup::new().with_offers();
    setup.secrets.insert("SEALING_KEYS".to_owned(), SEALING_KEYS.to_owned());
    let many: Vec<Value> = (0..600).map(|number| resource(&format!("handbook://page/{number}"))).collect();
    setup.documents.offer("resources", many.into());
    let weir = setup.start();
    let page = |method: &str, params: Value| weir.send(Draft::modern(method, params).token(&weir.token("alice")));
    let (mut listed, mut cursors, mut params) = (Vec::new(), Vec::new(), json!({}));
    loop {
        let answer = page("resources/list", params);
        listed.extend(answer.listed("resources", "uri"));
        let Some(next) = answer.result().get("nextCursor").cloned() else { break };
        params = json!({ "cursor": next });
        cursors.push(next);
    }
    let expected = (0..600).map(|number| format!("handbook://page/{number}")).chain(["tickets://open/1".to_owned()]);
    assert_eq!(listed, expected.collect::<Vec<_>>(), "every resource should come once, in order");
    assert_eq!(cursors.len(), 2, "a page should hold 250 of them");
    for method in ["prompts/list", "tools/list", "resources/templates/list"] {
        page(method, json!({ "cursor": cursors[0] })).should_be(200, -32602, "a cursor of one list at another");
    }
}

#[test]
fn rounds_and_streams_of_a_read_pass_untouched() {
    let weir = Setup::new().with_offers().may_ask("documents", &["elicitation_form"]).start();
    let asks = json!({ "resultType": "input_required", "requestState": "of the origin",
        "inputRequests": { "name": { "method": "elicitation/create", "params": {} } } });
    weir.documents.script(move |received| {
        let message = received.message();
        let answered = message["params"].get("inputResponses").is_some();
        let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": 1 } });
        let whole = json!({ "resultType": "complete", "contents": [{ "uri": "handbook://page/1", "text": "yes" }] });
        let last = json!({ "jsonrpc": "2.0", "id": message["id"], "result": whole });
        (message["method"] == "resources/read").then(|| match answered {
            false => Reply::result(received, asks.clone()),
            true => Reply::event_stream([event(&progress), event(&last)]),
        })
    });
    let first = read(&weir, "alice", "handbook://page/1").result();
    assert_eq!(first["resultType"], "input_required");
    assert!(first.get("cacheScope").is_none(), "a question is nothing to keep: {first}");
    let params = json!({ "uri": "handbook://page/1", "requestState": "of the origin",
        "inputResponses": { "name": { "action": "accept" } } });
    let draft = Draft::modern("resources/read", params).meta("progressToken", "p");
    let second = weir.send(draft.token(&weir.token("alice")));
    assert_eq!(second.messages().len(), 2, "progress should come through: {}", second.text());
    let hints = (second.result()["cacheScope"].clone(), second.result()["ttlMs"].clone());
    assert_eq!(hints, (json!("private"), json!(0)), "where the origin gives no hint, nothing should be kept");
    let sent = weir.documents.asked("resources/read")[1].message();
    assert_eq!(sent["params"]["requestState"], "of the origin");
    assert_eq!(sent["params"]["inputResponses"], json!({ "name": { "action": "accept" } }));
}

#[test]
fn frozen_resource_is_not_read() {
    let frozen = |patterns: &str| {
        Setup::new().with_offers().file("quarantine.toml", &format!("resources = [{patterns}]\n")).start()
    };
    let weir = frozen("\"handbook://*\"");
    let answer = read(&weir, "alice", "handbook://page/1");
    answer.should_be(200, -31403, "a resource in quarantine");
    assert_eq!(answer.message()["error"]["data"]["reason"], "quarantined_resource");
    let listed = list(&weir, "alice", "resources/list").listed("resources", "uri");
    assert_eq!(listed, ["docs://index", "tickets://open/1"], "nor should it be listed");
    let weir = frozen("\"handbook://page/1\", \"handbook://secret/*\"");
    read(&weir, "alice", "handbook://page/1").should_be(200, -31403, "one of a pattern");
    read(&weir, "alice", "handbook://page/2").result();
    let listed = list(&weir, "alice", "resources/list").listed("resources", "uri");
    assert_eq!(listed, ["handbook://page/2", "docs://index", "tickets://open/1"], "nor should one be listed");
}

#[test]
fn event_tells_which_resource() {
    let weir = Setup::new().with_offers().start();
    read(&weir, "alice", "handbook://page/1").result();
    let event = weir.event();
    assert_eq!(event["method"], "resources/read");
    assert_eq!(event["resource_uri"], "handbook://page/1");
    assert_eq!(event["origin"], "documents");
    assert_eq!(event["decision"]["effect"], "permit");
    assert_eq!(event["cost"], json!({ "amount": "0.002", "currency": "USD" }), "a read costs what every call costs");
    assert!(event.get("tool").is_none(), "there was no tool: {event}");
}
