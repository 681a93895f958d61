//! `subscriptions/listen`: the streams of all origins as one, with only the requested and permitted notifications.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harness::origin::{Received, event};
use harness::target::{Exchange, Target, skipped_if};
use harness::{Draft, Origin, Reply, Setup, Step, Weir};
use serde_json::{Value, json};

const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

fn acknowledged(id: &Value, notifications: &Value) -> Step {
    let params = json!({ "notifications": notifications, "_meta": { SUBSCRIPTION: id } });
    event(&json!({ "jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": params }))
}

fn changed(list: &str) -> Value {
    json!({ "jsonrpc": "2.0", "method": format!("notifications/{list}/list_changed") })
}

/// Makes the origin acknowledge all requested notifications, and then play `steps`.
fn tells(origin: &Origin, steps: Vec<Step>) {
    origin.script(move |received| {
        let message = received.message();
        (message["method"] == "subscriptions/listen").then(|| {
            let first = acknowledged(&message["id"], &message["params"]["notifications"]);
            Reply::event_stream([first].into_iter().chain(steps.clone()))
        })
    });
}

fn draft(notifications: Value) -> Draft {
    Draft::modern("subscriptions/listen", json!({ "notifications": notifications }))
}

/// The subscription requests that the origin got.
fn asked(origin: &Origin) -> Vec<Received> {
    origin.received().into_iter().filter(|received| received.message()["method"] == "subscriptions/listen").collect()
}

/// A stream that goes on, and its text so far.
struct Listener {
    exchange: Box<dyn Exchange>,
    text: String,
}

impl Listener {
    fn begin(weir: &Weir, person: &str, notifications: Value) -> Self {
        let mut exchange = weir.begin(draft(notifications).token(&weir.token(person)));
        let head = exchange.head().expect("a head should come while nothing has changed");
        assert_eq!(head.status, 200);
        assert_eq!(head.headers["content-type"], "text/event-stream");
        assert_eq!(head.headers["x-accel-buffering"], "no");
        Self { exchange, text: String::new() }
    }

    fn next(&mut self) -> Value {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned);
                self.text = rest.to_owned();
                if let Some(data) = data {
                    return serde_json::from_str(&data).expect("JSON");
                }
                continue;
            }
            let chunk = self.exchange.chunk().expect("a stream").expect("it should go on");
            self.text.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }
}

#[test]
fn changes_of_all_origins_come_in_one_stream() {
    let weir = Weir::usual();
    tells(&weir.documents, vec![event(&changed("tools")), Step::Hang]);
    let mut meta = changed("tools");
    meta["params"] = json!({ "_meta": { SUBSCRIPTION: "theirs", "com.example/n": 1.50 } });
    tells(&weir.tickets, vec![event(&meta), Step::Hang]);
    let mut listener = Listener::begin(&weir, "alice", json!({ "toolsListChanged": true }));
    let first = listener.next();
    assert_eq!(
        first["method"], "notifications/subscriptions/acknowledged",
        "the first should be the acknowledgement: {first}"
    );
    assert_eq!(first["params"]["notifications"], json!({ "toolsListChanged": true }));
    assert_eq!(first["params"]["_meta"][SUBSCRIPTION], 7, "under the id of the request");
    for _ in 0..2 {
        let change = listener.next();
        assert_eq!(change["method"], "notifications/tools/list_changed");
        assert_eq!(change["params"]["_meta"][SUBSCRIPTION], 7, "each should have the subscription's id: {change}");
    }
    listener.exchange.reset();
    if Target::chosen().notices_resets_before_headers() {
        for origin in [&weir.documents, &weir.tickets] {
            weir.wait_until("each origin's connection should be closed", || asked(origin)[0].aborted());
        }
        assert_eq!(weir.event()["outcome"]["status"], "client_gone");
    }
}

