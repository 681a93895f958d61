//! A JSON response that is too long to be held: it passes as it arrives, and ends as valid JSON only if all of it is
//! good.

use bytes::Bytes;
use mcp::input_request::URL_ELICITATION_REQUIRED;
use mcp::json_rpc::{LAST_BRACE, LongMessage, LongMessageEnd, LongMessageError};

use super::stream::{Out, Rules};
use crate::error::{Failure, Fault};
use crate::outcome::{End, Summary};
use ports::Timestamp;

/// The origin's answer on its way to the client.
pub(super) struct LongAnswer {
    message: LongMessage,
}

impl LongAnswer {
    /// Begins with the bytes that were read. Faults that show in them are returned here, while an error response is
    /// still possible.
    pub(super) fn new(message: LongMessage, begun: Vec<Bytes>) -> Result<(Self, Out), Fault> {
        let (mut answer, mut out) = (Self { message }, Out::default());
        for bytes in begun {
            answer.pass(&bytes, &mut out)?;
        }
        Ok((answer, out))
    }

    fn pass(&mut self, bytes: &Bytes, out: &mut Out) -> Result<(), Fault> {
        self.message.push(bytes, |piece| out.piece(piece)).map_err(fault)
    }
}

impl Rules for LongAnswer {
    fn take(&mut self, _at: usize, bytes: &Bytes, _now: Timestamp, out: &mut Out) -> Result<bool, Fault> {
        self.pass(bytes, out).map(|()| true)
    }

    fn end(&mut self, _at: usize, out: &mut Out) -> Result<bool, Fault> {
        let Ended::Response(summary) = ended(&self.message)? else {
            return Err(Fault::OriginAnswer { reason: "origin_not_a_response" });
        };
        out.piece(LAST_BRACE);
        out.finish(End::Response(summary));
        Ok(false)
    }

    fn close(&mut self, _at: usize, fault: Option<Fault>, out: &mut Out) {
        if let Some(fault) = fault {
            self.fail(fault.into(), out);
        }
    }

    fn fail(&mut self, failure: Failure, out: &mut Out) {
        // No error can be sent any more: the text ends without its last brace, so that it is not valid JSON.
        out.clear();
        out.piece(Bytes::from_static(b"\n"));
        out.finish(End::Failure(failure));
    }
}

/// The kind of a long message, known at its end.
pub(super) enum Ended {
    Response(Summary),
    /// A notification of this method.
    Notification(String),
}

/// The kind of a long message, at its end.
pub(super) fn ended(message: &LongMessage) -> Result<Ended, Fault> {
    Ok(match message.finish().map_err(fault)? {
        // The task's id should have been sealed, but has been sent already.
        LongMessageEnd::Result { is_task: true, .. } => {
            return Err(Fault::OriginAnswer { reason: "origin_task_too_long" });
        }
        // Requests for input can be checked only in a message that is held whole.
        LongMessageEnd::Result { asks: true, .. } | LongMessageEnd::Error { code: URL_ELICITATION_REQUIRED } => {
            return Err(Fault::OriginAnswer { reason: "origin_input_requests_too_long" });
        }
        LongMessageEnd::Result { is_error, is_task: false, asks: false } => {
            Ended::Response(Summary::Result { is_error })
        }
        LongMessageEnd::Error { code } => Ended::Response(Summary::Error { code }),
        LongMessageEnd::Notification { method } => Ended::Notification(method),
    })
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
