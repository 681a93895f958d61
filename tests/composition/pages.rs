//! Pages of 250 tools, and the sealed cursor between them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harness::offers::PARTNER;
use harness::origin::tool;
use harness::{Answer, Draft, Setup, Weir, target::Target, weir::URL};
use serde_json::{Value, json};

use super::{offer, unavailable};

fn name(number: usize) -> String {
    format!("t{number:03}")
}

/// A virtual server in which alice sees the usual three tools and `count` more of the origin `tickets`.
fn many(count: usize) -> Setup {
    let setup = Setup::new().replace(
        "gateway.toml",
        "name = \"reader\"\ntools = [\"documents_search\", \"tickets_find\", \"people_lookup\"]",
        "name = \"reader\"\ntools = [\"documents_search\", \"people_lookup\"]\norigins = [\"tickets\"]",
    );
    let (mut origin, mut server) =
        (setup.folder["origins/tickets.toml"].clone(), setup.folder["virtual-servers/support.toml"].clone());
    for number in 0..count {
        let name = name(number);
        write!(origin, "\n[tools.{name}]\narguments = {{ query = \"string\" }}\n").expect("text can be written");
        write!(server, "\n[[tools]]\norigin = \"tickets\"\ntool = \"{name}\"\n").expect("text can be written");
    }
    let mut setup = setup.file("origins/tickets.toml", &origin).file("virtual-servers/support.toml", &server);
    offer(&setup.tickets, offered(0..count), 60_000);
    setup.secrets.insert("SEALING_KEYS".to_owned(), sealing_keys());
    setup
}

/// The tools of `tickets`, in the origin's own order.
fn offered(numbers: std::ops::Range<usize>) -> Vec<Value> {
    let all = numbers.rev().map(|number| tool(&name(number), "One of many"));
    std::iter::once(tool("find", "Finds tickets")).chain(all).collect()
}

fn sealing_keys() -> String {
    json!({ "keys": [{ "kty": "oct", "kid": "sealing-1", "k": URL_SAFE_NO_PAD.encode([7; 32]) }] }).to_string()
}

fn expected(count: usize) -> Vec<String> {
    let usual = ["documents_search", "tickets_find", "people_lookup"].map(str::to_owned);
    usual.into_iter().chain((0..count).map(|number| format!("tickets_{}", name(number)))).collect()
}

fn page(weir: &Weir, token: &str, cursor: Option<Value>) -> Answer {
    let params = cursor.map_or(json!({}), |cursor| json!({ "cursor": cursor }));
    weir.send(Draft::modern("tools/list", params).token(token))
}

/// All pages to the end; `between` runs after each.
fn all_pages(weir: &Weir, between: impl Fn(usize)) -> Vec<Answer> {
    let token = weir.token("alice");
    let mut pages = vec![page(weir, &token, None)];
    while let Some(cursor) = pages.last().and_then(|page| page.result().get("nextCursor").cloned()) {
        assert!(pages.len() < 20, "the list should end");
        between(pages.len());
        pages.push(page(weir, &token, Some(cursor)));
    }
    pages
}

fn names(pages: &[Answer]) -> Vec<String> {
    pages.iter().flat_map(Answer::tool_names).collect()
}

#[test]
fn many_tools_come_page_by_page() {
    let weir = many(600).start();
    let pages = all_pages(&weir, |_| ());
    assert_eq!(pages.iter().map(|page| page.tool_names().len()).collect::<Vec<_>>(), [250, 250, 103]);
    assert_eq!(names(&pages), expected(600), "every tool should come once, in the registry's order");
    for page in &pages {
        let result = page.result();
        assert_eq!(result["cacheScope"], "private", "on all pages alike");
        assert!(result["ttlMs"].is_u64(), "each page should carry its time to live");
    }
    assert_eq!(weir.tickets.received().len(), 1, "a warm page should ask no origin");
    weir.call("alice", "tickets_t599", json!({ "query": "x" })).result();
}

