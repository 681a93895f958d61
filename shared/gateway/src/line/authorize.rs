//! *authorize*: may this principal do this, with these arguments? A pure decision over what earlier stages fetched.
//!
//! To list is one action, to call, read or get is another. What a caller may not list doesn't exist for it: what is hidden and
//! what is unknown, a hidden virtual server and an unknown one, get the same answer. What it may list and not call, read or get
//! is refused aloud.

mod asking;
mod completing;
mod following;

use json::RawJson;
use mcp::list::ListKind;
use mcp::method::Method;
use policy::{Action, Arguments, Kind, RefusalReason};
use registry::verdict::{self, Verdict};

use crate::error::{Failure, Refusal};
use crate::line::parse::{LegacyRequest, Operation, Target};
use crate::line::resolve::Resolved;
use asking::Asking;
use ports::Timestamp;

pub(crate) use following::SubscriptionFilter;

/// What was permitted. Indexes are into what the virtual server exposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Permitted {
    /// `server/discover` of a virtual server of which the caller sees these.
    Discover(Vec<usize>),
    /// `initialize`: the same for a legacy client, whose session is opened with the origins of these.
    Initialize {
        visible: Vec<usize>,
        /// The version of MCP that is agreed on.
        version: &'static str,
    },
    /// `ping`.
    Ping,
    /// A list of these, in registry order, without the first `skip` items of the first one: earlier pages had them.
    List { kind: ListKind, visible: Vec<usize>, skip: usize },
    /// `tools/call` of this tool.
    Call(usize),
    /// `resources/read` of a resource of this.
    Read(usize),
    /// `prompts/get` of this prompt.
    Get(usize),
    /// `completion/complete` of an argument of this.
    Complete(usize),
    /// `tasks/get`, `tasks/update` or `tasks/cancel` of a task of this tool.
    Task { method: Method, at: usize },
    /// `subscriptions/listen`: the notifications that the caller may receive, by origin.
    Listen(Vec<SubscriptionFilter>),
    /// `resources/subscribe` to a resource of this.
    Subscribe(usize),
    /// `resources/unsubscribe` from a resource of this.
    Unsubscribe(usize),
    /// `logging/setLevel` at the session's origins of these.
    SetLevel(Vec<usize>),
    /// A response to a request of one of the origins of these.
    Respond(Vec<usize>),
    /// `notifications/cancelled` to the session's origins of these.
    Cancel(Vec<usize>),
    /// `notifications/roots/list_changed` to the session's origins of these.
    RootsChanged(Vec<usize>),
    /// The server-initiated stream of the session's origins of these.
    OpenStream(Vec<usize>),
}

impl Permitted {
    /// The index of what may change or cost something at its origin.
    pub(crate) const fn used(&self) -> Option<usize> {
        match self {
            Self::Call(at) | Self::Read(at) | Self::Get(at) | Self::Subscribe(at) | Self::Unsubscribe(at) => Some(*at),
            Self::Discover(_)
            | Self::Initialize { .. }
            | Self::Ping
            | Self::List { .. }
            | Self::Complete(_)
            | Self::Task { .. }
            | Self::Listen(_)
            | Self::SetLevel(_)
            | Self::Respond(_)
            | Self::Cancel(_)
            | Self::RootsChanged(_)
            | Self::OpenStream(_) => None,
        }
    }
}

/// A message that policy permits. Only this module makes one.
pub struct Authorized {
    resolved: Resolved,
    permitted: Permitted,
    rules: Vec<String>,
}

impl Authorized {
    /// The ids of the rules that permit the call; for lists, none are kept.
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    pub(crate) const fn permitted(&self) -> &Permitted {
        &self.permitted
    }

    pub(crate) fn into_parts(self) -> (Resolved, Permitted) {
        (self.resolved, self.permitted)
    }
}

/// The scope that a message needs (RFC 6749 §3.3); the token's scope narrows what policy may grant.
const fn needed_scope(operation: Operation, kind: Option<Kind>) -> &'static str {
    let method = match operation {
        Operation::Method(method) => method,
        Operation::Legacy(LegacyRequest::Subscribe | LegacyRequest::Unsubscribe) => Method::ResourcesRead,
        // A person's answer to an origin is a step of a call.
        Operation::Legacy(LegacyRequest::Response) => Method::ToolsCall,
        Operation::Legacy(_) => Method::ServerDiscover,
    };
    match (method, kind) {
        (Method::ToolsCall | Method::TasksGet | Method::TasksUpdate | Method::TasksCancel, _) => "tools:call",
        (Method::ResourcesList | Method::ResourcesTemplatesList | Method::ResourcesRead, _)
        | (Method::CompletionComplete, Some(Kind::Resource)) => "resources:read",
        (Method::PromptsList | Method::PromptsGet | Method::CompletionComplete, _) => "prompts:get",
        _ => "tools:list",
    }
}

/// Decides.
pub(crate) fn authorize(resolved: Resolved, now: Timestamp) -> Result<Authorized, Failure> {
    let asking = Asking::new(&resolved, now);
    let message = resolved.message();
    if let Target::Listen(asked) = message.target() {
        // The scope is checked for each kind of notification there.
        let permitted = following::listen(&asking, asked)?;
        return Ok(Authorized { resolved, permitted, rules: Vec::new() });
    }
    let (permitted, rules) = match (message.operation(), message.target().named()) {
        (Operation::Method(Method::CompletionComplete), Some((kind, name))) => {
            completing::complete(&asking, kind, name)?
        }
        (operation, Some((kind, name))) => act(&asking, operation, (kind, name))?,
        (Operation::Method(method @ (Method::TasksGet | Method::TasksUpdate | Method::TasksCancel)), None) => {
            following::task(&asking, method)?
        }
        (Operation::Method(method), None) => (overview(&asking, method)?, Vec::new()),
        (Operation::Legacy(request), None) => (legacy(&asking, request)?, Vec::new()),
    };
    let needed = needed_scope(message.operation(), message.target().named().map(|(kind, _)| kind));
    if !message.principal().has_scope(needed) {
        return Err(Refusal::InsufficientScope { needed }.into());
    }
    Ok(Authorized { resolved, permitted, rules })
}

