//! A freeze ends what began before it, within the quarantine's own bound: streams of both eras, active and silent, and
//! calls whose origin takes long.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harness::legacy::LegacyServer;
use harness::offers::INPUT_REQUESTS;
use harness::origin::{Received, event};
use harness::target::{Exchange, Target, skipped_if};
use harness::weir::CLIENT;
use harness::{Draft, Origin, Reply, Setup, Step, Weir};
use http::Method;
use registry::record::Freshness;
use serde_json::{Value, json};

/// The isolate reads the quarantine again after this many seconds (`gateway::records::REFRESH`).
const BOUND: u64 = 30;

/// The seconds for which an origin goes on by itself.
const LONG: u64 = 120;

/// A stream for alice, or another response that takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnderWay {
    ModernCall,
    LegacyCall,
    Listen,
    ServerStream,
    LongJson,
    SlowCall,
}

const ALL: [UnderWay; 6] = [
    UnderWay::ModernCall,
    UnderWay::LegacyCall,
    UnderWay::Listen,
    UnderWay::ServerStream,
    UnderWay::LongJson,
    UnderWay::SlowCall,
];

impl UnderWay {
    const fn is_legacy(self) -> bool {
        matches!(self, Self::LegacyCall | Self::ServerStream)
    }

    /// True if it involves one tool.
    const fn calls(self) -> bool {
        !matches!(self, Self::Listen | Self::ServerStream)
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Listen => "subscriptions/listen",
            Self::ServerStream => "GET",
            _ => "tools/call",
        }
    }

    fn start(self) -> Weir {
        let mut setup = Setup::new().may_ask("documents", &INPUT_REQUESTS);
        setup = setup.replace("origins/documents.toml", "timeout_ms = 2500", "timeout_ms = 300000");
        let keys = json!({ "keys": [{ "kty": "oct", "kid": "1", "k": URL_SAFE_NO_PAD.encode([7; 32]) }] });
        setup.secrets.insert("SEALING_KEYS".to_owned(), keys.to_string());
        if !self.is_legacy() {
            return setup.start();
        }
        let weir = setup.replace("origins/documents.toml", "\"modern\"", "\"legacy\"").start();
        LegacyServer::play(&weir.documents, true);
        weir
    }

    /// Makes the origin send a message each second, or nothing, for [`LONG`], and then end.
    fn play(self, origin: &Origin, active: bool) {
        let before = origin.scripted();
        origin.script(move |received| {
            let message = received.message();
            let is_asked = match self {
                Self::ServerStream => received.method == Method::GET,
                _ => message["method"] == self.method(),
            };
            match is_asked {
                true => Some(self.reply(received, active)),
                false => before.as_ref().and_then(|before| before(received)),
            }
        });
    }

    fn reply(self, received: &Received, active: bool) -> Reply {
        let id = received.message()["id"].clone();
        let content = json!([{ "type": "text", "text": "late" }]);
        let result = json!({ "jsonrpc": "2.0", "id": id, "result": { "resultType": "complete", "content": content } });
        let waits = |piece: &dyn Fn() -> Step| -> Vec<Step> {
            match active {
                false => vec![Step::Wait(Duration::from_secs(LONG))],
                true => (0..LONG).flat_map(|_| [Step::Wait(Duration::from_secs(1)), piece()]).collect(),
            }
        };
        let notification =
            |method: &str, params: Value| json!({ "jsonrpc": "2.0", "method": method, "params": params });
        let spoken = |first: Option<Value>, each: Value, last: Option<Value>| {
            let first = first.iter().map(event).collect::<Vec<_>>();
            let last = last.iter().map(event).collect::<Vec<_>>();
            Reply::event_stream([first, waits(&|| event(&each)), last].concat())
        };
        match self {
            Self::ModernCall | Self::LegacyCall => {
                let progress = json!({ "progressToken": "p", "progress": 1 });
                spoken(None, notification("notifications/progress", progress), Some(result))
            }
            Self::Listen => {
                let asked = received.message()["params"]["notifications"].clone();
                let meta = json!({ "io.modelcontextprotocol/subscriptionId": id });
                let params = json!({ "notifications": asked, "_meta": meta });
                let first = notification("notifications/subscriptions/acknowledged", params);
                let each = notification("notifications/tools/list_changed", json!({}));
                spoken(Some(first), each, Some(json!({ "jsonrpc": "2.0", "id": id, "result": {} })))
            }
            Self::ServerStream => spoken(None, notification("notifications/tools/list_changed", json!({})), None),
            Self::LongJson => {
                let text = result.to_string();
                let (begin, end) = text.split_at(text.find("late").unwrap_or_default());
                let begin = format!("{begin}{}", "x".repeat(400_000));
                let steps = [vec![Step::Send(begin.into())], waits(&|| Step::Send("x".into()))].concat();
                let steps = [steps, vec![Step::Send(end.to_owned().into())]].concat();
                Reply { steps, ..Reply::text(200, "application/json", "") }
            }
            Self::SlowCall => Reply { before: Some(Step::Wait(Duration::from_secs(LONG))), ..Reply::json(&result) },
        }
    }

    fn begin(self, weir: &Weir) -> Box<dyn Exchange> {
        let token = weir.token("alice");
        let params =
            json!({ "name": "documents_search", "arguments": { "query": "x" }, "_meta": { "progressToken": "p" } });
        if self.is_legacy() {
            let client = json!({ "name": "old-client", "version": "1" });
            let opening =
                json!({ "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} }, "clientInfo": client });
            let opened = weir.send(Draft::legacy(None, "initialize", opening).token(&token));
            let session = opened.header("mcp-session-id").expect("a session").to_owned();
            let draft = match self {
                Self::ServerStream => Draft::bare(Method::GET, "/mcp")
                    .header("accept", "text/event-stream")
                    .header("mcp-protocol-version", "2025-11-25"),
                _ => Draft::legacy(Some("2025-11-25"), "tools/call", params),
            };
            return weir.begin(draft.header("mcp-session-id", &session).token(&token));
        }
        weir.begin(match self {
            Self::Listen => {
                let notifications = json!({ "notifications": { "toolsListChanged": true } });
                Draft::modern("subscriptions/listen", notifications).token(&token)
            }
            _ => Draft::call("documents_search", json!({ "query": "x" })).meta("progressToken", "p").token(&token),
        })
    }
}

/// Publishes this quarantine.
fn freeze(weir: &Weir, frozen: &Value) {
    let now = weir.running.now();
    let fresh = Freshness { sequence: (now + 1) * 1000, valid_until: now + 86_400 };
    weir.running.put("quarantine", &weir.publisher.quarantine(&frozen.to_string(), fresh));
}

/// The body, to its end, and the seconds until then.
fn rest(weir: &Weir, exchange: &mut dyn Exchange) -> (String, u64) {
    let before = weir.running.now();
    exchange.head().expect("it should be answered");
    let mut text = String::new();
    while let Ok(Some(chunk)) = exchange.chunk() {
        text.push_str(std::str::from_utf8(&chunk).expect("text"));
    }
    (text, weir.running.now() - before)
}

#[test]
fn freeze_ends_what_is_under_way_within_bound_of_quarantine() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    for (under, active) in ALL.into_iter().flat_map(|under| [(under, true), (under, false)]) {
        let issuer = |weir: &Weir| weir.issuer.url().to_owned();
        let of_origin = if under.calls() { "quarantined_tool" } else { "quarantined_origin" };
        type Frozen<'a> = (&'a str, &'a dyn Fn(&Weir) -> Value, Option<&'a str>);
        let cases: [Frozen<'_>; 6] = [
            ("user", &|weir| json!({ "principals": [format!("{}|alice", issuer(weir))] }), Some("quarantined_caller")),
            ("agent", &|_| json!({ "agents": [CLIENT.0] }), Some("quarantined_caller")),
            (
                "sign-in",
                &|weir| {
                    let user = format!("{}|alice", issuer(weir));
                    json!({ "not_before": [{ "user": user, "instant": weir.running.now() }] })
                },
                Some("signed_out"),
            ),
            ("origin", &|_| json!({ "origins": ["documents"] }), Some(of_origin)),
            ("tool", &|_| json!({ "tools": ["documents_search"] }), under.calls().then_some("quarantined_tool")),
            (
                "others",
                &|weir| {
                    json!({ "principals": [format!("{}|bob", issuer(weir))], "agents": ["other-agent"],
                        "origins": ["people"], "tools": ["documents_delete"] })
                },
                None,
            ),
        ];
        for (what, frozen, reason) in cases {
            let why = format!("{under:?}, active: {active}, frozen: {what}");
            let weir = under.start();
            under.play(&weir.documents, active);
            let mut exchange = under.begin(&weir);
            weir.running.pass(Duration::from_secs(2));
            freeze(&weir, &frozen(&weir));
            let (text, seconds) = rest(&weir, exchange.as_mut());
            let event = weir.last_event(under.method());
            let Some(reason) = reason else {
                assert!(seconds > LONG - 10, "{why}: it ended after {seconds} s: {text}");
                assert_eq!(event["outcome"]["status"], "success", "{why}: {event}");
                continue;
            };
            // The result of a slow call is withheld when it comes; everything else ends by itself.
            let bound = if under == UnderWay::SlowCall { LONG } else { BOUND };
            assert!(seconds <= bound, "{why}: it ended after {seconds} s");
            let outcome = (&event["outcome"]["status"], &event["outcome"]["reason"]);
            assert_eq!(outcome, (&json!("refused"), &json!(reason)), "{why}: {event}");
            assert_eq!(event["user"]["subject"], "alice", "{why}: {event}");
            assert!(!text.contains("\"late\""), "{why}: {text}");
            if under == UnderWay::LongJson {
                assert!(serde_json::from_str::<Value>(&text).is_err(), "{why}: it should be no message");
            } else {
                let words = ["quarantined;", "is quarantined", "this sign-in was ended"];
                assert!(words.iter().any(|words| text.contains(words)), "{why}: {text:.2000}");
                assert!(text.contains(reason), "{why}: the message should have the reason code: {text:.2000}");
            }
            let asked = weir.documents.received().into_iter().rfind(|received| match under {
                UnderWay::ServerStream => received.method == Method::GET,
                _ => received.message()["method"] == under.method(),
            });
            let ended = asked.is_some_and(|asked| asked.aborted());
            assert!(ended || under == UnderWay::SlowCall, "{why}: the origin's connection should be closed");
        }
    }
}