#[test]
fn cursors_are_short_and_never_alike() {
    let weir = many(600).start();
    let token = weir.token("alice");
    let cursor = || page(&weir, &token, None).result()["nextCursor"].as_str().expect("a cursor").to_owned();
    let cursors: BTreeSet<String> = (0..5).map(|_| cursor()).collect();
    assert_eq!(cursors.len(), 5, "no two sealed cursors should be equal");
    for cursor in cursors {
        assert!(cursor.len() < 100, "a cursor should be short: {cursor}");
        assert!(!cursor.contains("alice"), "and tell nothing: {cursor}");
    }
}

#[test]
fn full_page_without_successor_is_last() {
    let weir = many(247).start();
    let pages = all_pages(&weir, |_| ());
    assert_eq!((pages.len(), names(&pages)), (1, expected(247)), "250 tools should fit one page");
}

#[test]
fn change_between_pages_repeats_and_omits_no_tool() {
    let setup = many(600);
    offer(&setup.tickets, offered(0..600), 0);
    let weir = setup.start();
    let tickets = weir.tickets.clone();
    // Fifty tools of the first page are gone when the second is asked for, and back for the third.
    let pages = all_pages(&weir, |so_far| offer(&tickets, offered(if so_far == 1 { 50..600 } else { 0..600 }), 0));
    assert_eq!(names(&pages), expected(600), "no tool should come twice or be passed over");
}

#[test]
fn origin_that_fails_between_pages_is_named_there() {
    let setup = many(600);
    offer(&setup.tickets, offered(0..600), 0);
    let weir = setup.start();
    let token = weir.token("alice");
    let first = page(&weir, &token, None);
    assert_eq!(unavailable(&first), Value::Null);
    let cursor = first.result()["nextCursor"].clone();
    weir.tickets.script(|_| Some(harness::Reply::text(500, "text/plain", "oops")));
    page(&weir, &token, Some(cursor.clone())).should_be(200, -31502, "a page whose only origin fails");
    offer(&weir.tickets, offered(0..600), 0);
    let second = page(&weir, &token, Some(cursor));
    assert_eq!(second.tool_names(), expected(600)[250..500], "the same cursor should do once it is back");
}

#[test]
fn without_keys_one_page_is_served_and_two_are_a_configuration_fault() {
    let mut setup = many(247);
    setup.secrets.remove("SEALING_KEYS");
    assert_eq!(setup.start().list("alice").tool_names().len(), 250, "250 tools need no cursor");
    let mut setup = many(248);
    setup.secrets.remove("SEALING_KEYS");
    let weir = setup.start();
    weir.list("alice").should_be(503, -31503, "one more needs one");
    let event = weir.event();
    assert_eq!(event["outcome"]["reason"], "secret_missing", "{event}");
    assert_eq!(event["detail"], "SEALING_KEYS", "the event should name the missing origin: {event}");
    let health = weir.send(Draft::bare(http::Method::GET, "/healthz"));
    assert_eq!(health.status, 200, "not every gateway needs the keys: {}", health.text());
}

#[test]
fn invalid_sealing_keys_are_reported() {
    for keys in ["{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","kid":"short","k":"AAAA"}]}"#] {
        let mut setup = many(248);
        setup.secrets.insert("SEALING_KEYS".to_owned(), keys.to_owned());
        setup.secrets.insert("HEALTH_TOKEN".to_owned(), "whoever-operates-shows-this".to_owned());
        let weir = setup.start();
        weir.list("alice").should_be(503, -31503, "a list that needs a cursor");
        assert_eq!(weir.event()["detail"], "SEALING_KEYS");
        let health = weir.send(Draft::bare(http::Method::GET, "/healthz").token("whoever-operates-shows-this"));
        assert!(health.text().contains("SEALING_KEYS"), "health should name them: {}", health.text());
    }
}

