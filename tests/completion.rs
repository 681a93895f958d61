//! Completion: the origin of a prompt or template completes its argument, if the caller may see it.

use harness::{Answer, Draft, Setup, Weir};
use serde_json::{Value, json};

fn completing(reference: Value, value: &str) -> Value {
    json!({ "ref": reference, "argument": { "name": "topic", "value": value }, "context": { "arguments": { "a": "b" } } })
}

fn complete(weir: &Weir, params: Value) -> Answer {
    weir.send(Draft::modern("completion/complete", params).token(&weir.token("alice")))
}

#[test]
fn argument_is_completed_under_its_origins_name() {
    let weir = Setup::new().with_offers().start();
    let reference = json!({ "type": "ref/prompt", "name": "documents_summarise", "title": "kept" });
    let result = complete(&weir, completing(reference, "le")).result();
    assert_eq!(result["completion"]["values"], json!(["le and more"]));
    let received = weir.documents.asked("completion/complete").remove(0);
    let params = received.message()["params"].clone();
    assert_eq!(params["ref"], json!({ "type": "ref/prompt", "name": "summarise", "title": "kept" }));
    assert_eq!(params["argument"], json!({ "name": "topic", "value": "le" }));
    assert_eq!(params["context"], json!({ "arguments": { "a": "b" } }));
    let event = weir.event();
    assert_eq!((&event["prompt"], &event["origin"]), (&json!("documents_summarise"), &json!("documents")));
}

#[test]
fn template_is_completed_unchanged() {
    let weir = Setup::new().with_offers().start();
    let reference = json!({ "type": "ref/resource", "uri": "handbook://page/{number}" });
    complete(&weir, completing(reference.clone(), "1")).result();
    let received = weir.documents.asked("completion/complete").remove(0);
    assert_eq!(received.message()["params"]["ref"], reference);
    let legacy = Draft::legacy(Some("2025-11-25"), "completion/complete", completing(reference, "2"));
    let answer = weir.send(legacy.token(&weir.token("alice")));
    assert_eq!(answer.result()["completion"]["values"], json!(["2 and more"]), "a legacy client should get it too");
}

#[test]
fn hidden_value_is_not_completed() {
    let weir = Setup::new().with_offers().start();
    let of = |reference: Value| complete(&weir, completing(reference, "x"));
    let prompt = |name: &str| json!({ "type": "ref/prompt", "name": name });
    for name in ["documents_leak", "no_such_prompt", "summarise"] {
        of(prompt(name)).should_be(200, -32602, name);
    }
    for uri in ["docs://{any}", "tickets://closed/{number}", "{+all}", "nothing://x"] {
        of(json!({ "type": "ref/resource", "uri": uri })).should_be(200, -32602, uri);
    }
    of(json!({ "type": "ref/resource", "uri": "handbook://secret/1" })).should_be(
        200,
        -31403,
        "a resource that a rule refuses",
    );
    of(json!({ "type": "ref/else", "name": "triage" })).should_be(200, -32602, "no reference");
    let known = json!({ "ref": prompt("triage"), "argument": { "name": "note", "value": "" },
        "context": { "arguments": { "ticket": "7" } } });
    complete(&weir, known).should_be(200, -31403, "arguments that a rule refuses already");
    assert!(
        weir.documents.received().is_empty() && weir.tickets.received().is_empty(),
        "nothing should reach an origin"
    );
    let token = weir.sign(weir.access_token("alice").claim("scope", "tools:list tools:call"));
    for reference in [prompt("triage"), json!({ "type": "ref/resource", "uri": "handbook://page/{number}" })] {
        let draft = Draft::modern("completion/complete", completing(reference, "x"));
        weir.send(draft.token(&token)).should_be(403, -31403, "a token without the scope");
    }
}

#[test]
fn template_that_overlaps_hidden_resources_is_not_completed() {
    let completed = |setup: Setup, uri: &str, argument: Value, code: Option<i64>, why: &str| {
        let weir = setup.with_offers().start();
        let reference = json!({ "type": "ref/resource", "uri": uri });
        let answer = complete(&weir, json!({ "ref": reference, "argument": argument }));
        assert_eq!(answer.error_code(), code, "{why}: {}", answer.text());
        assert_eq!(weir.documents.asked("completion/complete").len(), usize::from(code.is_none()), "{why}");
    };
    let (page, number) = ("handbook://page/{number}", || json!({ "name": "number", "value": "1" }));
    let exposing = |uri: &str| {
        let exposed = format!("\n[[resources]]\norigin = \"documents\"\nuri = \"{uri}\"\n");
        Setup::new().append("virtual-servers/support.toml", &exposed)
    };
    completed(exposing("handbook://page/9*"), page, number(), Some(-32602), "something narrower is hidden");
    completed(exposing("handbook://else/*"), page, number(), None, "the hidden resource does not match the template");
    let freezing = |uri: &str| Setup::new().file("quarantine.toml", &format!("resources = [\"{uri}\"]\n"));
    completed(freezing("handbook://page/9"), page, number(), Some(-32602), "something narrower is frozen");
    completed(freezing("handbook://else/*"), page, number(), None, "the frozen resource does not match the template");
    for template in ["handbook://{part}/{number}", "handbook://{+part}{/number}"] {
        let argument = json!({ "name": "part", "value": "secret/" });
        completed(Setup::new(), template, argument, Some(-31403), "a rule refuses the completed URI");
    }
    completed(Setup::new(), "handbook://{part}", json!({ "name": "part", "value": "pa" }), None, "no rule keeps it");
}

#[test]
fn completed_value_is_checked_like_an_argument() {
    let weir = Setup::new().with_offers().start();
    let of = |value: &str| {
        let reference = json!({ "type": "ref/prompt", "name": "triage" });
        complete(&weir, json!({ "ref": reference, "argument": { "name": "ticket", "value": value } }))
    };
    of("8").result();
    of("7").should_be(200, -31403, "a rule refuses it");
    assert_eq!(weir.tickets.asked("completion/complete").len(), 1, "a refused completion should reach no origin");
}