/// A list, or the virtual server itself.
fn overview(asking: &Asking<'_>, method: Method) -> Result<Permitted, Refusal> {
    if let Some(kind) = ListKind::of(method) {
        return Ok(Permitted::List { kind, visible: asking.listed(listed(kind))?, skip: 0 });
    }
    match method {
        Method::ServerDiscover => asking.all_listed().map(Permitted::Discover),
        _ if asking.sees_anything() => Err(Refusal::UnknownMethod(asking.message().era())),
        _ => Err(asking.unknown_server()),
    }
}

/// A message of a legacy client about its session; whoever sees something of the virtual server may send it.
fn legacy(asking: &Asking<'_>, request: LegacyRequest) -> Result<Permitted, Refusal> {
    if request == LegacyRequest::Ping && asking.sees_anything() {
        return Ok(Permitted::Ping);
    }
    let visible = asking.all_listed()?;
    Ok(match request {
        LegacyRequest::Initialize(version) => Permitted::Initialize { visible, version },
        LegacyRequest::Ping => Permitted::Ping,
        LegacyRequest::SetLevel => Permitted::SetLevel(visible),
        LegacyRequest::Response => Permitted::Respond(visible),
        LegacyRequest::Cancelled => Permitted::Cancel(visible),
        LegacyRequest::RootsChanged => Permitted::RootsChanged(visible),
        LegacyRequest::OpenStream => Permitted::OpenStream(visible),
        // They name a resource, without which `parse` lets none pass.
        LegacyRequest::Subscribe | LegacyRequest::Unsubscribe => return Err(asking.unknown_server()),
    })
}

/// The kind of item that a list method returns.
const fn listed(list: ListKind) -> Kind {
    match list {
        ListKind::Tools => Kind::Tool,
        ListKind::Resources | ListKind::ResourceTemplates => Kind::Resource,
        ListKind::Prompts => Kind::Prompt,
    }
}

/// A call, a read, or a prompt that is got.
fn act(
    asking: &Asking<'_>,
    operation: Operation,
    (kind, name): (Kind, &str),
) -> Result<(Permitted, Vec<String>), Refusal> {
    let at = asking.server().find(kind, name).ok_or_else(|| asking.unknown(kind, name))?;
    let of_uri = (kind == Kind::Resource).then(|| uri_argument(name));
    let arguments = of_uri.as_deref().or_else(|| asking.message().arguments().map(RawJson::as_str));
    let permitted = match (operation, kind) {
        (Operation::Legacy(LegacyRequest::Subscribe), _) => Permitted::Subscribe(at),
        (Operation::Legacy(LegacyRequest::Unsubscribe), _) => Permitted::Unsubscribe(at),
        (_, Kind::Tool) => Permitted::Call(at),
        (_, Kind::Resource) => Permitted::Read(at),
        (_, Kind::Prompt) => Permitted::Get(at),
    };
    let rules = judged(asking, (at, kind, name), verdict(asking, at, name, arguments))?;
    Ok((permitted, rules))
}

/// The index of what the caller may read under this URI now, by every rule that `resources/read` is subject to.
pub(crate) fn readable(resolved: &Resolved, now: Timestamp, uri: &str) -> Option<usize> {
    let needed = needed_scope(Operation::Method(Method::ResourcesRead), Some(Kind::Resource));
    if !resolved.message().principal().has_scope(needed) {
        return None;
    }
    following::readable(&Asking::new(resolved, now), uri)
}

/// What policy sees of a resource that is read.
fn uri_argument(uri: &str) -> String {
    format!("{{\"uri\":{}}}", RawJson::from_string(uri).as_str())
}

/// `name` is the URI, of a resource.
fn verdict(asking: &Asking<'_>, at: usize, name: &str, arguments: Option<&str>) -> Verdict {
    let decide = |action: Action, arguments: Option<&Arguments<'_>>| asking.decide(at, action, arguments);
    verdict::call(decide, asking.frozen(at, Some(name)), arguments)
}

/// The rules that permit, or what the caller hears.
fn judged(
    asking: &Asking<'_>,
    (at, kind, name): (usize, Kind, &str),
    verdict: Verdict,
) -> Result<Vec<String>, Refusal> {
    match verdict {
        Verdict::Permit { rules } => Ok(rules),
        Verdict::Hidden { .. } => Err(asking.unknown(kind, name)),
        Verdict::Frozen(_) => Err(Refusal::Quarantined(kind)),
        Verdict::UnreadableArguments(error) => Err(Refusal::InvalidArguments(error.to_string())),
        Verdict::Refused { reason: RefusalReason::InvalidRequest, .. } => {
            let declared = &asking.server().exposed(at).declaration.arguments;
            let names: Vec<&str> = declared.keys().map(String::as_str).collect();
            Err(Refusal::InvalidArguments(format!("one of `{}` is missing or of the wrong type", names.join("`, `"))))
        }
        Verdict::Refused { rules, reason } => Err(Refusal::PolicyRefused { reason, rules }),
    }
}
