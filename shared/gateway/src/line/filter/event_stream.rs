//! An event stream, frame by frame: what relates to the request passes unchanged, and it always ends in a response.
//!
//! Clients wait out their own timeout when a stream ends without a response, so a stream that breaks gets Weir's own as
//! its last event. Event ids are not passed on: resuming is gone from this era, and some clients would try.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use mcp::event_stream::{self, Decoder};
use mcp::json_rpc::{LAST_BRACE, LongMessage};

use super::long_response;
use super::response::Finish;
use crate::Limits;
use crate::error::Fault;
use crate::line::respond::BrokenStream;
use crate::origin::{Said, said};
use crate::outcome::{End, Summary};
use crate::sealed::question::Asker;
use ports::FetchError;

/// The origin's event stream on its way to the client.
pub(crate) struct Frames<B> {
    body: B,
    decoder: Decoder,
    finish: Finish,
    /// The message that is passing, if one is too long to be held.
    passing: Option<LongMessage>,
    asker: Option<Asker>,
    broken: BrokenStream,
    ready: VecDeque<Bytes>,
    end: Option<End>,
}

impl<B: Stream<Item = Result<Bytes, FetchError>> + Unpin> Frames<B> {
    pub(super) fn new(body: B, finish: Finish, asker: Option<Asker>, broken: BrokenStream) -> Self {
        let decoder = Decoder::new(Limits::ANSWER_BYTES);
        Self { body, decoder, finish, passing: None, asker, broken, ready: VecDeque::new(), end: None }
    }

    /// The next frame for the client; `None` after the last. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if self.end.is_some() {
                return None;
            }
            let chunk = self.body.next().await;
            if let Err(fault) = self.take(chunk) {
                if self.passing.take().is_some() {
                    self.ready.push_back(event_stream::WITHDRAW);
                }
                let failure = fault.into();
                self.ready.push_back(event_stream::encode(&self.broken.response(&failure)));
                self.end = Some(End::Failure(failure));
            }
        }
    }

    /// True if the frame that [`Frames::next`] returned last is the final one.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some() && self.ready.is_empty()
    }

    fn take(&mut self, chunk: Option<Result<Bytes, FetchError>>) -> Result<(), Fault> {
        let chunk = chunk.ok_or(Fault::OriginAnswer { reason: "origin_stream_ended_early" })??;
        let events: Vec<_> = self.decoder.push(&chunk).collect();
        for event in events {
            let message = event.map_err(|_| Fault::OriginAnswer { reason: "origin_event_too_large" })?.data;
            if self.passing.is_some() {
                if self.pass_end(&message)? {
                    return Ok(());
                }
                continue;
            }
            // Servers of 2025-11-25 begin with an event without data (SEP-1699): that is no message.
            if message.is_empty() {
                continue;
            }
            let data = match (said(self.finish.id(), message.clone())?, &mut self.asker) {
                (Said::Response(outcome), _) => {
                    let (data, outcome) = self.finish.response(message, outcome)?;
                    let summary = Summary::of(&outcome)?;
                    self.ready.push_back(event_stream::encode(&data));
                    self.end = Some(End::Response(summary));
                    return Ok(());
                }
                (Said::Notification(notification), _) if !self.finish.tells(&notification) => continue,
                (Said::Notification(notification), Some(asker)) => asker.tell(&notification, message),
                (Said::Notification(_), None) => message,
                (Said::Request(request), Some(asker)) => asker.ask(&request, message)?,
                // A modern origin may send no request, and a client that can't be asked has declared no capability for
                // one.
                (Said::Request(_), None) => return Err(Fault::OriginAnswer { reason: "origin_sent_request" }),
            };
            self.ready.push_back(event_stream::encode(&data));
        }
        self.pass_begun()
    }

    /// Passes on the held part of a long message. A message that may have to change is held to its end.
    fn pass_begun(&mut self) -> Result<(), Fault> {
        let held = self.decoder.held();
        let flows = self.passing.is_some() || (held > Limits::HELD_BYTES && self.finish.lets_pass());
        if held == 0 || !flows {
            return Ok(());
        }
        let data = self.decoder.take_partial_data();
        if self.passing.is_some() {
            return self.pass(&data);
        }
        let (mut passing, mut pieces) = (self.finish.passing(), vec![event_stream::BEGIN]);
        passing.push(&data, |piece| pieces.push(event_stream::encode_piece(piece))).map_err(long_response::fault)?;
        self.ready.extend(pieces);
        self.passing = Some(passing);
        Ok(())
    }

    fn pass(&mut self, data: &Bytes) -> Result<(), Fault> {
        let Some(passing) = &mut self.passing else { return Ok(()) };
        passing
            .push(data, |piece| self.ready.push_back(event_stream::encode_piece(piece)))
            .map_err(long_response::fault)
    }

    /// Passes on the rest of a long message; true if it was the response.
    fn pass_end(&mut self, rest: &Bytes) -> Result<bool, Fault> {
        self.pass(rest)?;
        let Some(passing) = &self.passing else { return Ok(false) };
        let ended = long_response::ended(passing)?;
        self.passing = None;
        self.ready.extend([LAST_BRACE, event_stream::END]);
        self.end = ended.map(End::Response);
        Ok(self.end.is_some())
    }

    /// The end of the stream; `None` while it goes on.
    pub(crate) fn into_end(self) -> Option<End> {
        self.end
    }
}
