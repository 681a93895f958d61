//! `calls_per_minute`: the limit of tool calls per user and virtual server, counted once for all isolates.

use std::time::Duration;

use harness::{
    Answer, Draft, Setup, Weir,
    target::{Target, skipped_if},
    weir::Store,
};
use serde_json::json;

const LIMITED: i64 = -31429;

/// A registry where each user of `support` has three calls a minute.
fn limited() -> Setup {
    let title = "title = \"Support\"\n";
    Setup::new().replace("virtual-servers/support.toml", title, &format!("{title}calls_per_minute = 3\n"))
}

fn search(weir: &Weir) -> Answer {
    weir.call("alice", "documents_search", json!({ "query": "x" }))
}

#[track_caller]
fn use_up(weir: &Weir) {
    for _ in 0..3 {
        assert!(search(weir).error_code().is_none(), "a call within the limit should pass");
    }
}

#[test]
fn calls_over_the_limit_are_refused_and_told_when_to_come_back() {
    let weir = limited().start();
    use_up(&weir);
    let answer = search(&weir);
    answer.should_be_refused(LIMITED, "a call over the limit");
    let refusal = answer.refusal();
    let seconds = refusal["retry_after_seconds"].as_u64().expect("the refusal should say when to retry");
    assert!((1..=60).contains(&seconds), "a minute should be over within a minute: {refusal}");
    let told = answer.refusal_text();
    assert!(told.contains(&format!("{seconds} s")) && told.contains('3'), "so should a model: {told}");
    assert_eq!(refusal["reason"], "rate_limited");
    assert_eq!(weir.documents.calls().len(), 3, "no origin should hear of it");

    let events = weir.events(4);
    let refused: Vec<_> = events.iter().filter(|event| event["outcome"]["reason"] == "rate_limited").collect();
    assert_eq!(refused.len(), 1, "the refusal should be audited: {events:#?}");
    assert_eq!(refused[0]["outcome"]["status"], "refused");
    assert_eq!(refused[0]["decision"]["effect"], "permit", "policy had nothing against it: {:#}", refused[0]);
    assert!(refused[0]["cost"].is_null(), "it should cost nothing: {:#}", refused[0]);
    assert_eq!(refusal["event"], refused[0]["id"]);
}

#[test]
fn limit_is_available_again_after_a_minute() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let weir = limited().start();
    search(&weir);
    weir.running.pass(Duration::from_secs(59));
    search(&weir);
    search(&weir);
    let refused = search(&weir).refusal()["retry_after_seconds"].clone();
    assert_eq!(refused, 1, "the minute of the first call should count");
    weir.running.pass(Duration::from_secs(1));
    use_up(&weir);
    search(&weir).should_be_refused(LIMITED, "the fourth call of the next minute");
}

#[test]
fn limit_is_of_one_user_in_one_virtual_server() {
    let weir = limited().start();
    use_up(&weir);
    search(&weir).should_be_refused(LIMITED, "a call over the limit");
    let as_other_agent = weir.sign(weir.access_token("alice").claim("client_id", "other-agent"));
    let draft = Draft::call("documents_search", json!({ "query": "x" }));
    weir.send(draft.clone().token(&as_other_agent)).should_be_refused(LIMITED, "the same user through another agent");
    let as_other_user = weir.sign(weir.access_token("alice").claim("sub", "dora"));
    assert!(weir.send(draft.token(&as_other_user)).error_code().is_none(), "another user has a limit of their own");
    for _ in 0..5 {
        let other = weir.call("bob", "documents_search", json!({ "query": "x" }));
        assert!(other.error_code().is_none(), "a virtual server without the setting has no limit: {}", other.text());
    }
}

#[test]
fn refused_calls_and_lists_do_not_count() {
    let weir = limited().start();
    for _ in 0..2 {
        assert_eq!(weir.list("alice").status, 200);
        weir.call("alice", "documents_search", json!({ "limit": 500 })).should_be_refused(-31403, "a refused call");
        weir.call("alice", "documents_delete", json!({ "id": "7" })).should_be(200, -32602, "a hidden tool");
    }
    use_up(&weir);
    assert_eq!(weir.list("alice").status, 200, "a list is no call");
}

#[test]
fn of_many_calls_at_once_as_many_pass_as_fit() {
    let weir = limited().start();
    let draft = Draft::call("documents_search", json!({ "query": "x" })).token(&weir.token("alice"));
    let exchanges: Vec<_> = (0..12).map(|_| weir.begin(draft.clone())).collect();
    let answers: Vec<Answer> = exchanges.into_iter().map(Answer::read).collect();
    let refused = answers.iter().filter(|answer| answer.error_code() == Some(LIMITED)).count();
    let passed = answers.iter().filter(|answer| answer.error_code().is_none()).count();
    assert_eq!((passed, refused), (3, 9), "exactly the limit should pass");
    assert_eq!(weir.documents.calls().len(), 3);
}

#[test]
fn legacy_client_gets_same_refusal() {
    let weir = limited().start();
    use_up(&weir);
    let params = json!({ "name": "documents_search", "arguments": { "query": "x" } });
    let draft = Draft::legacy(Some("2025-11-25"), "tools/call", params).token(&weir.token("alice"));
    weir.send(draft).should_be_refused(LIMITED, "a legacy call over the limit");
}

#[test]
fn legacy_requests_to_all_origins_count() {
    let weir = limited().start();
    let alice = weir.token("alice");
    let send = |method: &str, params| weir.send(Draft::legacy(Some("2025-11-25"), method, params).token(&alice));
    let client = json!({ "name": "old-client", "version": "1" });
    let opening = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
    send("initialize", opening.clone()).result();
    for _ in 0..2 {
        send("logging/setLevel", json!({ "level": "info" })).result();
    }
    send("logging/setLevel", json!({ "level": "info" })).should_be(200, LIMITED, "a level over the limit");
    send("initialize", opening).should_be(200, LIMITED, "an opening over the limit");
    search(&weir).should_be_refused(LIMITED, "a call after them");
    send("ping", json!({})).result();
}

#[test]
fn store_that_cannot_count_refuses_what_it_should_count_and_nothing_else() {
    for quota in [Store::Slow, Store::Broken] {
        let mut setup = limited();
        setup.quota = quota;
        let weir = setup.start();
        let answer = search(&weir);
        answer.should_be_refused(-31503, "a call that can't be counted");
        assert_eq!(answer.refusal()["reason"], "quota_unavailable");
        assert!(weir.documents.calls().is_empty(), "it should go no further");
        let event = weir.event();
        assert_eq!(event["outcome"]["status"], "fault", "the event should name the caller: {event:#}");
        assert!(event["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "and what happened: {event:#}");
        assert_eq!(weir.list("alice").status, 200, "lists are not counted");
        let unlimited = weir.call("bob", "documents_search", json!({ "query": "x" }));
        assert!(unlimited.error_code().is_none(), "no limit, no operation: {}", unlimited.text());
    }
}
