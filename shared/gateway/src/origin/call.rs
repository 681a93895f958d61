//! One request to one origin: a tool call, a resource read, a prompt, a completion, or a request about a task.
//!
//! Names and task ids become the origin's; a URI stays. The request's id, its progress token and trace context become
//! Weir's. Everything else in `params` is passed on byte for byte.

use std::rc::Rc;

use json::RawJson;
use mcp::completion;
use mcp::era::Era;
use mcp::input_request;
use mcp::legacy::Bridge;
use mcp::meta::{BAGGAGE, CLIENT_CAPABILITIES, LOG_LEVEL, TRACEPARENT};
use mcp::method::Method;
use mcp::parameter_headers;

use super::ask::{self, OriginResponse};
use super::input_rule::InputRule;
use super::long_response::{self, Begun};
use super::outbound::{OriginCall, Outbound};
use super::reply::{Content, Reply};
use super::request::{self, Mirrored, OriginRequest};
use super::request_ids::RequestIds;
use super::response::Media;
use super::server_requests::ServerRequests;
use super::{attempt, client_session, list, log_level};
use crate::error::{Failure, Refusal};
use crate::isolate::catalogue::Definitions;
use crate::line::parse::{Message, Target};
use ports::Host;

/// Sends the client's request, by `method`, to the origin of the item at `at`.
pub(crate) async fn call<H: Host>(outbound: &Outbound<'_, H>, method: Method, at: usize) -> Result<Reply<H>, Failure> {
    let declaration = &outbound.resolved.server().exposed(at).declaration;
    let (call, origin_name) = (outbound.to_named(&declaration.origin)?, declaration.origin_name.as_str());
    let message = call.message();
    let (params, name) = match message.target() {
        Target::Tool(_) | Target::Prompt(_) => {
            let mut params = message.params().clone();
            params.set("name", RawJson::from_string(origin_name));
            (params, Some(origin_name))
        }
        Target::Completion(completion::Reference::Prompt(_)) => {
            let renamed = completion::with_prompt_name(message.params(), origin_name);
            (renamed.map_err(|error| Refusal::InvalidArguments(error.to_string()))?, None)
        }
        Target::Task(_) => {
            let task = call.resolved.tasks().first().ok_or(Refusal::UnknownTask)?;
            let mut params = message.params().clone();
            params.set("taskId", RawJson::from_string(&task.id));
            (params, Some(task.id.as_str()))
        }
        Target::Resource(uri) => (message.params().clone(), Some(uri.as_str())),
        Target::Completion(completion::Reference::Resource(_)) | Target::Listen(_) | Target::None => {
            (message.params().clone(), None)
        }
    };
    let mut meta = message.meta().to_members();
    // The trace continues under Weir's span. Baggage is dropped: its content is the client's and could reach strangers.
    meta.set(TRACEPARENT, RawJson::from_string(&call.trace.to_string()));
    meta.remove(BAGGAGE);
    // An origin that keeps to the protocol then doesn't make requests that it may not make.
    let capabilities = input_request::restricted(&message.meta().client_capabilities, &call.origin.may_ask);
    meta.set(CLIENT_CAPABILITIES, capabilities);
    if message.era() == Era::Legacy
        && let Some(level) = log_level::held(&call)
    {
        meta.set(LOG_LEVEL, RawJson::from_string(level));
    }
    let asker = client_session::asker(&call).await?;
    let ids = RequestIds::new(&call, asker.as_ref(), &mut meta);
    let id = &ids.ours;
    let writes_headers = method == Method::ToolsCall && message.era() == Era::Legacy;
    let known = known(&call, method);
    let mirrored = mirrored(message, method, known.as_deref(), origin_name);
    let request = OriginRequest { id, method, name, params, mirrored, meta };
    let (mut protocol, mut answered) = ask::ask(&call, &request).await?;
    if writes_headers && matches!(&answered, OriginResponse::Rejected(rejection) if rejection.is_mismatch()) {
        // Nothing was done, because a header is missing that only the tool's schema names.
        let listed = list::anew(&call).await?;
        if let Some(parameters) = listed.parameters(origin_name) {
            let request = OriginRequest { mirrored: Mirrored::Written(parameters), ..request };
            (protocol, answered) = ask::ask(&call, &request).await?;
        }
    }
    let bridge = Bridge::new((message.era(), protocol.era()), method, message.meta());
    let status = answered.status();
    let content = match answered {
        OriginResponse::Begun(response, Media::EventStream) => Content::Stream {
            body: response.into_body(),
            requests: Box::new(ServerRequests::new(&call, &protocol, asker)),
            silence: attempt::max_silence(&call),
        },
        OriginResponse::Begun(response, Media::Json) if may_flow(message, bridge) => {
            match request::in_time(&call, long_response::begin(response.into_body(), id)).await? {
                Begun::Whole(response) => Content::Whole(response),
                Begun::Long(body) => Content::Long(body),
            }
        }
        answered => Content::Whole(ask::read(&call, (protocol, answered), id).await?),
    };
    Ok(Reply { ids, bridge, rule: InputRule::of(&call), content, status })
}

/// The tools of the call's origin, if the isolate remembers them and the request may have `Mcp-Param-*` headers.
fn known<H: Host>(call: &OriginCall<'_, H>, method: Method) -> Option<Rc<Definitions>> {
    let message = call.message();
    let may_have = message.era() == Era::Legacy || message.parameter_headers().next().is_some();
    if method == Method::ToolsCall && may_have { list::known(call.gateway, call.resolved, call.origin) } else { None }
}

/// The `Mcp-Param-*` headers of a call. For a legacy client they are written. Of a modern client's, those pass that the
/// tool's schema names; if the schema isn't known, those whose value equals an argument.
fn mirrored<'a>(
    message: &'a Message,
    method: Method,
    known: Option<&'a Definitions>,
    origin_name: &str,
) -> Mirrored<'a> {
    if method != Method::ToolsCall {
        return Mirrored::Nothing;
    }
    let annotated = known.and_then(|known| known.parameters(origin_name));
    if message.era() == Era::Legacy {
        return annotated.map_or(Mirrored::Nothing, Mirrored::Written);
    }
    let headers = message.parameter_headers();
    Mirrored::Passed(match known.filter(|known| known.find(origin_name).is_some()) {
        Some(_) => headers.filter(|(name, _)| annotated.is_some_and(|annotated| annotated.names(name))).collect(),
        None => parameter_headers::mirrored(headers, message.arguments()),
    })
}

/// True if a long response may pass as it arrives. A response about a task may not: its task id becomes the client's.
fn may_flow(message: &Message, bridge: Bridge) -> bool {
    let modern = (bridge.client, bridge.origin) == (Era::Modern, Era::Modern);
    modern && !matches!(message.target(), Target::Task(_))
}