#[test]
fn token_that_an_ended_sign_in_gets_meanwhile_is_refused() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test move the clock") {
        return;
    }
    let weir = Weir::usual();
    let assertion = weir.issuer.sign(weir.id_jag("alice"));
    assert_eq!(weir.list("alice").status, 200);
    weir.running.pass(Duration::from_secs(2));
    let user = format!("{}|alice", weir.issuer.url());
    freeze(&weir, &json!({ "not_before": [{ "user": user, "instant": weir.running.now() }] }));
    weir.running.pass(Duration::from_secs(2));
    let redeemed = weir.send(weir.redeeming(&assertion));
    let token = redeemed.json()["access_token"].as_str().expect("the isolate has not read the end yet").to_owned();
    assert_eq!(weir.send(Draft::list().token(&token)).status, 200);
    weir.running.pass(Duration::from_secs(BOUND));
    assert_eq!(weir.send(Draft::list().token(&token)).status, 401, "its sign-in was ended before it was issued");
    let anew = weir.send(weir.redeeming(&weir.issuer.sign(weir.id_jag("alice")))).json();
    let token = anew["access_token"].as_str().expect("a new sign-in counts");
    assert_eq!(weir.send(Draft::list().token(token)).status, 200);
}

#[test]
fn quarantine_that_is_gone_ends_streams() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    for under in [UnderWay::ModernCall, UnderWay::Listen, UnderWay::ServerStream] {
        let weir = under.start();
        under.play(&weir.documents, true);
        let mut exchange = under.begin(&weir);
        weir.running.delete("quarantine");
        let (text, seconds) = rest(&weir, exchange.as_mut());
        assert!(seconds <= BOUND, "{under:?}: it ended after {seconds} s");
        assert!(text.contains("no valid registry"), "{under:?}: {text}");
        let event = weir.last_event(under.method());
        assert_eq!(event["outcome"]["reason"], "record_missing", "{under:?}: {event}");
    }
}

