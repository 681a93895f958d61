//! Versions, openings, session ids, and what changes in a response between the eras.

use super::*;

fn raw(text: &str) -> RawJson {
    RawJson::parse(Bytes::from(text.to_owned())).unwrap()
}

fn members(text: &str) -> Members {
    raw(text).members().unwrap()
}

fn id() -> RequestId {
    RequestId::from_integer(7)
}

fn answered(bridge: Bridge, outcome: &str) -> (String, Outcome) {
    let message = format!(r#"{{"jsonrpc":"2.0","id":7,{outcome}}}"#);
    let json_rpc::Incoming::Response { outcome, .. } = json_rpc::parse_incoming(message.clone().into()).unwrap() else {
        panic!("`{message}` should be a response");
    };
    let (bytes, outcome) = bridge.response(&id(), message.into(), outcome);
    (String::from_utf8(bytes.to_vec()).unwrap(), outcome)
}

const TO_MODERN: Bridge =
    Bridge { client: Era::Modern, origin: Era::Legacy, opens_urls: false, calls_tool: true, log_level: None };
const TO_LEGACY: Bridge = Bridge { client: Era::Legacy, origin: Era::Modern, ..TO_MODERN };

#[test]
fn versions_are_negotiated() {
    for (asked, answered) in [
        (r#"{"protocolVersion":"2025-06-18"}"#, Some("2025-06-18")),
        (r#"{"protocolVersion":"2024-11-05"}"#, Some("2025-11-25")),
        (r#"{"protocolVersion":"2026-07-28"}"#, Some("2025-11-25")),
        (r#"{"protocolVersion":7}"#, None),
        ("{}", None),
    ] {
        assert_eq!(negotiate(Some(&members(asked))), answered, "`{asked}` should be answered with {answered:?}");
    }
    assert_eq!(version(None), Ok("2025-03-26"), "no header should mean the first version with this transport");
    assert_eq!(version(Some("2025-11-25")), Ok("2025-11-25"), "a header should count");
    let error = version(Some("2024-11-05")).unwrap_err();
    assert!(error.data().as_str().contains("2025-03-26"), "every version should be offered: {}", error.data().as_str());
}

#[test]
fn a_legacy_result_is_completed_byte_for_byte() {
    let (text, _) = answered(TO_MODERN, r#""result":{ "content" : [ 1.50 ] }"#);
    assert_eq!(text, r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete", "content" : [ 1.50 ] }}"#);
    let (text, _) = answered(TO_MODERN, r#""result":{ }"#);
    assert_eq!(
        text, r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete" }}"#,
        "an empty result should stay JSON"
    );
    let (text, _) = answered(TO_MODERN, r#""result":{"resultType":"complete"}"#);
    assert_eq!(text, r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete"}}"#, "nothing should come twice");
}

#[test]
fn forbidden_codes_get_their_successors() {
    let (text, outcome) = answered(TO_MODERN, r#""error":{"code":-32002,"message":"no \"x\"","data":{"uri":"x"}}"#);
    assert_eq!(text, r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"no \"x\"","data":{"uri":"x"}}}"#);
    assert!(matches!(outcome, Outcome::Error { code: -32602, .. }), "the event should tell the new code");
    let (_, outcome) = answered(TO_MODERN, r#""error":{"code":-32042,"message":"open a page"}"#);
    assert!(matches!(outcome, Outcome::Error { code: -32603, .. }), "-32042 should never be sent in the modern era");
    let (text, _) = answered(TO_MODERN, r#""error":{"code":-5, "message":"x"}"#);
    assert!(text.contains(r#"{"code":-5, "message":"x"}"#), "other errors should pass as they came: {text}");
}

#[test]
fn pages_to_open_first_are_asked_for_in_the_modern_way() {
    let error = r#""error":{"code":-32042,"message":"Sign in first","data":{"elicitations":[{"mode":"url","elicitationId":"e-1","url":"https://x.example/a?b=1","message":"Sign in"}]}}"#;
    let opens = Bridge { opens_urls: true, ..TO_MODERN };
    let (text, outcome) = answered(opens, error);
    assert_eq!(
        text,
        r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"input_required","inputRequests":{"url-1":{"method":"elicitation/create","params":{"mode":"url","message":"Sign in","url":"https://x.example/a?b=1"}}}}}"#
    );
    assert!(matches!(outcome, Outcome::Result(_)), "it should be a result now");
    for unfit in [r#"{"elicitations":[]}"#, r#"{"elicitations":[{"url":7,"message":"x"}]}"#, "7"] {
        let error = format!(r#""error":{{"code":-32042,"message":"x","data":{unfit}}}"#);
        let (_, outcome) = answered(opens, &error);
        assert!(matches!(outcome, Outcome::Error { code: -32603, .. }), "`{unfit}` should stay an error");
    }
    let capable = |text: &str| opens_urls(&raw(text));
    assert!(capable(r#"{"elicitation":{"url":{}}}"#));
    assert!(!capable(r#"{"elicitation":{}}"#) && !capable("{}"), "forms are no pages");
}

#[test]
fn a_legacy_client_is_never_asked() {
    for asking in [
        r#""result":{"resultType":"input_required","inputRequests":{}}"#,
        r#""result":{"resultType":"task","taskId":"1"}"#,
        r#""error":{"code":-32021,"message":"elicitation is missing"}"#,
    ] {
        let (text, outcome) = answered(TO_LEGACY, asking);
        assert!(text.contains("too old") && text.contains(r#""isError":true"#), "`{asking}` became {text}");
        assert!(matches!(outcome, Outcome::Result(_)), "`{asking}` should become a tool's failure");
    }
    let elsewhere = Bridge { calls_tool: false, ..TO_LEGACY };
    let (text, outcome) = answered(elsewhere, r#""result":{"resultType":"input_required","inputRequests":{}}"#);
    assert!(text.contains("too old"), "a prompt or a resource has no such result: {text}");
    assert!(matches!(outcome, Outcome::Error { code: -32603, .. }), "so it should become an error");
    let plain = r#""result":{"resultType":"complete","content":[]}"#;
    assert!(answered(TO_LEGACY, plain).0.contains(plain), "a whole result should pass as it came");
}

#[test]
fn a_modern_client_hears_progress_and_the_log_that_it_asked_for() {
    let notification =
        |method: &str, params: &str| Notification { method: method.to_owned(), params: Some(members(params)) };
    let log = |level: &str| notification("notifications/message", &format!(r#"{{"level":"{level}","data":1}}"#));
    let from_warning = Bridge { log_level: Some(3), ..TO_MODERN };
    for (level, heard) in [("info", false), ("warning", true), ("emergency", true), ("loud", false)] {
        assert_eq!(from_warning.passes(&log(level)), heard, "`{level}` to a client that asked for warnings");
        assert!(!TO_MODERN.passes(&log(level)), "`{level}` to a client that asked for nothing");
        assert!(Bridge { client: Era::Legacy, ..TO_MODERN }.passes(&log(level)), "`{level}` to a legacy client");
    }
    assert!(TO_MODERN.passes(&notification("notifications/progress", r#"{"progressToken":1,"progress":1}"#)));
    assert!(TO_MODERN.passes(&notification("com.example/custom", "{}")), "what is nobody's passes");
    for method in ["notifications/tools/list_changed", "notifications/elicitation/complete", "notifications/cancelled"]
    {
        assert!(!TO_MODERN.passes(&notification(method, "{}")), "{method} has no place in a modern answer");
    }
    let meta = r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{"url":{}}},"io.modelcontextprotocol/logLevel":"warning"}}"#;
    let meta = RequestMeta::parse(Some(&members(meta))).unwrap();
    let bridge = Bridge::new((Era::Modern, Era::Legacy), Method::ToolsCall, &meta);
    assert_eq!(bridge, Bridge { opens_urls: true, ..from_warning });
}

#[test]
fn only_visible_session_ids_are_taken() {
    let one = |value: &[u8]| session_id(&HeaderMap::from_iter([(SESSION_ID, HeaderValue::from_bytes(value).unwrap())]));
    assert_eq!(session_id(&HeaderMap::new()), Ok(None), "a server need not assign one");
    assert!(one(b"a~!-1").is_ok_and(|id| id.is_some()), "visible ASCII should do");
    for bad in [&b""[..], b"a b", b"\xe4", &[b'a'; MAX_SESSION_ID_BYTES + 1]] {
        assert_eq!(one(bad), Err(MalformedSessionId), "{bad:?} should be refused");
    }
}

#[test]
fn protocol_keys_leave_meta_and_others_stay() {
    let mut meta = members(
        r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"progressToken":1,"com.example/x":2}"#,
    );
    strip_meta(&mut meta);
    assert_eq!(meta.to_raw().as_str(), r#"{"progressToken":1,"com.example/x":2}"#);
}

#[test]
fn an_opening_says_who_it_is_and_settles_a_version() {
    let info = client_info(Some(&members(r#"{"clientInfo":{"name":"old","version":"1"}}"#))).unwrap();
    let params = initialize_params("2025-06-18", ClientCapabilities::default(), &info);
    assert_eq!(params.get("capabilities").map(RawJson::as_str), Some("{}"));
    assert_eq!(params.get("protocolVersion").map(RawJson::as_str), Some("\"2025-06-18\""));
    let result = initialize_result("2025-06-18", &raw(r#"{"tools":{}}"#), &info, Some("Search first."));
    assert_eq!(settled(&result), Some("2025-06-18"));
    assert_eq!(settled(&raw(r#"{"protocolVersion":"2024-11-05"}"#)), None, "what isn't spoken here is no version");
    assert_eq!(client_info(Some(&members(r#"{"clientInfo":"old"}"#))), None, "what can't be read should be left out");
}
