//! Sealed texts (cursors, sessions): whoever changes one, or brings another's, gets the answer that an invented one gets.
#![no_main]

use fuzz::Again;
use harness::legacy::LegacyServer;
use harness::{Answer, Draft, Setup, Weir, origin::tool};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

thread_local! {
    static AGAIN: Again<Genuine> = const { Again::new() };
}

/// What alice was given, and what is answered to one who made a text up.
struct Genuine {
    cursor: String,
    session: String,
    no_cursor: Answer,
    no_session: Answer,
}

/// Brings a text as this person.
type Bring = fn(&Weir, &str, &str) -> Answer;

// The first byte says whose text it is and of which kind; then three bytes for each change: what, where, and with what.
fuzz_target!(|input: &[u8]| {
    let Some((&first, changes)) = input.split_first() else { return };
    AGAIN.with(|again| {
        again.with(setup, genuine, |weir, genuine| {
            let person = if first & 1 == 0 { "alice" } else { "bob" };
            let (sealed, bring, refused): (&str, Bring, &Answer) = match first & 2 {
                0 => (&genuine.cursor, next_page, &genuine.no_cursor),
                _ => (&genuine.session, in_session, &genuine.no_session),
            };
            let text = changed(sealed, changes);
            let answer = bring(weir, person, &text);
            if text == sealed && person == "alice" {
                assert_eq!(answer.status, 200, "what was sealed should open: {}", answer.text());
            } else {
                assert_eq!(answer.status, refused.status, "`{text}` of {person} should not open: {}", answer.text());
                assert_eq!(told(&answer), told(refused), "every refusal should be the same");
            }
        });
    });
});

/// What an answer tells of a refusal: everything but the number of the audit event.
fn told(answer: &Answer) -> Value {
    let mut error = answer.json()["error"].take();
    error["data"]["event"] = Value::Null;
    error
}

/// The text with changes of three bytes each; what a header can't carry changes nothing.
fn changed(sealed: &str, changes: &[u8]) -> String {
    let mut text = sealed.as_bytes().to_vec();
    for change in changes.chunks_exact(3) {
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

fn next_page(weir: &Weir, person: &str, cursor: &str) -> Answer {
    weir.send(Draft::modern("tools/list", json!({ "cursor": cursor })).token(&weir.token(person)))
}

fn in_session(weir: &Weir, person: &str, session: &str) -> Answer {
    let draft = Draft::legacy(Some("2025-11-25"), "ping", json!({}));
    weir.send(draft.header("mcp-session-id", session).token(&weir.token(person)))
}

/// Alice sees more than a page of tools, at an origin with sessions.
fn setup() -> Setup {
    let mut setup = Setup::new()
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
    setup.tickets.script(move |received| {
        (received.message()["method"] == "tools/list").then(|| harness::Reply::result(received, page.clone()))
    });
    let keys = json!({ "keys": [{ "kty": "oct", "kid": "sealing-1", "k": "B".repeat(42) + "A" }] });
    setup.secrets.insert("SEALING_KEYS".to_owned(), keys.to_string());
    setup
}

fn genuine(weir: &Weir) -> Genuine {
    LegacyServer::play(&weir.documents, true);
    let token = weir.token("alice");
    let first = weir.send(Draft::list().token(&token)).result();
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": { "roots": {} }, "clientInfo": { "name": "fuzz", "version": "1" },
    });
    let opened = weir.send(Draft::legacy(None, "initialize", params).token(&token));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let genuine = Genuine {
        cursor: text(&first["nextCursor"]),
        session: opened.header("mcp-session-id").unwrap_or_default().to_owned(),
        no_cursor: next_page(weir, "alice", "made-up"),
        no_session: in_session(weir, "alice", "made-up"),
    };
    assert!(!genuine.cursor.is_empty() && !genuine.session.is_empty(), "alice should be given both: {first}");
    for (of, refused) in [("cursor", &genuine.no_cursor), ("session", &genuine.no_session)] {
        assert!(
            refused.json().get("error").is_some(),
            "a made-up {of} should be refused: {} {}",
            refused.status,
            refused.text()
        );
    }
    genuine
}
