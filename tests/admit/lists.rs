//! Lists: how many requests to origins, decisions and walks they cause.

use std::time::Duration;

use harness::offers::resource;
use harness::origin::{Received, tool};
use harness::target::{Target, skipped_if};
use harness::{Answer, Draft, Reply, Setup, Step, Weir};
use serde_json::{Value, json};

use super::{LIMITED, limited};
use crate::fan_out::many;

/// The 17 origins answer lists after 200 ms, with this `ttlMs`; `null` for none.
fn slowly(weir: &Weir, ttl_ms: Value) {
    weir.documents.script(move |received: &Received| {
        if received.message()["method"] != "tools/list" {
            return None;
        }
        let mut result = json!({ "resultType": "complete", "tools": [tool("search", "Searches")] });
        if !ttl_ms.is_null() {
            result["ttlMs"] = ttl_ms.clone();
        }
        let reply = Reply::result(received, result);
        Some(Reply { before: Some(Step::Wait(Duration::from_millis(200))), ..reply })
    });
}

fn requests(weir: &Weir) -> usize {
    weir.documents.asked("tools/list").len()
}

#[test]
fn twenty_lists_ask_each_origin_once() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory do the requests overlap for certain") {
        return;
    }
    for (ttl_ms, at_once) in [(json!(60_000), true), (json!(60_000), false), (Value::Null, true), (Value::Null, false)]
    {
        let title = format!("ttlMs {ttl_ms}, at once: {at_once}");
        let weir = many(17, "modern").start();
        slowly(&weir, ttl_ms);
        let draft = Draft::list().token(&weir.token("alice"));
        let answers: Vec<Answer> = match at_once {
            true => {
                let exchanges: Vec<_> = (0..20).map(|_| weir.begin(draft.clone())).collect();
                exchanges.into_iter().map(Answer::read).collect()
            }
            false => (0..20).map(|_| weir.send(draft.clone())).collect(),
        };
        assert!(answers.iter().all(|answer| answer.tool_names().len() == 17), "{title}: each should be whole");
        assert_eq!(requests(&weir), 17, "{title}: requests to origins");
    }
}

#[test]
fn lists_that_may_not_be_kept_are_stopped_by_the_limit() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory do the requests overlap for certain") {
        return;
    }
    for at_once in [true, false] {
        let weir = many(17, "modern").start();
        slowly(&weir, json!(0));
        let draft = Draft::list().token(&weir.token("alice"));
        let answers: Vec<Answer> = match at_once {
            true => {
                let exchanges: Vec<_> = (0..100).map(|_| weir.begin(draft.clone())).collect();
                exchanges.into_iter().map(Answer::read).collect()
            }
            false => (0..100).map(|_| weir.send(draft.clone())).collect(),
        };
        assert!(requests(&weir) <= 300, "at once: {at_once}: {} requests to origins", requests(&weir));
        let is_whole = |answer: &&Answer| answer.error_code().is_none() && answer.tool_names().len() == 17;
        let whole = answers.iter().filter(is_whole).count();
        let refused = answers.iter().filter(|answer| answer.error_code() == Some(LIMITED)).count();
        assert!(
            is_whole(&&answers[0]) && whole + refused == 100,
            "at once: {at_once}: {whole} whole, {refused} refused"
        );
        assert!(refused > 80, "at once: {at_once}: {refused} refused");
    }
}

#[test]
fn list_without_lifetime_is_kept_for_its_caller_alone() {
    let weir = many(3, "modern").start();
    slowly(&weir, Value::Null);
    let dora = weir.sign(weir.access_token("alice").claim("sub", "dora"));
    for (token, expected) in [(weir.token("alice"), 3), (dora, 6)] {
        for _ in 0..3 {
            assert_eq!(weir.send(Draft::list().token(&token)).tool_names().len(), 3);
        }
        assert_eq!(requests(&weir), expected, "each caller should ask once");
    }
    if Target::chosen() == Target::Memory {
        weir.running.pass(Duration::from_secs(31));
        weir.list("alice").result();
        assert_eq!(requests(&weir), 9, "half a minute later the origins should be asked again");
    }
}

#[test]
fn reader_that_disconnects_stops_no_other_reader() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory do the requests overlap for certain") {
        return;
    }
    let weir = many(3, "modern").start();
    slowly(&weir, json!(60_000));
    let draft = Draft::list().token(&weir.token("alice"));
    weir.begin(draft.clone()).reset();
    assert_eq!(requests(&weir), 3, "the first one should have asked");
    let began = weir.running.now();
    assert_eq!(weir.send(draft).tool_names().len(), 3);
    assert_eq!(requests(&weir), 6, "the second one should ask by itself");
    assert!(weir.running.now() - began < 1, "and it should not wait for another");
}

#[test]
fn decisions_about_single_uris_count() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test count the work") {
        return;
    }
    let weir = limited(Setup::new().with_offers()).start();
    let secrets: Vec<Value> = (0..3_000).map(|page| resource(&format!("handbook://secret/{page}"))).collect();
    weir.documents.offer("resources", json!(secrets));
    let token = weir.token("alice");
    let draft = Draft::modern("resources/list", json!({})).token(&token);
    assert_eq!(weir.send(draft.clone()).listed("resources", "uri").len(), 1, "only the open ticket");
    weir.send(draft).should_be(200, LIMITED, "a list after 3,000 decisions");
}

#[test]
fn list_walks_definitions_once_for_all_patterns() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test count the work") {
        return;
    }
    let patterns: Vec<String> = (0..40).map(|number| format!("handbook://{number:02}/*")).collect();
    let quoted = patterns.iter().map(|pattern| format!("\"{pattern}\"")).collect::<Vec<_>>().join(", ");
    let exposed: String = patterns
        .iter()
        .map(|pattern| format!("\n[[resources]]\norigin = \"documents\"\nuri = \"{pattern}\"\n"))
        .collect();
    let weir = Setup::new()
        .with_offers()
        .append("virtual-servers/support.toml", &exposed)
        .replace("origins/documents.toml", "\"docs://index\"]", &format!("\"docs://index\", {quoted}]"))
        .replace("gateway.toml", "\"tickets://open/*\"]", &format!("\"tickets://open/*\", {quoted}]"))
        .start();
    for (member, method, uri) in
        [("resources", "resources/list", "uri"), ("resourceTemplates", "resources/templates/list", "uriTemplate")]
    {
        let item = |number: usize| match member {
            "resources" => resource(&format!("handbook://{:02}/{number}", number % 40)),
            _ => json!({ "uriTemplate": format!("handbook://{:02}/{number}/{{x}}", number % 40), "name": "x" }),
        };
        weir.documents.offer(member, (0..200).map(item).collect());
        let before = weir.running.work().searches;
        let list = weir.send(Draft::modern(method, json!({})).token(&weir.token("alice")));
        assert!(list.listed(member, uri).len() >= 200, "{method}: all should be listed");
        let searches = weir.running.work().searches - before;
        assert!(searches <= 3 * 202, "{method}: {searches} searches for 200 definitions and 43 patterns");
    }
}