#[test]
fn stream_goes_on_while_store_fails() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let mut setup = Setup::new().replace("origins/documents.toml", "timeout_ms = 2500", "timeout_ms = 300000");
    setup.store_may_fail = true;
    let weir = setup.start();
    UnderWay::ModernCall.play(&weir.documents, true);
    let mut exchange = UnderWay::ModernCall.begin(&weir);
    weir.running.break_store(true);
    let (text, seconds) = rest(&weir, exchange.as_mut());
    assert!(seconds >= LONG - 1, "a failing store should end nothing for a while: {seconds} s");
    assert!(text.contains("\"late\""), "{text}");
}

#[test]
fn open_stream_has_no_notification_of_frozen_resource() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let mut setup = Setup::new().with_offers().replace("origins/documents.toml", "\"modern\"", "\"legacy\"");
    let keys = json!({ "keys": [{ "kty": "oct", "kid": "1", "k": URL_SAFE_NO_PAD.encode([7; 32]) }] });
    setup.secrets.insert("SEALING_KEYS".to_owned(), keys.to_string());
    let weir = setup.start();
    LegacyServer::play(&weir.documents, true);
    let server = weir.documents.scripted().expect("a legacy server");
    weir.documents.script(move |received| {
        if received.method != Method::GET {
            return server(received);
        }
        let updated = |uri: &str| {
            let params = json!({ "uri": uri });
            event(&json!({ "jsonrpc": "2.0", "method": "notifications/resources/updated", "params": params }))
        };
        let wait = || Step::Wait(Duration::from_secs(40));
        let (one, two) = (updated("handbook://page/1"), updated("handbook://page/2"));
        Some(Reply::event_stream([one.clone(), wait(), one, two]))
    });
    let mut exchange = UnderWay::ServerStream.begin(&weir);
    weir.running.pass(Duration::from_secs(1));
    freeze(&weir, &json!({ "resources": ["handbook://page/1"] }));
    let (text, _) = rest(&weir, exchange.as_mut());
    assert_eq!(text.matches("handbook://page/1").count(), 1, "the messages before the freeze: {text}");
    assert_eq!(text.matches("handbook://page/2").count(), 1, "notifications of other resources: {text}");
}
