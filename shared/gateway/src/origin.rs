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
mod outbound;
mod request;
mod response;
mod server_stream;
mod subscription;

pub(crate) use call::{Reply, call};
pub(crate) use capabilities::{Together, together};
pub(crate) use client_session::{notify, open as open_session, respond, set_level, subscribe};
pub(crate) use list::{Offers, known, offers};
pub(crate) use long_response::Long;
pub(crate) use outbound::Outbound;
pub(crate) use response::{Said, messages, said};
pub(crate) use server_stream::{ServerStream, open as server_streams};
pub(crate) use subscription::{LIFETIME, Listening, Source, listen};
