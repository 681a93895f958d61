//! An origin's event stream, message by message: messages of the request pass, and the stream always ends with a
//! response.
//!
//! Clients wait out their own timeout when a stream ends without a response, so a stream that breaks gets Weir's own as
//! its last event. Event ids are not passed on: MCP 2026-07-28 has no resumption, and some clients would try.

use std::time::Duration;

use bytes::Bytes;
use mcp::event_stream::{self, Decoder, Event};
use mcp::json_rpc::{LAST_BRACE, LongMessage};

use super::long_response::{self, Ended};
use super::response::Finish;
use super::stream::{Out, Rules};
use crate::Limits;
use crate::error::{Failure, Fault};
use crate::line::respond::BrokenStream;
use crate::origin::{OriginMessage, ServerRequests, origin_message, too_large};
use crate::outcome::End;
use ports::{Host, Timestamp};

/// The origin's event stream on its way to the client.
pub(super) struct Frames<H: Host> {
    decoder: Decoder,
    finish: Finish,
    requests: Box<ServerRequests<H>>,
    broken: BrokenStream,
    /// The message under way, if it is too long to be held.
    passing: Option<LongMessage>,
    /// The longest time without a message, from `silent_since` on. Comments and pings are no messages.
    silence: Duration,
    silent_since: Timestamp,
    /// The instant at which an incomplete event began; `None` between events. Its kind is known only at its end, so it
    /// has `silence` once more. Later bytes don't prolong that: a ping may arrive in pieces.
    incomplete_since: Option<Timestamp>,
}

impl<H: Host> Frames<H> {
    pub(super) fn new(
        finish: Finish,
        (requests, broken): (Box<ServerRequests<H>>, BrokenStream),
        (silence, now): (Duration, Timestamp),
    ) -> Self {
        let decoder = Decoder::new(Limits::ANSWER_BYTES);
        Self { decoder, finish, requests, broken, passing: None, silence, silent_since: now, incomplete_since: None }
    }

    /// Handles a message; true if it shows that the origin is working on the request.
    fn message(&mut self, message: Bytes, out: &mut Out) -> Result<bool, Fault> {
        match origin_message(self.finish.origin_id(), message)? {
            OriginMessage::Response(response) => {
                let (message, summary) = self.finish.response(response)?;
                out.event(&message);
                out.finish(End::Response(summary));
                Ok(true)
            }
            OriginMessage::Notification(notification, message) => {
                let passes = self.finish.notification(&notification, message);
                if let Some(message) = passes.and_then(|message| self.requests.tell(&notification, message)) {
                    out.event(&message);
                }
                Ok(true)
            }
            OriginMessage::Request(request, message) => {
                let passes = self.requests.take(&request, message)?;
                passes.iter().for_each(|message| out.event(message));
                Ok(passes.is_some())
            }
        }
    }

    /// Sends on the held part of a long message. A message that could lead to a request to the client is held to its
    /// end.
    fn pass_begun(&mut self, out: &mut Out) -> Result<(), Fault> {
        let held = self.decoder.held();
        let flows = self.passing.is_some() || (held > Limits::HELD_BYTES && self.finish.lets_pass());
        if held == 0 || !flows {
            return Ok(());
        }
        let data = self.decoder.take_partial_data();
        if self.passing.is_some() {
            return self.pass(&data, out);
        }
        let (mut passing, mut pieces) = (self.finish.passing(), vec![event_stream::BEGIN]);
        passing.push(&data, |piece| pieces.push(event_stream::encode_piece(piece))).map_err(long_response::fault)?;
        pieces.into_iter().for_each(|piece| out.piece(piece));
        self.passing = Some(passing);
        Ok(())
    }

    fn pass(&mut self, data: &Bytes, out: &mut Out) -> Result<(), Fault> {
        let Some(passing) = &mut self.passing else { return Ok(()) };
        passing.push(data, |piece| out.piece(event_stream::encode_piece(piece))).map_err(long_response::fault)
    }

    /// Sends on the rest of a long message.
    fn pass_end(&mut self, rest: &Bytes, out: &mut Out) -> Result<(), Fault> {
        self.pass(rest, out)?;
        let Some(passing) = &self.passing else { return Ok(()) };
        match long_response::ended(passing)? {
            Ended::Notification(method) if !self.finish.passes(&method) => {
                self.withdraw(out);
                return Ok(());
            }
            Ended::Notification(_) => {}
            Ended::Response(summary) => out.finish(End::Response(summary)),
        }
        self.passing = None;
        out.piece(LAST_BRACE);
        out.piece(event_stream::END);
        Ok(())
    }

    /// Gives the event under way a type that no client reads.
    fn withdraw(&mut self, out: &mut Out) {
        if self.passing.take().is_some() {
            out.piece(event_stream::WITHDRAW);
        }
    }
}

impl<H: Host> Rules for Frames<H> {
    fn take(&mut self, _at: usize, bytes: &Bytes, now: Timestamp, out: &mut Out) -> Result<bool, Fault> {
        let events: Vec<_> = self.decoder.push(bytes).collect();
        for event in events {
            match event.map_err(too_large)? {
                Event::Withdrawn => self.withdraw(out),
                Event::Message(rest) if self.passing.is_some() => {
                    self.silent_since = now;
                    self.pass_end(&rest, out)?;
                }
                Event::Message(message) => {
                    if self.message(message, out)? {
                        self.silent_since = now;
                    }
                }
            }
            if out.has_end() {
                return Ok(true);
            }
        }
        let is_incomplete = self.decoder.held() > 0;
        self.pass_begun(out)?;
        let waits = is_incomplete && self.passing.is_none();
        self.incomplete_since = self.incomplete_since.or(Some(now)).filter(|_| waits);
        Ok(true)
    }

    fn close(&mut self, _at: usize, fault: Option<Fault>, out: &mut Out) {
        if let Some(fault) = fault.map(|fault| self.requests.explain(fault)) {
            self.fail(fault.into(), out);
        }
    }

    fn fail(&mut self, failure: Failure, out: &mut Out) {
        self.withdraw(out);
        out.event(&self.broken.response(&failure));
        out.finish(End::Failure(failure));
    }

    fn deadline(&self) -> Option<Timestamp> {
        let since = self.incomplete_since.map_or(self.silent_since, |since| since.max(self.silent_since));
        Some(since.after(self.silence))
    }

    fn expire(&mut self, out: &mut Out) {
        self.close(0, Some(Fault::OriginTooSlow), out);
    }

    fn taken(&mut self, now: Timestamp) {
        self.silent_since = now;
    }
}
