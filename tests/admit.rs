//! *admit*: refused and cheap messages count, too: each against the caller's `requests_per_minute`, and without a token
//! also against `calls_per_minute`.

mod lists;
mod work;

use std::time::Duration;

use harness::{
    Answer, Draft, Setup, Weir,
    target::{Target, skipped_if},
};
use serde_json::{Value, json};

const LIMITED: i64 = -31429;
const LIMIT: u64 = 30;
/// The time after which an isolate has forgotten the responses of a modern origin, and its counts.
const FORGOTTEN: Duration = Duration::from_secs(301);
const LEGACY: Option<&str> = Some("2025-11-25");

/// The usual registry with resources and prompts, and 30 requests a minute.
pub fn limited(setup: Setup) -> Setup {
    let limits = format!("[limits]\nrequests_per_minute = {LIMIT}\n\n[development]");
    setup.replace("gateway.toml", "[development]", &limits)
}

/// A message, and the number that the first one of its kind counts for; each later one counts for one.
struct Row(&'static str, Draft, u64);

/// Every kind of cheap or refused message, in the modern era.
fn modern() -> Vec<Row> {
    let named = |method, params| Draft::modern(method, params);
    let completion =
        json!({ "ref": { "type": "ref/prompt", "name": "summarise" }, "argument": { "name": "topic", "value": "a" } });
    let mut cancelled = named("notifications/cancelled", json!({ "requestId": 7 }));
    cancelled = cancelled.edit(|message| drop(message.as_object_mut().expect("an object").remove("id")));
    vec![
        Row("unknown tool", Draft::call("nothing", json!({})), 1),
        Row("hidden tool", Draft::call("documents_delete", json!({ "id": "1" })), 1),
        Row("call that policy refuses", Draft::call("search", json!({ "query": "everything" })), 1),
        Row("call with unfit arguments", Draft::call("search", json!({ "limit": "7" })), 1),
        Row("call without a name", named("tools/call", json!({})), 1),
        Row("unknown resource", named("resources/read", json!({ "uri": "docs://nothing" })), 1),
        Row("read that policy refuses", named("resources/read", json!({ "uri": "handbook://secret/1" })), 1),
        Row("unknown prompt", named("prompts/get", json!({ "name": "nothing" })), 1),
        Row("unknown method", named("nothing/here", json!({})), 1),
        Row("unknown task", named("tasks/get", json!({ "taskId": "invented" })), 1),
        Row("broken JSON", Draft::list().body("{"), 1),
        Row("notification", cancelled, 1),
        Row("list of tools", Draft::list(), 2),
        Row("list of resources", named("resources/list", json!({})), 2),
        Row("list of templates", named("resources/templates/list", json!({})), 2),
        Row("list of prompts", named("prompts/list", json!({})), 2),
        Row("discovery", named("server/discover", json!({})), 2),
        Row("completion", named("completion/complete", completion), 1),
    ]
}

/// The same messages in the legacy era.
fn legacy() -> Vec<Row> {
    let named = |method, params| Draft::legacy(LEGACY, method, params);
    let call = |name: &str, arguments: Value| named("tools/call", json!({ "name": name, "arguments": arguments }));
    let completion =
        json!({ "ref": { "type": "ref/prompt", "name": "summarise" }, "argument": { "name": "topic", "value": "a" } });
    let client = json!({ "name": "old-client", "version": "1" });
    let opening = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
    vec![
        Row("unknown tool", call("nothing", json!({})), 1),
        Row("hidden tool", call("documents_delete", json!({ "id": "1" })), 1),
        Row("call that policy refuses", call("search", json!({ "query": "everything" })), 1),
        Row("call with unfit arguments", call("search", json!({ "limit": "7" })), 1),
        Row("call without a name", named("tools/call", json!({})), 1),
        Row("unknown resource", named("resources/read", json!({ "uri": "docs://nothing" })), 1),
        Row("read that policy refuses", named("resources/read", json!({ "uri": "handbook://secret/1" })), 1),
        Row("unknown prompt", named("prompts/get", json!({ "name": "nothing" })), 1),
        Row("unknown method", named("nothing/here", json!({})), 1),
        Row("broken JSON", named("ping", json!({})).body("{"), 1),
        Row("response to nobody", named("ping", json!({})).body(r#"{"jsonrpc":"2.0","id":7,"result":{}}"#), 1),
        Row("notification", named("notifications/initialized", json!({})), 1),
        Row("cancellation", named("notifications/cancelled", json!({ "requestId": 7 })), 1),
        Row("ping", named("ping", json!({})), 1),
        Row("opening", named("initialize", opening), 2),
        Row("log level", named("logging/setLevel", json!({ "level": "info" })), 1),
        Row("list of tools", named("tools/list", json!({})), 2),
        Row("list of resources", named("resources/list", json!({})), 2),
        Row("list of templates", named("resources/templates/list", json!({})), 2),
        Row("list of prompts", named("prompts/list", json!({})), 2),
        Row("completion", named("completion/complete", completion), 1),
        Row("broken batch", named("ping", json!({})).header("mcp-protocol-version", "2025-03-26").body("[{}"), 1),
    ]
}

fn rows() -> impl Iterator<Item = (&'static str, Row)> {
    let modern = modern().into_iter().map(|row| ("modern", row));
    modern.chain(legacy().into_iter().map(|row| ("legacy", row)))
}

/// A virtual server of one origin, for anybody and for alice's group; a rule refuses one search and the secret pages.
fn open(calls_per_minute: u64) -> Setup {
    let server = format!(
        "title = \"Open\"\ndescription = \"What everybody may know\"\naccess = \"public\"\n\
         calls_per_minute = {calls_per_minute}\n\n[[tools]]\norigin = \"documents\"\ntool = \"search\"\n\
         name = \"search\"\n\n[[resources]]\norigin = \"documents\"\nuri = \"handbook://*\"\n\n[[prompts]]\n\
         origin = \"documents\"\nprompt = \"summarise\"\nname = \"summarise\"\n"
    );
    let rule = "@id(\"short-words\")\nforbid (principal, action == Action::\"call\", resource == Tool::\"search\")\n\
                when { context.arguments has query && context.arguments.query == \"everything\" };\n";
    let roles = "virtual_server = \"support\"\n";
    Setup::new()
        .with_offers()
        .file("virtual-servers/open.toml", &server)
        .file("policies/open.cedar", rule)
        .replace("gateway.toml", "[[groups]]\nname = \"support\"\nroles = [\"reader\"]\n", {
            "[[roles]]\nname = \"guest\"\nvirtual_servers = [\"open\"]\n\n[[groups]]\nname = \"support\"\nroles = [\"reader\", \"guest\"]\n"
        })
        .replace("gateway.toml", roles, "virtual_server = \"open\"\n")
}

/// The number of such messages, of fifty, that pass before the limit refuses one. All later ones are refused as well.
fn passed(weir: &Weir, row: &str, draft: &Draft) -> u64 {
    let answers: Vec<Option<i64>> = (0..50).map(|_| weir.send(draft.clone()).error_code()).collect();
    let passed = answers.iter().take_while(|code| **code != Some(LIMITED)).count();
    let later = &answers[passed..];
    assert!(later.iter().all(|code| *code == Some(LIMITED)), "{row}: nothing should pass after the limit: {later:?}");
    passed as u64
}

#[test]
fn every_cheap_or_refused_message_counts_for_its_user() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take hours") {
        return;
    }
    let weir = limited(open(100_000)).start();
    for (era, Row(title, draft, first)) in rows() {
        let row = format!("{era}, {title}");
        weir.running.pass(FORGOTTEN);
        let token = weir.token("alice");
        assert_eq!(passed(&weir, &row, &draft.token(&token)), LIMIT - (first - 1), "{row}");
        let call = weir.send(Draft::call("search", json!({ "query": "x" })).token(&token));
        call.should_be_refused(LIMITED, &format!("{row}: a call after it"));
        assert_eq!(call.refusal()["reason"], "too_many_requests", "{row}");
        let dora = weir.sign(weir.access_token("alice").claim("sub", "dora"));
        let other = weir.send(Draft::call("search", json!({ "query": "x" })).token(&dora));
        assert!(other.error_code().is_none(), "{row}: another user has a limit of their own: {}", other.text());
        weir.running.pass(Duration::from_secs(60));
        let later = weir.send(Draft::call("search", json!({ "query": "x" })).token(&weir.token("alice")));
        assert!(later.error_code().is_none(), "{row}: a minute later there should be calls again: {}", later.text());
    }
}

#[test]
fn every_message_without_token_is_paid_before_anything_is_decided() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take hours") {
        return;
    }
    let weir = open(4).start();
    for (era, Row(title, draft, _)) in rows() {
        let row = format!("{era}, {title}");
        weir.running.pass(FORGOTTEN);
        let (begun, asked) = (weir.running.work(), weir.documents.received().len());
        let draft = draft.to("/mcp/open");
        assert_eq!(passed(&weir, &row, &draft), 4, "{row}");
        let work = weir.running.work();
        let call = weir.send(Draft::call("search", json!({ "query": "x" })).to("/mcp/open"));
        call.should_be_refused(LIMITED, &format!("{row}: a call after it"));
        assert_eq!(call.refusal()["reason"], "rate_limited", "{row}");
        assert_eq!(weir.running.work(), work, "{row}: a refused call should cost no read, no count and no decision");
        assert_eq!(
            work.takes - begun.takes,
            5,
            "{row}: a limit that is used up should be asked once more, not each time"
        );
        let asked = weir.documents.received().len() - asked;
        assert!(asked <= 4, "{row}: {asked} requests to the origin");
        weir.running.pass(Duration::from_secs(60));
        let later = weir.send(Draft::call("search", json!({ "query": "x" })).to("/mcp/open"));
        assert!(later.error_code().is_none(), "{row}: a minute later there should be calls again: {}", later.text());
    }
    let refusals = weir.running.events().into_iter().filter(|event| event["kind"] == "refusals");
    let limited = refusals.filter(|event| event["outcome"]["reason"] == "rate_limited").count();
    assert!(limited <= 2 * rows().count(), "strangers should not fill the queue: {limited} events");
}

