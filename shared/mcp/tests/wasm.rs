//! Tests of reading and writing on wasm32, the gateway's target.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic, which clippy does not see in these")]

use bytes::Bytes;
use json::RawJson;
use mcp::era::Era;
use mcp::event_stream::{Decoder, encode};
use mcp::headers::{decode, encode as encode_header};
use mcp::json_rpc::{Message, parse, result_response};
use mcp::list::{ExposedItem, List, ListKind, Page, list_result};
use mcp::params::arguments;
use mcp::result::CacheScope;
use mcp::tool::call_name;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn call_is_read_and_answered() {
    let body = r#"{"jsonrpc":"2.0","id":"é","method":"tools/call","params":{"name":"search","arguments":{"n":12345678901234567890}}}"#;
    let Ok(Message::Request(request)) = parse(Bytes::from_static(body.as_bytes())) else {
        panic!("a request should be read")
    };
    assert_eq!(call_name(request.params.as_ref()).as_deref(), Ok("search"), "the name should be read");
    let arguments = arguments(request.params.as_ref()).unwrap().unwrap();
    assert_eq!(arguments.as_str(), r#"{"n":12345678901234567890}"#, "arguments should be untouched");
    let answer = result_response(&request.id, &RawJson::empty_object());
    assert_eq!(answer[..], *r#"{"jsonrpc":"2.0","id":"é","result":{}}"#.as_bytes(), "the id should be echoed");
}

#[wasm_bindgen_test]
fn streams_and_headers_round_trip() {
    let stream = encode(b"{\n\"a\":1}");
    let mut decoder = Decoder::new(64);
    let mut events = Vec::new();
    for chunk in stream.chunks(3) {
        events.extend(decoder.push(&Bytes::copy_from_slice(chunk)).map(|event| event.unwrap().message().unwrap()));
    }
    assert_eq!(events, [Bytes::from_static(b"{\n\"a\":1}")], "the event should come back");
    let value = encode_header("søk");
    assert_eq!(decode(value.to_str().unwrap()).as_deref(), Ok("søk"), "the name should come back");
}

#[wasm_bindgen_test]
fn lists_are_spliced() {
    let result =
        RawJson::parse(Bytes::from_static(br#"{"tools":[{"name":"a","inputSchema":{"type":"object"}}]}"#)).unwrap();
    let list = List::parse(ListKind::Tools, Era::Modern, &result).unwrap();
    let listed = [ExposedItem {
        item: &list.items[0],
        name: Some("x_a"),
        title: None,
        description: Some("A"),
        client: Era::Modern,
    }];
    let weir = mcp::meta::Implementation { name: "weir".into(), version: "0.1.0".into(), title: None };
    let scope = CacheScope::Private;
    let page = Page {
        kind: ListKind::Tools,
        items: &listed,
        next_cursor: None,
        ttl_ms: 1,
        cache_scope: scope,
        server_info: &weir,
        notes: None,
    };
    let answer = list_result(&page);
    assert!(
        answer.as_str().contains(r#"[{"name":"x_a","inputSchema":{"type":"object"},"description":"A"}]"#),
        "{}",
        answer.as_str()
    );
}
