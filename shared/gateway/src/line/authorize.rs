//! *authorize*: may this principal do this, with these arguments? A pure decision over facts that earlier stages
//! fetched.
//!
//! Listing is one action; calling, reading or getting is another. An item or a virtual server that the caller may not
//! list gets the same response as one that doesn't exist. An item that it may list but not call, read or get is refused
//! with the reason.

mod completing;
mod decision_facts;
mod following;
mod listed_uris;
mod permitted;
mod policy_verdict;

use json::RawJson;
use mcp::list::ListKind;
use mcp::method::Method;
use oauth::scope;
use policy::Kind;

use crate::error::{Failure, Refusal};
use crate::line::parse::{LegacyRequest, Operation, Target};
use crate::line::resolve::Resolved;
use crate::principal::Principal;
use decision_facts::DecisionFacts;
use ports::Timestamp;

pub(crate) use listed_uris::ListedUris;
pub(crate) use permitted::{Permitted, SubscriptionFilter};
use policy_verdict::{judged, uri_argument, verdict};

/// A message that policy permits. Only this module makes one.
///
/// No other crate can make one:
///
/// ```
/// use gateway::line::authorize::Authorized;
/// ```
///
/// ```compile_fail,E0451
/// use gateway::line::authorize::Authorized;
///
/// fn forge() -> Authorized {
///     Authorized { resolved: loop {}, permitted: loop {}, rules: loop {} }
/// }
/// ```
pub struct Authorized {
    resolved: Resolved,
    permitted: Permitted,
    rules: Vec<String>,
}

impl Authorized {
    /// The ids of the rules that permit the call; empty for lists.
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
        // The response to an elicitation request continues a call.
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

/// The refusal of a token that lacks a scope. Its challenge names the token's own scopes too: clients ask for what it
/// names, and some for nothing else, so that they would step from one scope to the next for ever.
fn insufficient_scope(principal: &Principal, needed: &'static str) -> Refusal {
    let scope = scope::KNOWN.into_iter().filter(|&known| known == needed || principal.has_scope(known)).collect();
    Refusal::InsufficientScope { needed, scope }
}

/// Permits a message, or refuses it by policy or scope.
pub(crate) fn authorize(resolved: Resolved, now: Timestamp) -> Result<Authorized, Failure> {
    let facts = DecisionFacts::new(&resolved, now);
    let message = resolved.message();
    if let Target::Listen(asked) = message.target() {
        // The scope is checked for each kind of notification there.
        let permitted = following::listen(&facts, asked)?;
        return Ok(Authorized { resolved, permitted, rules: Vec::new() });
    }
    let (permitted, rules) = match (message.operation(), message.target().named()) {
        (Operation::Method(Method::CompletionComplete), Some((kind, name))) => {
            completing::complete(&facts, kind, name)?
        }
        (operation, Some((kind, name))) => act(&facts, operation, (kind, name))?,
        (Operation::Method(method @ (Method::TasksGet | Method::TasksUpdate | Method::TasksCancel)), None) => {
            following::task(&facts, method)?
        }
        (Operation::Method(method), None) => (overview(&facts, method)?, Vec::new()),
        (Operation::Legacy(request), None) => (legacy(&facts, request)?, Vec::new()),
    };
    let needed = needed_scope(message.operation(), message.target().named().map(|(kind, _)| kind));
    if !message.principal().has_scope(needed) {
        return Err(insufficient_scope(message.principal(), needed).into());
    }
    Ok(Authorized { resolved, permitted, rules })
}

/// Permits a list or `server/discover`.
fn overview(facts: &DecisionFacts<'_>, method: Method) -> Result<Permitted, Refusal> {
    if let Some(kind) = ListKind::of(method) {
        return Ok(Permitted::List { kind, visible: facts.listed(listed(kind))?, skip: 0 });
    }
    match method {
        Method::ServerDiscover => facts.all_listed().map(Permitted::Discover),
        _ if facts.sees_anything() => Err(Refusal::UnknownMethod(facts.message().era())),
        _ => Err(facts.unknown_server()),
    }
}

/// Permits a legacy request without a target, if the caller sees anything of the virtual server.
fn legacy(facts: &DecisionFacts<'_>, request: LegacyRequest) -> Result<Permitted, Refusal> {
    if request == LegacyRequest::Ping && facts.sees_anything() {
        return Ok(Permitted::Ping);
    }
    let visible = facts.all_listed()?;
    Ok(match request {
        LegacyRequest::Initialize(version) => Permitted::Initialize { visible, version },
        LegacyRequest::Ping => Permitted::Ping,
        LegacyRequest::SetLevel => Permitted::SetLevel(visible),
        LegacyRequest::Response => Permitted::Respond(visible),
        LegacyRequest::Cancelled => Permitted::Cancel(visible),
        LegacyRequest::RootsChanged => Permitted::RootsChanged(visible),
        LegacyRequest::OpenStream => Permitted::OpenStream(visible),
        // `parse` gives both a resource as their target, so `act` decides on them.
        LegacyRequest::Subscribe | LegacyRequest::Unsubscribe => return Err(facts.unknown_server()),
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

/// Permits the use of a tool, resource or prompt.
fn act(
    facts: &DecisionFacts<'_>,
    operation: Operation,
    (kind, name): (Kind, &str),
) -> Result<(Permitted, Vec<String>), Refusal> {
    let at = facts.server().find(kind, name).ok_or_else(|| facts.unknown(kind, name))?;
    let of_uri = (kind == Kind::Resource).then(|| uri_argument(name));
    let arguments = of_uri.as_deref().or_else(|| facts.message().arguments().map(RawJson::as_str));
    let permitted = match (operation, kind) {
        (Operation::Legacy(LegacyRequest::Subscribe), _) => Permitted::Subscribe(at),
        (Operation::Legacy(LegacyRequest::Unsubscribe), _) => Permitted::Unsubscribe(at),
        (_, Kind::Tool) => Permitted::Call(at),
        (_, Kind::Resource) => Permitted::Read(at),
        (_, Kind::Prompt) => Permitted::Get(at),
    };
    let rules = judged(facts, (at, kind, name), arguments, verdict(facts, at, name, arguments))?;
    Ok((permitted, rules))
}

/// The index of the resource at this URI, if the caller may read it now: scope and policy of `resources/read` apply.
pub(crate) fn readable(resolved: &Resolved, now: Timestamp, uri: &str) -> Option<usize> {
    let needed = needed_scope(Operation::Method(Method::ResourcesRead), Some(Kind::Resource));
    if !resolved.message().principal().has_scope(needed) {
        return None;
    }
    following::readable(&DecisionFacts::new(resolved, now), uri)
}
