//! Origins with invalid paging: pages that were read are kept, and the reading ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::origin::Received;
use harness::target::{Target, skipped_if};
use harness::{Draft, Reply, Setup, Weir};
use serde_json::{Value, json};

use super::unavailable;

/// The page that an origin gives for this request, which is its so-and-so-many-th: numbers of items, and `nextCursor`.
type Pager = fn(&Value, usize) -> Page;

enum Page {
    Of(std::ops::Range<usize>, Value),
    Error(i64),
    Silence,
    Garbage,
}

use Page::{Error, Garbage, Of, Silence};

fn start() -> Weir {
    let key = json!({ "kty": "oct", "kid": "7", "k": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc" });
    let mut setup = Setup::new().with_offers();
    setup.secrets.insert("SEALING_KEYS".to_owned(), json!({ "keys": [key] }).to_string());
    setup.start()
}

/// From now on `tickets` offers its pages like this, and they may be kept for so long; the number of its pages.
fn page(weir: &Weir, ttl_ms: u64, pager: Pager) -> Arc<AtomicUsize> {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    weir.tickets.script(move |received: &Received| {
        let message = received.message();
        let member = match message["method"].as_str() {
            Some("resources/list") => "resources",
            Some("resources/templates/list") => "resourceTemplates",
            Some("tools/list") => "tools",
            Some("prompts/list") => "prompts",
            _ => return None,
        };
        let item = |number: usize| match member {
            "resources" => json!({ "uri": format!("tickets://open/{number}"), "name": "x" }),
            "resourceTemplates" => json!({ "uriTemplate": format!("tickets://open/{number}/{{x}}"), "name": "x" }),
            // Only the first of these is approved.
            "tools" if number == 0 => json!({ "name": "find", "inputSchema": { "type": "object" } }),
            "tools" => json!({ "name": format!("t{number}"), "inputSchema": { "type": "object" } }),
            _ if number == 0 => json!({ "name": "triage" }),
            _ => json!({ "name": format!("t{number}") }),
        };
        Some(match pager(&message["params"]["cursor"], count.fetch_add(1, Ordering::Relaxed)) {
            Of(numbers, cursor) => {
                let items: Vec<Value> = numbers.map(item).collect();
                let mut result = json!({ "resultType": "complete", member: items, "ttlMs": ttl_ms });
                if !cursor.is_null() {
                    result["nextCursor"] = cursor;
                }
                Reply::result(received, result)
            }
            Error(code) => {
                let error = json!({ "code": code, "message": "no such cursor" });
                Reply::json(&json!({ "jsonrpc": "2.0", "id": message["id"], "error": error }))
            }
            Silence => Reply::hang(),
            Garbage => Reply::text(200, "text/html", "<p>"),
        })
    });
    asked
}

/// The URIs of `tickets` that a list has, and the names of the origins that are missing.
fn listed(weir: &Weir, method: &str) -> (usize, Value) {
    let answer = weir.send(Draft::modern(method, json!({})).token(&weir.token("alice")));
    let result = answer.result();
    let of_tickets = |items: &Value| {
        let of_tickets = |item: &&Value| {
            ["uri", "uriTemplate"].iter().any(|of| item[of].as_str().is_some_and(|uri| uri.starts_with("tickets://")))
                || ["tickets_find", "triage"].contains(&item["name"].as_str().unwrap_or_default())
        };
        items.as_array().map(|items| items.iter().filter(of_tickets).count())
    };
    let members = ["resources", "resourceTemplates", "tools", "prompts"];
    let count = members.iter().find_map(|member| of_tickets(&result[member])).expect("a list");
    (count, unavailable(&answer))
}

#[test]
fn pages_before_strange_cursor_are_kept() {
    let none = || Value::Null;
    let missing = || json!(["tickets"]);
    let cases: [(&str, Pager, usize, Value, usize); 12] = [
        ("an empty cursor that restarts", |_, _| Of(0..10, json!("")), 10, none(), 2),
        (
            "an empty cursor that is refused",
            |cursor, _| match cursor {
                Value::Null => Of(0..10, json!("")),
                _ => Error(-32602),
            },
            10,
            none(),
            2,
        ),
        (
            "an empty cursor that leads on",
            |cursor, _| match cursor {
                Value::Null => Of(0..10, json!("")),
                _ => Of(10..20, Value::Null),
            },
            20,
            none(),
            2,
        ),
        (
            "twenty pages of ten",
            |_, at| Of(10 * at..10 * at + 10, if at < 19 { json!(format!("c{at}")) } else { Value::Null }),
            200,
            none(),
            20,
        ),
        ("a cursor that stays the same", |_, at| Of(10 * at..10 * at + 10, json!("same")), 20, none(), 2),
        ("two cursors in turn", |_, at| Of(10 * at..10 * at + 10, json!(["a", "b"][at % 2])), 30, none(), 3),
        ("a cursor that is no string", |_, _| Of(0..10, json!(7)), 10, missing(), 1),
        (
            "a second page that is an error",
            |_, at| if at == 0 { Of(0..10, json!("c")) } else { Error(-32603) },
            10,
            missing(),
            2,
        ),
        ("a second page that is none", |_, at| if at == 0 { Of(0..10, json!("c")) } else { Garbage }, 10, missing(), 2),
        (
            "a second page that never comes",
            |_, at| if at == 0 { Of(0..10, json!("c")) } else { Silence },
            10,
            missing(),
            2,
        ),
        (
            "an empty page in the middle",
            |_, at| match at {
                0 => Of(0..10, json!("a")),
                1 => Of(0..0, json!("b")),
                _ => Of(10..20, Value::Null),
            },
            20,
            none(),
            3,
        ),
        ("an explicit null", |_, _| Of(0..10, Value::Null), 10, none(), 1),
    ];
    let weir = start();
    for (name, pager, count, missing, requests) in cases {
        for method in ["resources/list", "resources/templates/list", "tools/list", "prompts/list"] {
            let asked = page(&weir, 0, pager);
            // Of tools and prompts, only one is approved.
            let count = if method.starts_with("resources") { count } else { 1 };
            assert_eq!(listed(&weir, method), (count, missing.clone()), "{name}: {method}");
            assert_eq!(asked.load(Ordering::Relaxed), requests, "{name}: {method}");
        }
    }
}

#[test]
fn endless_pages_come_to_an_end() {
    let cases: [(&str, Pager); 2] = [
        ("items for ever", |_, at| Of(100 * at..100 * at + 100, json!(format!("c{at}")))),
        ("empty pages for ever", |_, at| Of(0..usize::from(at == 0), json!(format!("c{at}")))),
    ];
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere a thousand requests take longer than an origin may") {
        return;
    }
    for (name, pager) in cases {
        let weir = start();
        let asked = page(&weir, 0, pager);
        let (count, missing) = listed(&weir, "resources/list");
        assert!(count > 0, "{name}: pages that were read should be kept");
        assert_eq!(missing, json!(["tickets"]), "{name}: the rest is missing");
        assert!(asked.load(Ordering::Relaxed) <= 1000, "{name}");
        assert_eq!(weir.event()["unavailable"][0]["reason"], "origin_list_too_long", "{name}");
    }
}

#[test]
fn part_of_a_list_is_not_held() {
    let weir = start();
    let asked = page(&weir, 60_000, |_, at| match at {
        0 => Of(0..10, json!("c")),
        1 => Error(-32603),
        2 => Of(0..10, json!("c")),
        _ => Of(10..20, Value::Null),
    });
    assert_eq!(listed(&weir, "resources/list"), (10, json!(["tickets"])));
    assert_eq!(listed(&weir, "resources/list"), (20, Value::Null), "the whole list should come as soon as it can");
    assert_eq!(listed(&weir, "resources/list"), (20, Value::Null));
    assert_eq!(asked.load(Ordering::Relaxed), 4, "and that is held");
}
