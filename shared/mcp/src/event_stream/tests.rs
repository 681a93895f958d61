//! Tests of event streams; `tests/properties.rs` tests that chunk boundaries do not matter.

use super::*;

fn decode(stream: &'static str) -> Vec<String> {
    let mut decoder = Decoder::new(1024);
    let events: Result<Vec<_>, _> = decoder.push(&Bytes::from_static(stream.as_bytes())).collect();
    events.unwrap().into_iter().map(|event| String::from_utf8(message(event).to_vec()).unwrap()).collect()
}

fn message(event: Event) -> Bytes {
    event.message().expect("the event should be a message")
}

#[test]
fn every_line_ending_ends_line() {
    for stream in [
        "data: a\n\ndata: b\n\n",
        "data: a\r\rdata: b\r\r",
        "data: a\r\n\r\ndata: b\r\n\r\n",
        "data: a\r\n\ndata: b\n\r",
    ] {
        assert_eq!(decode(stream), ["a", "b"], "should be two events: {stream:?}");
    }
}

#[test]
fn data_lines_are_joined_with_line_feeds() {
    assert_eq!(decode("data: {\ndata:  \"a\": 1\ndata\ndata:}\n\n"), ["{\n \"a\": 1\n\n}"], "one space should go");
}

#[test]
fn only_event_without_type_or_of_type_message_is_message() {
    for (stream, expected, why) in [
        ("event: message\ndata: 1\n\ndata: 2\n\nevent:\ndata: 3\n\n", &["1", "2", "3"][..], "the three spellings"),
        ("event: ping\ndata: 2026-11-30\n\ndata: 1\n\n", &["1"], "a type should count for one event"),
        ("event: ping\ndata: {}\n\nevent: endpoint\ndata: /x\n\nevent: Message\ndata: 1\n\n", &[], "other types"),
        ("data: {}\nevent: ping\n\n", &[], "a type after the data"),
        ("event: ping\ndata: 1\nevent: message\n\n", &["1"], "the last type should count"),
        ("event: ping\ndata: 1\nevent\n\n", &["1"], "an empty type should be none"),
        ("data\n\ndata:\n\nid: 1\ndata: \n\n", &[], "an event without data"),
    ] {
        assert_eq!(decode(stream), expected, "{why}: {stream:?}");
    }
}

#[test]
fn event_that_gets_another_type_after_its_data_was_taken_is_withdrawn() {
    let mut decoder = Decoder::new(64);
    for chunk in ["event: ping\ndata: 1", "23\n\n"] {
        assert_eq!(decoder.push(&Bytes::from(chunk)).count(), 0, "an event of another type should be skipped");
        assert_eq!(decoder.held(), 0, "nothing of it should be held for the client");
    }
    assert_eq!(decoder.push(&Bytes::from(": ping\n: pi")).count(), 0);
    assert_eq!(decoder.held(), 0, "a comment should be no data");
    assert_eq!(decoder.push(&Bytes::from("ng\ndata: 123")).count(), 0);
    assert_eq!(decoder.take_partial_data(), "123");
    let events: Vec<_> = decoder.push(&Bytes::from("4\nevent: ping\n\ndata: 5\n\n")).map(Result::unwrap).collect();
    assert_eq!(events, [Event::Withdrawn, Event::Message("5".into())]);
}

#[test]
fn comments_and_other_fields_are_ignored() {
    assert_eq!(decode(": hello\n\nid: 7\nretry: 10\nDATA: x\n\ndata: 1\n: in between\n\n"), ["1"], "only data counts");
    assert!(decode("event: ping\n\n").is_empty(), "fields without data should be no event");
}

#[test]
fn byte_order_mark_is_dropped_at_start_only() {
    let stream = "\u{feff}data: 1\n\n\u{feff}data: 2\n\ndata: 3\n\n";
    assert_eq!(decode(stream), ["1", "3"], "a later mark should be part of a field's name");
}

#[test]
fn single_line_data_is_slice_of_chunk() {
    let chunk = Bytes::from_static(b"data: {\"a\":1}\n\n");
    let data = message(Decoder::new(64).push(&chunk).next().unwrap().unwrap());
    assert_eq!(data.as_ptr(), chunk[6..].as_ptr(), "the data should not be copied");
}

