//! A message of an origin that is too long to buffer, checked chunk by chunk by the rules of [`super::parse_incoming`].
//!
//! ```text
//! chunk ─▶ checked ─▶ forwarded      {"jsonrpc":"2.0","id":7,"result":{…  …}
//!                                                          │               │
//!                                    the client's id ──────┘               └── written by the caller, after the check
//! ```
//!
//! Only the id changes, and the cache scope if that is requested; every other byte stays. The last brace is held back
//! until the whole message is known to be valid: a client that reads a complete message has read a valid one.

mod member;

use bytes::Bytes;
use thiserror::Error;

use super::{MAX_ID_BYTES, MAX_METHOD_BYTES, RequestId};
use json::{Incremental, IncrementalString, IncrementalUtf8, RawJson, RawJsonError, Step, decode_string};
use member::{Member, Names, decoded};

/// The last byte of a long message; see [`LongMessage::finish`].
pub const LAST_BRACE: Bytes = Bytes::from_static(b"}");

/// The `cacheScope` added to an empty result.
const ONLY_CACHE_SCOPE: &[u8] = b"\"cacheScope\":\"private\"";
/// The `cacheScope` added after the last member of a result.
const LAST_CACHE_SCOPE: &[u8] = b",\"cacheScope\":\"private\"";

/// The maximum length of a name or value that is read, as JSON text, in bytes: a method with each character escaped as
/// `\uXXXX`, between quotes.
const MAX_TEXT_BYTES: usize = 6 * MAX_METHOD_BYTES + 2;

/// The reason for refusing a long message.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LongMessageError {
    /// The text is not JSON, or exceeds the limits of [`json`].
    #[error(transparent)]
    Json(#[from] RawJsonError),
    /// The JSON is neither a response nor a notification.
    #[error("the message is not a JSON-RPC response or notification")]
    NotAMessage,
    /// The response has the id of another request.
    #[error("the id of the response is not that of the request")]
    WrongId,
    /// The error has no id.
    #[error("the error has no id")]
    ErrorWithoutId,
    /// The message is a request from server to client.
    #[error("the message is a request")]
    Request,
}

/// The kind of a complete long message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LongMessageEnd {
    /// The result of the request.
    Result {
        /// `isError` of a tool's result; false if absent.
        is_error: bool,
        /// True if `resultType` is `task`.
        is_task: bool,
        /// True if it has `inputRequests`, whatever its `resultType`.
        asks: bool,
    },
    /// The error of the request.
    Error {
        /// `code`: any integer of 64 bits.
        code: i64,
    },
    /// A notification.
    Notification {
        /// `method`: 1 to [`MAX_METHOD_BYTES`] visible ASCII characters.
        method: String,
    },
}

/// An incremental check of one message. It buffers some hundred bytes, and eight for each name that must be unique.
#[derive(Debug)]
pub struct LongMessage {
    /// The id that the response must have.
    id: RequestId,
    /// The id that is forwarded in its place.
    forwarded_id: RequestId,
    private: bool,
    walk: Incremental,
    utf8: IncrementalUtf8,
    /// The member of the message whose value is next or being read.
    outer: Option<Member>,
    /// The member of its result or error whose value is next or being read.
    inner: Option<Member>,
    /// One bit per [`Member`] that has occurred.
    seen: u16,
    /// The names of the message.
    names: Names,
    /// The names of its params or error.
    inner_names: Names,
    /// The first fault of `params`, which matters in a request or notification only: no client reads the `params` of a
    /// response.
    params_fault: Option<RawJsonError>,
    null_id: bool,
    /// The bytes so far of a name or value that is read; `None` outside one.
    text: Option<Vec<u8>>,
    /// The name that must not occur twice, or the message of an error; `None` outside one.
    string: Option<IncrementalString>,
    /// True inside a value that was replaced: its bytes are not forwarded.
    replaced: bool,
    /// True while the result has no member.
    is_empty: bool,
    is_error: bool,
    is_task: bool,
    code: i64,
    method: String,
}

impl LongMessage {
    /// Starts the check of the response to the request `id`, forwarded as one to `forwarded_id`. `private`: set the
    /// result's `cacheScope` to `private`.
    #[must_use]
    pub fn new(id: RequestId, forwarded_id: RequestId, private: bool) -> Self {
        Self {
            id,
            forwarded_id,
            private,
            walk: Incremental::new(),
            utf8: IncrementalUtf8::default(),
            outer: None,
            inner: None,
            seen: 0,
            names: Names::default(),
            inner_names: Names::default(),
            params_fault: None,
            null_id: false,
            text: None,
            string: None,
            replaced: false,
            is_empty: true,
            is_error: false,
            is_task: false,
            code: 0,
            method: String::new(),
        }
    }

