//! Composition: several origins behind one virtual server; a failing origin does not fail the list, and lists that
//! Weir remembers are never shown to another caller.

mod memory;
mod pages;
mod strange_pages;

use std::time::Duration;

use harness::origin::{Received, tool};
use harness::{Answer, Draft, Origin, Reply, Setup, Step, Weir};
use registry::fault::Severity;
use serde_json::{Value, json};

/// The names under `dev.weir/unavailable`; `null` when there is no such member.
fn unavailable(answer: &Answer) -> Value {
    answer.result()["_meta"]["dev.weir/unavailable"].clone()
}

/// Makes the origin offer these tools, with a list that may be kept for this long.
fn offer(origin: &Origin, tools: Vec<Value>, ttl_ms: u64) {
    origin.script(move |received| {
        let result = json!({ "resultType": "complete", "tools": tools, "ttlMs": ttl_ms, "cacheScope": "public" });
        (received.message()["method"] == "tools/list").then(|| Reply::result(received, result))
    });
}

/// The list of a user with alice's groups and another name.
fn list_as(weir: &Weir, subject: &str) -> Answer {
    let token = weir.access_token("alice").claim("sub", subject);
    weir.send(Draft::list().token(&weir.sign(token)))
}

#[test]
fn two_origins_may_have_a_tool_of_one_name() {
    let setup = Setup::new()
        .replace(
            "origins/tickets.toml",
            "[tools.find]",
            "[tools.search]\narguments = { query = \"string\" }\n\n[tools.find]",
        )
        .replace(
            "virtual-servers/support.toml",
            "[[tools]]\norigin = \"tickets\"",
            "[[tools]]\norigin = \"tickets\"\ntool = \"search\"\n\n[[tools]]\norigin = \"tickets\"",
        )
        .replace("gateway.toml", "\"tickets_find\"", "\"tickets_find\", \"tickets_search\"");
    offer(&setup.tickets, vec![tool("find", "Finds tickets"), tool("search", "Searches tickets")], 60_000);
    let weir = setup.start();
    let list = weir.list("alice");
    let names = ["documents_search", "tickets_search", "tickets_find", "people_lookup"];
    assert_eq!(list.tool_names(), names, "the order should be the registry's, not the origins'");
    let tools = &list.result()["tools"];
    assert_eq!(tools[0]["description"], "Searches the documents");
    assert_eq!(tools[1]["description"], "Searches tickets", "each name should be its own origin's tool");
    for (name, origin, other) in
        [("documents_search", &weir.documents, &weir.tickets), ("tickets_search", &weir.tickets, &weir.documents)]
    {
        let (before, elsewhere) = (origin.calls().len(), other.calls().len());
        weir.call("alice", name, json!({ "query": "x" })).result();
        assert_eq!(origin.calls().len(), before + 1, "`{name}` should reach its own origin");
        assert_eq!(other.calls().len(), elsewhere, "`{name}` should reach no other");
    }
}

#[test]
fn list_is_same_each_time() {
    let weir = Weir::usual();
    let first = weir.list("alice");
    for _ in 0..3 {
        assert_eq!(weir.list("alice").text(), first.text(), "the same question should get the same bytes");
    }
}

#[test]
fn registry_overrides_name_and_description() {
    let setup = Setup::new().replace(
        "virtual-servers/support.toml",
        "origin = \"people\"\ntool = \"lookup\"",
        "origin = \"people\"\ntool = \"lookup\"\nname = \"who_is\"\ndescription = \"Tells who somebody is\"",
    );
    let weir = setup.replace("gateway.toml", "\"people_lookup\"", "\"who_is\"").start();
    let list = weir.list("alice");
    assert_eq!(list.tool_names(), ["documents_search", "tickets_find", "who_is"]);
    assert_eq!(list.result()["tools"][2]["description"], "Tells who somebody is");
    weir.call("alice", "who_is", json!({ "query": "bob" })).result();
    assert_eq!(
        weir.people.calls()[0].message()["params"]["name"],
        "lookup",
        "the origin should get its own name of the tool"
    );
    weir.call("alice", "people_lookup", json!({ "query": "bob" })).should_be(200, -32602, "the name that was replaced");
}

#[test]
fn renamed_tool_that_hides_another_is_refused() {
    let hide = |name: &str| {
        let from = "origin = \"people\"\ntool = \"lookup\"";
        let setup = Setup::new().replace("virtual-servers/support.toml", from, &format!("{from}\nname = \"{name}\""));
        let checked = registry::folder::check(&setup.folder);
        assert!(checked.snapshot().is_none(), "a tool called `{name}` should be refused");
        let faults = checked.faults.into_iter().filter(|fault| fault.severity == Severity::Error);
        faults.map(|fault| fault.to_string()).collect::<String>()
    };
    let here = hide("tickets_find");
    assert!(here.contains("already at virtual-servers/support.toml"), "in the same virtual server: {here}");
    let elsewhere = hide("documents_export");
    assert!(elsewhere.contains("means another tool at"), "in another virtual server: {elsewhere}");
}

