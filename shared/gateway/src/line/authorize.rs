//! *authorize*: may this principal do this, with these arguments? A pure decision over what earlier stages fetched.
//!
//! To list is one action, to call, read or get is another. What a caller may not list doesn't exist for it: what is hidden and
//! what is unknown, a hidden virtual server and an unknown one, get the same answer. What it may list and not call, read or get
//! is refused aloud.

mod asking;
mod completing;
mod following;

use std::rc::Rc;

use json::RawJson;
use mcp::list::ListKind;
use mcp::method::Method;
use policy::{Action, Arguments, Kind, RefusalReason};
use registry::verdict::{self, Verdict};

use crate::error::{Failure, Refusal};
use crate::line::parse::{Courtesy, Message, Target};
use crate::line::resolve::Resolved;
use crate::virtual_server::VirtualServer;
use asking::Asking;
use ports::Timestamp;

pub(crate) use following::Wish;

/// What was permitted, by index into what the virtual server exposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Permitted {
    /// To know the virtual server, of which the caller sees these.
    Discover(Vec<usize>),
    /// To see these, in registry order, without as many items of the first one as earlier pages had.
    List { kind: ListKind, visible: Vec<usize>, skip: usize },
    /// To call this tool.
    Call(usize),
    /// To read resources of this.
    Read(usize),
    /// To get this prompt.
    Get(usize),
    /// To have an argument of this completed.
    Complete(usize),
    /// To ask for, answer or cancel a task of this tool.
    Task(usize),
    /// To hear of this.
    Listen(Vec<Wish>),
}

impl Permitted {
    /// What is called, read or got: what may change something or cost something at its origin.
    pub(crate) const fn used(&self) -> Option<usize> {
        match self {
            Self::Call(at) | Self::Read(at) | Self::Get(at) => Some(*at),
            Self::Discover(_) | Self::List { .. } | Self::Complete(_) | Self::Task(_) | Self::Listen(_) => None,
        }
    }
}

/// A message that policy permits. Only this module makes one.
pub struct Authorized {
    message: Message,
    server: Rc<VirtualServer>,
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

    pub(crate) fn into_parts(self) -> (Message, Rc<VirtualServer>, Permitted) {
        (self.message, self.server, self.permitted)
    }
}

/// The scope that a message needs (RFC 6749 §3.3); the token's scope narrows what policy may grant.
const fn needed_scope(method: Method, kind: Option<Kind>) -> &'static str {
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
    let (message, server) = resolved.into_parts();
    let asking = Asking::new(&message, &server, now);
    if let Target::Listen(asked) = message.target() {
        // Of each thing that is asked for, the scope is looked at there.
        let permitted = following::listen(&asking, asked)?;
        return Ok(Authorized { message, server, permitted, rules: Vec::new() });
    }
    let (permitted, rules) = match (message.method(), message.target().named()) {
        (Method::CompletionComplete, Some((kind, name))) => completing::complete(&asking, kind, name)?,
        (_, Some((kind, name))) => act(&asking, kind, name)?,
        (Method::TasksGet | Method::TasksUpdate | Method::TasksCancel, None) => following::task(&asking)?,
        (method, None) => (overview(&asking, method)?, Vec::new()),
    };
    let needed = match message.courtesy() {
        // What a person says to an origin is a step of a call.
        Some(Courtesy::Answer) => needed_scope(Method::ToolsCall, None),
        _ => needed_scope(message.method(), message.target().named().map(|(kind, _)| kind)),
    };
    if !message.principal().has_scope(needed) {
        return Err(Refusal::InsufficientScope { needed }.into());
    }
    Ok(Authorized { message, server, permitted, rules })
}

/// A list, or the virtual server itself.
fn overview(asking: &Asking<'_>, method: Method) -> Result<Permitted, Refusal> {
    if let Some(kind) = ListKind::of(method) {
        return Ok(Permitted::List { kind, visible: asking.listed(listed(kind))?, skip: 0 });
    }
    match (method, asking.message.courtesy()) {
        (Method::ServerDiscover, Some(Courtesy::Ping)) if asking.sees_anything() => Ok(Permitted::Discover(Vec::new())),
        (Method::ServerDiscover, _) => asking.all_listed().map(Permitted::Discover),
        _ if asking.sees_anything() => Err(Refusal::UnknownMethod(asking.message.era())),
        _ => Err(asking.unknown_server()),
    }
}

/// Of what a list is made.
const fn listed(list: ListKind) -> Kind {
    match list {
        ListKind::Tools => Kind::Tool,
        ListKind::Resources | ListKind::ResourceTemplates => Kind::Resource,
        ListKind::Prompts => Kind::Prompt,
    }
}

/// A call, a read, or a prompt that is got.
fn act(asking: &Asking<'_>, kind: Kind, name: &str) -> Result<(Permitted, Vec<String>), Refusal> {
    let at = asking.server.find(kind, name).ok_or_else(|| asking.unknown(kind, name))?;
    let of_uri = (kind == Kind::Resource).then(|| uri_argument(name));
    let arguments = of_uri.as_deref().or_else(|| asking.message.arguments().map(RawJson::as_str));
    let permitted = match kind {
        Kind::Tool => Permitted::Call(at),
        Kind::Resource => Permitted::Read(at),
        Kind::Prompt => Permitted::Get(at),
    };
    let rules = judged(asking, (at, kind, name), verdict(asking, at, name, arguments))?;
    Ok((permitted, rules))
}

/// What the caller may read under this URI, by every rule that counts when it reads it.
pub(crate) fn readable(message: &Message, server: &VirtualServer, now: Timestamp, uri: &str) -> Option<usize> {
    if !message.principal().has_scope(needed_scope(Method::ResourcesRead, Some(Kind::Resource))) {
        return None;
    }
    let asking = Asking::new(message, server, now);
    let at = server.find(Kind::Resource, uri)?;
    matches!(verdict(&asking, at, uri, Some(&uri_argument(uri))), Verdict::Permit { .. }).then_some(at)
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
            let declared = &asking.server.exposed(at).declaration.arguments;
            let names: Vec<&str> = declared.keys().map(String::as_str).collect();
            Err(Refusal::InvalidArguments(format!("one of `{}` is missing or of the wrong type", names.join("`, `"))))
        }
        Verdict::Refused { rules, reason } => Err(Refusal::PolicyRefused { reason, rules }),
    }
}