#[test]
fn only_requested_notifications_are_sent() {
    let weir = Weir::usual();
    let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": 1, "progress": 1 } });
    let updated =
        json!({ "jsonrpc": "2.0", "method": "notifications/resources/updated", "params": { "uri": "file:///x" } });
    let end = json!({ "jsonrpc": "2.0", "id": 7, "result": { "resultType": "complete" } });
    let steps = [changed("prompts"), progress, updated, changed("tools"), end];
    tells(&weir.documents, steps.iter().map(event).collect());
    let answer = weir.send(draft(json!({ "toolsListChanged": true })).token(&weir.token("bob")));
    let messages = answer.messages();
    let methods: Vec<&str> = messages.iter().filter_map(|message| message["method"].as_str()).collect();
    assert_eq!(methods, ["notifications/subscriptions/acknowledged", "notifications/tools/list_changed"]);
    let result = messages.last().expect("a result");
    assert_eq!(result["result"], json!({ "resultType": "complete", "_meta": { SUBSCRIPTION: 7 } }));
    assert_eq!(asked(&weir.documents)[0].message()["params"]["notifications"], json!({ "toolsListChanged": true }));
    assert_eq!(weir.event()["outcome"]["status"], "success");
}

#[test]
fn notification_that_no_origin_sends_is_not_acknowledged() {
    let weir = Weir::usual();
    let cases: Vec<(&str, Reply)> = vec![
        ("can't", Reply::json(&json!({ "jsonrpc": "2.0", "id": 7, "error": { "code": -32601, "message": "x" } }))),
        ("won't", Reply::event_stream([acknowledged(&json!(7), &json!({})), Step::Hang])),
        (
            "acknowledges notifications that were not requested",
            Reply::event_stream([acknowledged(&json!(7), &json!({ "promptsListChanged": true })), Step::Hang]),
        ),
        ("breaks off", Reply::break_off()),
        ("says nothing", Reply::hang()),
    ];
    for (name, reply) in cases {
        weir.documents
            .script(move |received| (received.message()["method"] == "subscriptions/listen").then(|| reply.clone()));
        let answer = weir.send(draft(json!({ "toolsListChanged": true })).token(&weir.token("bob")));
        let messages = answer.messages();
        assert_eq!(messages.len(), 2, "an origin that {name} should leave nothing to wait for: {messages:?}");
        assert_eq!(messages[0]["params"]["notifications"], json!({}), "an origin that {name}");
        assert_eq!(messages[1]["result"]["resultType"], "complete", "an origin that {name}");
    }
    let event = weir.events(5).remove(4);
    assert_eq!(event["unavailable"][0]["origin"], "documents", "the event should name who is missing: {event:#}");
}

#[test]
fn broken_stream_of_one_origin_completes_subscription() {
    let weir = Weir::usual();
    tells(
        &weir.documents,
        vec![event(&changed("tools")), Step::Wait(std::time::Duration::from_millis(50)), Step::BreakOff],
    );
    tells(&weir.tickets, vec![Step::Hang]);
    let answer = weir.send(draft(json!({ "toolsListChanged": true })).token(&weir.token("alice")));
    let messages = answer.messages();
    assert_eq!(
        messages.last().expect("a result")["result"]["resultType"],
        "complete",
        "the client should get a result"
    );
    assert_eq!(messages.len(), 3);
    assert_eq!(weir.event()["outcome"]["reason"], "origin_broke_off");
}

#[test]
fn caller_gets_no_notification_of_hidden_item() {
    let weir = Weir::usual();
    tells(&weir.documents, vec![Step::Hang]);
    let everything = json!({ "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
        "resourceSubscriptions": ["file:///etc/passwd"], "taskIds": ["invented"] });
    let mut listener = Listener::begin(&weir, "bob", everything.clone());
    assert_eq!(listener.next()["params"]["notifications"], json!({ "toolsListChanged": true }));
    assert_eq!(asked(&weir.documents)[0].message()["params"]["notifications"], json!({ "toolsListChanged": true }));
    assert!(asked(&weir.tickets).is_empty(), "another team's origin should not be asked");
    listener.exchange.reset();
    weir.send(draft(everything).token(&weir.token("carol"))).should_be(
        403,
        -31403,
        "a caller without a virtual server",
    );
    for (name, params) in [
        ("nothing said", json!({})),
        ("no object", json!({ "notifications": [] })),
        ("a text for a flag", json!({ "notifications": { "toolsListChanged": "yes" } })),
    ] {
        let draft = Draft::modern("subscriptions/listen", params);
        weir.send(draft.token(&weir.token("alice"))).should_be(200, -32602, name);
    }
}