#[test]
fn pings_and_refused_calls_are_limited_on_every_host() {
    let weir = limited(open(100_000)).start();
    let token = weir.token("alice");
    let ping = Draft::legacy(LEGACY, "ping", json!({})).token(&token);
    assert_eq!(passed(&weir, "ping", &ping), LIMIT, "pings");
    let refused = weir.send(ping);
    refused.should_be(200, LIMITED, "one more");
    let data = &refused.message()["error"]["data"];
    let seconds = data["retry_after_seconds"].as_u64().expect("the refusal should say when to retry");
    assert!((1..=60).contains(&seconds), "a minute should be over within a minute: {data}");
    assert_eq!(data["reason"], "too_many_requests");
    assert!(refused.text().contains(&format!("try again in {seconds} s")), "so should a person: {}", refused.text());
    let events = weir.events(51);
    let refused: Vec<&Value> =
        events.iter().filter(|event| event["outcome"]["reason"] == "too_many_requests").collect();
    assert_eq!(refused.len(), 21, "each refusal should be audited");
    assert!(refused.iter().all(|event| event["outcome"]["status"] == "refused" && event["cost"].is_null()));
    let dora = weir.sign(weir.access_token("alice").claim("sub", "dora"));
    assert_eq!(passed(&weir, "call", &Draft::call("nothing", json!({})).token(&dora)), LIMIT, "unknown tools");
}

