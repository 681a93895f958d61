//! Tasks: an id leads back to its origin, only for the caller who got it, and only while its tool may be called.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harness::offers::PARTNER;
use harness::origin::Received;
use harness::target::Target;
use harness::weir::URL;
use harness::{Answer, Draft, Origin, Reply, Setup, Weir};
use registry::record::Freshness;
use serde_json::{Value, json};

/// The extension, as a client declares it.
fn declared() -> Value {
    json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } })
}

/// Sets these sealing keys, each named by its one byte; the first one seals.
fn sealed_by(mut setup: Setup, keys: &[u8]) -> Setup {
    let key = |byte: &u8| json!({ "kty": "oct", "kid": byte.to_string(), "k": URL_SAFE_NO_PAD.encode([*byte; 32]) });
    let document = json!({ "keys": keys.iter().map(key).collect::<Vec<_>>() });
    setup.secrets.insert("SEALING_KEYS".to_owned(), document.to_string());
    setup
}

/// A Weir in front of an origin that answers every call with a task.
fn usual() -> Weir {
    let weir = sealed_by(Setup::new().with_partner(), &[7]).start();
    play(&weir.documents);
    weir
}

fn play(origin: &Origin) {
    origin.script(|received| {
        let message = received.message();
        let id = message["params"]["taskId"].as_str().unwrap_or("42").to_owned();
        let task = |status: &str| json!({ "taskId": id, "status": status, "createdAt": "2026-11-21T07:00:00Z", "ttlMs": null });
        let with = |mut task: Value, name: &str, value: Value| {
            task[name] = value;
            task
        };
        match message["method"].as_str()? {
            "tools/call" => Some(Reply::result(received, with(task("working"), "resultType", json!("task")))),
            "tasks/get" if id == "42" => {
                let result = json!({ "content": [{ "type": "text", "text": "done" }], "taskId": "42" });
                let task = with(with(task("completed"), "resultType", json!("complete")), "result", result);
                Some(Reply::result(received, task))
            }
            "tasks/update" | "tasks/cancel" if id == "42" => Some(Reply::result(received, json!({ "resultType": "complete" }))),
            method if method.starts_with("tasks/") => Some(error(received, "no such task")),
            _ => None,
        }
    });
}

fn error(received: &Received, message: &str) -> Reply {
    Reply::json(
        &json!({ "jsonrpc": "2.0", "id": received.message()["id"], "error": { "code": -32602, "message": message } }),
    )
}

fn call() -> Draft {
    Draft::call("documents_search", json!({ "query": "x" }))
        .meta("io.modelcontextprotocol/clientCapabilities", declared())
}

/// The id of a task that alice has just started.
fn started(weir: &Weir) -> String {
    let result = weir.send(call().token(&weir.token("alice"))).result();
    result["taskId"].as_str().expect("a task should have an id").to_owned()
}

fn about(method: &str, id: &str) -> Draft {
    Draft::modern(method, json!({ "taskId": id })).header("mcp-name", id)
}

fn get(weir: &Weir, person: &str, id: &str) -> Answer {
    weir.send(about("tasks/get", id).token(&weir.token(person)))
}

/// The messages of this method that the origin got.
fn asked(weir: &Weir, method: &str) -> Vec<Received> {
    weir.documents.received().into_iter().filter(|received| received.message()["method"] == method).collect()
}

#[test]
fn task_has_a_sealed_id_for_the_client() {
    let weir = usual();
    let id = started(&weir);
    assert_ne!(id, "42", "an origin's id should not reach the client");
    let task = get(&weir, "alice", &id).result();
    assert_eq!(
        (&task["status"], &task["taskId"]),
        (&json!("completed"), &json!(id)),
        "the task should have its id: {task}"
    );
    assert_eq!(task["result"]["content"][0]["text"], "done");
    assert_eq!(task["result"]["taskId"], "42", "a text that looks like an id should stay");
    let received = asked(&weir, "tasks/get").remove(0);
    assert_eq!(received.message()["params"]["taskId"], "42", "the origin should get its own id of the task");
    assert_eq!(received.header("mcp-name"), Some("42"));
    let event = weir.events(2).remove(1);
    assert_eq!((&event["tool"], &event["origin"]), (&json!("documents_search"), &json!("documents")), "{event:#}");
    assert_eq!(event["outcome"]["status"], "success");
    assert!(event["cost"].is_null(), "`tasks/get` should cost nothing: {event:#}");
}