    /// Checks the next chunk and passes the bytes to forward: slices of the chunk, and the replacement of a replaced
    /// value.
    ///
    /// # Errors
    ///
    /// [`LongMessageError`]; then forward nothing more.
    pub fn push(&mut self, chunk: &Bytes, mut pass: impl FnMut(Bytes)) -> Result<(), LongMessageError> {
        self.utf8.push(chunk)?;
        let mut pass = |bytes: Bytes| {
            if !bytes.is_empty() {
                pass(bytes)
            }
        };
        let mut begin = 0;
        let mut at = 0;
        while at < chunk.len() {
            if self.text.is_none() && self.string.is_none() {
                at += self.walk.skip_plain(&chunk[at..]);
            }
            let Some(&byte) = chunk.get(at) else { break };
            if self.walk.ends_number(byte) && self.value_ends()? {
                begin = at;
            }
            let was_over = self.walk.is_over();
            let depth = self.walk.depth();
            if let Some(text) = &mut self.text {
                text.push(byte);
            }
            match self.walk.step(byte)? {
                Step::Inside => {
                    if let Some(string) = &mut self.string {
                        string.push(byte);
                    }
                }
                Step::NameBegins if depth == 1 || (depth == 2 && self.reads_inner()) => {
                    self.text = Some(vec![byte]);
                    self.string = Some(IncrementalString::default());
                }
                Step::NameBegins => {}
                Step::NameEnds => self.name_ends(depth)?,
                Step::ValueBegins => {
                    if let Some(replacement) = self.value_begins(depth, byte)? {
                        pass(chunk.slice(begin..at));
                        pass(replacement);
                        self.replaced = true;
                    }
                }
                Step::ValueEnds if self.lacks_cache_scope() => {
                    pass(chunk.slice(begin..at));
                    pass(Bytes::from_static(if self.is_empty { ONLY_CACHE_SCOPE } else { LAST_CACHE_SCOPE }));
                    self.seen |= 1 << Member::CacheScope as u16;
                    begin = at;
                }
                Step::ValueEnds => {
                    if self.value_ends()? {
                        begin = at + 1;
                    }
                }
            }
            if self.text.as_ref().is_some_and(|text| text.len() > MAX_TEXT_BYTES) {
                self.text_too_long()?;
            }
            if self.walk.is_over() && !was_over && !self.replaced {
                pass(chunk.slice(begin..at));
                begin = chunk.len();
            }
            at += 1;
        }
        if !self.replaced && !self.walk.is_over() {
            pass(chunk.slice(begin..));
        }
        Ok(())
    }

