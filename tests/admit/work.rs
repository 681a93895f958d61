//! The work that a refusal causes: an unknown name is answered from memory, and a hidden virtual server like an unknown
//! one.

use std::fmt::Write as _;

use harness::target::{Target, Work, skipped_if};
use harness::{Answer, Draft, Setup, Weir, weir::URL};
use serde_json::{Value, json};

fn not_in_memory() -> bool {
    skipped_if(Target::chosen() != Target::Memory, "only in memory can a test count the work")
}

/// The result of `act`, and the work that it causes.
fn counted<T>(weir: &Weir, act: impl FnOnce() -> T) -> (T, Work) {
    let before = weir.running.work();
    let done = act();
    let after = weir.running.work();
    let work = Work {
        reads: after.reads - before.reads,
        takes: after.takes - before.takes,
        decisions: after.decisions - before.decisions,
        searches: after.searches - before.searches,
    };
    (done, work)
}

/// A virtual server of 400 tools; alice's group may use only the last one.
fn large() -> Setup {
    let (mut approved, mut exposed) = (String::new(), String::new());
    for number in 0..400 {
        write!(approved, "\n[tools.t{number:03}]\n").expect("text can be written");
        write!(exposed, "\n[[tools]]\norigin = \"documents\"\ntool = \"t{number:03}\"\nname = \"t{number:03}\"\n")
            .expect("text can be written");
    }
    let reader = "tools = [\"documents_search\", \"tickets_find\", \"people_lookup\"]";
    Setup::new().append("origins/documents.toml", &approved).append("virtual-servers/support.toml", &exposed).replace(
        "gateway.toml",
        reader,
        "tools = [\"t399\"]",
    )
}

#[test]
fn batches_of_unknown_tools_make_one_walk() {
    if not_in_memory() {
        return;
    }
    let weir = large().start();
    let token = weir.token("alice");
    let unknown = |id: usize| {
        let params = json!({ "name": format!("invented_{id}"), "arguments": {} });
        json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
    };
    let (codes, work) = counted(&weir, || {
        let batch = |number: usize| {
            let messages: Vec<Value> = (0..50).map(|id| unknown(number * 50 + id)).collect();
            let draft = Draft::legacy(Some("2025-03-26"), "x", json!({})).body(json!(messages).to_string());
            weir.begin(draft.token(&token))
        };
        let exchanges: Vec<_> = (0..8).map(batch).collect();
        let answers = exchanges.into_iter().flat_map(|exchange| {
            let answers = Answer::read(exchange).json();
            answers.as_array().expect("a batch is answered with an array").clone()
        });
        let refusal = |one: &Value| one["result"]["_meta"]["dev.weir/refusal"]["code"].as_i64();
        answers.map(|one| one["error"]["code"].as_i64().or_else(|| refusal(&one))).collect::<Vec<_>>()
    });
    let count = |code: i64| codes.iter().filter(|one| **one == Some(code)).count();
    assert_eq!(
        (count(-32602), count(-31429)),
        (300, 100),
        "messages over the limit should be refused before they are parsed"
    );
    assert!(work.decisions <= 410, "one walk should serve all unknown names: {work:?}");
    let dora = weir.sign(weir.access_token("alice").claim("sub", "dora"));
    let (call, work) = counted(&weir, || weir.send(Draft::call("t399", json!({})).token(&dora)));
    assert!(call.error_code().is_none(), "another caller should notice nothing: {}", call.text());
    assert!(work.decisions <= 2, "nor pay for it: {work:?}");
}

#[test]
fn unknown_name_is_answered_from_memory_for_every_kind() {
    if not_in_memory() {
        return;
    }
    let weir = Setup::new().with_offers().start();
    let token = weir.token("alice");
    for (method, params) in [
        ("tools/call", json!({ "name": "nothing", "arguments": {} })),
        ("resources/read", json!({ "uri": "docs://nothing" })),
        ("prompts/get", json!({ "name": "nothing" })),
        ("tasks/get", json!({ "taskId": "invented" })),
        ("nothing/here", json!({})),
    ] {
        for (era, draft) in [
            ("modern", Draft::modern(method, params.clone())),
            ("legacy", Draft::legacy(Some("2025-11-25"), method, params.clone())),
        ] {
            let draft = draft.token(&token);
            weir.send(draft.clone());
            let (_, work) = counted(&weir, || weir.send(draft));
            assert_eq!((work.decisions, work.reads, work.takes), (0, 0, 0), "{era}, {method}");
        }
    }
}

#[test]
fn hidden_virtual_server_costs_same_as_unknown() {
    if not_in_memory() {
        return;
    }
    let client = json!({ "name": "old-client", "version": "1" });
    let opening = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
    let drafts = [
        Draft::list(),
        Draft::call("documents_search", json!({ "query": "x" })),
        Draft::call("nothing", json!({})),
        Draft::modern("server/discover", json!({})),
        Draft::modern("resources/read", json!({ "uri": "docs://index" })),
        Draft::modern("subscriptions/listen", json!({ "notifications": { "toolsListChanged": true } })),
        Draft::modern("tasks/get", json!({ "taskId": "invented" })),
        Draft::legacy(Some("2025-11-25"), "ping", json!({})),
        Draft::legacy(Some("2025-11-25"), "tools/list", json!({})),
        Draft::legacy(Some("2025-11-25"), "initialize", opening),
    ];
    let at = |weir: &Weir, person: &str, subject: &str, name: &str| {
        let token = weir.access_token(person).claim("sub", subject).claim("aud", format!("{URL}/mcp/{name}"));
        weir.sign(token)
    };
    // Each caller asks a new isolate first, and then one that holds the virtual server.
    for cold in [true, false] {
        let weirs = ["support", "nothing-here"].map(|name| (name, Setup::new().with_offers().start()));
        for (number, draft) in drafts.iter().enumerate().take(if cold { 1 } else { drafts.len() }) {
            let works = weirs.each_ref().map(|(name, weir)| {
                if !cold {
                    let token = at(weir, "alice", "alice", "support");
                    assert_eq!(weir.send(Draft::list().to("/mcp/support").token(&token)).status, 200);
                }
                // So that the records of all are there.
                weir.list("carol");
                let ask = |subject: &str| {
                    let token = at(weir, "carol", &format!("{subject}-{number}"), name);
                    let draft = draft.clone().to(&format!("/mcp/{name}")).token(&token);
                    let (answer, work) = counted(weir, || weir.send(draft));
                    answer.should_be(404, -31403, name);
                    work
                };
                // The second caller makes the same requests as the first.
                [ask("carol"), ask("carol"), ask("erin"), ask("erin")]
            });
            let title = format!("cold: {cold}: {}", String::from_utf8_lossy(&draft.body));
            assert_eq!(works[0], works[1], "{title}");
            let once = Work { reads: 1, ..Work::default() };
            assert_eq!(works[0], [once, Work::default(), once, Work::default()], "{title}");
        }
    }
}
