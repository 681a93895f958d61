//! The policies and the entity of one tool, resource or prompt, made once per isolate.

use std::collections::HashMap;
use std::rc::Rc;

use crate::declaration::Shape;
use crate::declaration::{MAXIMUM_ARGUMENT_NAME_BYTES, MAXIMUM_ARGUMENTS};
use crate::entities::{self, Memberships};
use crate::evaluator::Entity;
use crate::listing::Listing;
use crate::request::arguments::Unfit;
use crate::rule::{LIST, Rule};
use crate::value::EntityUid;
use crate::visible::Visible;
use crate::{Action, Arguments, Declaration, Principal};

/// The data about one tool, resource or prompt that decisions need and that doesn't depend on the call.
///
/// Policies are not validated here, because `weir registry check` did so before the record was signed. At run time a
/// policy that doesn't fit fails to evaluate, which refuses the request.
#[derive(Clone, Debug)]
pub struct ToolPolicies {
    pub(crate) arguments: Shape,
    pub(crate) exposed: Entity,
    pub(crate) memberships: Memberships,
    pub(crate) visible: Visible,
    pub(crate) listing: Listing,
    list: Rules,
    call: Rules,
}

/// The policies whose scope includes one action.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub action: EntityUid,
    /// The policies that require no group or team.
    for_all: Vec<Rc<Rule>>,
    /// The policies that require a group or team, by that entity; they can't apply to anybody else.
    for_members: HashMap<EntityUid, Vec<Rc<Rule>>>,
}

/// The reason why no decision can be made about a declaration: every request must be refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolPoliciesError {
    /// Two policies have this id, and a decision couldn't tell which of them decided.
    #[error("two policies have the id `{0}`")]
    DuplicatePolicy(String),
    /// More arguments than [`MAXIMUM_ARGUMENTS`], or a name that is empty or longer than
    /// [`MAXIMUM_ARGUMENT_NAME_BYTES`].
    #[error("the declared arguments are too many, or one has no name or one that is too long")]
    Arguments,
}

impl ToolPolicies {
    /// Sorts `rules`, all that can apply to the declaration.
    ///
    /// # Errors
    /// See [`ToolPoliciesError`].
    pub fn new(
        virtual_server: &str,
        declaration: &Declaration,
        rules: impl IntoIterator<Item = Rc<Rule>>,
    ) -> Result<Self, ToolPoliciesError> {
        let mut names = declaration.arguments.keys();
        let is_named = names.all(|name| !name.is_empty() && name.len() <= MAXIMUM_ARGUMENT_NAME_BYTES);
        if declaration.arguments.len() > MAXIMUM_ARGUMENTS || !is_named {
            return Err(ToolPoliciesError::Arguments);
        }
        let mut made = Self {
            arguments: declaration.arguments.clone(),
            exposed: entities::exposed(virtual_server, declaration),
            memberships: Memberships::default(),
            visible: Visible::default(),
            listing: Listing::default(),
            list: Rules::new(LIST),
            call: Rules::new(declaration.kind.action()),
        };
        let mut ids = std::collections::HashSet::new();
        for rule in rules {
            if !ids.insert(rule.id().to_owned()) {
                return Err(ToolPoliciesError::DuplicatePolicy(rule.id().to_owned()));
            }
            made.visible = made.visible.or(rule.visible);
            rule.mentioned().iter().for_each(|mentioned| made.memberships.note(mentioned));
            let scope = (made.list.add(&rule), made.call.add(&rule));
            made.listing.add(rule.id(), !rule.forbids(), scope, (rule.reads_arguments(), rule.reads_action));
        }
        Ok(made)
    }

    /// The ids, sorted, of the policies that a decision about `principal` evaluates: those that require no group or
    /// team, and those that require one of the principal's. Their conditions may still not apply.
    #[must_use]
    pub fn considered(&self, action: Action, principal: &Principal<'_>) -> Vec<String> {
        let containers = self.memberships.of(principal);
        let rules = self.rules(action).of(containers.iter());
        let mut ids: Vec<String> = rules.map(|rule| rule.id().to_owned()).collect();
        ids.sort_unstable();
        ids
    }

    /// The first declared argument that is missing in `arguments` or doesn't fit its declaration, and why.
    #[must_use]
    pub fn unfit_argument(&self, arguments: &Arguments<'_>) -> Option<Unfit> {
        arguments.record(&self.arguments).err()
    }

    /// The entity of the tool, resource or prompt.
    #[must_use]
    pub const fn exposed(&self) -> &Entity {
        &self.exposed
    }

    /// The declared arguments.
    #[must_use]
    pub const fn arguments(&self) -> &Shape {
        &self.arguments
    }

    pub(crate) const fn rules(&self, action: Action) -> &Rules {
        match action {
            Action::List => &self.list,
            Action::Call => &self.call,
        }
    }
}

impl Rules {
    fn new(action: &str) -> Self {
        Self { action: entities::action(action), for_all: Vec::new(), for_members: HashMap::new() }
    }

    /// Adds a rule if its scope includes the action; returns whether it does.
    fn add(&mut self, rule: &Rc<Rule>) -> bool {
        let includes = rule.policy().includes(&self.action);
        if includes {
            match rule.membership() {
                None => self.for_all.push(rule.clone()),
                Some(container) => self.for_members.entry(container.clone()).or_default().push(rule.clone()),
            }
        }
        includes
    }

    /// The policies that can apply to a member of `containers`.
    pub fn of<'a>(&'a self, containers: impl Iterator<Item = &'a EntityUid>) -> impl Iterator<Item = &'a Rule> {
        let of_members = containers.filter_map(|container| self.for_members.get(container)).flatten();
        self.for_all.iter().chain(of_members).map(Rc::as_ref)
    }
}
