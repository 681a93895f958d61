//! Server-sent events: the events do not depend on the chunks of the stream, and written events are read unchanged.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use mcp::event_stream::{BEGIN, Decoder, END, Event, EventTooLarge, WITHDRAW, encode, encode_piece};

// The first byte is the bound of an event's length.
fuzz_target!(|input: &[u8]| {
    let Some((&limit, stream)) = input.split_first() else { return };
    let limit = usize::from(limit) * 8 + 1;
    let whole = decoded([stream], limit);
    for size in [1, 2, 5, stream.len() / 2 + 1] {
        assert_eq!(decoded(stream.chunks(size), limit), whole, "chunks of {size} should not matter");
    }
    for event in whole.0.into_iter().flatten() {
        assert!(event != Event::Withdrawn, "nothing was taken of any event, so none can be withdrawn");
        let Some(data) = event.message() else { continue };
        assert!(!data.is_empty() && data.len() <= limit, "an event should have data, and no more than the limit");
        let written = encode(&data);
        assert_eq!(
            decoded([&written[..]], written.len()).0,
            [message(&data)],
            "a written event should be read unchanged"
        );
        in_pieces(&data);
    }
});

fn decoded<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> (Vec<Result<Event, EventTooLarge>>, bool) {
    let mut decoder = Decoder::new(limit);
    let mut events = Vec::new();
    for chunk in chunks {
        events.extend(decoder.push(&Bytes::copy_from_slice(chunk)));
    }
    (events, decoder.is_idle())
}

fn message(data: &Bytes) -> Result<Event, EventTooLarge> {
    Ok(Event::Message(data.clone()))
}

/// An event written in pieces is read as one event; a withdrawn one is not read as a message.
fn in_pieces(data: &Bytes) {
    let (left, right) = data.split_at(data.len() / 2);
    let pieces = [BEGIN, encode_piece(Bytes::copy_from_slice(left)), encode_piece(Bytes::copy_from_slice(right))];
    let ended = [&pieces.concat()[..], &END].concat();
    assert_eq!(decoded([&ended[..]], ended.len()).0, [message(data)], "pieces should be one event");
    let withdrawn = [&pieces.concat()[..], &WITHDRAW].concat();
    let (events, _) = decoded([&withdrawn[..]], withdrawn.len());
    assert!(events.is_empty(), "a withdrawn event should not be read as a message");
}
