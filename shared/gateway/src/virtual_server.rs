//! A virtual server as an isolate holds it: its record, its items by name and by URI, and its policies, compiled on
//! first use.
//!
//! The exposed items share one range of indexes: the tools, then the resources, then the prompts, each in the
//! registry's order.

mod list_decisions;
mod resources;
mod uri_decisions;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use mcp::list::ListKind;
use policy::{Action, Arguments, Circumstances, Decision, Kind, RefusalReason, Rule, ToolPolicies, Unfit};
use registry::snapshot::{Exposed, Origin, VirtualServer as Record};

use crate::principal::{Entitlement, Principal};
use list_decisions::ListDecisions;
use ports::Timestamp;
use resources::Resources;
use uri_decisions::UriDecisions;

pub(crate) use list_decisions::View;

/// A virtual server, ready to decide.
pub(crate) struct VirtualServer {
    record: Record,
    epoch: u64,
    tools: HashMap<String, usize>,
    resources: Resources,
    prompts: HashMap<String, usize>,
    /// Policies, by their index in the record: items share them. Read on first use.
    rules: Vec<OnceCell<Option<Rc<Rule>>>>,
    /// Compiled policies of each item, by its index. Compiled on first use, so that a cold start compiles only those it
    /// needs.
    policies: Vec<OnceCell<Option<ToolPolicies>>>,
    /// This value is one virtual server of one epoch, so no decision outlives either.
    lists: RefCell<ListDecisions>,
    uris: RefCell<UriDecisions>,
    /// Decisions of policy so far.
    decisions: Cell<u64>,
    /// Searches for the entry of a URI or template so far.
    searches: Cell<u64>,
}

