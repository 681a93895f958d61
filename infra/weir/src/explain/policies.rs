//! The policies of a registry for the gateway's evaluator and for Cedar, which are compared at every decision.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use policy::{Action, Arguments, Circumstances, Decision, Principal, Rule, ToolPolicies};
use policy_compiler::oracle::{CedarPolicy, Oracle, Schemas, cedar_policy};
use registry::snapshot::{Exposed, VirtualServer};

use super::source::Source;

/// The policies read so far, and the first disagreement.
pub struct Policies<'a> {
    source: &'a Source,
    read: RefCell<HashMap<String, Option<Both>>>,
    schemas: RefCell<Schemas>,
    disagreement: RefCell<Option<String>>,
}

/// One policy for the gateway's evaluator and for Cedar.
type Both = (Rc<Rule>, CedarPolicy);

impl<'a> Policies<'a> {
    /// None read yet.
    pub fn new(source: &'a Source) -> Self {
        Self { source, read: RefCell::default(), schemas: RefCell::default(), disagreement: RefCell::default() }
    }

    /// The policies that can apply to `exposed`; `None` if this build can't read them.
    pub fn of(&self, server: &VirtualServer, exposed: &Exposed) -> Option<Oracle> {
        let indexes = exposed.policies.iter().map(|index| usize::try_from(*index).ok());
        let ids = indexes.map(|index| Some(server.policies.rules.get(index?)?.id.as_str()));
        let both: Option<Vec<Both>> = ids.map(|id| self.both(server, id?)).collect();
        let (rules, of_cedar): (Vec<_>, Vec<_>) = both?.into_iter().unzip();
        let policies = ToolPolicies::new(&server.name, &exposed.declaration, rules).ok()?;
        Oracle::new(policies, self.schemas.borrow_mut().of(&exposed.declaration).ok()?, of_cedar).ok()
    }

    /// The policy `id` of `server`.
    pub fn rule(&self, server: &VirtualServer, id: &str) -> Option<Rc<Rule>> {
        self.both(server, id).map(|(rule, _)| rule)
    }

    fn both(&self, server: &VirtualServer, id: &str) -> Option<Both> {
        if let Some(known) = self.read.borrow().get(id) {
            return known.clone();
        }
        let both = self.read(server, id);
        self.read.borrow_mut().insert(id.to_owned(), both.clone());
        both
    }

    /// Cedar reads the text of a folder, and of a live registry, which has none, what the form means.
    fn read(&self, server: &VirtualServer, id: &str) -> Option<Both> {
        let record = server.policies.rules.iter().find(|policy| policy.id == id)?;
        let rule = record.rule().ok()?;
        let of_cedar = cedar_policy(&rule, self.source.text_of_policy(id)).ok()?;
        Some((Rc::new(rule), of_cedar))
    }

    /// The gateway's decision; a disagreement with Cedar is kept.
    pub fn decide(
        &self,
        oracle: &Oracle,
        action: Action,
        (principal, circumstances): (&Principal<'_>, &Circumstances<'_>),
        arguments: Option<&Arguments<'_>>,
    ) -> Decision {
        oracle.decide(action, principal, circumstances, arguments).unwrap_or_else(|disagreement| {
            self.disagreement.borrow_mut().get_or_insert_with(|| disagreement.to_string());
            disagreement.gateway
        })
    }

    /// The first decision in which the gateway's evaluator and Cedar disagree, in words.
    pub fn disagreement(&self) -> Option<String> {
        self.disagreement.borrow().clone()
    }
}
