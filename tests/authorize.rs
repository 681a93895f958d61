//! *authorize*: list and call, down to argument values; a tool that may not be listed looks unknown; an error refuses.

use harness::{Draft, Setup, Weir};
use serde_json::{Value, json};

#[test]
fn list_shows_what_may_be_listed() {
    let weir = Weir::usual();
    let names = weir.list("alice").tool_names();
    assert!(!names.contains(&"documents_delete".to_owned()), "alice's role does not grant the deletion: {names:?}");
    assert!(
        !names.iter().any(|name| name.contains("secret_tool")),
        "a tool that no role lists should be hidden: {names:?}"
    );
}

#[test]
fn hidden_and_unknown_tool_answer_alike() {
    let weir = Weir::usual();
    let without_event = |tool: &str| {
        let answer = weir.call("alice", tool, json!({ "id": "7" }));
        answer.should_be(200, -32602, tool);
        let mut message = answer.message();
        message["error"]["data"].as_object_mut().map(|data| data.remove("event"));
        message
    };
    let unknown = without_event("no_such_tool");
    for hidden in ["documents_delete", "documents_secret_tool", "documents_export", "search", "secret_tool"] {
        assert_eq!(without_event(hidden), unknown, "`{hidden}` should look like a tool that is not there");
    }
    assert!(weir.documents.received().is_empty(), "nothing should reach the origin");
}

#[test]
fn permitted_call_reaches_its_origin() {
    let weir = Weir::usual();
    let result = weir.call("bob", "documents_delete", json!({ "id": "7" })).result();
    assert_eq!(result["content"][0]["text"], "delete was called");
    assert_eq!(weir.documents.calls().len(), 1);
}

#[test]
fn argument_value_can_be_refused() {
    let weir = Weir::usual();
    let refused = weir.call("alice", "documents_search", json!({ "query": "x", "limit": 101 }));
    refused.should_be_refused(-31403, "a search of more than 100");
    let refusal = refused.refusal();
    assert_eq!(refusal["rules"], json!(["small-searches"]), "the refusal should name its rule: {refusal}");
    assert!(weir.documents.calls().is_empty(), "a refused call should not reach the origin");
    let permitted = weir.call("alice", "documents_search", json!({ "query": "x", "limit": 100 }));
    assert_eq!(permitted.result()["content"][0]["text"], "search was called", "100 is not more than 100");
}

#[test]
fn tool_that_refuses_every_call_is_not_listed_and_no_secret() {
    let weir = Weir::usual();
    let listed = weir.list("bob").tool_names();
    assert!(!listed.contains(&"documents_export".to_owned()), "a list should show usable tools: {listed:?}");
    assert!(listed.contains(&"documents_search".to_owned()), "a rule about arguments should hide nothing: {listed:?}");
    weir.call("bob", "documents_export", json!({})).should_be_refused(-31403, "a tool that a rule forbids to call");
    assert!(weir.documents.calls().is_empty(), "a refused call should not reach the origin");
}

