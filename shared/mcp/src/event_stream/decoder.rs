//! Decodes an event stream incrementally, from chunks of any size.

use bytes::{Bytes, BytesMut};

use super::{Event, EventTooLarge};

/// An incremental decoder from chunks to messages; they do not depend on the chunk boundaries.
///
/// It buffers at most one line and the data of one event, each up to the limit. To buffer less, take the data of a long
/// event as it arrives: see [`Decoder::take_partial_data`]. An event that the end of the stream truncates is discarded
/// (WHATWG HTML §9.2.6): see [`Decoder::is_idle`].
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    /// The start of a line that is not complete yet.
    line: BytesMut,
    /// True if the last chunk ended in CR: an LF at the start of the next belongs to the same line ending.
    after_carriage_return: bool,
    /// True before the end of the first line, the only one that may start with a byte order mark.
    first_line: bool,
    /// True if the current event has a type other than `message`, as its lines say so far.
    is_other: bool,
    data: Data,
    taken: TakenData,
    failed: bool,
}

/// The part of the current event's data that the caller has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TakenData {
    #[default]
    Nothing,
    /// Whole data lines.
    Lines,
    /// Whole lines and the start of the current one.
    PartOfLine,
}

/// The buffered data lines of the current event.
#[derive(Debug, Default)]
enum Data {
    #[default]
    None,
    /// One line, not copied if it arrived in one chunk.
    One(Bytes),
    Many(BytesMut),
}

impl Decoder {
    /// Makes a decoder. `limit` is the maximum length of one line, and of the data of one event, in bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            line: BytesMut::new(),
            after_carriage_return: false,
            first_line: true,
            is_other: false,
            data: Data::None,
            taken: TakenData::Nothing,
            failed: false,
        }
    }

    /// Returns the number of buffered bytes of data of the current event; zero if it has another type than `message`.
    #[must_use]
    pub fn held(&self) -> usize {
        if self.is_other {
            return 0;
        }
        let is_data = self.taken == TakenData::PartOfLine || self.line.starts_with(b"data");
        self.data.len() + if is_data { self.line.len() } else { 0 }
    }

    /// Takes the buffered data of the current event. Later calls take the next parts; the event itself then has the
    /// last part.
    #[must_use]
    pub fn take_partial_data(&mut self) -> Bytes {
        if !matches!(self.data, Data::None) {
            self.taken = TakenData::Lines;
        }
        let mut taken = match std::mem::take(&mut self.data) {
            Data::None => BytesMut::new(),
            Data::One(line) => line.into(),
            Data::Many(lines) => lines,
        };
        let part = match self.taken {
            TakenData::PartOfLine => Some(std::mem::take(&mut self.line)),
            // Longer than the name, the colon and the space that may follow it.
            _ if self.line.len() > 6 && self.line.starts_with(b"data:") => {
                let mut part = std::mem::take(&mut self.line);
                let _ = part.split_to(if part.starts_with(b"data: ") { 6 } else { 5 });
                if self.taken == TakenData::Lines {
                    taken.extend_from_slice(b"\n");
                }
                self.taken = TakenData::PartOfLine;
                self.first_line = false;
                Some(part)
            }
            _ => None,
        };
        match part {
            Some(part) if taken.is_empty() => part.freeze(),
            Some(part) => {
                taken.extend_from_slice(&part);
                taken.freeze()
            }
            None => taken.freeze(),
        }
    }

    /// Returns the events that this chunk completes; read them all before the next chunk.
    ///
    /// After an error, neither this chunk nor a later one yields events.
    #[must_use = "events that are not read are lost"]
    pub fn push(&mut self, chunk: &Bytes) -> Events<'_> {
        Events { decoder: self, rest: chunk.clone() }
    }

    /// True if the stream may end here without truncating an event.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.line.is_empty() && matches!(self.data, Data::None) && self.taken == TakenData::Nothing
    }

    /// Processes one complete line, without its ending.
    fn take_line(&mut self, line: &Bytes) -> Result<Option<Event>, EventTooLarge> {
        if self.taken == TakenData::PartOfLine {
            self.taken = TakenData::Lines;
            self.data = Data::One(line.clone());
            return Ok(None);
        }
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
            b"event" => self.is_other = !matches!(&value[..], b"" | b"message"),
            // A comment, `id`, `retry` or an unknown field.
            _ => {}
        }
        Ok(None)
    }

    fn append(&mut self, value: Bytes) -> Result<(), EventTooLarge> {
        // One byte more for the line feed between two lines; none before the first.
        let buffered = if matches!(self.data, Data::None) { 0 } else { self.data.len() + 1 };
        if buffered + value.len() > self.limit {
            return Err(EventTooLarge { limit: self.limit });
        }
        self.data = match std::mem::take(&mut self.data) {
            Data::None if self.taken == TakenData::Lines => join(BytesMut::new(), &value),
            Data::None => Data::One(value),
            Data::One(line) => join(BytesMut::from(line), &value),
            Data::Many(lines) => join(lines, &value),
        };
        Ok(())
    }

    fn finish_event(&mut self) -> Option<Event> {
        let is_other = std::mem::take(&mut self.is_other);
        let taken = std::mem::take(&mut self.taken) != TakenData::Nothing;
        let data = match std::mem::take(&mut self.data) {
            Data::None => Bytes::new(),
            Data::One(line) => line,
            Data::Many(lines) => lines.freeze(),
        };
        match (taken, is_other) {
            (true, true) => Some(Event::Withdrawn),
            (true, false) => Some(Event::Message(data)),
            (false, false) if !data.is_empty() => Some(Event::Message(data)),
            (false, _) => None,
        }
    }
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(line) => line.len(),
            Self::Many(lines) => lines.len(),
        }
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
    /// Processes one line, or the start of one, from the rest of the chunk.
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
