//! Responses of origins that drip or never end: each is cut off, in time and in bytes, wherever Weir reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harness::legacy::LegacyServer;
use harness::{Answer, Draft, Reply, Setup, Step, Weir};
use serde_json::{Value, json};

/// The eras of a client and of the origin `documents`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    BothModern,
    LegacyClient,
    LegacyOrigin,
}

const PAIRS: [Pair; 3] = [Pair::BothModern, Pair::LegacyClient, Pair::LegacyOrigin];

impl Pair {
    fn start(self) -> Weir {
        let setup = Setup::new();
        if self != Self::LegacyOrigin {
            return setup.start();
        }
        let weir = setup.replace("origins/documents.toml", "era = \"modern\"", "era = \"legacy\"").start();
        LegacyServer::play(&weir.documents, false);
        weir
    }

    fn call(self, weir: &Weir) -> Answer {
        let params = json!({ "name": "documents_search", "arguments": { "query": "x" } });
        let draft = match self {
            Self::LegacyClient => Draft::legacy(Some("2025-11-25"), "tools/call", params),
            Self::BothModern | Self::LegacyOrigin => Draft::call("documents_search", json!({ "query": "x" })),
        };
        weir.send(draft.token(&weir.token("alice")))
    }
}

/// From now on the origin answers calls, or requests of another method, like this.
fn answer(weir: &Weir, method: &'static str, reply: impl Fn() -> Reply + Send + Sync + 'static) {
    let usual = weir.documents.scripted();
    weir.documents.script(move |received| match received.message()["method"] == method {
        true => Some(reply()),
        false => usual.as_ref().and_then(|usual| usual(received)),
    });
}

