//! Long responses: they pass in chunks, byte for byte, and an invalid one never arrives whole.

use harness::{Draft, Reply, Setup, Step, Weir, origin::event};
use serde_json::{Value, json};

/// A result of so many bytes for the request of [`Draft::call`].
fn result(bytes: usize) -> String {
    let line = "{\\\"page\\\": 1, \\u00e4 \u{20ac}}\\n";
    let text = line.repeat(bytes / line.len() + 1);
    format!(
        r#"{{"jsonrpc":"2.0","id":7,"result":{{"resultType":"complete","content":[{{"type":"text","text":"{text}"}}],"n":1.50e3}}}} "#
    )
}

/// A text in chunks of the size in which a network delivers it.
fn pieces(text: &str) -> Vec<Step> {
    text.as_bytes().chunks(16 * 1024).map(|chunk| Step::Send(chunk.to_vec().into())).collect()
}

fn json_of(steps: Vec<Step>) -> Reply {
    Reply { steps, ..Reply::text(200, "application/json", "") }
}

fn progress() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": 1 } })
}

fn patient() -> Weir {
    Setup::new().replace("origins/documents.toml", "timeout_ms = 2500", "timeout_ms = 20000").start()
}

fn draft(weir: &Weir) -> Draft {
    Draft::call("documents_search", json!({ "query": "x" })).meta("progressToken", "p").token(&weir.token("alice"))
}

#[test]
fn ten_megabytes_pass_byte_for_byte() {
    let weir = patient();
    let body = result(10 << 20);
    let whole = body.trim_end().to_owned();
    weir.documents.on_call({
        let body = body.clone();
        move |_| json_of(pieces(&body))
    });
    let answer = weir.send(draft(&weir));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.text() == whole, "a long result should arrive as it was sent");
    let event = weir.event();
    assert_eq!(event["outcome"]["status"], "success");
    assert_eq!(event["response_bytes"], whole.len(), "all that was sent should be counted");
}

#[test]
fn ten_megabytes_in_one_event_pass_byte_for_byte() {
    let weir = patient();
    let whole = result(10 << 20).trim_end().to_owned();
    let stream = format!("data: {}\n\nid: 5\ndata: {whole}\n\n", progress());
    weir.documents.on_call(move |_| Reply::event_stream(pieces(&stream)));
    let answer = weir.send(draft(&weir));
    let expected = format!("event: message\ndata: {}\n\nevent: message\ndata: {whole}\n\n", progress());
    assert!(answer.text() == expected, "a long event should arrive as it was sent");
    assert_eq!(weir.event()["outcome"]["status"], "success");
}

#[test]
fn long_answer_begins_before_it_ends() {
    let weir = patient();
    let begun = &result(600 << 10)[..500 << 10];
    for reply in [
        json_of(pieces(begun).into_iter().chain([Step::Hang]).collect()),
        Reply::event_stream(pieces(&format!("data: {begun}")).into_iter().chain([Step::Hang])),
    ] {
        weir.documents.on_call(move |_| reply.clone());
        let mut exchange = weir.begin(draft(&weir));
        assert_eq!(exchange.head().expect("the head should come while the origin goes on").status, 200);
        let mut bytes = 0;
        while bytes < 256 << 10 {
            bytes += exchange.chunk().expect("a body").expect("it should not end").len();
        }
        exchange.reset();
    }
}

#[test]
fn client_that_leaves_long_answer_ends_it_at_its_origin() {
    let weir = patient();
    let begun = result(600 << 10)[..500 << 10].to_owned();
    weir.documents.on_call(move |_| json_of(pieces(&begun).into_iter().chain([Step::Hang]).collect()));
    let mut exchange = weir.begin(draft(&weir));
    exchange.head().expect("a head");
    exchange.chunk().expect("a body").expect("it should not end");
    exchange.reset();
    if harness::target::Target::chosen().notices_resets_before_headers() {
        weir.wait_until("the origin's connection should be closed", || weir.documents.calls()[0].aborted());
        assert_eq!(weir.event()["outcome"]["status"], "client_gone");
    }
}

/// Long responses that are invalid at their end, and the reason.
fn wrong() -> Vec<(&'static str, String, &'static str)> {
    let good = result(600 << 10).trim_end().to_owned();
    vec![
        ("is cut off", good[..good.len() - 2].to_owned(), "origin_not_json_rpc"),
        ("is no JSON", format!("{}]", &good[..good.len() - 1]), "origin_not_json_rpc"),
        ("goes on", format!("{good}{{}}"), "origin_not_json_rpc"),
        ("has two results", format!("{},\"result\":{{}}}}", &good[..good.len() - 1]), "origin_not_json_rpc"),
        (
            "has another id",
            format!("{},\"id\":8}}", good.replace("\"id\":7,", "").strip_suffix('}').unwrap()),
            "origin_wrong_id",
        ),
        ("is a task", good.replace("\"complete\"", "\"task\""), "origin_task_too_long"),
    ]
}

