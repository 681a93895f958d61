//! The log level of a legacy client at modern origins, which have no `logging/setLevel`.

use harness::legacy::LegacyServer;
use harness::{Reply, Weir, origin::event};
use serde_json::{Value, json};

use super::sessions::{draft, everything, open, sealed_by, send};
use super::{call, documents_of, search, should_work};

/// `logLevel` of each call that the origin has got.
fn levels(weir: &Weir) -> Vec<Value> {
    let level = |received: &harness::origin::Received| {
        received.message()["params"]["_meta"]["io.modelcontextprotocol/logLevel"].clone()
    };
    weir.documents.calls().iter().map(level).collect()
}

#[test]
fn log_level_of_a_legacy_client_reaches_a_modern_origin() {
    let setup = documents_of("modern").replace("origins/tickets.toml", "era = \"modern\"", "era = \"legacy\"");
    let weir = sealed_by(setup, &[7]).start();
    LegacyServer::play(&weir.tickets, true);
    let (alice, bob) = (weir.token("alice"), weir.token("bob"));
    let [one, other] = [(), ()].map(|()| open(&weir, &alice, &everything()));
    let level = |level: &str| draft("logging/setLevel", json!({ "level": level }));
    should_work(&send(&weir, &one, &alice, search()), "before a level is set");
    send(&weir, &one, &alice, level("debug")).result();
    weir.send(level("error").token(&alice)).result();
    should_work(&send(&weir, &one, &alice, search()), "in the session");
    should_work(&send(&weir, &other, &alice, search()), "in another session");
    should_work(&weir.send(search().token(&alice)), "without a session");
    should_work(&weir.send(search().token(&bob)), "another user");
    should_work(&call(&weir, "alice"), "a modern client says it itself");
    send(&weir, &one, &alice, level("warning")).result();
    should_work(&send(&weir, &one, &alice, search()), "after it changed");
    let expected =
        [json!(null), json!("debug"), json!(null), json!("error"), json!(null), json!(null), json!("warning")];
    assert_eq!(levels(&weir), expected);

    let log =
        json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": { "level": "warning", "data": 1 } });
    let sent = log.clone();
    weir.documents.on_call(move |received| {
        let result = json!({ "resultType": "complete", "content": [] });
        let last = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": result });
        Reply::event_stream([&sent, &last].map(event))
    });
    assert_eq!(send(&weir, &one, &alice, search()).messages()[0], log, "the origin's log messages should arrive");
}

#[test]
fn log_level_is_not_shared_by_strangers() {
    const OPEN: &str = "title = \"Open\"\ndescription = \"What everybody may know\"\naccess = \"public\"\n\
        calls_per_minute = 9\n\n[[tools]]\norigin = \"documents\"\ntool = \"search\"\nname = \"search\"\n";
    let weir = documents_of("modern").file("virtual-servers/open.toml", OPEN).start();
    let params = json!({ "name": "search", "arguments": { "query": "x" } });
    weir.send(draft("logging/setLevel", json!({ "level": "debug" })).to("/mcp/open")).result();
    should_work(&weir.send(draft("tools/call", params).to("/mcp/open")), "a stranger");
    assert_eq!(levels(&weir), [json!(null)]);
}
