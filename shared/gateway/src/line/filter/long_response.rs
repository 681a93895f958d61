//! A JSON response that is too long to be held: it passes as it arrives, and ends as valid JSON only if all of it is
//! good.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use mcp::json_rpc::{LAST_BRACE, LongMessage, LongMessageEnd, LongMessageError};

use crate::error::Fault;
use crate::origin::Long;
use crate::outcome::{End, Summary};
use ports::FetchError;

/// The origin's answer on its way to the client.
pub(crate) struct LongAnswer<B> {
    body: B,
    message: LongMessage,
    ready: VecDeque<Bytes>,
    end: Option<End>,
}

impl<B: Stream<Item = Result<Bytes, FetchError>> + Unpin> LongAnswer<B> {
    /// Checks the beginning, while a fault can still be answered with an error.
    pub(super) fn new(long: Long<B>, message: LongMessage) -> Result<Self, Fault> {
        let mut answer = Self { body: long.rest, message, ready: VecDeque::new(), end: None };
        for chunk in long.begun {
            answer.take(Some(Ok(chunk)))?;
        }
        Ok(answer)
    }

    /// The next piece for the client; `None` after the last. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            if self.end.is_some() {
                return None;
            }
            let chunk = self.body.next().await;
            if let Err(fault) = self.take(chunk) {
                // No error can be sent any more: the text ends without its last brace, so it is not valid JSON.
                self.ready.clear();
                self.ready.push_back(Bytes::from_static(b"\n"));
                self.end = Some(End::Failure(fault.into()));
            }
        }
    }

    /// True if the piece that [`LongAnswer::next`] returned last is the final one.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some() && self.ready.is_empty()
    }

    fn take(&mut self, chunk: Option<Result<Bytes, FetchError>>) -> Result<(), Fault> {
        match chunk {
            Some(chunk) => self.message.push(&chunk?, |piece| self.ready.push_back(piece)).map_err(fault),
            None => {
                let summary = ended(&self.message)?.ok_or(Fault::OriginAnswer { reason: "origin_not_a_response" })?;
                self.ready.push_back(LAST_BRACE);
                self.end = Some(End::Response(summary));
                Ok(())
            }
        }
    }

    /// The end of the response; `None` while it goes on.
    pub(crate) fn into_end(self) -> Option<End> {
        self.end
    }
}

/// The summary of a long message at its end; `None` for a notification.
pub(super) fn ended(message: &LongMessage) -> Result<Option<Summary>, Fault> {
    match message.finish().map_err(fault)? {
        // The task's id should have been sealed, and has passed already.
        LongMessageEnd::Result { is_task: true, .. } => Err(Fault::OriginAnswer { reason: "origin_task_too_long" }),
        LongMessageEnd::Result { is_error, is_task: false } => Ok(Some(Summary::Result { is_error })),
        LongMessageEnd::Error { code } => Ok(Some(Summary::Error { code })),
        LongMessageEnd::Notification => Ok(None),
    }
}

/// The fault of a long message, with the same reasons as for one that is held.
pub(super) fn fault(error: LongMessageError) -> Fault {
    let reason = match error {
        LongMessageError::Json(_) | LongMessageError::NotAMessage => "origin_not_json_rpc",
        LongMessageError::WrongId => "origin_wrong_id",
        LongMessageError::ErrorWithoutId => "origin_error_without_id",
        LongMessageError::Request => "origin_sent_request",
    };
    Fault::OriginAnswer { reason }
}