#[test]
fn end_inside_event_is_detected() {
    let mut decoder = Decoder::new(64);
    for (chunk, idle) in [(": hi\n", true), ("data: 1", false), ("\n", false), ("\n", true)] {
        let count = decoder.push(&Bytes::from_static(chunk.as_bytes())).count();
        assert_eq!(decoder.is_idle(), idle, "after {chunk:?} and {count} events");
    }
}

#[test]
fn event_above_limit_ends_stream() {
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
fn encoded_event_decodes_to_same_data() {
    assert_eq!(encode(b"{}")[..], b"event: message\ndata: {}\n\n"[..], "one line should be one data field");
    let mut decoder = Decoder::new(64);
    let encoded = encode(b"{\r\n\"a\":\r1\n}");
    let data = message(decoder.push(&encoded).next().unwrap().unwrap());
    assert_eq!(data[..], b"{\n\"a\":\n1\n}"[..], "line breaks should become line feeds");
    assert_eq!(decoder.push(&keep_alive()).count(), 0, "a keep-alive should be no event");
}

/// Decodes `stream` in chunks of `size` bytes, and takes the data as soon as more than `most` bytes are buffered.
fn decode_in_parts(stream: &[u8], size: usize, most: usize) -> Vec<Vec<u8>> {
    let mut decoder = Decoder::new(1024);
    let (mut all, mut current) = (Vec::new(), Vec::new());
    for chunk in stream.chunks(size) {
        for event in decoder.push(&Bytes::copy_from_slice(chunk)) {
            current.extend_from_slice(&message(event.unwrap()));
            all.push(std::mem::take(&mut current));
        }
        if decoder.held() > most {
            current.extend_from_slice(&decoder.take_partial_data());
        }
    }
    all
}

#[test]
fn data_taken_in_parts_is_same_data() {
    let stream =
        b": hello\nevent: message\ndata: first line, which is long\ndata:\ndata:second\r\ndata: third\r\n\r\nid: 5\n\n\
        data: \n\ndata: {\"a\":\ndata:  [1]}\n\nretry: 7\ndata: x\nid: some id that is rather long\n\ndata: cut off";
    let mut whole = Decoder::new(1024);
    let stream_bytes = Bytes::from_static(stream);
    let expected: Vec<Vec<u8>> = whole.push(&stream_bytes).map(|event| message(event.unwrap()).to_vec()).collect();
    assert_eq!(expected.len(), 3, "three events with data, one without and one that is cut off");
    for size in 1..=stream.len() {
        for most in [0, 1, 7, 20, 1000] {
            let taken = decode_in_parts(stream, size, most);
            assert_eq!(taken, expected, "in chunks of {size}, data taken above {most} bytes");
        }
    }
}

#[test]
fn event_above_limit_passes_in_parts() {
    let stream = format!("data: {}\n\n", "x".repeat(100_000));
    let taken = decode_in_parts(stream.as_bytes(), 500, 200);
    assert_eq!(taken, [vec![b'x'; 100_000]], "data that was taken should not count against the limit");
}

#[test]
fn piece_without_line_break_is_not_changed() {
    assert_eq!(encode_piece(Bytes::from_static(b"{\"a\":1}")), "{\"a\":1}");
    let pieces = [BEGIN, encode_piece(Bytes::from_static(b"{\"a\":\n1")), encode_piece(Bytes::from_static(b"}")), END];
    let whole: Vec<u8> = pieces.concat();
    assert_eq!(whole, encode(b"{\"a\":\n1}"), "the pieces should make the same event");
}

#[test]
fn withdrawn_event_is_no_message() {
    let mut decoder = Decoder::new(1024);
    let stream = Bytes::from([BEGIN, encode_piece(Bytes::from_static(b"{\"a\":")), WITHDRAW].concat());
    assert_eq!(decoder.push(&stream).count(), 0, "its type should not be `message`");
    assert!(decoder.is_idle(), "the event should end");
}
