//! Properties of every parser under generated input.
#![cfg(not(target_arch = "wasm32"))]

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use json::{Members, RawJson};
use mcp::era::Era;
use mcp::event_stream::{Decoder, Event, EventTooLarge, encode};
use mcp::headers::{MCP_METHOD, MCP_NAME, MCP_PROTOCOL_VERSION, MirroredHeaders, decode, encode as encode_header};
use mcp::json_rpc::{Incoming, Message, RequestId, ResponseContent, parse, parse_incoming, request, result_response};
use mcp::list::{ExposedItem, List, ListKind, Page, list_result};
use mcp::meta::{RequestMeta, TraceParent, is_baggage, is_tracestate};
use mcp::result::{CacheScope, summarize};
use mcp::streamable_http::{ResponseFormat, check_media_types};
use proptest::prelude::*;
use serde_json::Value;

/// JSON values with awkward strings and numbers; fractions are eighths, which every reader of floats gets exactly.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

/// An object as JSON text, sometimes with white space.
fn object_text() -> impl Strategy<Value = String> {
    (prop::collection::btree_map(any::<String>(), json(), 0..24), any::<bool>()).prop_map(|(map, pretty)| {
        let value = Value::from_iter(map);
        if pretty { format!("{value:#}") } else { value.to_string() }
    })
}

/// Bytes similar enough to JSON to pass the first checks.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(prop::sample::select(b"{}[]\",:\\u0eE+-.19 \n\ttruefalsnd\x01\xc3\xa9".to_vec()), 0..60),
        (json(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(value, at, byte)| {
            let mut text = value.to_string().into_bytes();
            let at = at.index(text.len());
            text[at] = byte;
            text
        }),
    ]
}

/// Streams composed of the tokens of the grammar.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "\n",
        "\r",
        "\r\n",
        "data",
        "data:",
        "data: ",
        "event: message",
        "event: ping",
        "event:",
        ":",
        "id: 1",
        " ",
        "{\"a\":1}",
        "\u{feff}",
        "é",
        "x",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
}

fn decode_in(chunks: &[&[u8]], limit: usize) -> (Vec<Result<Event, EventTooLarge>>, bool) {
    let mut decoder = Decoder::new(limit);
    let mut events = Vec::new();
    for chunk in chunks {
        events.extend(decoder.push(&Bytes::copy_from_slice(chunk)));
    }
    (events, decoder.is_idle())
}

