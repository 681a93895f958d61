//! *resolve*: the caller's own virtual server by group, or the one that the path names; a hidden one looks unknown.

use harness::{Answer, Draft, Setup, Weir, weir::URL};
use serde_json::{Value, json};

#[test]
fn groups_choose_virtual_server_of_slash_mcp() {
    let weir = Weir::usual();
    assert_eq!(weir.list("alice").tool_names(), ["documents_search", "tickets_find", "people_lookup"]);
    assert_eq!(weir.list("bob").tool_names(), ["documents_search", "documents_delete"]);
}

#[test]
fn first_group_of_registry_wins() {
    let weir = Weir::usual();
    // The token lists them the other way round; the registry's order counts.
    let token = weir.access_token("alice").claim("groups", json!(["engineering", "support"]));
    let answer = weir.send(Draft::call("tickets_find", json!({ "query": "x" })).token(&weir.sign(token)));
    assert_eq!(answer.status, 200);
    assert!(answer.error_code().is_none(), "`support` comes first in the registry: {}", answer.text());
}

#[test]
fn caller_without_assignment_has_no_virtual_server() {
    let weir = Weir::usual();
    let answer = weir.list("carol");
    answer.should_be(403, -31403, "a caller whose groups have no virtual server");
    assert!(answer.text().contains("platform team"), "the error should name the platform team: {}", answer.text());
    let no_groups = weir.access_token("carol").without("groups");
    assert_eq!(
        weir.send(Draft::list().token(&weir.sign(no_groups))).status,
        403,
        "no groups at all should be no server"
    );
}

#[test]
fn named_virtual_server_is_same_server() {
    let weir = Weir::usual();
    let named = list_at(&weir, "alice", "support");
    assert_eq!(named.tool_names(), weir.list("alice").tool_names(), "the path should lead to the same virtual server");
    // Bob is assigned another one.
    let elsewhere = list_at(&weir, "bob", "support");
    assert_eq!(elsewhere.tool_names(), ["documents_search", "documents_delete"], "he may list these in both");
    let server = |answer: &Answer| answer.result()["_meta"]["io.modelcontextprotocol/serverInfo"]["name"].clone();
    assert_eq!(server(&elsewhere), "support", "the path should decide, not bob's groups");
    assert_eq!(server(&weir.list("bob")), "engineering", "without a name it should be bob's own");
}

#[test]
fn unknown_and_hidden_virtual_server_answer_alike() {
    let weir = Weir::usual();
    let unknown = list_at(&weir, "carol", "nothing-here");
    unknown.should_be(404, -31403, "a virtual server that does not exist");
    let hidden = list_at(&weir, "carol", "support");
    assert_eq!(seen(&hidden), seen(&unknown), "a virtual server that carol may not see should look unknown");
    let call = |name: &str| {
        let token = weir.access_token("carol").claim("aud", format!("{URL}/mcp/{name}"));
        weir.send(Draft::call("documents_search", json!({})).to(&format!("/mcp/{name}")).token(&weir.sign(token)))
    };
    assert_eq!(seen(&call("support")), seen(&call("nothing-here")), "calls should not tell them apart either");
    let nameless = |name: &str| {
        let token = weir.access_token("carol").claim("aud", format!("{URL}/mcp/{name}"));
        weir.send(Draft::modern("tools/call", json!({})).to(&format!("/mcp/{name}")).token(&weir.sign(token)))
    };
    assert_eq!(seen(&nameless("support")), seen(&nameless("nothing-here")), "nor should calls that name no tool");
    assert!(weir.documents.received().is_empty(), "nothing should reach an origin");
}

#[test]
fn group_whose_virtual_server_is_not_stored_gets_none() {
    let weir = Setup::new().start_with(|epoch, records| {
        records.remove(&format!("{epoch}/virtual-server/support")).expect("the record should be there before");
    });
    assert_eq!(weir.list("alice").status, 403, "a virtual server that is not there should serve no call");
    assert_eq!(weir.list("bob").status, 200, "the other one should go on");
}

#[test]
fn discover_tells_about_the_resolved_server() {
    let weir = Weir::usual();
    let result = weir.send(Draft::modern("server/discover", json!({})).token(&weir.token("alice"))).result();
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["supportedVersions"], json!(["2026-07-28"]));
    assert_eq!(result["instructions"], "Search before you answer.");
    assert!(result["capabilities"]["tools"].is_object(), "tools should be advertised: {result}");
    for absent in ["resources", "prompts", "completions", "logging"] {
        assert!(result["capabilities"].get(absent).is_none(), "`{absent}` is not served, so not advertised: {result}");
    }
    assert!(result["ttlMs"].is_u64(), "a discover result should carry its time to live: {result}");
    assert_eq!(result["cacheScope"], "private", "a caller's capabilities should not be shared: {result}");
    let asked: Vec<_> = weir.documents.received().iter().map(|received| received.message()["method"].clone()).collect();
    assert_eq!(asked, ["server/discover"], "an origin should get `server/discover`, and nothing else");
}

fn list_at(weir: &Weir, person: &str, name: &str) -> Answer {
    let token = weir.access_token(person).claim("aud", format!("{URL}/mcp/{name}"));
    weir.send(Draft::list().to(&format!("/mcp/{name}")).token(&weir.sign(token)))
}

/// All parts of an answer that a caller can compare, without the audit event's id, which is always new.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
    let mut message = answer.message();
    if let Some(data) = message.pointer_mut("/error/data").and_then(Value::as_object_mut) {
        data.remove("event");
    }
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| (name.to_string(), format!("{value:?}"));
    let own = |name: &str| !["date", "content-length"].contains(&name);
    let headers = answer.headers.iter().map(header).filter(|(name, _)| own(name)).collect();
    (answer.status.as_u16(), headers, message)
}
