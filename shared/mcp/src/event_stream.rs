//! Server-sent events (WHATWG HTML §9.2), both ways: what an origin streams to us, what we stream to the client.
//!
//! ```text
//! event: message                       ┐
//! data: {"jsonrpc":"2.0", …}           │ one event: ends at the empty line
//!                                      ┘
//! : a comment keeps the connection open
//! ```

mod decoder;

use bytes::{BufMut, Bytes, BytesMut};

pub use decoder::{Decoder, Events};

use thiserror::Error;

/// One event of a stream; `id` and `retry` are dropped, since MCP 2026-07-28 streams can't be resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The field `event`, unless absent or empty; MCP uses `message` or none.
    pub event: Option<String>,
    /// The `data` lines, joined with a line feed: a slice of the chunk that held them where it was one line in one chunk.
    pub data: Bytes,
}

/// The origin's stream is beyond our limit; nothing after this is read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an event of the stream is longer than {limit} bytes")]
pub struct EventTooLarge {
    /// Bytes.
    pub limit: usize,
}

impl EventTooLarge {
    /// Stable code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        "event_too_large"
    }
}

/// One event of type `message`; `data` of several lines becomes several `data` fields.
///
/// In JSON text a line break is white space between tokens, so joining the lines with line feeds gives the same JSON.
#[must_use]
pub fn encode(data: &[u8]) -> Bytes {
    const HEAD: &[u8] = b"event: message\ndata: ";
    let mut out = BytesMut::with_capacity(HEAD.len() + data.len() + 2);
    out.put_slice(HEAD);
    put_lines(&mut out, data);
    out.put_slice(b"\n\n");
    out.freeze()
}

/// What begins an event of type `message` that is written piece by piece: see [`encode_piece`] and [`END`].
pub const BEGIN: Bytes = Bytes::from_static(b"event: message\ndata: ");

/// What ends one.
pub const END: Bytes = Bytes::from_static(b"\n\n");

/// What ends one that has turned out wrong: the type given last counts (WHATWG HTML §9.2.6), and clients read `message` only.
pub const WITHDRAW: Bytes = Bytes::from_static(b"\nevent: withdrawn\n\n");

/// A piece of an event's data; the same bytes, unless they hold a line break.
#[must_use]
pub fn encode_piece(data: Bytes) -> Bytes {
    if memchr::memchr2(b'\n', b'\r', &data).is_none() {
        return data;
    }
    let mut out = BytesMut::with_capacity(data.len() + 64);
    put_lines(&mut out, &data);
    out.freeze()
}

/// Appends `data`, each of its line breaks as a new `data` field.
fn put_lines(out: &mut BytesMut, data: &[u8]) {
    let mut rest = data;
    while let Some(at) = memchr::memchr2(b'\n', b'\r', rest) {
        let (line, ending) = rest.split_at(at);
        out.put_slice(line);
        out.put_slice(b"\ndata: ");
        rest = ending.strip_prefix(b"\r\n").or_else(|| ending.get(1..)).unwrap_or_default();
    }
    out.put_slice(rest);
}

/// A comment that clients ignore: keeps proxies from closing a silent stream, and finds out clients that have gone.
#[must_use]
pub fn keep_alive() -> Bytes {
    Bytes::from_static(b": keep-alive\n\n")
}

#[cfg(test)]
mod tests;