#[test]
fn task_is_answered_and_cancelled() {
    let weir = usual();
    let id = started(&weir);
    let token = weir.token("alice");
    let answers = json!({ "q1": { "action": "accept", "content": { "n": 1.5 } } });
    let update = about("tasks/update", &id).edit(|message| message["params"]["inputResponses"] = answers.clone());
    assert_eq!(weir.send(update.token(&token)).result(), json!({ "resultType": "complete" }));
    let received = asked(&weir, "tasks/update").remove(0).message();
    assert_eq!((&received["params"]["taskId"], &received["params"]["inputResponses"]), (&json!("42"), &answers));
    assert_eq!(weir.send(about("tasks/cancel", &id).token(&token)).result(), json!({ "resultType": "complete" }));
    assert_eq!(asked(&weir, "tasks/cancel")[0].message()["params"]["taskId"], "42");
}

#[test]
fn task_may_begin_in_an_event_stream() {
    let weir = usual();
    weir.documents.script(|received| {
        let message = received.message();
        let result = match message["method"].as_str()? {
            "tools/call" => json!({ "resultType": "task", "taskId": "7", "status": "working" }),
            "tasks/get" => json!({ "resultType": "complete", "taskId": "7", "status": "working" }),
            _ => return None,
        };
        Some(Reply::event_stream([harness::origin::event(
            &json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }),
        )]))
    });
    let id = started(&weir);
    assert_ne!(id, "7");
    assert_eq!(get(&weir, "alice", &id).result()["taskId"], json!(id));
}

#[test]
fn task_of_another_caller_is_unknown() {
    let weir = usual();
    let id = started(&weir);
    let others = weir.sign(weir.access_token("alice").claim("sub", "mallory"));
    let cut = &id[..id.len() - 1];
    let texts = [
        ("somebody else's", id.as_str(), others),
        ("her namesake's", id.as_str(), weir.sign(weir.access_token("alice").claim("idp", PARTNER))),
        ("another agent's", id.as_str(), weir.sign(weir.access_token("alice").claim("client_id", "other-agent"))),
        ("a cut one", cut, weir.token("alice")),
        ("an origin's own", "42", weir.token("alice")),
        ("an invented one", "AAAA", weir.token("alice")),
    ];
    for (name, text, token) in texts {
        let answer = weir.send(about("tasks/get", text).token(&token));
        answer.should_be(200, -32602, name);
        assert_eq!(answer.message()["error"]["message"], "unknown task", "{name}");
    }
    get(&weir, "bob", &id).should_be(200, -32602, "another virtual server's");
    // Her own tool of the same name, at another virtual server: the id is bound to the virtual server of the call.
    let path = "/mcp/engineering";
    let at_both = weir.access_token("alice").claim("groups", json!(["support", "engineering"]));
    let elsewhere = weir.sign(at_both.claim("aud", format!("{URL}{path}")));
    weir.send(about("tasks/get", &id).to(path).token(&elsewhere)).should_be(200, -32602, "her own, elsewhere");
    get(&weir, "carol", &id).should_be(403, -31403, "nobody's virtual server");
    assert!(asked(&weir, "tasks/get").is_empty(), "the origin should get none of them");
}

#[test]
fn id_outlives_rotation_and_not_its_key() {
    let id = {
        let weir = usual();
        (started(&weir), weir.issuer.url().to_owned())
    };
    for (keys, opens) in [(&[9, 7][..], true), (&[9], false)] {
        let weir = sealed_by(Setup::new(), keys).start();
        if weir.issuer.url() != id.1 {
            // Over TCP every identity provider has another address, so its users are other principals.
            return;
        }
        play(&weir.documents);
        let answer = get(&weir, "alice", &id.0);
        assert_eq!(answer.error_code(), if opens { None } else { Some(-32602) }, "{keys:?}: {}", answer.text());
    }
}

