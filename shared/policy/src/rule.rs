//! One policy: its effect, its scope and its condition, and what of the request it can read.

use std::rc::Rc;

use crate::Principal;
use crate::entities::uid_of;
use crate::evaluator::{self, Evaluator};
use crate::expression::{Expression, Variable};
use crate::type_names::{GROUP, TEAM};
use crate::value::{EntityUid, Value};
use crate::visible::Visible;

/// The parts of a policy, as the publisher has validated them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Permit or forbid.
    pub effect: Effect,
    /// The principals in its scope.
    pub principal: Scope,
    /// The actions in its scope; `None` for all.
    pub actions: Option<Vec<EntityUid>>,
    /// The resources in its scope.
    pub resource: Scope,
    /// The text of `@message("…")`.
    pub message: Option<Rc<str>>,
    /// All of `when` and `unless` in one; `None` if it has neither.
    pub condition: Option<Expression>,
}

/// The effect of a policy that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// `permit`
    Permit,
    /// `forbid`
    Forbid,
}

/// The principals or resources in a policy's scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All.
    Any,
    /// `is TYPE`
    Is(Rc<str>),
    /// `== ENTITY`
    Equal(EntityUid),
    /// `in ENTITY`
    In(EntityUid),
    /// `is TYPE in ENTITY`
    IsIn(Rc<str>, EntityUid),
}

impl Scope {
    /// The entity that it is in.
    const fn container(&self) -> Option<&EntityUid> {
        match self {
            Self::In(container) | Self::IsIn(_, container) => Some(container),
            Self::Any | Self::Is(_) | Self::Equal(_) => None,
        }
    }

    /// The entity that it names.
    const fn entity(&self) -> Option<&EntityUid> {
        match self {
            Self::Equal(entity) | Self::In(entity) | Self::IsIn(_, entity) => Some(entity),
            Self::Any | Self::Is(_) => None,
        }
    }
}

impl Policy {
    /// True if it applies to the request of `evaluator`.
    ///
    /// # Errors
    /// Its condition has no value, or one that is no `Bool`.
    pub fn applies(&self, evaluator: &Evaluator<'_>) -> evaluator::Result<bool> {
        let request = evaluator.request();
        let is_in_scope = self.includes(&request.action)
            && evaluator.is_within(&request.principal, &self.principal)
            && evaluator.is_within(&request.resource, &self.resource);
        match &self.condition {
            Some(condition) if is_in_scope => evaluator.holds(condition),
            _ => Ok(is_in_scope),
        }
    }

    /// True if its scope includes `action`. The schema has no groups of actions.
    #[must_use]
    pub fn includes(&self, action: &EntityUid) -> bool {
        self.actions.as_ref().is_none_or(|actions| actions.contains(action))
    }
}

impl Evaluator<'_> {
    fn is_within(&self, uid: &EntityUid, scope: &Scope) -> bool {
        let is_in = |container: &EntityUid| self.is_in_entity(uid, container);
        match scope {
            Scope::Any => true,
            Scope::Is(type_name) => uid.type_name == *type_name,
            Scope::Equal(entity) => uid == entity,
            Scope::In(container) => is_in(container),
            Scope::IsIn(type_name, container) => uid.type_name == *type_name && is_in(container),
        }
    }
}

/// A policy with its id, ready to decide. Declarations of a virtual server share it.
#[derive(Debug)]
pub struct Rule {
    id: String,
    policy: Policy,
    mentioned: Vec<EntityUid>,
    pub(crate) visible: Visible,
    /// True if its condition reads the action.
    pub(crate) reads_action: bool,
}

impl Rule {
    /// Finds what the policy reads.
    #[must_use]
    pub fn new(id: String, policy: Policy) -> Self {
        let (mut visible, mut reads_action) = (Visible::default(), false);
        let mut mentioned: Vec<EntityUid> = policy.principal.entity().cloned().into_iter().collect();
        if let Some(condition) = &policy.condition {
            visible.add(condition);
            walk(condition, &mut |part| match part {
                Expression::Variable(Variable::Action) => reads_action = true,
                Expression::Constant(value) => entities(value, &mut |uid| mentioned.push(uid.clone())),
                _ => {}
            });
        }
        mentioned.retain(is_membership);
        Self { id, policy, mentioned, visible, reads_action }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its effect, scope and condition.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The text of `@message("…")`, for a caller that this policy refuses.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.policy.message.as_deref()
    }

    /// True if its decision may depend on the arguments; never wrongly false.
    #[must_use]
    pub const fn reads_arguments(&self) -> bool {
        self.visible.arguments
    }

    /// True for a `forbid`.
    #[must_use]
    pub fn forbids(&self) -> bool {
        self.policy.effect == Effect::Forbid
    }

    /// The groups and teams that it names.
    #[must_use]
    pub fn mentioned(&self) -> &[EntityUid] {
        &self.mentioned
    }

    /// The group or team that its scope requires; `None` if it applies to any principal.
    pub(crate) fn membership(&self) -> Option<&EntityUid> {
        self.policy.principal.container().filter(|container| is_membership(container))
    }

    /// False if its scope alone shows that it lets `principal` list nothing: a `forbid`, a rule about use only, or a
    /// rule for another user or for a group or team of others.
    #[must_use]
    pub fn may_list(&self, principal: &Principal<'_>) -> bool {
        if self.forbids() || !self.policy.includes(&crate::entities::action(LIST)) {
            return false;
        }
        match (&self.policy.principal, self.membership()) {
            (Scope::Equal(named), _) => uid_of(principal).is_some_and(|uid| uid == *named),
            (Scope::Is(of) | Scope::IsIn(of, _), _) if uid_of(principal).is_some_and(|uid| uid.type_name != *of) => {
                false
            }
            (_, Some(container)) if *container.type_name == *GROUP => {
                principal.groups.iter().any(|group| **group == *container.id)
            }
            (_, Some(container)) => principal.team.is_some_and(|team| *team == *container.id),
            _ => true,
        }
    }
}

/// The id of [`crate::Action::List`]; that of use depends on the kind (`Kind::action`).
pub(crate) const LIST: &str = "list";

/// True if `entity` is a group or team.
fn is_membership(entity: &EntityUid) -> bool {
    [GROUP, TEAM].contains(&&*entity.type_name)
}

/// Calls `see` with the expression and each part of it.
fn walk<'a>(expression: &'a Expression, see: &mut dyn FnMut(&'a Expression)) {
    see(expression);
    expression.parts(&mut |part| walk(part, see));
}

/// Calls `see` with each entity in a value.
fn entities<'a>(value: &'a Value, see: &mut dyn FnMut(&'a EntityUid)) {
    match value {
        Value::Entity(uid) => see(uid),
        Value::Set(set) => set.elements().iter().for_each(|element| entities(element, see)),
        Value::Record(record) => record.attributes().iter().for_each(|(_, value)| entities(value, see)),
        _ => {}
    }
}
