//! Tests of event streams; that chunking never matters is a property in `tests/properties.rs`.

use super::*;

fn decode(stream: &'static str) -> Vec<(Option<String>, String)> {
    let mut decoder = Decoder::new(1024);
    let events: Result<Vec<_>, _> = decoder.push(&Bytes::from_static(stream.as_bytes())).collect();
    let text = |data: Bytes| String::from_utf8(data.to_vec()).unwrap();
    events.unwrap().into_iter().map(|event| (event.event, text(event.data))).collect()
}

fn plain(data: &str) -> (Option<String>, String) {
    (None, data.to_owned())
}

#[test]
fn every_line_ending_ends_a_line() {
    for stream in [
        "data: a\n\ndata: b\n\n",
        "data: a\r\rdata: b\r\r",
        "data: a\r\n\r\ndata: b\r\n\r\n",
        "data: a\r\n\ndata: b\n\r",
    ] {
        assert_eq!(decode(stream), [plain("a"), plain("b")], "should be two events: {stream:?}");
    }
}

#[test]
fn data_lines_are_joined_with_line_feeds() {
    assert_eq!(
        decode("data: {\ndata:  \"a\": 1\ndata\ndata:}\n\n"),
        [plain("{\n \"a\": 1\n\n}")],
        "one space should go"
    );
}

#[test]
fn event_type_is_kept_for_one_event() {
    let events = decode("event: message\ndata: 1\n\ndata: 2\n\nevent:\ndata: 3\n\n");
    assert_eq!(
        events,
        [(Some("message".into()), "1".into()), plain("2"), plain("3")],
        "the type should not carry over"
    );
}

#[test]
fn comments_and_other_fields_are_ignored() {
    assert_eq!(
        decode(": hello\n\nid: 7\nretry: 10\nDATA: x\n\ndata: 1\n: in between\n\n"),
        [plain("1")],
        "only data counts"
    );
    assert_eq!(decode("event: ping\n\n"), [], "fields without data should be no event");
    assert_eq!(decode("data\n\n"), [plain("")], "empty data should be an event");
}

#[test]
fn byte_order_mark_is_dropped_at_the_start_only() {
    let stream = "\u{feff}data: 1\n\n\u{feff}data: 2\n\ndata: 3\n\n";
    assert_eq!(decode(stream), [plain("1"), plain("3")], "a later mark should be part of a field's name");
}

#[test]
fn single_line_data_is_a_slice_of_the_chunk() {
    let chunk = Bytes::from_static(b"data: {\"a\":1}\n\n");
    let event = Decoder::new(64).push(&chunk).next().unwrap().unwrap();
    assert_eq!(event.data.as_ptr(), chunk[6..].as_ptr(), "the data should not be copied");
}

#[test]
fn end_inside_an_event_is_seen() {
    let mut decoder = Decoder::new(64);
    for (chunk, idle) in [(": hi\n", true), ("data: 1", false), ("\n", false), ("\n", true)] {
        let count = decoder.push(&Bytes::from_static(chunk.as_bytes())).count();
        assert_eq!(decoder.is_idle(), idle, "after {chunk:?} and {count} events");
    }
}

#[test]
fn events_beyond_the_limit_end_the_stream() {
    let streams = [
        "data: 1\n\ndata: 123456789\n\ndata: 2\n\n",
        "data: 1\n\ndata:1234\ndata:5678\n\n",
        "data: 1\n\n:234567890",
        "data: 1\n\n234567890\n",
    ];
    for stream in streams {
        let mut decoder = Decoder::new(8);
        let results: Vec<_> = decoder.push(&Bytes::from_static(stream.as_bytes())).collect();
        assert_eq!(results.len(), 2, "one event and one error should come: {stream:?}");
        assert_eq!(results[1], Err(EventTooLarge { limit: 8 }), "the limit should hold: {stream:?}");
        assert_eq!(decoder.push(&Bytes::from_static(b"data: 3\n\n")).count(), 0, "nothing should come after an error");
    }
}

#[test]
fn encoded_events_decode_to_the_same_data() {
    assert_eq!(encode(b"{}")[..], b"event: message\ndata: {}\n\n"[..], "one line should be one data field");
    let mut decoder = Decoder::new(64);
    let encoded = encode(b"{\r\n\"a\":\r1\n}");
    let event = decoder.push(&encoded).next().unwrap().unwrap();
    assert_eq!(event.data[..], b"{\n\"a\":\n1\n}"[..], "line breaks should become line feeds");
    assert_eq!(decoder.push(&keep_alive()).count(), 0, "a keep-alive should be no event");
}