/// Begins with `first`; then `drop` comes every 200 ms, for ten times the origin's timeout; then `last`.
fn dripping(status: u16, media: &str, [first, drop, last]: [&'static str; 3]) -> Reply {
    let mut reply = Reply::text(status, media, first);
    let drops = [Step::Wait(Duration::from_millis(200)), Step::Send(drop.into())];
    reply.steps.extend(std::iter::repeat_n(drops, 50).flatten());
    reply.steps.push(Step::Send(last.into()));
    reply
}

const JSON: &str = "application/json";
const RESULT: [&str; 3] = ["{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"content\":[]", " ", "}}"];
const ERROR: [&str; 3] = ["{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32000,\"message\":\"no\"", " ", "}}"];

#[test]
fn response_that_drips_is_cut_off_wherever_it_is_read() {
    let events = "text/event-stream";
    let replies: [(&str, u16, &str, [&'static str; 3]); 6] = [
        ("a result", 200, JSON, RESULT),
        ("a rejection", 400, JSON, ERROR),
        ("an error page", 500, JSON, ERROR),
        ("a message", 200, events, ["data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"content\":[]", " ", "}}\n\n"]),
        ("one comment without an end", 200, events, [":", " ", "\n\n"]),
        ("an event of another type", 200, events, ["event: ping\ndata: ", " ", "\n\n"]),
    ];
    for pair in PAIRS {
        let weir = pair.start();
        for (name, status, media, texts) in replies {
            answer(&weir, "tools/call", move || dripping(status, media, texts));
            let before = weir.running.now();
            let answer = pair.call(&weir);
            answer.should_be_refused(-31504, &format!("{name} that drips: {pair:?}"));
            let took = weir.running.now() - before;
            assert!(took <= 3, "{name} that drips should not be waited for, {pair:?}: {took} s");
            let call = weir.documents.calls().pop().expect("the call should be sent");
            weir.wait_until("the origin's connection should be closed", || call.aborted());
        }
    }
}

#[test]
fn list_that_drips_is_left_out() {
    let weir = Weir::usual();
    answer(&weir, "tools/list", || dripping(200, JSON, ["{\"jsonrpc\":\"2.0\",\"id\":7,", " ", "\"result\":{}}"]));
    let before = weir.running.now();
    let list = weir.list("alice").result();
    assert_eq!(list["_meta"]["dev.weir/unavailable"], json!(["documents"]), "{list}");
    assert!(weir.running.now() - before <= 3, "a list that drips should not be waited for");
    assert_eq!(weir.event()["unavailable"][0]["reason"], "origin_too_slow");
}

/// A Weir with a long timeout for its origin, so that long responses are not cut off.
fn patient() -> Weir {
    Setup::new().replace("origins/documents.toml", "timeout_ms = 2500", "timeout_ms = 20000").start()
}

/// Valid JSON of a little more than `megabytes`, in chunks, with `text` as its beginning and `end` as its end.
fn long(megabytes: usize, text: &str, end: &'static str) -> Vec<Step> {
    let chunk = bytes::Bytes::from(vec![b' '; 64 << 10]);
    let chunks = std::iter::repeat_n(Step::Send(chunk), megabytes * 16 + 1);
    [Step::Send(text.to_owned().into())].into_iter().chain(chunks).chain([Step::Send(end.into())]).collect()
}

fn of(media: &str, steps: Vec<Step>) -> Reply {
    Reply { steps, ..Reply::text(200, media, "") }
}

/// The reason in the newest event; there must be `count` of them.
fn reason(weir: &Weir, count: usize) -> Value {
    weir.events(count).remove(count - 1)["outcome"]["reason"].clone()
}

#[test]
fn response_that_is_too_long_to_be_held_is_refused() {
    let result = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"content\":[]";
    for pair in [Pair::LegacyClient, Pair::LegacyOrigin] {
        let weir = pair.start();
        // Without the bound each of these would be a valid response.
        for (number, (name, megabytes, expected)) in
            [("a result that fits", 7, None), ("a result", 8, Some("origin_answer_too_large"))].into_iter().enumerate()
        {
            answer(&weir, "tools/call", move || of(JSON, long(megabytes, result, "}}")));
            let answer = pair.call(&weir);
            assert_eq!(answer.error_code(), expected.map(|_| -31502), "{name} of {megabytes} MiB: {pair:?}");
            assert_eq!(reason(&weir, number + 1), json!(expected), "{name}: {pair:?}");
        }
        answer(&weir, "tools/call", move || of("text/event-stream", long(8, &format!("data: {result}"), "}}\n\n")));
        assert_eq!(pair.call(&weir).error_code(), Some(-31502), "an event of 8 MiB: {pair:?}");
        assert_eq!(reason(&weir, 3), "origin_event_too_large", "an event: {pair:?}");
    }
}

#[test]
fn list_that_is_too_long_is_left_out() {
    let weir = patient();
    let list = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"tools\":[{\"name\":\"search\",\"inputSchema\":{\"type\":\"object\"}}]";
    for (number, media) in [JSON, "text/event-stream"].into_iter().enumerate() {
        answer(&weir, "tools/list", move || match media {
            JSON => of(JSON, long(8, list, "}}")),
            _ => of(media, long(8, &format!("data: {list}"), "}}\n\n")),
        });
        let result = weir.list("alice").result();
        assert_eq!(result["_meta"]["dev.weir/unavailable"], json!(["documents"]), "{media}");
        let event = weir.events(number + 1).remove(number);
        let expected = ["origin_answer_too_large", "origin_event_too_large"][number];
        assert_eq!(event["unavailable"][0]["reason"], expected, "{media}");
    }
}

#[test]
fn pages_that_are_too_long_together_are_cut_off() {
    let weir = patient();
    let asked = Arc::new(AtomicUsize::new(0));
    answer(&weir, "tools/list", {
        let asked = asked.clone();
        move || {
            let number = asked.fetch_add(1, Ordering::Relaxed);
            let end = if number < 2 { ["],\"nextCursor\":\"a\"}}", "],\"nextCursor\":\"b\"}}"][number] } else { "]}}" };
            of(JSON, long(5, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"tools\":[", end))
        }
    });
    let result = weir.list("alice").result();
    assert_eq!(result["_meta"]["dev.weir/unavailable"], json!(["documents"]), "10 MiB in two pages");
    assert_eq!(weir.event()["unavailable"][0]["reason"], "origin_list_too_long");
    assert_eq!(asked.load(Ordering::Relaxed), 2, "no third page should be asked for");
}

#[test]
fn stream_without_an_end_is_cut_off() {
    let weir = patient();
    for (number, (megabytes, code)) in [(255, None), (257, Some(-31502))].into_iter().enumerate() {
        answer(&weir, "tools/call", move || {
            // Not UTF-8, so that the harness leaves it unchanged.
            let comment = Step::Send([b": \xff".as_slice(), &vec![b' '; (1 << 20) - 4], b"\n"].concat().into());
            let last = Step::Send("data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"content\":[]}}\n\n".into());
            of("text/event-stream", std::iter::repeat_n(comment, megabytes).chain([last]).collect())
        });
        assert_eq!(Pair::BothModern.call(&weir).error_code(), code, "{megabytes} MiB");
        assert_eq!(reason(&weir, number + 1), json!(code.map(|_| "origin_answer_too_large")), "{megabytes} MiB");
    }
}
