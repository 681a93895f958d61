//! *authorize*: may this principal do this, with these arguments? A pure decision over what earlier stages fetched.
//!
//! `list` and `call` are two actions. What a caller may not list doesn't exist for it: a hidden tool and an unknown one,
//! a hidden virtual server and an unknown one, get the same answer. What it may list and not call is refused aloud.

use std::rc::Rc;

use mcp::method::Method;
use policy::{Action, Arguments, Circumstances, Decision, RefusalReason};
use registry::verdict::{self, Frozen, Verdict};

use crate::entitlement::Entitlement;
use crate::error::{Failure, Refusal};
use crate::parse::Message;
use crate::ports::Timestamp;
use crate::resolve::Resolved;
use crate::virtual_server::VirtualServer;

/// What was permitted, by index into the virtual server's tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Permitted {
    /// To know the virtual server.
    Discover,
    /// To see these tools, in registry order.
    List(Vec<usize>),
    /// To call this one.
    Call(usize),
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

/// The scope that each method needs (RFC 6749 §3.3); the token's scope narrows what policy may grant.
const fn needed_scope(method: Method) -> &'static str {
    match method {
        Method::ToolsCall => "tools:call",
        _ => "tools:list",
    }
}

/// One caller before one virtual server at one moment.
struct Asking<'a> {
    message: &'a Message,
    server: &'a VirtualServer,
    circumstances: Circumstances<'a>,
    now: Timestamp,
}

impl Asking<'_> {
    fn decide(&self, at: usize, action: Action, arguments: Option<&Arguments<'_>>) -> Decision {
        self.server.decide(at, action, self.message.principal(), &self.circumstances, arguments)
    }

    fn may_list(&self, at: usize) -> bool {
        self.decide(at, Action::List, None).permits()
    }

    fn frozen(&self, at: usize) -> Option<Frozen> {
        self.message.authenticated().quarantine().frozen_tool(&self.server.tool(at).declaration)
    }

    /// The tools that the caller may see, each decided as it is asked for.
    fn visible(&self) -> impl Iterator<Item = usize> {
        (0..self.server.record().tools.len()).filter(|&at| self.may_list(at))
    }

    /// All tools that the caller may see. Deciding about hundreds costs milliseconds, so it is remembered for a while.
    fn all_visible(&self) -> Rc<[u32]> {
        let entitlement = Entitlement::of(self.message.principal(), &self.circumstances);
        self.server.visible(entitlement, self.now, || self.visible().filter_map(|at| u32::try_from(at).ok()).collect())
    }

    /// Whoever may see none of its tools doesn't know the virtual server.
    fn unknown_server(&self) -> Refusal {
        match self.message.resource().name() {
            Some(_) => Refusal::UnknownVirtualServer,
            None => Refusal::NoVirtualServer,
        }
    }
}

/// Decides.
pub(crate) fn authorize(resolved: Resolved, now: Timestamp) -> Result<Authorized, Failure> {
    let (message, server) = resolved.into_parts();
    let inbound = message.authenticated().inbound();
    let circumstances =
        Circumstances { now_seconds: now.seconds(), address: inbound.address(), country: inbound.country() };
    let asking = Asking { message: &message, server: &server, circumstances, now };
    let needed = needed_scope(message.method());
    let (permitted, rules) = match message.method() {
        Method::ToolsCall => call(&asking, message.tool().unwrap_or_default())?,
        Method::ToolsList => {
            let visible = asking.all_visible();
            if visible.is_empty() {
                return Err(asking.unknown_server().into());
            }
            // The quarantine is current on every request, whatever is remembered.
            let visible = visible.iter().map(|&at| at as usize).filter(|&at| asking.frozen(at).is_none());
            (Permitted::List(visible.collect()), Vec::new())
        }
        _ => match asking.visible().next() {
            Some(_) => (Permitted::Discover, Vec::new()),
            None => return Err(asking.unknown_server().into()),
        },
    };
    if !message.principal().has_scope(needed) {
        return Err(Refusal::InsufficientScope { needed }.into());
    }
    Ok(Authorized { message, server, permitted, rules })
}

fn call(asking: &Asking<'_>, name: &str) -> Result<(Permitted, Vec<String>), Refusal> {
    let hidden = || match asking.visible().next() {
        Some(_) => Refusal::UnknownTool,
        None => asking.unknown_server(),
    };
    let at = asking.server.tool_at(name).ok_or_else(hidden)?;
    let arguments = asking.message.arguments().map(mcp::raw_json::RawJson::as_str);
    let decide = |action, arguments: Option<&Arguments<'_>>| asking.decide(at, action, arguments);
    match verdict::call(decide, asking.frozen(at), arguments) {
        Verdict::Permit { rules } => Ok((Permitted::Call(at), rules)),
        Verdict::Hidden { .. } => Err(hidden()),
        Verdict::Frozen(_) => Err(Refusal::QuarantinedTool),
        Verdict::UnreadableArguments(error) => Err(Refusal::InvalidArguments(error.to_string())),
        Verdict::Refused { reason: RefusalReason::InvalidRequest, .. } => {
            let declared = &asking.server.tool(at).declaration.arguments;
            let names: Vec<&str> = declared.keys().map(String::as_str).collect();
            Err(Refusal::InvalidArguments(format!("one of `{}` is missing or of the wrong type", names.join("`, `"))))
        }
        Verdict::Refused { rules, reason } => Err(Refusal::PolicyRefused { reason, rules }),
    }
}
