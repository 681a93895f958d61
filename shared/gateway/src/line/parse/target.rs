//! Reads the tool, resource, prompt, task or filter that a request's parameters name.

use json::{Members, RawJson};
use mcp::completion::{self};
use mcp::meta::META;
use mcp::method::Method;
use mcp::params;
use mcp::subscription::Filter;
use mcp::{prompt, resource, task, tool};

use super::message::{LegacyRequest, Operation, Target};
use crate::Limits;
use crate::error::Refusal;

/// The members of `params` that are read. An origin that ignores the case of names would take `Name` for `name`, and
/// policy would not have seen it.
const fn members(operation: Operation) -> &'static [&'static str] {
    let method = match operation {
        Operation::Method(method) => method,
        Operation::Legacy(LegacyRequest::Subscribe | LegacyRequest::Unsubscribe) => Method::ResourcesRead,
        Operation::Legacy(_) => return &[],
    };
    match method {
        Method::ToolsCall | Method::PromptsGet => &["name", "arguments", META],
        Method::ResourcesRead => &["uri", META],
        Method::CompletionComplete => &["ref", "argument", "context", META],
        Method::TasksGet | Method::TasksUpdate | Method::TasksCancel => &["taskId", "inputResponses", META],
        Method::SubscriptionsListen => &["notifications", META],
        _ => &[],
    }
}

/// Reads the target of a request.
pub(super) fn target(operation: Operation, params: &Members) -> Result<Target, Refusal> {
    let read = members(operation);
    let looks_alike = |member: &str| read.iter().any(|read| member != *read && member.eq_ignore_ascii_case(read));
    if !read.is_empty() && params.iter().any(|(member, _)| !member.is_ascii() || looks_alike(member)) {
        return Err(Refusal::InvalidParams("a name in `params` is not ASCII, or is a known name in other case"));
    }
    let params = Some(params);
    let resource =
        || resource::read_uri(params).map_err(Refusal::MalformedParams).map(|uri| Target::Resource(uri.into_owned()));
    let method = match operation {
        Operation::Method(method) => method,
        Operation::Legacy(LegacyRequest::Subscribe | LegacyRequest::Unsubscribe) => return resource(),
        Operation::Legacy(_) => return Ok(Target::None),
    };
    Ok(match method {
        Method::ToolsCall => {
            params::arguments(params).map_err(Refusal::MalformedParams)?;
            Target::Tool(tool::call_name(params).map_err(Refusal::MalformedParams)?.into_owned())
        }
        Method::ResourcesRead => resource()?,
        Method::PromptsGet => {
            params::arguments(params).map_err(Refusal::MalformedParams)?;
            Target::Prompt(prompt::get_name(params).map_err(Refusal::MalformedParams)?.into_owned())
        }
        Method::CompletionComplete => {
            bounded(params.and_then(|params| params.get("context")))?;
            Target::Completion(completion::reference(params).map_err(Refusal::MalformedParams)?)
        }
        Method::TasksGet | Method::TasksUpdate | Method::TasksCancel => {
            Target::Task(task::task_id(params).map_err(Refusal::MalformedParams)?.into_owned())
        }
        Method::SubscriptionsListen => Target::Listen(Filter::parse(params).map_err(Refusal::MalformedParams)?),
        _ => Target::None,
    })
}

/// Bounds the bytes of a completion that policy has to parse; policy bounds the arguments of a call itself.
fn bounded(context: Option<&RawJson>) -> Result<(), Refusal> {
    match context {
        Some(context) if context.as_bytes().len() > Limits::ARGUMENTS_BYTES => {
            Err(Refusal::InvalidParams("`context` is longer than the arguments of a call may be"))
        }
        _ => Ok(()),
    }
}
