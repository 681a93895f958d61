//! Weir as a client of origins, on three floors: one request, the origin's protocol and session, a question and its answer.
//!
//! ```text
//! call, list, capabilities, subscription, client_session, server_stream      questions
//! era, legacy_session                                                        protocol
//! request, response, long_response, credential, circuit_breaker              one request
//! ```

mod call;
mod capabilities;
mod circuit_breaker;
mod client_session;
mod credential;
mod era;
mod legacy_session;
mod list;
mod long_response;
mod request;
mod response;
mod server_stream;
mod subscription;

use std::time::Duration;

use registry::snapshot::Origin;

use crate::error::Fault;

pub(crate) use call::{Reply, call};
pub(crate) use capabilities::{Together, together};
pub(crate) use client_session::{answer, open as open_session, subscribe, tell};
pub(crate) use list::{Offers, known, offers};
pub(crate) use long_response::Long;
pub(crate) use request::Leg;
pub(crate) use response::{Said, messages, said};
pub(crate) use server_stream::{Voice, listen as server_stream};
pub(crate) use subscription::{LIFETIME, Listening, Source, listen};

/// How long one call may take; of a call that is answered with a stream, until its first event, and between two.
pub(crate) fn origin_timeout(origin: &Origin) -> Duration {
    Duration::from_millis(origin.timeout_ms)
}

/// `check` makes sure that each tool's origin is in the record, so this is a record of another build.
pub(crate) fn missing(name: &str) -> Fault {
    Fault::Registry { record: format!("origin `{name}`"), reason: "origin_missing" }
}