impl VirtualServer {
    pub(crate) fn new(record: Record, epoch: u64) -> Self {
        let first_prompt = record.tools.len() + record.resources.len();
        let by_name = |exposed: &[Exposed], first: usize| -> HashMap<String, usize> {
            exposed.iter().enumerate().map(|(at, one)| (one.declaration.name.clone(), first + at)).collect()
        };
        let (tools, prompts) = (by_name(&record.tools, 0), by_name(&record.prompts, first_prompt));
        let resources = Resources::new(&record.resources, record.tools.len());
        let rules = record.policies.rules.iter().map(|_| OnceCell::new()).collect();
        let policies = (0..first_prompt + record.prompts.len()).map(|_| OnceCell::new()).collect();
        Self {
            record,
            epoch,
            tools,
            resources,
            prompts,
            rules,
            policies,
            lists: RefCell::default(),
            uris: RefCell::default(),
            decisions: Cell::default(),
            searches: Cell::default(),
        }
    }

    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }

    pub(crate) const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The indexes of everything of this kind.
    pub(crate) fn indexes(&self, kind: Kind) -> Range<usize> {
        let first_resource = self.record.tools.len();
        let first_prompt = first_resource + self.record.resources.len();
        match kind {
            Kind::Tool => 0..first_resource,
            Kind::Resource => first_resource..first_prompt,
            Kind::Prompt => first_prompt..first_prompt + self.record.prompts.len(),
        }
    }

    /// The index of the item that is exposed under this name; for a resource, under this URI.
    pub(crate) fn find(&self, kind: Kind, name: &str) -> Option<usize> {
        match kind {
            Kind::Tool => self.tools.get(name).copied(),
            Kind::Resource => self.resource_at(name),
            Kind::Prompt => self.prompts.get(name).copied(),
        }
    }

    /// The index of the entry that covers this URI: an exact URI goes before a pattern, a long pattern before a short
    /// one.
    pub(crate) fn resource_at(&self, uri: &str) -> Option<usize> {
        self.searches.set(self.searches.get() + 1);
        self.resources.find(uri)
    }

    /// The same for a URI template, whose literal beginning decides.
    pub(crate) fn template_at(&self, template: &str) -> Option<usize> {
        self.searches.set(self.searches.get() + 1);
        self.resources.find_template(template)
    }

    /// The pattern of `origin` that the URI or template of this list begins like, and the reason for which it is none
    /// of it all the same; `None` for what is listed, and for what the registry doesn't expose.
    pub(crate) fn unreadable(&self, list: ListKind, identity: &str, origin: &str) -> Option<(usize, &'static str)> {
        let is_of_origin = |at: usize| self.exposed(at).declaration.origin == origin;
        match list {
            ListKind::Resources if self.resource_at(identity).is_none() => {
                Some((self.resources.resembled(identity, is_of_origin)?, "resource_uri_not_plain"))
            }
            ListKind::ResourceTemplates if self.template_at(identity).is_none() => {
                Some((self.resources.resembled(identity, is_of_origin)?, "resource_template_unreadable"))
            }
            _ => None,
        }
    }

    /// The item at `at`.
    pub(crate) fn exposed(&self, at: usize) -> &Exposed {
        let (tools, resources) = (&self.record.tools, &self.record.resources);
        match at.checked_sub(tools.len()) {
            None => &tools[at],
            Some(at) => match at.checked_sub(resources.len()) {
                None => &resources[at],
                Some(at) => &self.record.prompts[at],
            },
        }
    }

    /// The origin of the item at `at`; `weir registry check` makes sure that it exists.
    pub(crate) fn origin(&self, at: usize) -> Option<&Origin> {
        self.record.origins.get(&self.exposed(at).declaration.origin)
    }

    /// Decides whether this principal may do this with the item at `at`. Policies that can't be read refuse.
    pub(crate) fn decide(
        &self,
        at: usize,
        action: Action,
        principal: &Principal,
        circumstances: &Circumstances<'_>,
        arguments: Option<&Arguments<'_>>,
    ) -> Decision {
        self.decisions.set(self.decisions.get() + 1);
        match self.compiled(at) {
            Some(policies) => policy::decide(policies, action, &principal.for_policy(), circumstances, arguments),
            None => Decision::Refusal { rules: Vec::new(), reason: RefusalReason::EvaluationFailed },
        }
    }

    /// False if no rule can let this principal list anything here, as the scopes of the rules tell without a decision.
    pub(crate) fn is_open_to(&self, principal: &Principal) -> bool {
        let principal = principal.for_policy();
        let may_list = |index| self.rule_at(index).is_some_and(|rule| rule.may_list(&principal));
        (0..self.record.policies.rules.len()).any(may_list)
    }

    /// The numbers of decisions of policy, and of searches for the entry of a URI, so far.
    pub(crate) const fn work(&self) -> (u64, u64) {
        (self.decisions.get(), self.searches.get())
    }

    /// True if it is certain that there are no arguments with which this principal may use what stands at `at`.
    pub(crate) fn never_usable(&self, at: usize, principal: &Principal, circumstances: &Circumstances<'_>) -> bool {
        self.decisions.set(self.decisions.get() + 1);
        self.compiled(at).is_none_or(|policies| policies.never_usable(&principal.for_policy(), circumstances))
    }

    /// True if a rule about the use of what stands at `at` may read its arguments; of a resource, the URI.
    pub(crate) fn decides_by_arguments(&self, at: usize) -> bool {
        self.compiled(at).is_none_or(ToolPolicies::decides_by_arguments)
    }

    /// This view of callers of this entitlement, in the registry's order; `decide` is asked only if nobody of the same
    /// entitlement was a short while ago.
    pub(crate) fn decided(
        &self,
        entitlement: Entitlement,
        view: (Kind, View),
        now: Timestamp,
        decide: impl FnOnce() -> Rc<[u32]>,
    ) -> Rc<[u32]> {
        if let Some(kept) = self.lists.borrow().find(entitlement, view, now) {
            return kept;
        }
        let decided = decide();
        self.lists.borrow_mut().keep(entitlement, view, decided.clone(), now);
        decided
    }

    /// The same for one URI of a list, or one template if `true` goes with it.
    pub(crate) fn decided_uri(
        &self,
        entitlement: Entitlement,
        item: (&str, bool),
        now: Timestamp,
        decide: impl FnOnce() -> bool,
    ) -> bool {
        if let Some(kept) = self.uris.borrow().find(entitlement, item, now) {
            return kept;
        }
        let decided = decide();
        self.uris.borrow_mut().keep(entitlement, item, decided, now);
        decided
    }

    fn compiled(&self, at: usize) -> Option<&ToolPolicies> {
        self.policies[at].get_or_init(|| self.compile(at)).as_ref()
    }

    fn compile(&self, at: usize) -> Option<ToolPolicies> {
        let exposed = self.exposed(at);
        let rules: Option<Vec<Rc<Rule>>> = exposed.policies.iter().map(|&index| self.rule_at(index as usize)).collect();
        ToolPolicies::new(&self.record.name, &exposed.declaration, rules?).ok()
    }

    /// The policy of this id, which a decision named.
    pub(crate) fn rule(&self, id: &str) -> Option<Rc<Rule>> {
        let index = self.record.policies.rules.iter().position(|policy| policy.id == id)?;
        self.rule_at(index)
    }

    /// The argument that doesn't fit the declaration of what stands at `at`, and why.
    pub(crate) fn unfit_argument(&self, at: usize, arguments: &Arguments<'_>) -> Option<Unfit> {
        self.policies[at].get_or_init(|| self.compile(at)).as_ref()?.unfit_argument(arguments)
    }

    fn rule_at(&self, index: usize) -> Option<Rc<Rule>> {
        let policy = self.record.policies.rules.get(index)?;
        self.rules.get(index)?.get_or_init(|| policy.rule().ok().map(Rc::new)).clone()
    }
}