#[test]
fn wrong_typed_argument_is_refused_before_rule_can_miss_it() {
    let weir = Weir::usual();
    let wrong = [
        json!("500"),
        json!(1.5),
        json!(100.5e0),
        json!(true),
        json!([500]),
        json!({ "value": 500 }),
        json!(u64::MAX),
        json!({ "__extn": { "fn": "decimal", "arg": "500.0" } }),
        json!({ "__entity": { "type": "Group", "id": "engineering" } }),
    ];
    for limit in wrong {
        let answer = weir.call("alice", "documents_search", json!({ "query": "x", "limit": limit }));
        let refused = [Some(-32602), Some(-31403)].contains(&answer.error_code());
        assert!(refused, "`limit` = {limit} is no whole number and should be refused: {}", answer.text());
    }
    for limit in ["5e2", "500.0", "99999999999999999999999", "1e400", "0.5"] {
        let body = format!(r#"{{ "query": "x", "limit": {limit} }}"#);
        let answer = weir.send(with_raw_arguments(&body).token(&weir.token("alice")));
        let refused = [Some(-32602), Some(-31403)].contains(&answer.error_code());
        assert!(refused, "`limit` = {limit} should be refused: {}", answer.text());
    }
    assert!(weir.documents.calls().is_empty(), "none of these calls should reach the origin");
}

#[test]
fn number_without_fraction_is_integer_for_policy_too() {
    let weir = Weir::usual();
    let limited = |limit: &str| {
        let body = format!(r#"{{ "query": "x", "limit": {limit} }}"#);
        weir.send(with_raw_arguments(&body).token(&weir.token("alice")))
    };
    for limit in ["100.0", "1e2", "-0.0", "1000e-1"] {
        assert_eq!(limited(limit).error_code(), None, "`{limit}` is not more than 100: {}", limited(limit).text());
        let received = weir.documents.calls().pop().expect("it should reach the origin");
        let sent = String::from_utf8_lossy(&received.body).into_owned();
        assert!(sent.contains(&format!("\"limit\": {limit} ")), "it should travel as it was written: {sent}");
    }
    for limit in ["100.5", "101.0", "1.01e2"] {
        let code = if limit == "100.5" { -32602 } else { -31403 };
        limited(limit).should_be_refused(code, limit);
    }
    for (arguments, words) in [
        (r#"{ "limit": 1.5 }"#, "`limit` is a number and must be an integer of 64 bits"),
        (r#"{ "other": 1e400 }"#, "beyond the range of a double"),
        (r#"{ "other": "\ud800" }"#, "half a surrogate pair"),
    ] {
        let answer = weir.send(with_raw_arguments(arguments).token(&weir.token("alice")));
        assert!(answer.refusal_text().contains(words), "{arguments}: {}", answer.refusal_text());
    }
}

#[test]
fn entity_in_argument_is_data() {
    // The rule permits on an argument alone; an argument that claims to be an entity must not help.
    let setup = Setup::new().file(
        "policies/words.cedar",
        "@id(\"only-safe\")\nforbid (principal, action == Action::\"call\", resource == Tool::\"tickets_find\")\nunless { context.arguments has query && context.arguments.query == \"safe\" };\n",
    );
    let weir = setup.start();
    for query in [
        json!({ "__entity": { "type": "User", "id": "admin" } }),
        json!({ "__expr": "\"safe\"" }),
        json!({ "__extn": { "fn": "ip", "arg": "127.0.0.1" } }),
        json!(["safe"]),
    ] {
        let answer = weir.call("alice", "tickets_find", json!({ "query": query }));
        assert!(
            [Some(-32602), Some(-31403)].contains(&answer.error_code()),
            "{query} should be refused: {}",
            answer.text()
        );
    }
    assert!(weir.tickets.calls().is_empty(), "none of these calls should reach the origin");
    let undeclared = json!({ "query": "safe", "extra": { "__entity": { "type": "Group", "id": "engineering" } } });
    let answer = weir.call("alice", "tickets_find", undeclared.clone());
    assert!(answer.error_code().is_none(), "an undeclared argument is the origin's business: {}", answer.text());
    let sent = weir.tickets.calls().remove(0).message();
    assert_eq!(sent["params"]["arguments"], undeclared, "it should travel as it was written");
}

#[test]
fn argument_that_comes_twice_is_refused() {
    let weir = Weir::usual();
    let doubled = [
        r#"{ "query": "x", "limit": 5, "limit": 500 }"#,
        r#"{ "query": "x", "limit": 500, "\u006cimit": 5 }"#,
        r#"{ "query": "x", "other": { "a": 1, "a": 2 } }"#,
    ];
    for arguments in doubled {
        let answer = weir.send(with_raw_arguments(arguments).token(&weir.token("alice")));
        assert!(answer.error_code().is_some(), "{arguments} has two meanings and should be refused: {}", answer.text());
    }
    assert!(weir.documents.calls().is_empty(), "none of these calls should reach the origin");
}

#[test]
fn name_in_another_case_is_refused() {
    let weir = Weir::usual();
    let doubled = [
        r#"{ "query": "x", "limit": 5, "Limit": 500 }"#,
        r#"{ "query": "x", "LIMIT": 500 }"#,
        r#"{ "query": "x", "l\u0069miT": 500 }"#,
    ];
    for arguments in doubled {
        let answer = weir.send(with_raw_arguments(arguments).token(&weir.token("alice")));
        answer.should_be_refused(-32602, &format!("{arguments}, which an origin may read in two ways"));
    }
    for (member, value) in [("Name", json!("delete")), ("Arguments", json!({ "limit": 500 })), ("_META", json!({}))] {
        let draft = Draft::call("documents_search", json!({ "query": "x" })).edit(|message| {
            message["params"][member] = value.clone();
        });
        let answer = weir.send(draft.token(&weir.token("alice")));
        answer.should_be(200, -32602, &format!("`{member}` beside its namesake"));
    }
    assert!(weir.documents.calls().is_empty(), "none of these calls should reach the origin");
}

#[test]
fn missing_required_argument_is_refused() {
    let weir = Weir::usual();
    // `null` means absent (policy's stated mapping).
    weir.call("bob", "documents_delete", json!({ "id": null }))
        .should_be_refused(-32602, "a required argument that is null");
    weir.call("bob", "documents_delete", json!({})).should_be_refused(-32602, "`id` is required");
    let absent = Draft::modern("tools/call", json!({ "name": "documents_delete" })).token(&weir.token("bob"));
    weir.send(absent).should_be_refused(-32602, "no arguments at all");
    assert!(weir.documents.calls().is_empty(), "neither call should reach the origin");
}

#[test]
fn arguments_that_are_no_object_are_refused() {
    let weir = Weir::usual();
    for arguments in [json!([]), json!("x"), json!(7)] {
        let answer = weir.call("alice", "documents_search", arguments.clone());
        assert_eq!(answer.error_code(), Some(-32602), "{arguments} is no object: {}", answer.text());
    }
    assert!(weir.documents.calls().is_empty(), "none of these calls should reach the origin");
}

#[test]
fn evaluation_error_refuses() {
    // Overflows for every limit above 1; the rule could not be evaluated, so it could not be ruled out.
    let rule = "@id(\"overflows\")\nforbid (principal, action == Action::\"call\", resource == Tool::\"documents_search\")\nwhen { context.arguments has limit && context.arguments.limit * 9223372036854775807 < 0 };\n";
    let weir = Setup::new().file("policies/overflow.cedar", rule).start();
    let refused = weir.call("alice", "documents_search", json!({ "query": "x", "limit": 2 }));
    refused.should_be_refused(-31403, "a call for which a rule fails to evaluate");
    assert!(weir.documents.calls().is_empty(), "it should not reach the origin");
    let judged = weir.call("alice", "documents_search", json!({ "query": "x", "limit": 1 }));
    assert!(judged.error_code().is_none(), "a limit for which the rule evaluates should pass: {}", judged.text());
}

#[test]
fn scope_narrows_what_policy_grants() {
    let weir = Weir::usual();
    let only = |scope: &str, draft: Draft| {
        let token = weir.access_token("alice").claim("scope", scope);
        weir.send(draft.token(&weir.sign(token)))
    };
    let call = || Draft::call("documents_search", json!({ "query": "x" }));
    let refused = only("tools:list", call());
    refused.should_be(403, -31403, "a call without its scope");
    let challenge = refused.header("www-authenticate").unwrap_or_default();
    assert!(
        challenge.contains("error=\"insufficient_scope\""),
        "the challenge should have the error code: {challenge}"
    );
    assert!(
        challenge.contains("scope=\"tools:list tools:call\""),
        "it should name all that the next token needs: {challenge}"
    );
    assert!(challenge.contains("resource_metadata="), "the challenge should lead to the metadata: {challenge}");
    assert_eq!(only("tools:call", call()).status, 200);
    assert_eq!(only("tools:list", Draft::list()).status, 200);
    assert_eq!(only("tools:call", Draft::list()).status, 403, "a list without its scope");
    assert_eq!(only("openid", Draft::list()).status, 403, "a scope that Weir does not know grants nothing");
}

#[test]
fn quarantine_freezes_tools_and_origins() {
    let weir =
        Setup::new().file("quarantine.toml", "tools = [\"documents_search\"]\norigins = [\"tickets\"]\n").start();
    assert_eq!(weir.list("alice").tool_names(), ["people_lookup"], "frozen tools should not be listed");
    weir.call("alice", "documents_search", json!({ "query": "x" })).should_be_refused(-31403, "a frozen tool");
    weir.call("alice", "tickets_find", json!({ "query": "x" })).should_be_refused(-31403, "a tool of a frozen origin");
    weir.call("alice", "documents_delete", json!({ "id": "1" })).should_be(200, -32602, "a hidden tool stays hidden");
    assert!(weir.call("bob", "documents_delete", json!({ "id": "1" })).error_code().is_none(), "others should go on");
    assert!(weir.tickets.received().is_empty(), "a frozen origin should get nothing");
}

#[test]
fn decision_leaves_its_rules_in_event() {
    let weir = Weir::usual();
    weir.call("alice", "documents_search", json!({ "query": "x", "limit": 500 }));
    let event = weir.event();
    assert_eq!(event["decision"]["effect"], "refusal", "the event should have the decision: {event}");
    assert_eq!(event["decision"]["epoch"], json!(weir.epoch), "the event should have the epoch: {event}");
    assert!(
        event["decision"]["rules"].to_string().contains("small-searches"),
        "the event should have the rule: {event}"
    );
    assert_eq!(event["outcome"]["status"], "refused");
    assert_eq!(event["cost"], Value::Null, "a refused call costs nothing: {event}");
}

/// A search whose arguments are this text, byte for byte.
fn with_raw_arguments(arguments: &str) -> Draft {
    let draft = Draft::call("documents_search", json!("HERE"));
    let body = String::from_utf8(draft.body.to_vec()).expect("JSON is text").replace("\"HERE\"", arguments);
    draft.body(body)
}