#[test]
fn failing_origin_does_not_fail_list() {
    let weir = Weir::usual();
    type Script = fn(&Received) -> Reply;
    let endings: [(&str, Script, &str); 9] = [
        ("is silent", |_| Reply::hang(), "origin_too_slow"),
        ("breaks off", |_| Reply::break_off(), "origin_broke_off"),
        ("sends a page of HTML", |_| Reply::text(200, "text/html", "<h1>Hello</h1>"), "origin_media_type"),
        ("sends garbage", |_| Reply::text(200, "application/json", "}{"), "origin_not_json_rpc"),
        ("fails", |_| Reply::text(500, "text/plain", "oops"), "origin_status"),
        ("redirects", |_| Reply::redirect("http://127.0.0.1:1/"), "origin_redirected"),
        ("has no tools", |received| Reply::result(received, json!({ "tool": [] })), "tools_missing"),
        (
            "answers with an error",
            |received| {
                let id = &received.message()["id"];
                Reply::json(&json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32603, "message": "secret" } }))
            },
            "origin_list_error",
        ),
        (
            "drips",
            |_| {
                let mut reply = Reply::text(200, "application/json", " ");
                let drop = [Step::Wait(Duration::from_millis(300)), Step::Send(" ".into())];
                reply.steps.extend(drop.into_iter().cycle().take(20));
                reply
            },
            "origin_too_slow",
        ),
    ];
    for (number, (what, reply, reason)) in endings.into_iter().enumerate() {
        weir.tickets.script(move |received| Some(reply(received)));
        let list = weir.list("alice");
        assert_eq!(list.tool_names(), ["documents_search", "people_lookup"], "an origin that {what}");
        assert_eq!(unavailable(&list), json!(["tickets"]), "an origin that {what} should be named to the client");
        let ttl = list.result()["ttlMs"].as_u64().expect("a list should carry its time to live");
        assert!(ttl <= 5_000, "the client should soon ask again after an origin that {what}: {ttl}");
        let event = weir.events(number + 1).pop().expect("an event");
        assert_eq!(event["outcome"]["status"], "success", "the list came: {event}");
        let named = json!([{ "origin": "tickets", "reason": reason }]);
        assert_eq!(event["unavailable"], named, "an origin that {what} should be named in the event");
        assert!(!list.text().contains("secret"), "an origin's own error text should not show: {}", list.text());
    }
    weir.tickets.script(|_| None);
    let list = weir.list("alice");
    assert_eq!(list.tool_names().len(), 3, "an origin that is back should be listed at once");
    assert_eq!(unavailable(&list), Value::Null, "nothing should be missing then");
    let event = weir.events(10).pop().expect("an event");
    assert_eq!(event.get("unavailable"), None, "nothing should be missing then: {event}");
}

#[test]
fn unreachable_origin_does_not_fail_list() {
    let setup = Setup::new();
    let url = setup.tickets.url().to_owned();
    let weir = setup.replace("origins/tickets.toml", &url, "http://127.0.0.1:9/mcp").start();
    let list = weir.list("alice");
    assert_eq!(list.tool_names(), ["documents_search", "people_lookup"]);
    assert_eq!(unavailable(&list), json!(["tickets"]));
}

#[test]
fn origin_without_secret_does_not_fail_list() {
    let mut setup = Setup::new();
    setup.secrets.remove("ORIGIN_TICKETS_SECRET");
    let weir = setup.start();
    let list = weir.list("alice");
    assert_eq!(list.tool_names(), ["documents_search", "people_lookup"]);
    assert_eq!(unavailable(&list), json!(["tickets"]));
    assert_eq!(weir.event()["unavailable"], json!([{ "origin": "tickets", "reason": "secret_missing" }]));
    let line = r#"{"level":"error","reason":"secret_missing","what":"ORIGIN_TICKETS_SECRET"}"#;
    weir.wait_until("the log should name the secret", || weir.running.log().contains(line));
}

#[test]
fn only_when_every_origin_fails_is_the_list_an_error() {
    let weir = Weir::usual();
    weir.documents.script(|_| Some(Reply::hang()));
    weir.tickets.script(|_| Some(Reply::text(500, "text/plain", "oops")));
    weir.people.script(|_| Some(Reply::break_off()));
    weir.list("alice").should_be(200, -31504, "a list for which no origin answers");
    let event = weir.event();
    assert_eq!(event["outcome"]["status"], "origin_failed", "{event}");
    let named = json!([
        { "origin": "documents", "reason": "origin_too_slow" },
        { "origin": "people", "reason": "origin_broke_off" },
        { "origin": "tickets", "reason": "origin_status" },
    ]);
    assert_eq!(event["unavailable"], named, "each of them should be named");
}

#[test]
fn origin_of_which_caller_sees_nothing_is_neither_asked_nor_named() {
    let setup = Setup::new().replace("gateway.toml", "\"tickets_find\", ", "");
    let weir = setup.start();
    weir.tickets.script(|_| Some(Reply::hang()));
    let list = weir.list("alice");
    assert_eq!(list.tool_names(), ["documents_search", "people_lookup"]);
    assert_eq!(unavailable(&list), Value::Null, "the caller should not learn of it");
    assert!(weir.tickets.received().is_empty(), "the list should not wait for it");
}
