//! Weir as a client of origins, on three floors: one request, the origin's protocol and session, a question and its
//! answer.
//!
//! ```text
//! call  list  capabilities  subscription  client_session  server_stream      what a call needs of origins
//! ask                                                                        a question in the origin's own era
//! era  legacy_session  protocol                                              the origin's era, and its session
//! request  response  long_response  credential  circuit_breaker              one HTTP request
//! outbound                                                                   the call, and the origin it goes to
//! ```
//!
//! Each floor uses those below it.

mod ask;
mod audience;
mod call;
mod capabilities;
mod circuit_breaker;
mod client_session;
mod credential;
mod deprecated_transport;
mod era;
mod known_capabilities;
mod legacy_session;
mod list;
mod long_response;
mod outbound;
mod protocol;
mod reply;
mod request;
mod response;
mod server_stream;
mod subscription;

pub(crate) use call::call;
pub(crate) use capabilities::{Together, together};
pub(crate) use client_session::{notify, open as open_session, respond, set_level, subscribe};
pub(crate) use list::{Offers, known, offers};
pub(crate) use long_response::Long;
pub(crate) use outbound::Outbound;
pub(crate) use reply::Reply;
pub(crate) use request::SUBSCRIPTION_LIFETIME;
pub(crate) use response::{Said, messages, said};
pub(crate) use server_stream::{ServerStream, ServerStreams, open as server_streams};
pub(crate) use subscription::{Listening, Source, listen};
