//! Headers that mirror the body: headers that Weir writes are accepted, and headers that differ are refused.
#![no_main]

use fuzz::Message;
use http::header::HeaderMap;
use json::RawJson;
use libfuzzer_sys::fuzz_target;
use mcp::headers::{MCP_NAME, MirroredHeaders, decode, encode};
use mcp::meta::{TraceParent, is_baggage, is_tracestate};
use mcp::parameter_headers::ParameterHeaders;
use mcp::streamable_http::{ResponseFormat, check_media_types, check_stream_accept};

// The first line is a method; the body is an object with a tool, the `arguments` of a call, and a call's params.
fuzz_target!(|input: &[u8]| {
    let Some(message) = Message::read(input) else { return };
    let headers = &message.headers;
    let _ = (check_media_types(headers), check_stream_accept(headers), ResponseFormat::of(headers));
    for text in headers.values().filter_map(|value| value.to_str().ok()).chain([message.first]) {
        let _ = (TraceParent::parse(text), is_tracestate(text), is_baggage(text));
        let value = encode(text);
        let carried = value.to_str().map(|value| value.trim_matches([' ', '\t'])).unwrap_or_default();
        assert_eq!(decode(carried).as_deref(), Ok(text), "the text should come back through a header");
        if let Ok(decoded) = decode(text) {
            assert_eq!(decode(encode(&decoded).to_str().unwrap_or_default()), Ok(decoded), "and so what it stands for");
        }
    }
    let Ok(body) = RawJson::parse(message.body.clone()) else { return };
    mirrored(headers, message.first, &body);
    parameters(headers, &body);
});

fn mirrored(headers: &HeaderMap, method: &str, body: &RawJson) {
    let (Ok(mirrored), Ok(params)) = (MirroredHeaders::parse(headers), body.members()) else { return };
    let agrees = mirrored.agree_on_method(method, Some(&params)).is_ok();
    if agrees && let Some(name) = headers.get(MCP_NAME).and_then(|name| name.to_str().ok()) {
        let mut changed = headers.clone();
        changed.insert(MCP_NAME, encode(&format!("{name}x")));
        let changed =
            MirroredHeaders::parse(&changed).and_then(|changed| changed.agree_on_method(method, Some(&params)));
        let has_name = mcp::method::Method::parse(method).is_some_and(|method| method.name_source().is_some());
        assert!(changed.is_err() || !has_name, "another name should not agree");
    }
}

fn parameters(headers: &HeaderMap, tool: &RawJson) {
    let Ok(Some(parameters)) = ParameterHeaders::of(tool) else { return };
    let arguments = tool.at(&["arguments"]);
    let mut written = headers.clone();
    parameters.write(&mut written, arguments.as_ref());
    let mut again = written.clone();
    parameters.write(&mut again, arguments.as_ref());
    assert_eq!(again, written, "written headers should not depend on the previous ones");
    if parameters.check(headers, arguments.as_ref()).is_ok() {
        assert_eq!(parameters.check(&written, arguments.as_ref()), Ok(()), "written headers should be accepted");
    }
}
