//! Sealed texts (cursors, tasks, requests, sessions): a changed text, or another caller's, gets the same response as an
//! invented one.
#![no_main]

use fuzz::{Again, unhurried};
use harness::legacy::LegacyServer;
use harness::origin::{event, tool};
use harness::{Answer, Draft, Reply, Setup, Weir};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

thread_local! {
    static AGAIN: Again<Genuine> = const { Again::new() };
}

/// The sealed texts of alice, and the responses to invented ones.
struct Genuine {
    texts: [String; KINDS.len()],
    refused: [[Answer; KINDS.len()]; PEOPLE.len()],
}

const PEOPLE: [&str; 2] = ["alice", "bob"];

/// Sends a sealed text as this person, in alice's session.
type Bring = fn(weir: &Weir, person: &str, text: &str, session: &str) -> Answer;

/// The requests that carry sealed texts: a cursor, a task's id, the id of an origin's request, and a session.
const KINDS: [Bring; 4] = [next_page, task, response, |weir, person, text, _| ping(weir, person, text)];

// The first byte chooses the person and the text; then each change has three bytes: its kind, position and value.
fuzz_target!(|input: &[u8]| {
    let Some((&first, changes)) = input.split_first() else { return };
    let (person, kind) = (usize::from(first % 2), usize::from(first / 2 % 4));
    AGAIN.with(|again| {
        again.with(setup, genuine, |weir, Genuine { texts, refused }| {
            let (Some(bring), Some(sealed), Some(person_name)) = (KINDS.get(kind), texts.get(kind), PEOPLE.get(person))
            else {
                return;
            };
            let Some(refused) = refused.get(person).and_then(|refused| refused.get(kind)) else { return };
            let text = changed(sealed, changes);
            let answer = bring(weir, person_name, &text, texts.last().unwrap_or(sealed));
            if text == *sealed && person == 0 {
                let worked = answer.status.is_success() && answer.error_code().is_none();
                assert!(worked, "a genuine text should open: {} {}", answer.status, answer.text());
            } else if (1..=MOST_CHARACTERS).contains(&text.len()) || kind == 0 {
                assert_eq!(
                    answer.status,
                    refused.status,
                    "`{text}` of {person_name} should not open: {}",
                    answer.text()
                );
                assert_eq!(refusal_of(&answer), refusal_of(refused), "every refusal should be the same");
            } else {
                assert!(answer.error_code().is_some(), "`{text}` should not open: {} {}", answer.status, answer.text());
            }
        });
    });
});

/// The longest text that may be an id; a longer one gets a response of its own.
const MOST_CHARACTERS: usize = 240;

/// The error of a refusal without the id of the audit event.
fn refusal_of(answer: &Answer) -> Value {
    let mut error = answer.json()["error"].take();
    error["data"]["event"] = Value::Null;
    error
}

/// The text with changes of three bytes each; a byte that no header can carry changes nothing.
fn changed(sealed: &str, changes: &[u8]) -> String {
    let mut text = sealed.as_bytes().to_vec();
    for change in changes.chunks_exact(3).take(8) {
        let &[what, at, byte] = change else { continue };
        let at = usize::from(at) * text.len() / 256;
        match what % 4 {
            _ if !byte.is_ascii_graphic() || text.is_empty() => {}
            0 => text.insert(at, byte),
            1 => drop(text.remove(at)),
            2 => text.truncate(at),
            _ => text.iter_mut().skip(at).take(1).for_each(|old| *old = byte),
        }
    }
    String::from_utf8(text).unwrap_or_default()
}

fn next_page(weir: &Weir, person: &str, cursor: &str, _: &str) -> Answer {
    weir.send(Draft::modern("tools/list", json!({ "cursor": cursor })).token(&weir.token(person)))
}

fn task(weir: &Weir, person: &str, id: &str, _: &str) -> Answer {
    let name = mcp::headers::encode(id);
    let draft = Draft::modern("tasks/get", json!({ "taskId": id }));
    weir.send(draft.header("mcp-name", name.to_str().unwrap_or_default()).token(&weir.token(person)))
}

fn response(weir: &Weir, person: &str, id: &str, session: &str) -> Answer {
    let message = json!({ "jsonrpc": "2.0", "id": id, "result": { "action": "decline" } });
    in_session(weir, person, session, draft("ping", json!({})).body(message.to_string()))
}

