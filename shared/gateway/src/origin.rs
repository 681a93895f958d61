//! Weir as a client of origins, in three layers: one HTTP request, the origin's protocol and session, a request and its
//! response.
//!
//! ```text
//! call  list  capabilities  subscription  client_session  server_stream      requests of one kind, to one or more origins
//! ask                                                                        a request in the origin's own era
//! era  legacy_session  protocol                                              the origin's era, and its session
//! response  long_response  server_requests  request_ids  input_rule           the response, and the request it belongs to
//! request  circuit_breaker                                                   one HTTP request
//! attempt  credential                                                        the same, once, and its credential
//! outbound                                                                   the call and its origin
//! ```
//!
//! Each layer uses those below it.

mod ask;
mod attempt;
mod audience;
mod call;
mod capabilities;
mod circuit_breaker;
mod client_session;
mod credential;
mod deprecated_transport;
mod era;
mod fan_out;
mod input_rule;
mod known_capabilities;
mod legacy_session;
mod list;
mod log_level;
mod long_response;
mod opening;
mod outbound;
mod probe;
mod protocol;
mod reply;
mod request;
mod request_ids;
mod response;
mod server_requests;
mod server_stream;
mod subscription;

pub(crate) use attempt::SUBSCRIPTION_LIFETIME;
pub(crate) use call::call;
pub(crate) use capabilities::JoinedCapabilities;
pub(crate) use client_session::{cancel, notify, respond, set_level, subscribe};
pub(crate) use input_rule::{CLIENT_NOT_ASKABLE, InputRule};
pub(crate) use list::{Offers, known, offers};
pub(crate) use long_response::Long;
pub(crate) use opening::{discover, initialize};
pub(crate) use outbound::Outbound;
pub(crate) use reply::{Content, Reply};
pub(crate) use request_ids::RequestIds;
pub(crate) use response::{OriginMessage, WholeResponse, messages, origin_message, too_large};
pub(crate) use server_requests::ServerRequests;
pub(crate) use server_stream::{ServerStream, ServerStreams, open as server_streams};
pub(crate) use subscription::{Listening, Source, listen};
