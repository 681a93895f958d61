//! Prompts: composed like tools, listed under exposed names, and requested under their origin's names.

use harness::{Answer, Draft, Reply, Setup, Weir};
use serde_json::{Value, json};

fn getting(name: &str, arguments: Value) -> Draft {
    Draft::modern("prompts/get", json!({ "name": name, "arguments": arguments }))
}

fn get(weir: &Weir, name: &str, arguments: Value) -> Answer {
    weir.send(getting(name, arguments).token(&weir.token("alice")))
}

#[test]
fn list_shows_prompts_under_our_names() {
    let weir = Setup::new().with_offers().start();
    let answer = weir.send(Draft::modern("prompts/list", json!({})).token(&weir.token("alice")));
    assert_eq!(
        answer.listed("prompts", "name"),
        ["documents_summarise", "triage"],
        "a prompt that no role grants should be hidden"
    );
    let prompts = &answer.result()["prompts"];
    assert_eq!(prompts[0]["title"], "summarise", "the origin's own title should stay");
    assert_eq!(prompts[1]["title"], "Triage a ticket", "the registry's should stand in");
    assert_eq!(prompts[1]["arguments"][0]["name"], "ticket", "arguments should pass as they are");
    let legacy = Draft::legacy(Some("2025-06-18"), "prompts/list", json!({}));
    let legacy = weir.send(legacy.token(&weir.token("alice")));
    assert_eq!(legacy.listed("prompts", "name").len(), 2, "a legacy client should see them too");
}

#[test]
fn prompt_is_got_under_its_origins_name() {
    let weir = Setup::new().with_offers().start();
    let result = get(&weir, "triage", json!({ "ticket": "8" })).result();
    assert_eq!(result["messages"][0]["content"]["text"], "triage was got");
    get(&weir, "documents_summarise", json!({ "topic": "leave" })).result();
    let received = weir.documents.asked("prompts/get").remove(0);
    assert_eq!(received.message()["params"]["name"], "summarise");
    assert_eq!(received.header("mcp-name"), Some("summarise"), "the header should agree with the body");
    assert_eq!(received.message()["params"]["arguments"], json!({ "topic": "leave" }));
}

#[test]
fn policy_decides_about_arguments_of_prompts() {
    let weir = Setup::new().with_offers().start();
    let refused = get(&weir, "triage", json!({ "ticket": "7" }));
    refused.should_be(200, -31403, "a ticket that a rule keeps");
    assert!(refused.text().contains("not-ticket-7"), "the refusal should name its rule: {}", refused.text());
    get(&weir, "triage", json!({ "ticket": 7 })).should_be(200, -32602, "an argument of another type");
    get(&weir, "documents_summarise", json!({})).should_be(200, -32602, "a required argument that is missing");
    get(&weir, "triage", json!({})).result();
    assert_eq!(weir.tickets.asked("prompts/get").len(), 1, "a refused request should not reach an origin");
    assert!(weir.documents.asked("prompts/get").is_empty(), "a refused request should not reach an origin");
}

#[test]
fn hidden_and_unknown_prompt_answer_alike() {
    let weir = Setup::new().with_offers().start();
    let seen = |name: &str| {
        let answer = get(&weir, name, json!({}));
        answer.should_be(200, -32602, name);
        let mut error = answer.message()["error"].clone();
        error["data"].as_object_mut().map(|data| data.remove("event"));
        error
    };
    let unknown = seen("no_such_prompt");
    for name in ["documents_leak", "summarise", "tickets_triage", "documents_search"] {
        assert_eq!(seen(name), unknown, "`{name}` should look like a prompt that is not there");
    }
    let token = weir.sign(weir.access_token("alice").claim("scope", "tools:list tools:call resources:read"));
    weir.send(getting("triage", json!({})).token(&token)).should_be(403, -31403, "a token without `prompts:get`");
}

#[test]
fn origins_error_keeps_its_code_and_eras_status() {
    let weir = Setup::new().with_offers().start();
    for (code, modern) in [(-32602, 200), (-32603, 200), (-32601, 404), (-32020, 400), (-32021, 400), (-32022, 400)] {
        let error = json!({ "code": code, "message": "as the origin says it", "data": { "kept": 1.50 } });
        weir.tickets.script(move |received| {
            let answer = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "error": error });
            (received.message()["method"] == "prompts/get").then(|| Reply::json(&answer))
        });
        let answer = get(&weir, "triage", json!({}));
        answer.should_be(modern, code, "a modern client");
        assert_eq!(answer.message()["error"]["data"], json!({ "kept": 1.5 }), "its data should stay");
        if code != -32021 {
            let legacy = Draft::legacy(Some("2025-11-25"), "prompts/get", json!({ "name": "triage" }));
            weir.send(legacy.token(&weir.token("alice"))).should_be(200, code, "a legacy client");
        }
    }
}

#[test]
fn get_counts_and_has_an_intent_like_a_call() {
    let weir = Setup::new()
        .with_offers()
        .replace("virtual-servers/support.toml", "title = \"Support\"\n", "title = \"Support\"\ncalls_per_minute = 2\n")
        .replace("origins/tickets.toml", "era = \"modern\"\n", "era = \"modern\"\naudit = \"two_phase\"\n")
        .start();
    get(&weir, "triage", json!({ "ticket": "8" })).result();
    let events = weir.events(2);
    assert_eq!((&events[0]["phase"], &events[1]["phase"]), (&json!("intent"), &json!("completion")));
    for event in &events {
        assert_eq!((&event["prompt"], &event["method"]), (&json!("triage"), &json!("prompts/get")));
        assert!(!event.to_string().contains("\"8\""), "values that the registry doesn't allow should not be kept");
    }
    let read = Draft::modern("resources/read", json!({ "uri": "handbook://page/1" }));
    weir.send(read.token(&weir.token("alice"))).result();
    get(&weir, "triage", json!({})).should_be(200, -31429, "a third one in this minute");
}
