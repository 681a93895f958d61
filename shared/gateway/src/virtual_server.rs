//! A virtual server as an isolate holds it: the record, an index by tool name, and policies compiled when first asked.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use policy::{Action, Arguments, Circumstances, Decision, ParsedPolicy, RefusalReason, ToolPolicies};
use registry::snapshot::{Exposed, Origin, VirtualServer as Record};

use crate::entitlement::{Entitlement, ListDecisions};
use crate::ports::Timestamp;
use crate::principal::Principal;

/// A virtual server, ready to decide.
pub(crate) struct VirtualServer {
    record: Record,
    epoch: u64,
    by_name: HashMap<String, usize>,
    /// Per policy: tools share what is parsed.
    parsed: Vec<OnceCell<Option<ParsedPolicy>>>,
    /// Per tool. A cold start pays for the tools that it is asked about only.
    policies: Vec<OnceCell<Option<ToolPolicies>>>,
    /// This value is one virtual server of one epoch, so no decision outlives either.
    lists: RefCell<ListDecisions>,
}

impl VirtualServer {
    pub(crate) fn new(record: Record, epoch: u64) -> Self {
        let by_name = record.tools.iter().enumerate().map(|(at, tool)| (tool.declaration.name.clone(), at)).collect();
        let parsed = record.policies.iter().map(|_| OnceCell::new()).collect();
        let policies = record.tools.iter().map(|_| OnceCell::new()).collect();
        Self { record, epoch, by_name, parsed, policies, lists: RefCell::default() }
    }

    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }

    pub(crate) const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The index of the tool exposed as `name`.
    pub(crate) fn tool_at(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn tool(&self, at: usize) -> &Exposed {
        &self.record.tools[at]
    }

    /// The origin of the tool at `at`; `check` has made sure that it is there.
    pub(crate) fn origin(&self, at: usize) -> Option<&Origin> {
        self.record.origins.get(&self.record.tools[at].declaration.origin)
    }

    /// May this principal do this with the tool at `at`? Policies that don't compile refuse: they passed `check` when
    /// they were published, so this build is older than its registry.
    pub(crate) fn decide(
        &self,
        at: usize,
        action: Action,
        principal: &Principal,
        circumstances: &Circumstances<'_>,
        arguments: Option<&Arguments<'_>>,
    ) -> Decision {
        match self.policies[at].get_or_init(|| self.compile(at)) {
            Some(policies) => policy::decide(policies, action, &principal.for_policy(), circumstances, arguments),
            None => Decision::Refusal { rules: Vec::new(), reason: RefusalReason::EvaluationFailed },
        }
    }

    /// The tools that callers of this entitlement may see, in the registry's order; `decide` is asked only if nobody of
    /// the same entitlement was a short while ago.
    pub(crate) fn visible(
        &self,
        entitlement: Entitlement,
        now: Timestamp,
        decide: impl FnOnce() -> Rc<[u32]>,
    ) -> Rc<[u32]> {
        if let Some(kept) = self.lists.borrow().find(&entitlement, now) {
            return kept;
        }
        let visible = decide();
        self.lists.borrow_mut().keep(entitlement, visible.clone(), now);
        visible
    }

    fn compile(&self, at: usize) -> Option<ToolPolicies> {
        let tool = &self.record.tools[at];
        let parsed: Option<Vec<ParsedPolicy>> = tool.policies.iter().map(|&index| self.parse(index as usize)).collect();
        ToolPolicies::from_parsed(&self.record.name, &tool.declaration, &parsed?).ok()
    }

    fn parse(&self, index: usize) -> Option<ParsedPolicy> {
        let text = self.record.policies.get(index)?;
        self.parsed.get(index)?.get_or_init(|| ParsedPolicy::new(text).ok()).clone()
    }
}
