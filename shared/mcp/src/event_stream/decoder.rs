//! Decodes an event stream as its chunks come, cut anywhere.

use bytes::{Bytes, BytesMut};

use super::{Event, EventTooLarge};

/// Turns chunks into events; the same events come out however the stream is cut into chunks.
///
/// Holds at most one line and the data of one event, each up to the limit. Whoever wants to hold less takes the data of a long
/// event away as it comes: see [`Decoder::take_begun`]. An event that the end of the stream cuts off is no event
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
    taken: Taken,
    failed: bool,
}

/// What has been taken away of the event that is coming in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Taken {
    #[default]
    Nothing,
    /// Whole data lines.
    Lines,
    /// The last of them only so far.
    PartOfLine,
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
            taken: Taken::Nothing,
            failed: false,
        }
    }

    /// How many bytes are held of an event that has begun.
    #[must_use]
    pub fn held(&self) -> usize {
        self.line.len() + self.data.len()
    }

    /// Takes away the data of an event that has begun; what follows of it comes later, the rest as an event of its own.
    #[must_use]
    pub fn take_begun(&mut self) -> Bytes {
        if !matches!(self.data, Data::None) {
            self.taken = Taken::Lines;
        }
        let mut begun = match std::mem::take(&mut self.data) {
            Data::None => BytesMut::new(),
            Data::One(line) => line.into(),
            Data::Many(lines) => lines,
        };
        let part = match self.taken {
            Taken::PartOfLine => Some(std::mem::take(&mut self.line)),
            // With the space that may follow the colon.
            _ if self.line.len() > 6 && self.line.starts_with(b"data:") => {
                let mut part = std::mem::take(&mut self.line);
                let _ = part.split_to(if part.starts_with(b"data: ") { 6 } else { 5 });
                if self.taken == Taken::Lines {
                    begun.extend_from_slice(b"\n");
                }
                self.taken = Taken::PartOfLine;
                self.first_line = false;
                Some(part)
            }
            _ => None,
        };
        match part {
            Some(part) if begun.is_empty() => part.freeze(),
            Some(part) => {
                begun.extend_from_slice(&part);
                begun.freeze()
            }
            None => begun.freeze(),
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
        self.line.is_empty() && matches!(self.data, Data::None) && self.taken == Taken::Nothing
    }

    /// Takes one whole line, without its ending.
    fn take_line(&mut self, line: &Bytes) -> Result<Option<Event>, EventTooLarge> {
        if self.taken == Taken::PartOfLine {
            self.taken = Taken::Lines;
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
            b"event" => self.event = Some(String::from_utf8_lossy(&value).into_owned()),
            // A comment, `id`, `retry` or a field that nobody knows.
            _ => {}
        }
        Ok(None)
    }

    fn append(&mut self, value: Bytes) -> Result<(), EventTooLarge> {
        // One more for the line feed between two lines; none before the first.
        let known = if matches!(self.data, Data::None) { 0 } else { self.data.len() + 1 };
        if known + value.len() > self.limit {
            return Err(EventTooLarge { limit: self.limit });
        }
        self.data = match std::mem::take(&mut self.data) {
            Data::None if self.taken == Taken::Lines => join(BytesMut::new(), &value),
            Data::None => Data::One(value),
            Data::One(line) => join(BytesMut::from(line), &value),
            Data::Many(lines) => join(lines, &value),
        };
        Ok(())
    }

    fn finish_event(&mut self) -> Option<Event> {
        let event = self.event.take().filter(|event| !event.is_empty());
        let data = match std::mem::take(&mut self.data) {
            Data::None if self.taken != Taken::Nothing => Bytes::new(),
            // Fields without data are no event.
            Data::None => return None,
            Data::One(line) => line,
            Data::Many(lines) => lines.freeze(),
        };
        self.taken = Taken::Nothing;
        Some(Event { event, data })
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
