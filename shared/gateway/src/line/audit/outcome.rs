//! The outcome in a request's event: of a response, a failure or a token request.

use std::borrow::Cow;

use audit::event::{Effect, Outcome, Status};
use http::StatusCode;

use super::Record;
use crate::error::{Failure, Fault, Refusal};
use crate::outcome::Summary;

impl Record {
    /// Notes the outcome of a complete response.
    pub(crate) fn summary(&mut self, summary: Summary) {
        self.event.outcome = match summary {
            Summary::Result { is_error: false } => Outcome::success(200),
            Summary::Result { is_error: true } => Outcome::because(Status::ToolError, "tool_error"),
            Summary::Error { code } => {
                Outcome { error_code: Some(code), ..Outcome::because(Status::Error, "origin_error") }
            }
        };
    }

    /// Notes a refusal or a fault.
    pub(crate) fn failed(&mut self, failure: &Failure, error_code: Option<i64>) {
        let status = match failure {
            Failure::Refusal(Refusal::ClientGone) => Status::ClientGone,
            Failure::Refusal(_) => Status::Refused,
            // A missing grant is no failure of the origin or of Weir.
            Failure::Fault(fault) if matches!(fault.cause(), Fault::GrantNeeded(_)) => Status::Refused,
            Failure::Fault(fault) if fault.is_the_origins() => Status::OriginFailed,
            Failure::Fault(_) => Status::Fault,
        };
        match failure {
            Failure::Refusal(Refusal::PolicyRefused(refusal)) => {
                self.decision(Effect::Refusal, refusal.rules.clone());
            }
            Failure::Refusal(
                Refusal::UnknownTool
                | Refusal::UnknownResource { .. }
                | Refusal::UnknownPrompt
                | Refusal::UnknownTask
                | Refusal::NoVirtualServer
                | Refusal::InvalidArguments(_)
                | Refusal::UnknownVirtualServer
                | Refusal::Quarantined(_)
                | Refusal::QuarantinedOrigin
                | Refusal::InsufficientScope { .. },
            ) => self.decision(Effect::Refusal, Vec::new()),
            Failure::Refusal(Refusal::QuarantinedCaller(principal) | Refusal::SignedOut(principal)) => {
                // The user of a request that was frozen while it was under way is known already.
                if self.event.user.is_none() {
                    self.caller(principal.clone());
                }
            }
            Failure::Fault(fault) => {
                self.origin_status = fault.origin_status().or(self.origin_status);
                // Nothing ran, so nothing is charged.
                if !self.may_have_run(fault) {
                    self.origin_began = None;
                }
            }
            Failure::Refusal(_) => {}
        }
        self.event.outcome = Outcome { error_code, ..Outcome::because(status, failure.reason()) };
        self.event.detail = failure.detail().map(Cow::into_owned);
    }

    /// Notes the outcome of a token request: success, or the `reason` of its failure.
    pub(crate) fn redeemed(&mut self, reason: Option<&'static str>, status: StatusCode) {
        self.event.outcome = match reason {
            None => Outcome::success(status.as_u16()),
            Some(reason) => {
                Outcome::because(if status.is_server_error() { Status::Fault } else { Status::Refused }, reason)
            }
        };
    }

    /// Notes the status that is sent to the client.
    pub(crate) fn sent(&mut self, status: StatusCode) {
        self.event.outcome.http_status = Some(status.as_u16());
    }

    /// Adds to the bytes of the response body that were sent.
    pub(crate) fn sent_bytes(&mut self, bytes: usize) {
        self.event.response_bytes += bytes as u64;
    }
}
