//! Tests of the `_meta` of requests.

use bytes::Bytes;

use super::*;

fn parse(meta: &str) -> Result<RequestMeta, MetaError> {
    let params = Members::parse(Bytes::from(format!(r#"{{"name":"x","_meta":{meta}}}"#))).unwrap();
    RequestMeta::parse(Some(&params))
}

/// A valid `_meta` with more members.
fn with(more: &str) -> String {
    format!(
        r#"{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}{more}}}"#
    )
}

#[test]
fn smallest_meta_is_valid() {
    let meta = parse(&with("")).unwrap();
    assert_eq!(meta.protocol_version, "2026-07-28", "the version should be read");
    assert_eq!(meta.client_capabilities.as_str(), "{}", "capabilities should be kept raw");
    assert_eq!(meta.client_info, None, "the client's program should be optional");
    assert_eq!(meta.traceparent, None, "the trace context should be optional");
}

#[test]
fn meta_without_required_key_is_refused() {
    let no_params = RequestMeta::parse(None).unwrap_err();
    let no_meta = RequestMeta::parse(Some(&Members::new())).unwrap_err();
    let no_version = parse(r#"{"io.modelcontextprotocol/clientCapabilities":{}}"#).unwrap_err();
    let no_capabilities = parse(r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#).unwrap_err();
    for error in [no_params, no_meta, no_version, no_capabilities] {
        assert_eq!(error.code(), -32602, "a missing key should be invalid params");
        assert_eq!(error.reason(), "meta_missing", "the reason should say so: {error}");
    }
}

#[test]
fn wrong_type_or_length_is_refused() {
    let long = "x".repeat(300);
    let cases = [
        r#"{"io.modelcontextprotocol/protocolVersion":20260728,"io.modelcontextprotocol/clientCapabilities":{}}"#
            .to_owned(),
        format!(
            r#"{{"io.modelcontextprotocol/protocolVersion":"{long}","io.modelcontextprotocol/clientCapabilities":{{}}}}"#
        ),
        r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":[]}"#
            .to_owned(),
        with(r#","io.modelcontextprotocol/clientInfo":"claude""#),
        with(r#","io.modelcontextprotocol/clientInfo":{"name":"claude"}"#),
        with(&format!(r#","io.modelcontextprotocol/clientInfo":{{"name":"{long}","version":"1"}}"#)),
        with(r#","progressToken":{}"#),
        with(&format!(r#","progressToken":"{long}""#)),
    ];
    for case in cases {
        assert_eq!(parse(&case).unwrap_err().reason(), "meta_invalid", "should be refused: {case}");
    }
    for case in ["7".to_owned(), "null".to_owned(), with(r#","progressToken":1,"progressToken":2"#)] {
        assert_eq!(parse(&case).unwrap_err().reason(), "meta_unreadable", "should be refused: {case}");
    }
}

#[test]
fn optional_parts_are_read() {
    let meta = parse(&with(concat!(
        r#","io.modelcontextprotocol/clientInfo":{"name":"inspector","version":"2.0","title":"Inspector"}"#,
        r#","progressToken":12345678901234567890"#,
        r#","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","tracestate":"a=1","baggage":"k=v""#
    )))
    .unwrap();
    let inspector = Implementation { name: "inspector".into(), version: "2.0".into(), title: None };
    assert_eq!(meta.client_info, Some(inspector), "name and version should be read");
    assert_eq!(meta.progress_token.unwrap().as_str(), "12345678901234567890", "the token should keep its digits");
    assert_eq!(meta.tracestate.as_deref(), Some("a=1"), "tracestate should be read");
    assert_eq!(meta.baggage.as_deref(), Some("k=v"), "baggage should be read");
}

#[test]
fn invalid_trace_context_counts_as_absent() {
    let meta = parse(&with(r#","traceparent":"00-zz","tracestate":"a=1","baggage":7,"com.example/x":1"#)).unwrap();
    assert_eq!(
        (meta.traceparent.as_ref(), meta.tracestate.as_ref()),
        (None, None),
        "tracestate should be absent without traceparent"
    );
    let forwarded = meta.to_members();
    for key in [TRACEPARENT, TRACESTATE, BAGGAGE] {
        assert_eq!(forwarded.get(key), None, "an invalid `{key}` should not go to the origin");
    }
    assert!(forwarded.get("com.example/x").is_some(), "an unknown key should pass");
}

#[test]
fn meta_of_own_request_is_valid() {
    let mut params = Members::new();
    params
        .set(META, own_request(&Implementation { name: "weir".into(), version: "0.1.0".into(), title: None }).to_raw());
    let meta = RequestMeta::parse(Some(&params)).unwrap();
    assert_eq!(meta.client_info.unwrap().name, "weir", "our own request should name us");
}