#[test]
fn long_answer_that_turns_out_wrong_is_never_whole() {
    for (at, (name, body, reason)) in wrong().into_iter().enumerate() {
        let weir = patient();
        weir.documents.on_call(move |_| json_of(pieces(&body)));
        let answer = weir.send(draft(&weir));
        let parsed = serde_json::from_slice::<Value>(&answer.body);
        assert!(parsed.is_err(), "{at}: an answer that {name} should not arrive as a whole one");
        let event = weir.event();
        assert_eq!(event["outcome"]["status"], "origin_failed", "an answer that {name}: {event:#}");
        assert_eq!(event["outcome"]["reason"], reason, "an answer that {name}: {event:#}");
    }
}

#[test]
fn long_event_that_turns_out_wrong_is_withdrawn() {
    for (name, body, reason) in wrong() {
        let weir = patient();
        let stream = format!("data: {body}\n\n");
        weir.documents.on_call(move |_| Reply::event_stream(pieces(&stream)));
        let answer = weir.send(draft(&weir));
        let (withdrawn, last) = answer.text().split_once("\n\n").expect("two events");
        assert!(
            withdrawn.ends_with("\nevent: withdrawn"),
            "an event that {name} should be of a type that no client reads"
        );
        let last = last.strip_prefix("event: message\ndata: ").expect("the last should be a message");
        let last: Value = serde_json::from_str(last.trim_end()).expect("JSON");
        let refusal = &last["result"]["_meta"]["dev.weir/refusal"];
        assert_eq!(refusal["code"], -31502, "an event that {name} should be followed by an error: {last}");
        assert_eq!(last["id"], 7);
        assert_eq!(weir.event()["outcome"]["reason"], reason, "an event that {name}");
    }
}

#[test]
fn broken_long_event_is_withdrawn_and_broken_long_json_just_ends() {
    let weir = patient();
    let begun = result(600 << 10)[..500 << 10].to_owned();
    let stream = format!("data: {begun}");
    weir.documents.on_call(move |_| Reply::event_stream(pieces(&stream).into_iter().chain([Step::BreakOff])));
    let answer = weir.send(draft(&weir));
    assert!(answer.text().contains("\nevent: withdrawn\n\nevent: message\ndata: {"), "the event should be withdrawn");
    assert!(
        answer.text().trim_end().ends_with('}'),
        "and an error should be the last: {}",
        &answer.text()[500 << 10..]
    );
    weir.documents.on_call(move |_| json_of(pieces(&begun).into_iter().chain([Step::BreakOff]).collect()));
    let answer = weir.send(draft(&weir));
    assert!(serde_json::from_slice::<Value>(&answer.body).is_err(), "the text should just end");
    assert_eq!(weir.events(2)[1]["outcome"]["reason"], "origin_broke_off");
}

#[test]
fn notifications_may_be_long_too() {
    let weir = patient();
    let text = "x".repeat(600 << 10);
    let log =
        json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": { "level": "info", "data": text } });
    let done = json!({ "jsonrpc": "2.0", "id": 7, "result": { "resultType": "complete", "content": [] } });
    let stream = format!("data: {log}\n\ndata: {done}\n\n");
    weir.documents.on_call(move |_| Reply::event_stream(pieces(&stream)));
    assert!(weir.send(draft(&weir)).messages() == [log, done], "both should pass, in order");
}

#[test]
fn short_stream_goes_on_after_long_event() {
    let weir = patient();
    let whole = result(600 << 10).trim_end().to_owned();
    weir.documents.on_call(move |_| {
        Reply::event_stream([event(&progress()), event(&progress()), Step::Send(format!("data: {whole}\n\n").into())])
    });
    assert_eq!(weir.send(draft(&weir)).messages().len(), 3, "in one chunk or many, each is a message");
}

#[test]
fn long_event_that_has_no_place_here_is_withdrawn() {
    let weir = patient();
    let text = "x".repeat(600 << 10);
    let notification = |method: &str| json!({ "jsonrpc": "2.0", "method": method, "params": { "data": text } });
    let done = json!({ "jsonrpc": "2.0", "id": 7, "result": { "resultType": "complete", "content": [] } });
    let log = notification("notifications/message");
    for (name, event) in [
        ("of another type, as is known only at its end", format!("data: {log}\nevent: ping\n\n")),
        ("about a task", format!("data: {}\n\n", notification("notifications/tasks"))),
        ("about another request's progress", format!("data: {}\n\n", notification("notifications/progress"))),
    ] {
        let stream = format!("{event}data: {done}\n\n");
        weir.documents.on_call(move |_| Reply::event_stream(pieces(&stream)));
        let answer = weir.send(draft(&weir));
        let (withdrawn, last) = answer.text().split_once("\n\n").expect("two events");
        assert!(withdrawn.ends_with("\nevent: withdrawn"), "an event {name} should be of a type that no client reads");
        assert_eq!(last, format!("event: message\ndata: {done}\n\n"), "an event {name} should not end the call");
    }
    let event = format!("event: ping\ndata: {log}\n\ndata: {done}\n\n");
    weir.documents.on_call(move |_| Reply::event_stream(pieces(&event)));
    assert!(weir.send(draft(&weir)).messages() == [done], "no part of an invalid event should pass");
}