#[allow(clippy::expect_used, reason = "a test may panic")]
fn value_of(raw: &RawJson) -> Value {
    serde_json::from_str(raw.as_str()).expect("raw JSON should be JSON")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn raw_json_accepts_what_serde_json_accepts(text in nearly_json()) {
        let ours = RawJson::parse(Bytes::from(text.clone()));
        let theirs = std::str::from_utf8(&text).is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
        prop_assert_eq!(ours.is_ok(), theirs, "both should agree: {:?}", ours);
    }

    #[test]
    fn raw_json_accepts_every_value(value in json()) {
        for text in [value.to_string(), format!("{value:#}")] {
            let raw = RawJson::parse(Bytes::from(text.clone())).expect("serde_json should write JSON");
            prop_assert_eq!(raw.as_str(), text, "the text should be kept");
        }
    }

    #[test]
    fn members_join_to_same_object(text in object_text()) {
        let raw = RawJson::parse(Bytes::from(text)).expect("should be JSON");
        let members = raw.members().expect("should be an object without duplicates");
        let joined = members.to_raw();
        prop_assert_eq!(value_of(&joined), value_of(&raw), "splitting and joining should change nothing");
        prop_assert_eq!(joined.members().expect("should split again"), members.clone(), "values should be the same bytes");
        for (name, value) in members.iter() {
            prop_assert!(raw.as_str().contains(value.as_str()), "`{}` should be a slice", name);
        }
    }

    #[test]
    fn elements_join_to_same_array(values in prop::collection::vec(json(), 0..12)) {
        let raw = RawJson::from_serialize(&values).expect("should be JSON");
        let elements: Vec<Value> = raw.elements().expect("should be an array").iter().map(value_of).collect();
        prop_assert_eq!(Value::from(elements), value_of(&raw), "splitting should lose nothing");
    }

    #[test]
    fn strings_round_trip(text in any::<String>()) {
        let raw = RawJson::from_string(&text);
        let decoded = raw.string();
        prop_assert_eq!(decoded.as_deref(), Some(text.as_str()), "the string should come back");
        prop_assert_eq!(value_of(&raw), Value::from(text), "serde_json should read the same string");
    }

    #[test]
    fn requests_round_trip(text in object_text(), id in any::<i64>(), method in "[a-z/]{1,40}") {
        let params = RawJson::parse(Bytes::from(text)).and_then(|raw| raw.members()).expect("should be an object");
        let id = RequestId::from_integer(id);
        let Ok(Message::Request(read)) = parse(request(&id, &method, &params)) else {
            return Err(TestCaseError::fail("the written text should be a request"));
        };
        prop_assert_eq!(read.params, Some(params), "params should come back byte for byte");
        prop_assert_eq!((read.id, read.method), (id, method), "id and method should come back");
    }

    #[test]
    fn results_round_trip(text in object_text(), id in ".{0,30}") {
        let result = RawJson::parse(Bytes::from(text)).expect("should be JSON");
        let id = RequestId::parse(RawJson::from_string(&id)).expect("should be an id");
        let read = parse_incoming(result_response(&id, &result)).expect("the written text should be a response");
        prop_assert_eq!(read, Incoming::Response { id: Some(id), outcome: ResponseContent::Result(result) }, "nothing should change");
    }

    #[test]
    fn json_readers_do_not_panic(text in nearly_json()) {
        let body = Bytes::from(text);
        let _ = parse(body.clone());
        let _ = parse_incoming(body.clone());
        if let Ok(raw) = RawJson::parse(body) {
            let _ = (raw.members(), raw.elements(), raw.string(), raw.integer(), raw.boolean(), raw.kind());
            let _ = (List::parse(ListKind::Tools, Era::Modern, &raw), summarize(&raw));
            let mut params = Members::new();
            params.set("_meta", raw);
            let _ = RequestMeta::parse(Some(&params));
        }
    }

    #[test]
    fn enveloped_json_does_not_panic(value in nearly_json()) {
        for frame in ["{\"jsonrpc\":\"2.0\",\"id\":@,\"method\":\"m\"}", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":@}",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":@}", "{\"tools\":[@]}", "{\"tools\":[{\"name\":@}]}"] {
            let (head, tail) = frame.split_once('@').expect("every frame has a place");
            let body = Bytes::from([head.as_bytes(), &value, tail.as_bytes()].concat());
            let _ = parse(body.clone());
            let _ = parse_incoming(body.clone());
            if let Ok(raw) = RawJson::parse(body) {
                let _ = List::parse(ListKind::Tools, Era::Modern, &raw);
            }
        }
    }

    #[test]
    fn trace_context_checks_do_not_panic(text in any::<String>()) {
        let _ = (TraceParent::parse(&text), is_tracestate(&text), is_baggage(&text));
    }

    #[test]
    fn header_readers_do_not_panic(value in prop::collection::vec(any::<u8>(), 0..60)) {
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
        let mut headers = HeaderMap::new();
        for name in [MCP_NAME, MCP_METHOD, MCP_PROTOCOL_VERSION, ACCEPT, CONTENT_TYPE] {
            headers.insert(name, value.clone());
        }
        let _ = (check_media_types(&headers), ResponseFormat::of(&headers));
        if let Ok(mirrored) = MirroredHeaders::parse(&headers) {
            let _ = mirrored.agree_on_method("tools/call", None);
        }
    }

    #[test]
    fn header_values_round_trip(text in prop_oneof![any::<String>(), "[ -~]{0,20}", "=\\?base64\\?[A-Za-z0-9=]{0,8}\\?="]) {
        let value = encode_header(&text);
        let carried = value.to_str().expect("should be visible ASCII").trim_matches([' ', '\t']).to_owned();
        prop_assert_eq!(decode(&carried).map(String::from), Ok(text), "the text should come back through a header");
    }

    #[test]
    fn header_values_in_base64_decode(text in any::<String>()) {
        use base64::Engine;
        let value = format!("=?base64?{}?=", base64::engine::general_purpose::STANDARD.encode(&text));
        prop_assert_eq!(decode(&value).map(String::from), Ok(text), "a client may always send a sentinel");
    }

    #[test]
    fn events_do_not_depend_on_chunks(
        stream in stream(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        limit in prop_oneof![Just(1024_usize), 1_usize..40],
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        let whole = decode_in(&[&stream], limit);
        prop_assert_eq!(decode_in(&chunks, limit), whole.clone(), "cuts at {:?} should not matter", cuts);
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(decode_in(&bytes, limit), whole, "byte by byte should not matter");
    }

    #[test]
    fn encoded_json_streams_back(values in prop::collection::vec(json(), 1..6), chunk in 1_usize..40) {
        let stream: Vec<u8> = values.iter().flat_map(|value| encode(format!("{value:#}").as_bytes())).collect();
        let (events, idle) = decode_in(&stream.chunks(chunk).collect::<Vec<_>>(), 1 << 20);
        let read: Vec<Value> = events
            .into_iter()
            .map(|event| {
                let data = event.expect("should be under the limit").message().expect("should be a message");
                serde_json::from_slice(&data).expect("should be JSON")
            })
            .collect();
        prop_assert_eq!(read, values, "every message should come back");
        prop_assert!(idle, "the stream should end between events");
    }

    #[test]
    fn spliced_tool_changes_only_overridden_members(
        rest in prop::collection::btree_map("[a-z_]{1,8}", json(), 0..6),
        name in "[a-zA-Z0-9_.-]{1,128}",
        exposed in any::<String>(),
        title in prop::option::of(any::<String>()),
        description in prop::option::of(any::<String>()),
        pretty in any::<bool>(),
    ) {
        let mut tool = Value::from_iter(rest);
        tool["name"] = Value::from(name.clone());
        tool["inputSchema"] = serde_json::json!({ "type": "object" });
        let list = serde_json::json!({ "tools": [tool.clone()] });
        let text = if pretty { format!("{list:#}") } else { list.to_string() };
        let list = List::parse(ListKind::Tools, Era::Modern, &RawJson::parse(Bytes::from(text)).expect("should be JSON")).expect("should be a list");
        prop_assert_eq!(list.items[0].identity(), name, "the name should be read");
        let listed = ExposedItem {
            item: &list.items[0], name: Some(&exposed), title: title.as_deref(), description: description.as_deref(),
            client: Era::Modern,
        };
        tool["name"] = Value::from(exposed.clone());
        for (key, value) in [("title", &title), ("description", &description)] {
            if let Some(value) = value {
                tool[key] = Value::from(value.clone());
            }
        }
        prop_assert_eq!(value_of(&listed.to_raw()), tool.clone(), "only name, title and description should change");
        let weir = mcp::meta::Implementation { name: "weir".into(), version: "0.1.0".into(), title: None };
        let page = Page {
            kind: ListKind::Tools, items: &[listed, listed], next_cursor: None, ttl_ms: 0, cache_scope: CacheScope::Private,
            server_info: &weir, notes: None,
        };
        let result = value_of(&list_result(&page));
        prop_assert_eq!(&result["tools"], &serde_json::json!([tool.clone(), tool]), "the list should hold the tools");
    }
}
