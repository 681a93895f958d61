//! Server-sent events (WHATWG HTML §9.2): decoding the streams of origins, encoding the streams to clients.
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

/// The end of one event of a stream. `id` and `retry` are ignored, since streams of MCP 2026-07-28 can't be resumed.
///
/// Only an event without a type, or of type `message`, carries a message, and only if it has data: servers of
/// 2025-11-25 begin with an event without (SEP-1699), and some send events of other types, such as `ping`. The decoder
/// skips these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message: the `data` lines, joined by line feeds; a slice of the chunk if it is one line in one chunk.
    Message(Bytes),
    /// Data was taken ([`Decoder::take_partial_data`]) of an event that then got another type: it is no message.
    Withdrawn,
}

impl Event {
    /// Returns the data of a message.
    #[must_use]
    pub fn message(self) -> Option<Bytes> {
        match self {
            Self::Message(data) => Some(data),
            Self::Withdrawn => None,
        }
    }
}

/// A line or an event of the stream exceeds the limit; the rest of the stream is not read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an event of the stream is longer than {limit} bytes")]
pub struct EventTooLarge {
    /// The limit of [`Decoder::new`], in bytes.
    pub limit: usize,
}

impl EventTooLarge {
    /// Returns the stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        "event_too_large"
    }
}

/// Encodes one event of type `message`; each line of `data` becomes a `data` field.
///
/// A line break in JSON text is white space between tokens, so the lines joined by line feeds are the same JSON.
#[must_use]
pub fn encode(data: &[u8]) -> Bytes {
    const HEAD: &[u8] = b"event: message\ndata: ";
    let mut out = BytesMut::with_capacity(HEAD.len() + data.len() + 2);
    out.put_slice(HEAD);
    put_lines(&mut out, data);
    out.put_slice(b"\n\n");
    out.freeze()
}

/// The start of an event of type `message` that is written in pieces; then [`encode_piece`], then [`END`].
pub const BEGIN: Bytes = Bytes::from_static(b"event: message\ndata: ");

/// The end of an event that is written in pieces.
pub const END: Bytes = Bytes::from_static(b"\n\n");

/// The end of an event whose data turned out invalid. It changes the type to `withdrawn`: the last `event` field counts
/// (WHATWG HTML §9.2.6), and clients read `message` only.
pub const WITHDRAW: Bytes = Bytes::from_static(b"\nevent: withdrawn\n\n");

/// Encodes a piece of an event's data; returns the same bytes if they have no line break.
#[must_use]
pub fn encode_piece(data: Bytes) -> Bytes {
    if memchr::memchr2(b'\n', b'\r', &data).is_none() {
        return data;
    }
    let mut out = BytesMut::with_capacity(data.len() + 64);
    put_lines(&mut out, &data);
    out.freeze()
}

/// Appends `data`; each line break starts a new `data` field.
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

/// Returns a comment, which clients ignore: it keeps proxies from closing an idle stream and detects disconnected
/// clients.
#[must_use]
pub fn keep_alive() -> Bytes {
    Bytes::from_static(b": keep-alive\n\n")
}

#[cfg(test)]
mod tests;