#[test]
fn policy_is_asked_again() {
    let weir = usual();
    let id = started(&weir);
    let listing = weir.sign(weir.access_token("alice").claim("scope", "tools:list"));
    weir.send(about("tasks/get", &id).token(&listing)).should_be(403, -31403, "a token that may only list");
    if Target::chosen() == Target::Memory {
        let now = weir.running.now();
        let fresh = Freshness { sequence: (now + 2) * 1000, valid_until: now + 86_400 };
        weir.running.put("quarantine", &weir.publisher.quarantine(r#"{"tools":["documents_search"]}"#, fresh));
        weir.running.pass(Duration::from_secs(31));
        get(&weir, "alice", &id).should_be(200, -31403, "a task of a frozen tool");
    }
    assert!(asked(&weir, "tasks/get").is_empty(), "the origin should get neither");
}

#[test]
fn origin_that_mixes_up_its_tasks_is_not_believed() {
    let weir = usual();
    let id = started(&weir);
    for (name, result) in [
        ("another task", json!({ "resultType": "complete", "taskId": "43", "status": "working" })),
        ("a number for an id", json!({ "resultType": "complete", "taskId": 42, "status": "working" })),
    ] {
        weir.documents.script(move |received| Some(Reply::result(received, result.clone())));
        get(&weir, "alice", &id).should_be(200, -31502, name);
    }
    weir.documents
        .script(|received| Some(Reply::result(received, json!({ "resultType": "task", "status": "working" }))));
    weir.send(call().token(&weir.token("alice"))).should_be_refused(-31502, "a task without an id");
}

#[test]
fn client_that_declares_no_tasks_gets_what_it_can_use() {
    let weir = usual();
    weir.documents.on_call(|received| {
        match received.message()["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"]["extensions"]
            .is_null()
        {
            true => Reply::tool_text(received, "at once"),
            false => Reply::result(received, json!({ "resultType": "task", "taskId": "42", "status": "working" })),
        }
    });
    let result = weir.call("alice", "documents_search", json!({ "query": "x" })).result();
    assert_eq!(result["content"][0]["text"], "at once", "the origin should get the client's capabilities");
    assert_eq!(weir.send(call().token(&weir.token("alice"))).result()["resultType"], "task");
}

#[test]
fn without_sealing_keys_there_are_no_tasks() {
    let weir = Weir::usual();
    weir.documents.on_call(|received| Reply::tool_text(received, "at once"));
    get(&weir, "alice", "42").should_be(200, -32602, "nothing can be opened");
    assert_eq!(weir.send(call().token(&weir.token("alice"))).result()["content"][0]["text"], "at once");
    play(&weir.documents);
    weir.send(call().token(&weir.token("alice"))).should_be_refused(-31503, "a task that nobody could ask for");
}

#[test]
fn asking_for_a_task_counts_as_a_call() {
    let setup = sealed_by(Setup::new(), &[7]);
    let weir = setup
        .replace("virtual-servers/support.toml", "title = \"Support\"", "title = \"Support\"\ncalls_per_minute = 3")
        .start();
    play(&weir.documents);
    let id = started(&weir);
    get(&weir, "alice", &id).result();
    get(&weir, "alice", &id).result();
    assert_eq!(get(&weir, "alice", &id).error_code(), Some(-31429), "asking for a task should count");
}

#[test]
fn extensions_are_declared_where_they_can_be_used() {
    let extensions = |setup: Setup, draft: Draft| {
        let weir = setup.start();
        weir.documents.script(|received| {
            let known = json!({ "io.modelcontextprotocol/tasks": {}, "com.example/other": {} });
            let capabilities = json!({ "tools": {}, "extensions": known });
            let result = json!({ "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": capabilities,
                "ttlMs": 60_000, "cacheScope": "public" });
            (received.message()["method"] == "server/discover").then(|| Reply::result(received, result))
        });
        weir.send(draft.token(&weir.token("alice"))).result()["capabilities"]["extensions"].clone()
    };
    let modern = || Draft::modern("server/discover", json!({}));
    let all = json!({ "io.modelcontextprotocol/tasks": {}, "com.example/other": {} });
    assert_eq!(extensions(sealed_by(Setup::new(), &[7]), modern()), all, "a modern client can use a modern origin's");
    let other = json!({ "com.example/other": {} });
    assert_eq!(extensions(Setup::new(), modern()), other, "without keys no task gets an id");
    let client = json!({ "name": "x", "version": "1" });
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
    let legacy = Draft::legacy(None, "initialize", params);
    assert_eq!(extensions(sealed_by(Setup::new(), &[7]), legacy), Value::Null, "no extension crosses the eras");
}
