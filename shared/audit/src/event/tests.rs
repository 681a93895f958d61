//! Tests of the audit event: its members, and its bound with arbitrary content.

use proptest::prelude::*;

use super::*;
use crate::{event_id, redact};

fn full() -> AuditEvent {
    let mut event = AuditEvent::call(1_795_171_327_123, [0; 10], Outcome::success(200));
    event.phase = Some(Phase::Completion);
    event.call = Some(event.id.clone());
    event.user = Some(User { issuer: "https://idp.example.com".into(), subject: "alice".into(), kind: None });
    event.agent =
        Some(Agent { client_id: "claude-code".into(), name: Some("claude-code".into()), version: Some("2.1".into()) });
    event.groups = vec!["support".into()];
    event.team = Some("support".into());
    event.project = Some("helpdesk".into());
    event.resource = Some("https://mcp.example.com/mcp".into());
    event.virtual_server = Some("support".into());
    event.origin = Some("documents".into());
    event.method = Some("tools/call".into());
    event.tool = Some("documents_search".into());
    event.arguments = Some(redact(r#"{"query":"late orders!"}"#, &[]));
    event.request_bytes = 512;
    event.response_bytes = 2048;
    event.session = Some(Session {
        trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
        span_id: "0707070707070707".into(),
        parent_id: Some("00f067aa0ba902b7".into()),
        injected: false,
    });
    event.decision =
        Some(Decision { effect: Effect::Permit, epoch: 1_795_168_800_000, rules: vec!["role/x/y".into()] });
    event.latency = Some(Latency { weir_ms: 1, origin_ms: Some(17) });
    event.cost = Some(Cost::Priced { amount: "0.002".into(), currency: "USD".into() });
    event
}

#[test]
fn event_has_every_documented_member() {
    let event = full();
    let id = event.id.clone();
    assert_eq!(
        event.into_json(),
        format!(r#"{{"version":1,"id":"{id}","time":"2026-11-20T10:42:07.123Z","kind":"call","#)
            + &format!(r#""phase":"completion","call":"{id}","#)
            + concat!(
                r#""user":{"issuer":"https://idp.example.com","subject":"alice"},"#,
                r#""agent":{"client_id":"claude-code","name":"claude-code","version":"2.1"},"groups":["support"],"#,
                r#""team":"support","project":"helpdesk","resource":"https://mcp.example.com/mcp","#,
                r#""virtual_server":"support","origin":"documents","method":"tools/call","tool":"documents_search","#,
                r#""arguments":{"type":"object","members":{"query":{"type":"string","length":12}},"length":1},"#,
                r#""outcome":{"status":"success","http_status":200},"request_bytes":512,"response_bytes":2048,"#,
                r#""session":{"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"0707070707070707","#,
                r#""parent_id":"00f067aa0ba902b7","injected":false},"#,
                r#""decision":{"effect":"permit","epoch":1795168800000,"rules":["role/x/y"]},"#,
                r#""latency":{"weir_ms":1,"origin_ms":17},"cost":{"amount":"0.002","currency":"USD"}}"#,
            ),
        "every member should be written in this form"
    );
}

#[test]
fn event_of_list_names_omitted_origins() {
    let mut event = full();
    event.unavailable = vec![Unavailable { origin: "tickets".into(), reason: "origin_too_slow".into() }];
    let counted = |repaired, left_out, reason: Option<&'static str>| Defective {
        origin: "documents".into(),
        repaired,
        left_out,
        reason: reason.map(Into::into),
    };
    event.defective = vec![counted(2, 1, Some("definition_malformed")), counted(1, 0, None)];
    let json = event.clone().into_json();
    let named = concat!(
        r#""unavailable":[{"origin":"tickets","reason":"origin_too_slow"}],"#,
        r#""defective":[{"origin":"documents","repaired":2,"left_out":1,"reason":"definition_malformed"},"#,
        r#"{"origin":"documents","repaired":1,"left_out":0}],"#,
    );
    assert!(json.contains(named), "{named} should be in {json}");
    let read: AuditEvent = serde_json::from_str(&json).expect("an event should be readable");
    assert_eq!(read, event, "nothing should be lost on the wire");
}

#[test]
fn event_counts_requests_for_input() {
    let mut event = full();
    let counted = |request: &'static str, passed, refused, reason: Option<&'static str>| InputRequests {
        origin: "documents".into(),
        request: request.into(),
        passed,
        refused,
        reason: reason.map(Into::into),
    };
    event.input_requests =
        vec![counted("elicitation_form", 2, 0, None), counted("roots", 0, 1, Some("origin_may_not_ask"))];
    let json = event.clone().into_json();
    let named = concat!(
        r#""input_requests":[{"origin":"documents","request":"elicitation_form","passed":2,"refused":0},"#,
        r#"{"origin":"documents","request":"roots","passed":0,"refused":1,"reason":"origin_may_not_ask"}],"#,
    );
    assert!(json.contains(named), "{named} should be in {json}");
    let read: AuditEvent = serde_json::from_str(&json).expect("an event should be readable");
    assert_eq!(read, event, "nothing should be lost on the wire");
}

#[test]
fn event_survives_its_json() {
    let event = full();
    let read: AuditEvent = serde_json::from_str(&event.clone().into_json()).expect("an event should be readable");
    assert_eq!(read, event, "nothing should be lost on the wire");
}

#[test]
fn refusals_are_one_event_with_reason_minute_and_count() {
    let event = AuditEvent::refusals(1_795_171_327_123, [1; 10], "token_expired", 401, 1_795_171_261_000, 4711);
    assert_eq!(event.id, event_id(1_795_171_327_123, [1; 10]), "the id should be of the instant of writing");
    let json = event.into_json();
    for part in [
        r#""kind":"refusals""#,
        r#""refusals":{"minute":"2026-11-20T10:41:00.000Z","count":4711}"#,
        r#""outcome":{"status":"refused","http_status":401,"reason":"token_expired"}"#,
        r#""cost":null"#,
    ] {
        assert!(json.contains(part), "{part} should be in {json}");
    }
}

#[test]
fn event_names_cut_members() {
    let mut event = full();
    event.tool = Some("x".repeat(1_000_000));
    event.groups = (0..100_000).map(|number| format!("group-{number}")).collect();
    let json = event.into_json();
    assert!(json.ends_with(r#","truncated":["groups","tool"]}"#), "the cut members should be named at the end");
    let read: AuditEvent = serde_json::from_str(&json).expect("a cut event should be readable");
    assert_eq!(read.tool.map(|tool| tool.len()), Some(126), "the beginning should be kept");
    assert!(read.groups.len() > 1000, "as many groups as fit should be kept");
    assert_eq!(read.user, full().user, "other members should stay whole");
}

/// A member of an event, and what makes it hold a text.
type Member = (&'static str, fn(&mut AuditEvent, String));

/// Every text of an event that comes from outside.
const TEXTS: [Member; 33] = [
    ("time", |event, text| event.time = text),
    ("refusals", |event, text| event.refusals = Some(Refusals { minute: text, count: 1 })),
    ("user", |event, text| event.user = Some(User { issuer: text, subject: "x".into(), kind: None })),
    ("user", |event, text| event.user = Some(User { issuer: "x".into(), subject: text, kind: None })),
    ("agent", |event, text| event.agent = Some(Agent { client_id: text, name: None, version: None })),
    ("agent", |event, text| event.agent = Some(Agent { client_id: "x".into(), name: Some(text), version: None })),
    ("agent", |event, text| event.agent = Some(Agent { client_id: "x".into(), name: None, version: Some(text) })),
    ("groups", |event, text| event.groups = vec![text]),
    ("groups", |event, _| event.groups = vec!["a group".into(); 100_000]),
    ("team", |event, text| event.team = Some(text)),
    ("project", |event, text| event.project = Some(text)),
    ("resource", |event, text| event.resource = Some(text)),
    ("virtual_server", |event, text| event.virtual_server = Some(text)),
    ("origin", |event, text| event.origin = Some(text)),
    ("unavailable", |event, text| event.unavailable = vec![Unavailable { origin: text, reason: "x".into() }]),
    ("unavailable", |event, text| {
        event.unavailable = vec![Unavailable { origin: "x".into(), reason: text.into() }];
    }),
    ("unavailable", |event, _| {
        event.unavailable = vec![Unavailable { origin: "x".into(), reason: "x".into() }; 100_000];
    }),
    ("defective", |event, text| event.defective = vec![defective(text, "x".into())]),
    ("defective", |event, text| event.defective = vec![defective("x".into(), text)]),
    ("defective", |event, _| event.defective = vec![defective("x".into(), "x".into()); 100_000]),
    ("method", |event, text| event.method = Some(text)),
    ("protocol_version", |event, text| event.protocol_version = Some(text)),
    ("tool", |event, text| event.tool = Some(text)),
    ("resource_uri", |event, text| event.resource_uri = Some(text)),
    ("prompt", |event, text| event.prompt = Some(text)),
    ("arguments", |event, text| {
        let foreign = format!(r#"{{"type":"{}"}}"#, "x".repeat(text.len()));
        event.arguments = serde_json::from_str(&foreign).ok();
    }),
    ("outcome", |event, text| event.outcome = Outcome::because(Status::OriginFailed, text)),
    ("detail", |event, text| event.detail = Some(text)),
    ("session", |event, text| event.session = Some(Session { trace_id: text, ..session() })),
    ("session", |event, text| event.session = Some(Session { span_id: text, ..session() })),
    ("session", |event, text| event.session = Some(Session { parent_id: Some(text), ..session() })),
    ("decision", |event, text| {
        event.decision = Some(Decision { effect: Effect::Permit, epoch: 1, rules: vec![text] });
    }),
    ("cost", |event, text| event.cost = Some(Cost::Priced { amount: text, currency: "USD".into() })),
];

fn defective(origin: String, reason: String) -> Defective {
    Defective { origin, repaired: 1, left_out: 1, reason: Some(reason.into()) }
}

fn session() -> Session {
    Session { trace_id: "1".into(), span_id: "2".into(), parent_id: None, injected: false }
}

#[test]
fn each_member_alone_is_cut_and_named() {
    for (name, set) in TEXTS {
        let mut event = full();
        // Six bytes each in JSON.
        set(&mut event, "\u{1}".repeat(EVENT_BYTES));
        let json = event.into_json();
        assert!(json.len() < EVENT_BYTES, "a long `{name}` should not make an event of {} bytes", json.len());
        assert!(json.ends_with(&format!(r#","truncated":["{name}"]}}"#)), "`{name}` should be named");
    }
    let mut all = full();
    TEXTS.iter().for_each(|(_, set)| set(&mut all, "x".into()));
    let all = serde_json::to_value(&all).expect("an event should be JSON");
    let walked = |name: &str| TEXTS.iter().any(|(member, _)| *member == name);
    let fixed = ["version", "id", "kind", "phase", "call", "request_bytes", "response_bytes", "latency"];
    for name in all.as_object().expect("an object").keys() {
        assert!(
            walked(name) || fixed.contains(&name.as_str()),
            "`{name}` should be in the table, or bounded by its type"
        );
    }
}

#[test]
fn cut_event_names_cut_members_when_written_again() {
    let mut event = full();
    event.tool = Some("x".repeat(1000));
    let json = event.into_json();
    let read: AuditEvent = serde_json::from_str(&json).expect("a cut event should be readable");
    assert_eq!(read.into_json(), json, "the loss should not be forgotten");
}

#[test]
fn token_in_place_of_name_is_cut() {
    // The shortest token that Weir could issue: header, claims with nine short members, Ed25519 signature.
    let token = format!("eyJ{}.eyJ{}.{}", "a".repeat(40), "b".repeat(200), "c".repeat(86));
    let arguments = format!(r#"{{"{token}":1,"nested":{{"{token}":[]}}}}"#);
    let mut event = full();
    event.tool = Some(token.clone());
    event.method = Some(token.clone());
    event.agent = Some(Agent { client_id: "a".into(), name: Some(token.clone()), version: Some(token.clone()) });
    event.arguments = Some(redact(&arguments, &[]));
    let json = event.into_json();
    assert!(!json.contains(&token), "no token should be in an event");
    assert!(!json.contains(&"c".repeat(16)), "nor its signature");
}

/// Hostile texts: characters that need escapes, wide characters, up to a megabyte. Each is a piece and its number of
/// repetitions, so that a failing case can be printed.
fn hostile() -> impl Strategy<Value = (String, usize)> {
    let piece = prop_oneof![Just("\0"), Just("\""), Just("\\"), Just("\u{1f600}"), Just("é"), Just("\n"), Just("a")];
    let pieces = proptest::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat());
    (pieces, prop_oneof![Just(1_usize), 1..200_usize, Just(20_000)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn event_is_always_shorter_than_its_bound(
        texts in proptest::collection::vec(hostile(), 23),
        list in proptest::collection::vec(hostile(), 0..40),
        times in 1_usize..60,
        arguments in hostile(),
    ) {
        let mut texts = texts.into_iter().map(|(piece, times)| piece.repeat(times));
        let mut next = || texts.next().unwrap_or_default();
        let arguments = arguments.0.repeat(arguments.1);
        let list: Vec<String> = list.into_iter().map(|(piece, times)| piece.repeat(times)).collect();
        let copies = times.min(1 + 2_000_000 / (1 + list.iter().map(String::len).sum::<usize>()));
        let list: Vec<String> = std::iter::repeat_n(&list, copies).flatten().cloned().collect();
        let mut event = full();
        event.time = next();
        event.refusals = Some(Refusals { minute: next(), count: u64::MAX });
        event.user = Some(User { issuer: next(), subject: next(), kind: Some(UserKind::Service) });
        event.agent = Some(Agent { client_id: next(), name: Some(next()), version: Some(next()) });
        event.groups = list.clone();
        event.team = Some(next());
        event.project = Some(next());
        event.resource = Some(next());
        event.virtual_server = Some(next());
        event.origin = Some(next());
        event.method = Some(next());
        event.tool = Some(next());
        event.resource_uri = Some(next());
        event.prompt = Some(next());
        let text = serde_json::to_string(&arguments).unwrap_or_default();
        event.arguments = Some(redact(&format!(r#"{{{text}:{text},"a":{text},"b":[{text}]}}"#), &["a".to_owned()]));
        event.outcome = Outcome { http_status: Some(u16::MAX), origin_status: Some(u16::MAX), error_code: Some(i64::MIN), ..Outcome::because(Status::OriginFailed, next()) };
        event.unavailable =
            list.iter().map(|text| Unavailable { origin: text.clone(), reason: text.clone().into() }).collect();
        event.defective = list
            .iter()
            .map(|text| Defective {
                origin: text.clone(),
                repaired: u64::MAX,
                left_out: u64::MAX,
                reason: Some(text.clone().into()),
            })
            .collect();
        event.input_requests = list
            .iter()
            .map(|text| InputRequests {
                origin: text.clone(),
                request: text.clone().into(),
                passed: u64::MAX,
                refused: u64::MAX,
                reason: Some(text.clone().into()),
            })
            .collect();
        event.phase = Some(Phase::Completion);
        event.call = Some(event.id.clone());
        event.detail = Some(next());
        event.lost_before = Some(u64::MAX);
        event.request_bytes = u64::MAX;
        event.response_bytes = u64::MAX;
        event.session = Some(Session { trace_id: next(), span_id: next(), parent_id: Some(next()), injected: false });
        event.decision = Some(Decision { effect: Effect::Refusal, epoch: u64::MAX, rules: list });
        event.latency = Some(Latency { weir_ms: u64::MAX, origin_ms: Some(u64::MAX) });
        event.cost = Some(Cost::Priced { amount: next(), currency: next() });
        event.truncated = vec!["x".repeat(200_000).into(); 3];
        let json = event.into_json();
        prop_assert!(json.len() < EVENT_BYTES, "{} bytes should be fewer", json.len());
        prop_assert!(!json.contains(['\n', '\r']), "an event should be one line");
        let read = serde_json::from_str::<AuditEvent>(&json);
        prop_assert!(read.is_ok(), "a cut event should still be an event: {read:?}");
    }
}
