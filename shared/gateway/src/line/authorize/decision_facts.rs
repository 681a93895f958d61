//! The facts of one decision: the items that a caller sees of a virtual server now, and the refusals for those it
//! doesn't.

use std::cell::OnceCell;
use std::rc::Rc;

use policy::{Action, Arguments, Circumstances, Decision, Kind};
use registry::verdict::Frozen;

use crate::error::Refusal;
use crate::line::parse::Message;
use crate::line::resolve::Resolved;
use crate::principal::Entitlement;
use crate::sealed::task::Task;
use crate::virtual_server::{View, VirtualServer};
use ports::Timestamp;

/// The kinds of items that a virtual server exposes, in the order of its indexes.
const KINDS: [Kind; 3] = [Kind::Tool, Kind::Resource, Kind::Prompt];

/// One caller, one virtual server and one moment: the facts that policy decides on.
pub(super) struct DecisionFacts<'a> {
    resolved: &'a Resolved,
    circumstances: Circumstances<'a>,
    now: Timestamp,
    entitlement: OnceCell<Entitlement>,
}

impl<'a> DecisionFacts<'a> {
    pub(super) fn new(resolved: &'a Resolved, now: Timestamp) -> Self {
        let inbound = resolved.message().authenticated().inbound();
        let circumstances =
            Circumstances { now_seconds: now.seconds(), address: inbound.address(), country: inbound.country() };
        Self { resolved, circumstances, now, entitlement: OnceCell::new() }
    }

    pub(super) fn message(&self) -> &'a Message {
        self.resolved.message()
    }

    pub(super) fn server(&self) -> &'a VirtualServer {
        self.resolved.server()
    }

    /// The tasks that the message names.
    pub(super) fn tasks(&self) -> &'a [Task] {
        self.resolved.tasks()
    }

    pub(super) fn decide(&self, at: usize, action: Action, arguments: Option<&Arguments<'_>>) -> Decision {
        self.server().decide(at, action, self.message().principal(), &self.circumstances, arguments)
    }

    /// The quarantine entry that freezes the item, or this `uri` of a resource.
    pub(super) fn frozen(&self, at: usize, uri: Option<&str>) -> Option<Frozen> {
        self.message().authenticated().quarantine().frozen(&self.server().exposed(at).declaration, uri)
    }

    /// The items of this kind that the caller sees; each is decided when the iterator reaches it.
    fn visible(&self, kind: Kind) -> impl Iterator<Item = usize> {
        self.server().indexes(kind).filter(|&at| self.decide(at, Action::List, None).permits())
    }

    /// Remembered, too: otherwise a caller who sees little could cause hundreds of decisions with each unknown name.
    fn sees_any(&self, kind: Kind) -> bool {
        let first = || self.visible(kind).next().and_then(|at| u32::try_from(at).ok()).into_iter().collect();
        !self.server().decided(self.entitlement(), (kind, View::First), self.now, first).is_empty()
    }

    /// True if the caller sees anything here; otherwise the virtual server is unknown to it.
    pub(super) fn sees_anything(&self) -> bool {
        KINDS.into_iter().any(|kind| self.sees_any(kind))
    }

    /// The items of this kind that the caller sees. Hundreds of decisions cost milliseconds, so they are remembered.
    fn all_visible(&self, kind: Kind) -> Rc<[u32]> {
        let decide = || self.visible(kind).filter_map(|at| u32::try_from(at).ok()).collect();
        self.server().decided(self.entitlement(), (kind, View::Visible), self.now, decide)
    }

    /// The part of `visible` that the caller may use with some arguments.
    fn usable(&self, kind: Kind, visible: &[u32]) -> Rc<[u32]> {
        let (server, principal) = (self.server(), self.message().principal());
        let is_usable = |at: &u32| !server.never_usable(*at as usize, principal, &self.circumstances);
        let decide = || visible.iter().copied().filter(is_usable).collect();
        server.decided(self.entitlement(), (kind, View::Usable), self.now, decide)
    }

    /// True if no arguments let the caller use the item at `at`.
    pub(super) fn never_usable(&self, at: usize) -> bool {
        self.server().never_usable(at, self.message().principal(), &self.circumstances)
    }

    /// The decision about one URI or template, which is remembered as long as that about a list.
    pub(super) fn uri_decision(&self, (uri, is_template): (&str, bool), decide: impl FnOnce() -> bool) -> bool {
        self.server().decided_uri(self.entitlement(), (uri, is_template), self.now, decide)
    }

    fn entitlement(&self) -> Entitlement {
        *self.entitlement.get_or_init(|| Entitlement::of(self.message().principal(), &self.circumstances))
    }

    /// Leaves out frozen items. Remembered decisions don't include the quarantine: each request applies the current
    /// one.
    fn unfrozen(&self, visible: &[u32]) -> Vec<usize> {
        visible.iter().map(|&at| at as usize).filter(|&at| self.frozen(at, None).is_none()).collect()
    }

    /// The items of this kind that a list shows: those that the caller sees and may use. If it sees none, the method is
    /// unknown to it.
    pub(super) fn listed(&self, kind: Kind) -> Result<Vec<usize>, Refusal> {
        let visible = self.all_visible(kind);
        if visible.is_empty() { Err(self.none_of(kind)) } else { Ok(self.unfrozen(&self.usable(kind, &visible))) }
    }

    /// Everything that the caller sees, by kind.
    pub(super) fn all_listed(&self) -> Result<Vec<usize>, Refusal> {
        let visible = KINDS.map(|kind| self.all_visible(kind));
        if visible.iter().all(|visible| visible.is_empty()) {
            return Err(self.unknown_server());
        }
        Ok(visible.iter().flat_map(|visible| self.unfrozen(visible)).collect())
    }

    /// The refusal for a name or URI that the caller doesn't see.
    pub(super) fn unknown(&self, kind: Kind, name: &str) -> Refusal {
        if !self.sees_any(kind) {
            return self.none_of(kind);
        }
        match kind {
            Kind::Tool => Refusal::UnknownTool,
            Kind::Resource => Refusal::UnknownResource { uri: name.to_owned(), era: self.message().era() },
            Kind::Prompt => Refusal::UnknownPrompt,
        }
    }

    /// The refusal for a caller who sees nothing of a kind: its methods are unknown, as they are not among the
    /// capabilities.
    fn none_of(&self, kind: Kind) -> Refusal {
        match KINDS.into_iter().any(|other| other != kind && self.sees_any(other)) {
            true => Refusal::UnknownMethod(self.message().era()),
            false => self.unknown_server(),
        }
    }

    /// The refusal for a caller who sees nothing of the virtual server: as if it didn't exist.
    pub(super) fn unknown_server(&self) -> Refusal {
        match self.message().resource().name() {
            Some(_) => Refusal::UnknownVirtualServer,
            None => Refusal::NoVirtualServer,
        }
    }
}
