//! Tests of versions, `initialize`, session ids, and the translation of responses between the eras.

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

fn translated(bridge: Bridge, outcome: &str) -> (String, ResponseContent) {
    let message = format!(r#"{{"jsonrpc":"2.0","id":7,{outcome}}}"#);
    let json_rpc::Incoming::Response { outcome, .. } = json_rpc::parse_incoming(message.clone().into()).unwrap() else {
        panic!("`{message}` should be a response");
    };
    let unchanged = (Bytes::from(message), outcome.clone());
    let (bytes, outcome) = bridge.response(&id(), &outcome).unwrap_or(unchanged);
    (String::from_utf8(bytes.to_vec()).unwrap(), outcome)
}

const TO_MODERN: Bridge =
    Bridge { client: Era::Modern, origin: Era::Legacy, url_elicitation: false, calls_tool: true, log_level: None };
const TO_LEGACY: Bridge = Bridge { client: Era::Legacy, origin: Era::Modern, ..TO_MODERN };

#[test]
fn version_is_negotiated() {
    for (requested, expected) in [
        (r#"{"protocolVersion":"2025-06-18"}"#, Some("2025-06-18")),
        (r#"{"protocolVersion":"2024-11-05"}"#, Some("2025-11-25")),
        (r#"{"protocolVersion":"2026-07-28"}"#, Some("2025-11-25")),
        (r#"{"protocolVersion":7}"#, None),
        ("{}", None),
    ] {
        assert_eq!(
            negotiate(Some(&members(requested))),
            expected,
            "`{requested}` should be answered with {expected:?}"
        );
    }
    assert_eq!(version(None), Ok("2025-03-26"), "no header should mean the first version with this transport");
    assert_eq!(version(Some("2025-11-25")), Ok("2025-11-25"), "a header should count");
    let error = version(Some("2024-11-05")).unwrap_err();
    assert!(error.data().as_str().contains("2025-03-26"), "every version should be offered: {}", error.data().as_str());
}

#[test]
fn legacy_result_gets_result_type_and_keeps_every_byte() {
    let (text, _) = translated(TO_MODERN, r#""result":{ "content" : [ 1.50 ] }"#);
    assert_eq!(text, r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete", "content" : [ 1.50 ] }}"#);
    let (text, _) = translated(TO_MODERN, r#""result":{ }"#);
    assert_eq!(
        text, r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete" }}"#,
        "an empty result should stay JSON"
    );
    let (text, _) = translated(TO_MODERN, r#""result":{"resultType":"complete"}"#);
    assert_eq!(text, r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete"}}"#, "no member should be repeated");
}

#[test]
fn legacy_error_code_is_replaced_for_modern_client() {
    let (text, outcome) = translated(TO_MODERN, r#""error":{"code":-32002,"message":"no \"x\"","data":{"uri":"x"}}"#);
    assert_eq!(text, r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"no \"x\"","data":{"uri":"x"}}}"#);
    assert!(matches!(outcome, ResponseContent::Error { code: -32602, .. }), "the outcome should have the new code");
    let (_, outcome) = translated(TO_MODERN, r#""error":{"code":-32042,"message":"open a page"}"#);
    assert!(
        matches!(outcome, ResponseContent::Error { code: -32603, .. }),
        "-32042 should never be sent in the modern era"
    );
    let (text, _) = translated(TO_MODERN, r#""error":{"code":-5, "message":"x"}"#);
    assert!(text.contains(r#"{"code":-5, "message":"x"}"#), "other errors should pass unchanged: {text}");
}

#[test]
fn url_elicitation_error_becomes_input_required() {
    let error = r#""error":{"code":-32042,"message":"Sign in first","data":{"elicitations":[{"mode":"url","elicitationId":"e-1","url":"https://x.example/a?b=1","message":"Sign in"}]}}"#;
    let opens = Bridge { url_elicitation: true, ..TO_MODERN };
    let (text, outcome) = translated(opens, error);
    assert_eq!(
        text,
        r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"input_required","inputRequests":{"url-1":{"method":"elicitation/create","params":{"mode":"url","message":"Sign in","url":"https://x.example/a?b=1"}}}}}"#
    );
    assert!(matches!(outcome, ResponseContent::Result(_)), "it should be a result now");
    for unfit in [r#"{"elicitations":[]}"#, r#"{"elicitations":[{"url":7,"message":"x"}]}"#, "7"] {
        let error = format!(r#""error":{{"code":-32042,"message":"x","data":{unfit}}}"#);
        let (_, outcome) = translated(opens, &error);
        assert!(matches!(outcome, ResponseContent::Error { code: -32603, .. }), "`{unfit}` should stay an error");
    }
    let capable = |text: &str| declares_url_elicitation(&raw(text));
    assert!(capable(r#"{"elicitation":{"url":{}}}"#));
    assert!(!capable(r#"{"elicitation":{}}"#) && !capable("{}"), "form mode is not URL mode");
}

#[test]
fn legacy_client_never_gets_input_required() {
    for response in [
        r#""result":{"resultType":"input_required","inputRequests":{}}"#,
        r#""result":{"resultType":"task","taskId":"1"}"#,
        r#""error":{"code":-32021,"message":"elicitation is missing"}"#,
    ] {
        let (text, outcome) = translated(TO_LEGACY, response);
        assert!(text.contains("too old") && text.contains(r#""isError":true"#), "`{response}` became {text}");
        assert!(matches!(outcome, ResponseContent::Result(_)), "`{response}` should become a tool's failure");
    }
    let other_method = Bridge { calls_tool: false, ..TO_LEGACY };
    let (text, outcome) = translated(other_method, r#""result":{"resultType":"input_required","inputRequests":{}}"#);
    assert!(text.contains("too old"), "a prompt or a resource has no such result: {text}");
    assert!(matches!(outcome, ResponseContent::Error { code: -32603, .. }), "so it should become an error");
    let plain = r#""result":{"resultType":"complete","content":[]}"#;
    assert!(translated(TO_LEGACY, plain).0.contains(plain), "a complete result should pass unchanged");
}

#[test]
fn listed_notifications_alone_precede_response() {
    let log = |level: &str| members(&format!(r#"{{"level":"{level}","data":1}}"#));
    let from_warning = Bridge { log_level: Some(3), ..TO_MODERN };
    let passes_log = |bridge: Bridge, level: &str| bridge.passes("notifications/message", Some(&log(level)));
    for (level, passes) in [("info", false), ("warning", true), ("emergency", true), ("loud", false)] {
        assert_eq!(passes_log(from_warning, level), passes, "`{level}` to a client that requests warnings");
        assert!(!passes_log(TO_MODERN, level), "`{level}` to a client that requests no log messages");
        assert!(passes_log(Bridge { client: Era::Legacy, ..TO_MODERN }, level), "`{level}` to a legacy client");
    }
    let eras = [Era::Modern, Era::Legacy];
    let bridges = eras.into_iter().flat_map(|client| eras.map(|origin| Bridge { client, origin, ..TO_MODERN }));
    for bridge in bridges {
        let both_legacy = (bridge.client, bridge.origin) == (Era::Legacy, Era::Legacy);
        for (method, passes) in [
            ("notifications/cancelled", both_legacy),
            ("notifications/elicitation/complete", both_legacy),
            ("notifications/tools/list_changed", both_legacy),
            ("notifications/prompts/list_changed", both_legacy),
            ("notifications/resources/list_changed", both_legacy),
            ("notifications/progress", false),
            ("notifications/resources/updated", false),
            ("notifications/tasks", false),
            ("notifications/subscriptions/acknowledged", false),
            ("notifications/initialized", false),
            ("notifications/of/tomorrow", false),
            ("com.example/custom", true),
        ] {
            assert_eq!(bridge.passes(method, None), passes, "{method} through {bridge:?}");
        }
    }
    let meta = r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{"url":{}}},"io.modelcontextprotocol/logLevel":"warning"}}"#;
    let meta = RequestMeta::parse(Some(&members(meta))).unwrap();
    let bridge = Bridge::new((Era::Modern, Era::Legacy), Method::ToolsCall, &meta);
    assert_eq!(bridge, Bridge { url_elicitation: true, ..from_warning });
}

#[test]
fn session_id_must_be_visible_ascii() {
    let one = |value: &[u8]| session_id(&HeaderMap::from_iter([(SESSION_ID, HeaderValue::from_bytes(value).unwrap())]));
    assert_eq!(session_id(&HeaderMap::new()), Ok(None), "a server need not assign one");
    assert!(one(b"a~!-1").is_ok_and(|id| id.is_some()), "visible ASCII should be accepted");
    for bad in [&b""[..], b"a b", b"\xe4", &[b'a'; MAX_SESSION_ID_BYTES + 1]] {
        assert_eq!(one(bad), Err(MalformedSessionId), "{bad:?} should be refused");
    }
}

#[test]
fn modern_keys_are_removed_from_meta() {
    let mut meta = members(
        r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"progressToken":1,"com.example/x":2}"#,
    );
    strip_meta(&mut meta);
    assert_eq!(meta.to_raw().as_str(), r#"{"progressToken":1,"com.example/x":2}"#);
}

#[test]
fn initialize_has_client_info_and_negotiates_version() {
    let info = client_info(Some(&members(r#"{"clientInfo":{"name":"old","version":"1"}}"#))).unwrap();
    let params = initialize_params("2025-06-18", ClientCapabilities::default(), &info);
    assert_eq!(params.get("capabilities").map(RawJson::as_str), Some("{}"));
    assert_eq!(params.get("protocolVersion").map(RawJson::as_str), Some("\"2025-06-18\""));
    let result = initialize_result("2025-06-18", &raw(r#"{"tools":{}}"#), &info, Some("Search first."));
    assert_eq!(negotiated_version(&result), Some("2025-06-18"));
    assert_eq!(
        negotiated_version(&raw(r#"{"protocolVersion":"2024-11-05"}"#)),
        None,
        "an unsupported version should be refused"
    );
    assert_eq!(
        client_info(Some(&members(r#"{"clientInfo":"old"}"#))),
        None,
        "a malformed `clientInfo` should be absent"
    );
}
