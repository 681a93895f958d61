//! Refused and failed calls: the model gets a text in a result, programs get codes in its `_meta`; other errors stay
//! JSON-RPC errors.

use harness::{Answer, Draft, Reply, Setup, Step, Weir, origin::event};
use serde_json::{Value, json};

/// A registry whose rule on searches has a message.
fn speaking() -> Setup {
    let rule = "@id(\"small-searches\")\n";
    let message = "@message(\"a search returns at most 100 documents\")\n";
    Setup::new().replace("policies/limits.cedar", rule, &format!("{rule}{message}"))
}

/// The same call as a client of this era and version makes it.
fn call(version: &str, tool: &str, arguments: Value) -> Draft {
    match version {
        "2026-07-28" => Draft::call(tool, arguments),
        legacy => Draft::legacy(Some(legacy), "tools/call", json!({ "name": tool, "arguments": arguments })),
    }
}

#[test]
fn refused_call_is_result_for_its_model() {
    let quarantine = "tools = [\"people_lookup\"]\n";
    let weir = speaking().file("quarantine.toml", quarantine).start();
    let cases = [
        (
            "alice",
            "documents_search",
            json!({ "query": "x", "limit": 101 }),
            json!({ "code": -31403, "reason": "forbidden", "rules": ["small-searches"] }),
            "`documents_search` was not called: policy refuses this call: a search returns at most 100 documents \
             (`small-searches`); other arguments may be permitted",
        ),
        (
            "bob",
            "documents_export",
            json!({}),
            json!({ "code": -31403, "reason": "forbidden", "rules": ["no-exports"] }),
            "`documents_export` was not called: policy refuses this call: a rule forbids it (`no-exports`); other \
             arguments change nothing",
        ),
        (
            "alice",
            "documents_search",
            json!({ "query": "x", "limit": "7" }),
            json!({ "code": -32602, "reason": "invalid_arguments" }),
            "`documents_search` was not called: invalid arguments: `limit` is a string and must be an integer of 64 bits",
        ),
        (
            "bob",
            "documents_delete",
            json!({}),
            json!({ "code": -32602, "reason": "invalid_arguments" }),
            "`documents_delete` was not called: invalid arguments: `id` is missing",
        ),
        (
            "alice",
            "people_lookup",
            json!({}),
            json!({ "code": -31403, "reason": "quarantined_tool" }),
            "`people_lookup` was not called: this tool is quarantined; ask your security team",
        ),
    ];
    let versions = ["2026-07-28", "2025-11-25", "2025-03-26"];
    for (at, version) in versions.into_iter().enumerate() {
        for (person, tool, arguments, expected, text) in &cases {
            let title = format!("{version}, {text}");
            let answer = weir.send(call(version, tool, arguments.clone()).token(&weir.token(person)));
            assert_eq!(answer.refusal_text(), *text, "{title}");
            let mut refusal = answer.refusal();
            let event = refusal.as_object_mut().expect("an object").remove("event");
            assert!(event.is_some_and(|event| event.is_string()), "a person should be able to ask about it: {title}");
            assert_eq!(refusal, *expected, "{title}");
            let (message, is_modern) = (answer.message(), version == "2026-07-28");
            assert_eq!(message["id"], 7, "{title}");
            assert_eq!(
                message["result"]["resultType"],
                if is_modern { json!("complete") } else { Value::Null },
                "{title}"
            );
        }
        let events = weir.events((at + 1) * cases.len());
        let refused = |event: &&Value| event["outcome"]["status"] == "refused" && event["cost"].is_null();
        assert_eq!(events.iter().filter(refused).count(), events.len(), "refused is refused: {events:#?}");
        assert!(events.iter().all(|event| event["outcome"]["http_status"] == 200), "{events:#?}");
    }
    assert!(weir.documents.received().is_empty() && weir.people.received().is_empty(), "no origin should hear of it");
}

#[test]
fn only_callers_who_may_see_tool_get_its_result() {
    let weir = Weir::usual();
    for version in ["2026-07-28", "2025-11-25"] {
        for arguments in [json!({ "id": 7 }), json!({ "id": "x".repeat(600_000) }), json!({ "id": "7" })] {
            let told = |tool: &str| {
                let answer = weir.send(call(version, tool, arguments.clone()).token(&weir.token("alice")));
                answer.should_be(200, -32602, tool);
                let mut message = answer.message();
                message["error"]["data"].as_object_mut().map(|data| data.remove("event"));
                message
            };
            assert_eq!(told("documents_delete"), told("no_such_tool"), "a hidden tool should look unknown: {version}");
        }
    }
}

