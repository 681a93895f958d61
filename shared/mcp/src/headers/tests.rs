//! Tests of mirrored headers.

use bytes::Bytes;

use super::*;

/// Header names and values.
type Pairs = &'static [(&'static str, &'static str)];

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    map
}

fn params(text: &'static str) -> Members {
    Members::parse(Bytes::from_static(text.as_bytes())).unwrap()
}

fn meta() -> RequestMeta {
    let params = params(
        r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}"#,
    );
    RequestMeta::parse(Some(&params)).unwrap()
}

fn on_method(pairs: &[(&'static str, &'static str)], method: &str, body: &'static str) -> Result<(), HeaderMismatch> {
    MirroredHeaders::parse(&headers(pairs)).unwrap().agree_on_method(method, Some(&params(body)))
}

#[test]
fn headers_of_call_agree_with_its_body() {
    let map = headers(&[
        ("mcp-protocol-version", " 2026-07-28\t"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "  documents_search "),
        ("mcp-param-region", "eu"),
        ("mcp-param-region", "us"),
        ("other", "x"),
    ]);
    let mirrored = MirroredHeaders::parse(&map).unwrap();
    assert_eq!(mirrored.agree_on_version(&meta()), Ok(()), "white space around a value should not count");
    let params = params(r#"{"name":"documents_search"}"#);
    assert_eq!(mirrored.agree_on_method("tools/call", Some(&params)), Ok(()), "method and name should agree");
    assert_eq!(mirrored.params().count(), 2, "every Mcp-Param header should be there to pass on");
}

#[test]
fn version_header_is_required_and_exact() {
    let none = headers(&[]);
    let error = MirroredHeaders::parse(&none).unwrap().agree_on_version(&meta()).unwrap_err();
    assert_eq!((error.code(), error.reason()), (-32020, "header_missing"), "a missing version should be refused");
    let other = headers(&[("mcp-protocol-version", "2025-11-25")]);
    let error = MirroredHeaders::parse(&other).unwrap().agree_on_version(&meta()).unwrap_err();
    assert_eq!(error.reason(), "header_mismatch", "another version should be refused");
}

#[test]
fn repeated_header_is_refused() {
    for name in ["mcp-protocol-version", "mcp-method", "mcp-name"] {
        let error = MirroredHeaders::parse(&headers(&[(name, "a"), (name, "a")])).unwrap_err();
        assert_eq!(error.reason(), "header_repeated", "`{name}` twice should be refused, even with one value");
    }
}

#[test]
fn value_outside_visible_ascii_is_refused() {
    let mut map = HeaderMap::new();
    map.insert(MCP_NAME, HeaderValue::from_bytes("ä".as_bytes()).unwrap());
    assert_eq!(MirroredHeaders::parse(&map).unwrap_err().reason(), "header_malformed", "raw UTF-8 should be refused");
}

#[test]
fn method_and_name_are_compared_with_their_case() {
    let body = r#"{"name":"search","uri":"file:///a"}"#;
    let cases: [(Pairs, &str, &str); 6] = [
        (&[], "tools/list", "header_missing"),
        (&[("mcp-method", "Tools/List")], "tools/list", "header_mismatch"),
        (&[("mcp-method", "tools/call")], "tools/call", "header_missing"),
        (&[("mcp-method", "tools/call"), ("mcp-name", "Search")], "tools/call", "header_mismatch"),
        (&[("mcp-method", "resources/read"), ("mcp-name", "search")], "resources/read", "header_mismatch"),
        (&[("mcp-method", "tools/call"), ("mcp-name", "=?base64?c2VhcmNo=?=")], "tools/call", "header_malformed"),
    ];
    for (pairs, method, reason) in cases {
        assert_eq!(on_method(pairs, method, body).unwrap_err().reason(), reason, "should be refused: {pairs:?}");
    }
    let agreeing: [(Pairs, &str); 4] = [
        (&[("mcp-method", "tools/call"), ("mcp-name", "=?base64?c2VhcmNo?=")], "tools/call"),
        (&[("mcp-method", "resources/read"), ("mcp-name", "file:///a")], "resources/read"),
        (&[("mcp-method", "tools/list"), ("mcp-name", "ignored")], "tools/list"),
        (&[("mcp-method", "what/ever")], "what/ever"),
    ];
    for (pairs, method) in agreeing {
        assert_eq!(on_method(pairs, method, body), Ok(()), "should agree: {pairs:?}");
    }
}

#[test]
fn name_missing_in_header_and_body_is_no_mismatch() {
    let method = ("mcp-method", "tools/call");
    assert_eq!(on_method(&[method], "tools/call", "{}"), Ok(()), "a name that neither has should be no mismatch");
    let error = on_method(&[method, ("mcp-name", "search")], "tools/call", "{}").unwrap_err();
    assert_eq!(error.reason(), "header_mismatch", "a name in the header alone should be refused");
}

#[test]
fn sentinel_is_strict() {
    let literal = ["=?base64?abc", "abc?=", "=?BASE64?YWJj?=", "=?base64?="];
    for value in literal {
        assert_eq!(decode(value).as_deref(), Ok(value), "should be a literal: `{value}`");
    }
    assert_eq!(decode("=?base64?YWJj?=").as_deref(), Ok("abc"), "should be decoded");
    assert_eq!(decode("=?base64??=").as_deref(), Ok(""), "an empty value should be decoded");
    for value in ["YWI", "YW I=", "YWJ=", "YW-_", "YWI==", "/w==", "Y?=="] {
        assert_eq!(decode(&format!("=?base64?{value}?=")), Err(SentinelError), "should be refused: `{value}`");
    }
}

#[test]
fn mirrored_headers_round_trip() {
    let mut map = headers(&[("mcp-name", "old"), ("mcp-name", "older")]);
    let version = HeaderValue::from_static("2026-07-28");
    mirror(&mut map, &version, Method::ToolsCall, Some("søk"));
    let mirrored = MirroredHeaders::parse(&map).unwrap();
    assert_eq!(mirrored.agree_on_version(&meta()), Ok(()), "the version should agree");
    assert_eq!(
        mirrored.agree_on_method("tools/call", Some(&params(r#"{"name":"søk"}"#))),
        Ok(()),
        "the name should agree"
    );
    mirror(&mut map, &version, Method::ToolsList, None);
    assert!(!map.contains_key(MCP_NAME), "a list should have no name left over");
}