#[test]
fn permitted_calls_are_given_back_and_work_without_a_store() {
    if skipped_if(Target::chosen() == Target::Spin, "an instance counts for itself, and is replaced after 128 requests")
    {
        return;
    }
    let weir = limited(Setup::new().with_offers()).start();
    let token = weir.token("alice");
    let calls = [
        Draft::call("documents_search", json!({ "query": "x" })),
        Draft::modern("resources/read", json!({ "uri": "handbook://page/1" })),
        Draft::modern("prompts/get", json!({ "name": "documents_summarise", "arguments": { "topic": "x" } })),
    ];
    let send = |draft: &Draft| {
        let answer = weir.send(draft.clone().token(&token));
        assert!(answer.error_code().is_none(), "a permitted call should pass: {}", answer.text());
    };
    calls.iter().for_each(send);
    let before = (Target::chosen() == Target::Memory).then(|| weir.running.work());
    for _ in 0..LIMIT {
        calls.iter().for_each(send);
    }
    if let Some(before) = before {
        let work = weir.running.work();
        assert_eq!((work.reads, work.takes), (before.reads, before.takes), "a warm call should need no store");
    }
    assert_eq!(passed(&weir, "ping", &Draft::legacy(LEGACY, "ping", json!({})).token(&token)), LIMIT);
}

#[test]
fn batch_counts_each_of_its_messages() {
    let weir = limited(Setup::new()).start();
    let token = weir.token("alice");
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let unknown = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": "nothing" } });
    let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let messages: Vec<&Value> = [&ping, &unknown, &note].repeat(5);
    let batch = Draft::legacy(Some("2025-03-26"), "x", json!({})).body(json!(messages).to_string()).token(&token);
    let codes = |answer: &Answer| -> Vec<Option<i64>> {
        let answers = answer.json();
        let refused = |one: &Value| one["result"]["_meta"]["dev.weir/refusal"]["code"].as_i64();
        let code = |one: &Value| one["error"]["code"].as_i64().or_else(|| refused(one));
        answers.as_array().expect("a batch is answered with an array").iter().map(code).collect()
    };
    for _ in 0..2 {
        let codes = codes(&weir.send(batch.clone()));
        assert!(!codes.contains(&Some(LIMITED)), "thirty messages should pass: {codes:?}");
    }
    let codes = codes(&weir.send(batch));
    assert_eq!(codes, [Some(LIMITED); 15], "and no more");
}