fn ping(weir: &Weir, person: &str, session: &str) -> Answer {
    in_session(weir, person, session, draft("ping", json!({})))
}

fn draft(method: &str, params: Value) -> Draft {
    Draft::legacy(Some("2025-11-25"), method, params)
}

fn in_session(weir: &Weir, person: &str, session: &str, draft: Draft) -> Answer {
    weir.send(draft.header("mcp-session-id", session).token(&weir.token(person)))
}

/// Alice has more than a page of tools, at an origin with sessions.
fn setup() -> Setup {
    let mut setup = unhurried(Setup::new())
        .may_ask("documents", &["elicitation_form"])
        .replace("gateway.toml", "\"tickets_find\", \"people_lookup\"]", "\"people_lookup\"]\norigins = [\"tickets\"]")
        .replace("origins/documents.toml", "era = \"modern\"", "era = \"legacy\"");
    let mut offered = vec![tool("find", "Finds tickets")];
    for number in 0..300 {
        setup = setup
            .append("origins/tickets.toml", &format!("\n[tools.t{number}]\narguments = {{ query = \"string\" }}\n"))
            .append(
                "virtual-servers/support.toml",
                &format!("\n[[tools]]\norigin = \"tickets\"\ntool = \"t{number}\"\n"),
            );
        offered.push(tool(&format!("t{number}"), "One of many"));
    }
    let page = json!({ "resultType": "complete", "tools": offered, "ttlMs": 3_600_000, "cacheScope": "public" });
    let task = json!({ "taskId": "42", "status": "working", "createdAt": "2026-11-21T07:00:00Z", "ttlMs": null });
    setup.tickets.script(move |received| {
        let of_type = |kind: &str| {
            let mut task = task.clone();
            task["resultType"] = Value::from(kind);
            Reply::result(received, task)
        };
        match received.message()["method"].as_str()? {
            "tools/list" => Some(Reply::result(received, page.clone())),
            "tools/call" => Some(of_type("task")),
            "tasks/get" => Some(of_type("complete")),
            _ => None,
        }
    });
    let keys = json!({ "keys": [{ "kty": "oct", "kid": "sealing-1", "k": "B".repeat(42) + "A" }] });
    setup.secrets.insert("SEALING_KEYS".to_owned(), keys.to_string());
    setup
}

fn genuine(weir: &Weir) -> Genuine {
    let token = weir.token("alice");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let first = weir.send(Draft::list().token(&token)).result();
    let tasks = json!({ "extensions": { "io.modelcontextprotocol/tasks": {} } });
    let call =
        Draft::call("tickets_find", json!({ "query": "x" })).meta("io.modelcontextprotocol/clientCapabilities", tasks);
    let started = weir.send(call.token(&token)).result();
    let session = open(weir, &token);
    let called = draft("tools/call", json!({ "name": "documents_search", "arguments": { "query": "x" } }));
    let asked = in_session(weir, "alice", &session, called).messages();
    let request = asked.first().map(|asked| text(&asked["id"])).unwrap_or_default();
    let texts = [text(&first["nextCursor"]), text(&started["taskId"]), request, session];
    assert!(!texts.contains(&String::new()), "alice should be given one of each: {texts:?}");
    let refused = PEOPLE.map(|person| KINDS.map(|bring| bring(weir, person, "made-up", &texts[3])));
    for refused in refused.as_flattened() {
        assert!(
            refused.error_code().is_some(),
            "an invented text should be refused: {} {}",
            refused.status,
            refused.text()
        );
    }
    Genuine { texts, refused }
}

/// Opens a session with a legacy origin that sends an elicitation request during a call.
fn open(weir: &Weir, token: &str) -> String {
    LegacyServer::play(&weir.documents, true);
    let server = weir.documents.scripted();
    weir.documents.script(move |received| {
        if received.message()["method"] != "tools/call" {
            return server.as_ref()?(received);
        }
        let params = json!({ "message": "Sure?", "requestedSchema": { "type": "object", "properties": {} } });
        let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "elicitation/create", "params": params });
        let result = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": { "content": [] } });
        Some(Reply::event_stream([event(&asked), event(&result)]))
    });
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} },
        "clientInfo": { "name": "fuzz", "version": "1" },
    });
    let opened = weir.send(Draft::legacy(None, "initialize", params).token(token));
    opened.header("mcp-session-id").unwrap_or_default().to_owned()
}