    /// True once the message's last brace has been read.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.walk.is_over()
    }

    /// Returns the kind of the complete message; then forward [`LAST_BRACE`].
    ///
    /// # Errors
    ///
    /// [`LongMessageError`] if the message is incomplete or invalid.
    pub fn finish(&self) -> Result<LongMessageEnd, LongMessageError> {
        if !self.walk.is_over() || !self.has(Member::JsonRpc) {
            return Err(LongMessageError::NotAMessage);
        }
        let (id, method) = (self.has(Member::Id), self.has(Member::Method));
        let has_id = id && !self.null_id;
        match (self.has(Member::Result), self.has(Member::Error)) {
            (false, false) if method && id => Err(LongMessageError::Request),
            (false, false) if method => match &self.params_fault {
                Some(fault) => Err(fault.clone().into()),
                None => Ok(LongMessageEnd::Notification { method: self.method.clone() }),
            },
            (true, false) if has_id && !method => {
                let asks = self.has(Member::InputRequests);
                Ok(LongMessageEnd::Result { is_error: self.is_error, is_task: self.is_task, asks })
            }
            (false, true) if !method && self.has(Member::Code) && self.has(Member::Message) => {
                if has_id {
                    Ok(LongMessageEnd::Error { code: self.code })
                } else {
                    Err(LongMessageError::ErrorWithoutId)
                }
            }
            _ => Err(LongMessageError::NotAMessage),
        }
    }

    /// True at the end of the result, if it lacks the `cacheScope` that it must have.
    fn lacks_cache_scope(&self) -> bool {
        self.private && self.walk.depth() == 1 && self.outer == Some(Member::Result) && !self.has(Member::CacheScope)
    }

    const fn reads_inner(&self) -> bool {
        matches!(self.outer, Some(Member::Params | Member::Result | Member::Error))
    }

    const fn has(&self, member: Member) -> bool {
        self.seen & (1 << member as u16) != 0
    }

    fn name_ends(&mut self, depth: u32) -> Result<(), LongMessageError> {
        let name = self.text.take().and_then(|name| decoded(&name));
        let digest = self.string.take().and_then(|name| name.finish());
        let member = match depth {
            1 => {
                self.names.insert(digest)?;
                self.inner_names = Names::default();
                self.inner = None;
                self.outer = name.and_then(|name| Member::of_message(&name));
                self.outer
            }
            2 if self.reads_inner() => {
                match self.outer {
                    Some(Member::Result) => self.is_empty = false,
                    Some(Member::Params) if self.params_fault.is_none() => {
                        self.params_fault = self.inner_names.insert(digest).err();
                    }
                    Some(Member::Error) => self.inner_names.insert(digest)?,
                    _ => {}
                }
                self.inner = self.outer.zip(name).and_then(|(outer, name)| outer.of(&name));
                self.inner
            }
            _ => None,
        };
        let Some(member) = member else { return Ok(()) };
        // Two readers could take different values of a repeated member.
        if self.has(member) {
            return Err(RawJsonError::DuplicateMember.into());
        }
        self.seen |= 1 << member as u16;
        Ok(())
    }

    /// Processes the first byte of a value; returns its replacement if it is replaced.
    fn value_begins(&mut self, depth: u32, byte: u8) -> Result<Option<Bytes>, LongMessageError> {
        let member = match depth {
            0 if byte == b'{' => return Ok(None),
            0 => return Err(LongMessageError::NotAMessage),
            1 => self.outer,
            2 => self.inner,
            _ => None,
        };
        match member {
            Some(Member::Result | Member::Error) if byte != b'{' => return Err(LongMessageError::NotAMessage),
            Some(Member::Params) if !matches!(byte, b'{' | b'n') => self.params_fault = Some(RawJsonError::NotAnObject),
            Some(Member::Message) if byte != b'"' => return Err(LongMessageError::NotAMessage),
            Some(Member::Message) => self.string = Some(IncrementalString::default()),
            Some(
                Member::JsonRpc | Member::Id | Member::Method | Member::IsError | Member::ResultType | Member::Code,
            ) if !matches!(byte, b'{' | b'[') => self.text = Some(vec![byte]),
            Some(Member::JsonRpc | Member::Id | Member::Method | Member::Code) => {
                return Err(LongMessageError::NotAMessage);
            }
            _ => {}
        }
        Ok(match member {
            // Its own value is checked at its end; a message with a wrong one never gets its last brace.
            Some(Member::Id) => Some(Bytes::copy_from_slice(self.forwarded_id.as_raw().as_bytes())),
            Some(Member::CacheScope) if self.private => Some(Bytes::from_static(b"\"private\"")),
            _ => None,
        })
    }

    /// Processes the end of a value; true if the value was replaced.
    fn value_ends(&mut self) -> Result<bool, LongMessageError> {
        let member = match self.walk.depth() {
            1 => self.outer,
            2 if self.reads_inner() => self.inner,
            _ => return Ok(false),
        };
        if self.string.take().is_some_and(|message| message.finish().is_none()) {
            return Err(LongMessageError::NotAMessage);
        }
        let Some(text) = self.text.take() else {
            return Ok(member == Some(Member::CacheScope) && std::mem::take(&mut self.replaced));
        };
        let text = String::from_utf8(text).map_err(|_| RawJsonError::NotUtf8)?;
        match member {
            Some(Member::JsonRpc) if decode_string(&text).as_deref() != Some("2.0") => {
                return Err(LongMessageError::NotAMessage);
            }
            Some(Member::Id) => {
                self.check_id(text)?;
                return Ok(std::mem::take(&mut self.replaced));
            }
            Some(Member::Method) => {
                let is_method = |name: &str| {
                    (1..=MAX_METHOD_BYTES).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
                };
                let method =
                    decode_string(&text).filter(|name| is_method(name)).ok_or(LongMessageError::NotAMessage)?;
                self.method = method.into_owned();
            }
            Some(Member::IsError) => self.is_error = text == "true",
            Some(Member::ResultType) => self.is_task = decode_string(&text).as_deref() == Some("task"),
            Some(Member::Code) => self.code = text.parse().map_err(|_| LongMessageError::NotAMessage)?,
            _ => {}
        }
        Ok(false)
    }

    fn check_id(&mut self, text: String) -> Result<(), LongMessageError> {
        if text == "null" {
            // Only an error may have a null id; `finish` checks it.
            self.null_id = true;
            return Ok(());
        }
        let id = RawJson::parse(text.into()).ok().and_then(|raw| RequestId::parse(raw).ok());
        match id {
            Some(id) if id == self.id => Ok(()),
            Some(_) if self.has(Member::Method) => Err(LongMessageError::Request),
            Some(_) => Err(LongMessageError::WrongId),
            None => Err(LongMessageError::NotAMessage),
        }
    }

    /// Processes a name or value that is longer than any that is read.
    fn text_too_long(&mut self) -> Result<(), LongMessageError> {
        self.text = None;
        let passes = self.walk.is_in_name() || matches!(self.inner, Some(Member::IsError | Member::ResultType));
        if passes { Ok(()) } else { Err(LongMessageError::NotAMessage) }
    }
}

// A longer text than any id can be refused as an id.
const _: () = assert!(MAX_ID_BYTES <= MAX_TEXT_BYTES);

#[cfg(all(test, not(target_arch = "wasm32")))]
mod properties;
#[cfg(test)]
mod tests;
