//! *filter*: the part of the response that the caller may have. Lists are trimmed to visible items; results pass
//! unchanged.

mod event_stream;
mod list_page;
mod long_response;
mod own_result;
mod response;
mod server_stream;
mod stream;
mod subscription;
mod task_ids;

use bytes::Bytes;
use http::StatusCode;
use http::header::HeaderValue;
use json::RawJson;
use mcp::era::Era;
use mcp::json_rpc;

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::line::forward::{Answer, Forwarded};
use crate::line::quarantine::Watch;
use crate::line::respond::{self, BrokenStream};
use crate::origin::{Content, Long, Reply};
use crate::outcome::Summary;
use event_stream::Frames;
use long_response::LongAnswer;
use ports::{Clock, Host};
use response::Finish;
use stream::Out;

pub(crate) use stream::Flow;

/// A response that the caller may have. Only this module makes one.
///
/// No other crate can make one:
///
/// ```
/// use gateway::line::filter::Filtered;
/// ```
///
/// ```compile_fail,E0451
/// use gateway::line::filter::Filtered;
///
/// fn forge<H: ports::Host>() -> Filtered<H> {
///     Filtered { kind: loop {}, session: loop {} }
/// }
/// ```
pub struct Filtered<H: Host> {
    pub(crate) kind: Kind<H>,
    /// The id of a session that `initialize` has just opened.
    pub(crate) session: Option<HeaderValue>,
}

/// The forms of an answer.
pub(crate) enum Kind<H: Host> {
    /// No response: the message was a notification or a response.
    Nothing,
    /// A whole response.
    Whole { status: StatusCode, body: Bytes, summary: Summary },
    /// A response that is sent piece by piece, and the check of its caller and origins meanwhile.
    Flow(Flow<H>, Watch),
}

/// The answer to a notification.
pub(crate) fn nothing<H: Host>() -> Filtered<H> {
    Filtered { kind: Kind::Nothing, session: None }
}

/// Filters the origins' answer; `event_id` names the audit event to a client whose stream breaks.
pub(crate) async fn filter<H: Host>(
    gateway: &Gateway<H>,
    forwarded: Forwarded<H>,
    event_id: &str,
) -> Result<Filtered<H>, Failure> {
    let (resolved, answer, involved) = forwarded.into_parts();
    let mut watch = Watch::new(gateway, &resolved, involved);
    watch.check(gateway).await?;
    let (message, server) = (resolved.message(), resolved.server());
    let whole_result = |result| {
        let body = json_rpc::result_response(message.id(), &result);
        Kind::Whole { status: StatusCode::OK, body, summary: Summary::Result { is_error: false } }
    };
    let mut opened = None;
    let kind = match answer {
        Answer::Nothing => Kind::Nothing,
        Answer::Empty => whole_result(RawJson::empty_object()),
        Answer::Discover(together) => whole_result(own_result::discover(server, &together)),
        Answer::Initialize { version, together, session } => {
            opened = session;
            whole_result(own_result::initialize(server, version, &together))
        }
        Answer::List { kind, visible, skip, offers } => {
            whole_result(own_result::list(gateway, &resolved, (kind, &visible, skip), offers).await?)
        }
        Answer::Subscription(listening) => {
            watch.keep_origins(|name| listening.sources.iter().any(|source| source.filter.origin == name));
            Kind::Flow(subscription::flow(gateway, (message.id(), event_id), listening), watch)
        }
        Answer::ServerStreams(opened) => {
            watch.keep_origins(|name| opened.streams.iter().any(|stream| stream.origin == name));
            Kind::Flow(server_stream::flow(gateway, (resolved.clone(), event_id), opened), watch)
        }
        Answer::Reply(Reply { ids, bridge, rule, content, .. }) => {
            let tasks = task_ids::of_answer(gateway, &resolved).await?;
            let finish = Finish::new(&resolved, (ids, bridge), (tasks, rule));
            match content {
                Content::Whole(response) => {
                    let (body, summary) = finish.response(response)?;
                    Kind::Whole { status: status(message.era(), summary), body, summary }
                }
                Content::Long(Long { begun, rest }) => {
                    let (answer, out) = LongAnswer::new(finish.passing(), begun)?;
                    Kind::Flow(Flow::json(gateway, rest, answer, out), watch)
                }
                Content::Stream { body, requests, silence } => {
                    let now = gateway.host.clock().now();
                    let broken = BrokenStream::new(&resolved, event_id);
                    let frames = Frames::new(finish, (requests, broken), (silence, now));
                    Kind::Flow(Flow::events(gateway, vec![body], frames, Out::default()), watch)
                }
            }
        }
    };
    Ok(Filtered { kind, session: opened })
}

/// An origin's error keeps the status that its code has in the client's era.
fn status(client: Era, summary: Summary) -> StatusCode {
    match (client, summary) {
        (Era::Modern, Summary::Error { code }) => respond::modern_status(code),
        _ => StatusCode::OK,
    }
}