#[test]
fn task_notification_has_the_clients_id() {
    let mut setup = Setup::new();
    let keys = json!({ "keys": [{ "kty": "oct", "kid": "1", "k": URL_SAFE_NO_PAD.encode([7; 32]) }] });
    setup.secrets.insert("SEALING_KEYS".to_owned(), keys.to_string());
    let weir = setup.start();
    weir.documents.on_call(|received| {
        Reply::result(received, json!({ "resultType": "task", "taskId": "42", "status": "working" }))
    });
    let capabilities = json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
    let call = Draft::call("documents_search", json!({ "query": "x" }));
    let call = call.meta("io.modelcontextprotocol/clientCapabilities", capabilities);
    let id = weir.send(call.token(&weir.token("alice"))).result()["taskId"].clone();
    let told = |id: &str| json!({ "jsonrpc": "2.0", "method": "notifications/tasks", "params": { "taskId": id, "status": "completed", "result": { "taskId": "42" } } });
    tells(&weir.documents, vec![event(&told("43")), event(&told("42")), Step::Hang]);
    let mut listener = Listener::begin(&weir, "alice", json!({ "taskIds": [id, "invented"] }));
    assert_eq!(listener.next()["params"]["notifications"], json!({ "taskIds": [id] }));
    assert_eq!(asked(&weir.documents)[0].message()["params"]["notifications"], json!({ "taskIds": ["42"] }));
    let change = listener.next();
    assert_eq!(change["params"]["taskId"], id, "the client's own id should come: {change}");
    assert_eq!(change["params"]["result"], json!({ "taskId": "42" }), "and nothing else should change");
    listener.exchange.reset();
}

#[test]
fn list_change_invalidates_remembered_list() {
    let weir = Weir::usual();
    weir.list("bob").result();
    weir.list("bob").result();
    let lists =
        || weir.documents.received().iter().filter(|received| received.message()["method"] == "tools/list").count();
    let before = lists();
    tells(&weir.documents, vec![event(&changed("tools")), Step::Hang]);
    let mut listener = Listener::begin(&weir, "bob", json!({ "toolsListChanged": true }));
    listener.next();
    listener.next();
    weir.list("bob").result();
    if Target::chosen() != Target::Spin {
        assert_eq!((before, lists()), (1, 2), "the cached list should not be used any more");
    }
    listener.exchange.reset();
}

#[test]
fn stream_ends_after_five_minutes_for_new_decision() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let weir = Weir::usual();
    tells(&weir.documents, vec![Step::Hang]);
    let answer = weir.send(draft(json!({ "toolsListChanged": true })).token(&weir.token("bob")));
    assert_eq!(answer.messages().len(), 2, "it should end in order");
    assert!(answer.text().contains("\n:") || answer.text().contains("\n\n:"), "comments should keep it open meanwhile");
}

#[test]
fn notification_that_is_too_long_ends_the_subscription() {
    for (kilobytes, reason) in [(900, Value::Null), (1100, json!("origin_event_too_large"))] {
        let weir = Weir::usual();
        let mut long = changed("tools");
        long["params"] = json!({ "_meta": { "com.example/padding": "x".repeat(kilobytes << 10) } });
        let end = json!({ "jsonrpc": "2.0", "id": 7, "result": { "resultType": "complete" } });
        tells(&weir.documents, vec![event(&long), event(&end)]);
        weir.send(draft(json!({ "toolsListChanged": true })).token(&weir.token("bob")));
        assert_eq!(weir.event()["outcome"]["reason"], reason, "a notification of {kilobytes} KiB");
    }
}
