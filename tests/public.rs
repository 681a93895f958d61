//! Public access: a virtual server that all callers may use without a token, within a limit; tokens open nothing else.

use harness::{Answer, Draft, Setup, Weir, target::Target, weir::URL};
use serde_json::{Value, json};

const OPEN: &str = r#"title = "Open"
description = "What everybody may know"
access = "public"
calls_per_minute = 4
team = "support"
project = "helpdesk"

[[tools]]
origin = "documents"
tool = "search"
name = "search"

[[resources]]
origin = "documents"
uri = "handbook://*"

[[prompts]]
origin = "documents"
prompt = "summarise"
name = "summarise"
"#;

fn open() -> Setup {
    Setup::new().with_offers().file("virtual-servers/open.toml", OPEN)
}

fn send(weir: &Weir, draft: Draft) -> Answer {
    weir.send(draft.to("/mcp/open"))
}

fn search(weir: &Weir) -> Answer {
    send(weir, Draft::call("search", json!({ "query": "x" })))
}

#[test]
fn public_items_need_no_token() {
    let weir = open().start();
    assert_eq!(send(&weir, Draft::list()).tool_names(), ["search"]);
    assert_eq!(search(&weir).result()["content"][0]["text"], "search was called");
    let read = Draft::modern("resources/read", json!({ "uri": "handbook://page/1" }));
    let result = send(&weir, read).result();
    assert_eq!(result["cacheScope"], "public", "a public list should be cacheable by all");
    let got = Draft::modern("prompts/get", json!({ "name": "summarise", "arguments": { "topic": "x" } }));
    send(&weir, got).result();
    let events = weir.events(4);
    for event in &events {
        assert_eq!(
            event["user"],
            json!({ "issuer": URL, "subject": "anonymous" }),
            "the user should be `anonymous`: {event:#}"
        );
        assert_eq!(event["agent"]["client_id"], "anonymous");
        assert_eq!((&event["team"], &event["project"]), (&json!("support"), &json!("helpdesk")), "who pays");
        assert_eq!(event["virtual_server"], "open");
    }
    assert_eq!(events[1]["decision"]["rules"], json!(["public/open"]), "why it may: {:#}", events[1]);
}

#[test]
fn legacy_clients_need_no_token_either() {
    let weir = open().start();
    let client = json!({ "name": "x", "version": "1" });
    let params = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
    let opened = send(&weir, Draft::legacy(None, "initialize", params)).result();
    assert_eq!(opened["protocolVersion"], "2025-06-18");
    let call = json!({ "name": "search", "arguments": {} });
    send(&weir, Draft::legacy(Some("2025-06-18"), "tools/call", call)).result();
}

#[test]
fn rules_apply_to_anonymous_callers() {
    let weir = open()
        .file(
            "policies/open.cedar",
            "@id(\"short-words\")\nforbid (principal, action == Action::\"call\", resource == Tool::\"search\")\nwhen { context.arguments has query && context.arguments.query == \"everything\" };\n",
        )
        .start();
    let secret = Draft::modern("resources/read", json!({ "uri": "handbook://secret/1" }));
    send(&weir, secret).should_be(200, -31403, "a page that a rule keeps");
    let all = Draft::call("search", json!({ "query": "everything" }));
    send(&weir, all).should_be_refused(-31403, "a search that a rule refuses");
    send(&weir, Draft::call("documents_delete", json!({ "id": "1" }))).should_be(
        200,
        -32602,
        "a tool that it doesn't expose",
    );
    assert!(weir.documents.received().is_empty(), "none of these should reach an origin");
}

#[test]
fn nothing_else_opens_with_it() {
    let weir = open().start();
    for path in ["/mcp", "/mcp/support", "/mcp/nothing-here"] {
        weir.send(Draft::list().to(path)).should_be(401, -31403, path);
    }
    // A request with any `Authorization` header, even an invalid one, is never anonymous.
    for value in ["Bearer invented", "Basic abc", "Bearer"] {
        let draft = Draft::list().to("/mcp/open").header("authorization", value);
        weir.send(draft).should_be(401, -31403, value);
    }
    let elsewhere = weir.token("alice");
    let answer = weir.send(Draft::list().to("/mcp/open").token(&elsewhere));
    answer.should_be(401, -31403, "a token for another resource");
    let token = weir.sign(weir.access_token("bob").claim("aud", format!("{URL}/mcp/open")));
    let answer = weir.send(Draft::list().to("/mcp/open").token(&token));
    answer.should_be(404, -31403, "with a token, roles decide, and bob has no role here");
}

#[test]
fn anonymous_caller_is_limited_by_address() {
    let weir = open().start();
    for _ in 0..4 {
        assert!(search(&weir).error_code().is_none(), "within the limit a call should pass");
    }
    search(&weir).should_be_refused(-31429, "a fifth call");
    send(&weir, Draft::list()).should_be(200, -31429, "lists should count too, because nothing else limits them");
    let events = weir.events(4);
    assert!(
        events.iter().all(|event| event["outcome"]["status"] == "success"),
        "accepted requests should be audited: {events:#?}"
    );
    let refusals =
        || -> Vec<Value> { weir.running.events().into_iter().filter(|event| event["kind"] == "refusals").collect() };
    weir.wait_until("refusals should be counted", || !refusals().is_empty());
    assert_eq!(refusals()[0]["outcome"]["reason"], "rate_limited", "anonymous callers should not fill the queue");
    if Target::chosen() == Target::Memory {
        weir.running.pass(std::time::Duration::from_secs(61));
        assert!(search(&weir).error_code().is_none(), "a minute later there should be calls again");
    }
}

#[test]
fn addresses_have_limits_of_their_own_and_none_can_be_forged() {
    let mut setup = open();
    setup.secrets.insert("TRUSTED_PROXIES".to_owned(), "127.0.0.0/8".to_owned());
    let weir = setup.start();
    // As Cloudflare's edge reports it, and as a proxy before Spin does; the first address is forged by the client.
    let from = |address: &str, forged: &str| {
        let draft = Draft::call("search", json!({ "query": "x" })).header("mf-cf-blob", r#"{"country":"NL"}"#);
        let draft =
            draft.header("cf-connecting-ip", address).header("x-forwarded-for", &format!("{forged}, {address}"));
        send(&weir, draft)
    };
    for call in 0..4 {
        let answer = from("203.0.113.9", &format!("198.51.100.{call}"));
        assert!(answer.error_code().is_none(), "within the limit a call should pass: {}", answer.text());
    }
    from("203.0.113.9", "198.51.100.9").should_be_refused(-31429, "a fifth call, under another forged address");
    assert!(from("203.0.113.10", "203.0.113.9").error_code().is_none(), "another address should have its own limit");
}

#[test]
fn anonymous_user_can_be_frozen() {
    let weir = open().file("quarantine.toml", &format!("principals = [\"{URL}|anonymous\"]\n")).start();
    send(&weir, Draft::list()).should_be(403, -31403, "public access that security has frozen");
    assert!(weir.documents.received().is_empty(), "nothing should reach an origin");
}