#[test]
fn every_foreign_cursor_gets_the_same_refusal() {
    let resource = "\n[[resources]]\norigin = \"documents\"\nuri = \"docs://index\"\n";
    let setup = many(600)
        .with_partner()
        .replace("origins/documents.toml", "risk =", "resources = [\"docs://*\"]\nrisk =")
        .replace("gateway.toml", "[\"tickets\"]", "[\"tickets\"]\nresources = [\"docs://index\"]")
        .append("virtual-servers/support.toml", resource);
    let weir = setup.start();
    let alice = weir.token("alice");
    let cursor = page(&weir, &alice, None).result()["nextCursor"].as_str().expect("a cursor").to_owned();
    assert_eq!(page(&weir, &alice, Some(json!(cursor))).status, 200, "the cursor itself should do");
    assert_eq!(page(&weir, &alice, Some(json!(cursor))).tool_names().len(), 250, "as often as it is sent");

    let refusal = |answer: &Answer| {
        answer.should_be(200, -32602, "a cursor that is not this caller's");
        let error = &answer.message()["error"];
        (error["message"].clone(), error["data"]["reason"].clone())
    };
    let expected = refusal(&page(&weir, &alice, Some(json!("never handed out"))));
    let mut flipped = cursor.clone().into_bytes();
    flipped[40] = if flipped[40] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).expect("ASCII");
    let wrong = [
        json!(""),
        json!(cursor[..cursor.len() - 1]),
        json!(cursor[1..]),
        json!(cursor[..8]),
        json!(format!("{cursor}A")),
        json!(format!("{cursor}=")),
        json!(format!(" {cursor}")),
        json!(flipped),
        json!("A".repeat(cursor.len())),
        json!("x".repeat(100_000)),
        json!(250),
        json!({ "offset": 250 }),
    ];
    for wrong in wrong {
        let found = refusal(&page(&weir, &alice, Some(wrong.clone())));
        assert_eq!(found, expected, "{wrong} should be refused like any other");
    }
    let dora = weir.sign(weir.access_token("alice").claim("sub", "dora"));
    assert_eq!(refusal(&page(&weir, &dora, Some(json!(cursor)))), expected, "another user's should be too");
    let namesake = weir.sign(weir.access_token("alice").claim("idp", PARTNER));
    assert_eq!(refusal(&page(&weir, &namesake, Some(json!(cursor)))), expected, "her namesake's should be too");
    let other_list = Draft::modern("resources/list", json!({ "cursor": cursor })).token(&alice);
    assert_eq!(refusal(&weir.send(other_list)), expected, "one of another list should be too");
    let engineering = weir.sign(weir.access_token("alice").claim("aud", format!("{URL}/mcp/engineering")));
    let elsewhere = Draft::modern("tools/list", json!({ "cursor": cursor })).to("/mcp/engineering").token(&engineering);
    assert_eq!(refusal(&weir.send(elsewhere)), expected, "one of another virtual server should be too");
    let named = weir.sign(weir.access_token("alice").claim("aud", format!("{URL}/mcp/support")));
    let same = Draft::modern("tools/list", json!({ "cursor": cursor })).to("/mcp/support").token(&named);
    assert_eq!(weir.send(same).tool_names().len(), 250, "the same virtual server by its name should take it");
}

#[test]
fn cursor_of_old_epoch_is_refused() {
    let setup = many(600);
    let publisher = setup.publisher.clone();
    let weir = setup.start();
    let cursor = || page(&weir, &weir.token("alice"), None).result()["nextCursor"].clone();
    let old = cursor();
    for (key, record) in publisher.records(&weir.folder, weir.epoch + 1000, weir.running.now()) {
        weir.running.put(&key, &record);
    }
    if Target::chosen() == Target::Memory {
        weir.running.pass(Duration::from_secs(31));
        let token = weir.token("alice");
        page(&weir, &token, Some(old)).should_be(200, -32602, "a cursor of the epoch before");
        assert_eq!(page(&weir, &token, Some(cursor())).tool_names().len(), 250, "a new one should do");
    } else {
        assert_eq!(page(&weir, &weir.token("alice"), Some(old)).status, 200, "a publication should not fail the call");
    }
}
