//! Decodes an event stream as its chunks come, cut anywhere.

use bytes::{Bytes, BytesMut};

use super::{Event, EventTooLarge};

/// Turns chunks into events; the same events come out however the stream is cut into chunks.
///
/// Holds at most one line and the data of one event, each up to the limit. An event that the end of the stream cuts off is no event
/// (WHATWG HTML §9.2.6): see [`Decoder::is_idle`].
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    /// The start of a line whose end has not come yet.
    line: BytesMut,
    /// The last chunk ended in CR: a LF at the start of the next belongs to it.
    after_carriage_return: bool,
    /// Only the first line may start with a byte order mark.
    first_line: bool,
    event: Option<String>,
    data: Data,
    failed: bool,
}

/// The data lines of the event that is coming in.
#[derive(Debug, Default)]
enum Data {
    #[default]
    None,
    /// One line, not copied if it came in one chunk.
    One(Bytes),
    Many(BytesMut),
}

impl Decoder {
    /// `limit`: most bytes of one line and of the data of one event.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            line: BytesMut::new(),
            after_carriage_return: false,
            first_line: true,
            event: None,
            data: Data::None,
            failed: false,
        }
    }

    /// The events that this chunk completes, to be read to the end before the next chunk.
    ///
    /// After an error nothing comes any more, from this chunk or a later one.
    #[must_use = "events that are not read are lost"]
    pub fn push(&mut self, chunk: &Bytes) -> Events<'_> {
        Events { decoder: self, rest: chunk.clone() }
    }

    /// Whether the stream may end here without cutting an event off.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.line.is_empty() && matches!(self.data, Data::None)
    }

    /// Takes one whole line, without its ending.
    fn take_line(&mut self, line: &Bytes) -> Result<Option<Event>, EventTooLarge> {
        let line = match line.strip_prefix(b"\xef\xbb\xbf") {
            Some(stripped) if self.first_line => line.slice_ref(stripped),
            _ => line.clone(),
        };
        self.first_line = false;
        if line.is_empty() {
            return Ok(self.finish_event());
        }
        let (field, value) = match memchr::memchr(b':', &line) {
            None => (&line[..], Bytes::new()),
            Some(colon) => {
                let (field, value) = line.split_at(colon);
                let value = value.strip_prefix(b": ").or_else(|| value.strip_prefix(b":")).unwrap_or_default();
                (field, line.slice_ref(value))
            }
        };
        match field {
            b"data" => self.append(value)?,
            b"event" => self.event = Some(String::from_utf8_lossy(&value).into_owned()),
            // A comment, `id`, `retry` or a field that nobody knows.
            _ => {}
        }
        Ok(None)
    }

    fn append(&mut self, value: Bytes) -> Result<(), EventTooLarge> {
        let known = match &self.data {
            Data::None => 0,
            Data::One(line) => line.len() + 1,
            Data::Many(lines) => lines.len() + 1,
        };
        if known + value.len() > self.limit {
            return Err(EventTooLarge { limit: self.limit });
        }
        self.data = match std::mem::take(&mut self.data) {
            Data::None => Data::One(value),
            Data::One(line) => join(BytesMut::from(line), &value),
            Data::Many(lines) => join(lines, &value),
        };
        Ok(())
    }

    fn finish_event(&mut self) -> Option<Event> {
        let event = self.event.take().filter(|event| !event.is_empty());
        let data = match std::mem::take(&mut self.data) {
            // Fields without data are no event.
            Data::None => return None,
            Data::One(line) => line,
            Data::Many(lines) => lines.freeze(),
        };
        Some(Event { event, data })
    }
}

fn join(mut lines: BytesMut, value: &[u8]) -> Data {
    lines.extend_from_slice(b"\n");
    lines.extend_from_slice(value);
    Data::Many(lines)
}

/// The events that one chunk completes; see [`Decoder::push`].
#[derive(Debug)]
pub struct Events<'a> {
    decoder: &'a mut Decoder,
    rest: Bytes,
}

impl Iterator for Events<'_> {
    type Item = Result<Event, EventTooLarge>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.decoder.failed && !self.rest.is_empty() {
            match self.step() {
                Ok(None) => {}
                Ok(Some(event)) => return Some(Ok(event)),
                Err(error) => {
                    self.decoder.failed = true;
                    self.decoder.line = BytesMut::new();
                    self.decoder.data = Data::None;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

impl Events<'_> {
    /// Takes one line, or the start of one, from what is left of the chunk.
    fn step(&mut self) -> Result<Option<Event>, EventTooLarge> {
        let decoder = &mut *self.decoder;
        if std::mem::take(&mut decoder.after_carriage_return) && self.rest.first() == Some(&b'\n') {
            let _ = self.rest.split_to(1);
            return Ok(None);
        }
        let end = memchr::memchr2(b'\n', b'\r', &self.rest);
        let part = self.rest.split_to(end.unwrap_or(self.rest.len()));
        if decoder.line.len() + part.len() > decoder.limit {
            return Err(EventTooLarge { limit: decoder.limit });
        }
        if end.is_none() {
            decoder.line.extend_from_slice(&part);
            return Ok(None);
        }
        decoder.after_carriage_return = self.rest.split_to(1)[..] == b"\r"[..];
        if decoder.line.is_empty() {
            return decoder.take_line(&part);
        }
        let mut line = std::mem::take(&mut decoder.line);
        line.extend_from_slice(&part);
        decoder.take_line(&line.freeze())
    }
}