#[test]
fn failed_call_is_result_for_its_model() {
    let weir = Weir::usual();
    let stream = |steps: Vec<Step>| Reply::event_stream(steps);
    let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": 1 } });
    let cases = [
        (
            Reply::hang(),
            -31504,
            "origin_too_slow",
            "failed and may have taken effect: the MCP server behind the gateway did not",
        ),
        (
            Reply::break_off(),
            -31502,
            "origin_broke_off",
            "failed and may have taken effect: the MCP server behind the gateway could not",
        ),
        (
            stream(vec![]),
            -31502,
            "origin_stream_ended_early",
            "failed and may have taken effect: the MCP server behind the gateway gave no",
        ),
        (stream(vec![event(&progress)]), -31502, "origin_stream_ended_early", "failed and may have taken effect"),
        (
            Reply::text(401, "text/plain", ""),
            -31502,
            "origin_refused_credential",
            "was not called: the MCP server behind the gateway refuses",
        ),
    ];
    for version in ["2026-07-28", "2025-11-25"] {
        for (reply, code, reason, words) in &cases {
            let reply = reply.clone();
            weir.documents.on_call(move |_| reply.clone());
            let draft = call(version, "documents_search", json!({ "query": "x" }));
            let draft = draft.edit(|message| message["params"]["_meta"]["progressToken"] = json!("p"));
            let answer = weir.send(draft.token(&weir.token("alice")));
            let (refusal, text) = (answer.refusal(), answer.refusal_text());
            assert_eq!((&refusal["code"], &refusal["reason"]), (&json!(code), &json!(reason)), "{version}: {text}");
            assert!(refusal["event"].is_string(), "{version}, {reason}: it should name its event: {refusal}");
            assert!(text.starts_with(&format!("`documents_search` {words}")), "{version}, {reason}: {text}");
        }
    }
}

#[test]
fn refusals_of_all_other_methods_stay_errors_in_same_words() {
    let weir = Setup::new().with_offers().start();
    let ask = |method: &str, params: Value| weir.send(Draft::modern(method, params).token(&weir.token("alice")));
    let reference = json!({ "type": "ref/resource", "uri": "handbook://secret/1" });
    let argument = json!({ "name": "page", "value": "1" });
    let refused: [(&str, Answer, &str); 3] = [
        (
            "resources/read",
            ask("resources/read", json!({ "uri": "handbook://secret/1" })),
            "policy refuses this read: a rule forbids it (`no-secret-pages`); another URI may be permitted",
        ),
        (
            "prompts/get",
            ask("prompts/get", json!({ "name": "triage", "arguments": { "ticket": "7" } })),
            "policy refuses this prompt: a rule forbids it (`not-ticket-7`); other arguments may be permitted",
        ),
        (
            "completion/complete",
            ask("completion/complete", json!({ "ref": reference, "argument": argument })),
            "policy refuses this read: a rule forbids it (`no-secret-pages`); another URI may be permitted",
        ),
    ];
    for (method, answer, text) in refused {
        answer.should_be(200, -31403, method);
        assert_eq!(answer.message()["error"]["message"], text, "{method}");
    }
    let wrong = ask("prompts/get", json!({ "name": "triage", "arguments": { "ticket": 7 } }));
    wrong.should_be(200, -32602, "an argument of another type");
    assert_eq!(wrong.message()["error"]["message"], "invalid arguments: `ticket` is a number and must be a string");
}

#[test]
fn challenges_of_call_stay_http_errors() {
    let weir = Weir::usual();
    let draft = || Draft::call("documents_search", json!({ "query": "x", "limit": 500 }));
    let nobody = weir.send(draft());
    nobody.should_be(401, -31403, "no token");
    assert!(nobody.header("www-authenticate").is_some(), "the challenge should be there");
    let narrow = weir.sign(weir.access_token("alice").claim("scope", "tools:list"));
    let step_up = weir.send(Draft::call("documents_search", json!({ "query": "x" })).token(&narrow));
    step_up.should_be(403, -31403, "a token without the scope");
    assert!(step_up.header("www-authenticate").is_some(), "the challenge should be there");
}
