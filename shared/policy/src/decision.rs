//! Decision: permit or refusal, with the ids of the rules that decided.

use std::collections::BTreeSet;

use crate::entities;
use crate::evaluator::{Entity, Evaluator, Request};
use crate::request::context;
use crate::rule::{Effect, Rule};
use crate::type_names::{GROUP, TEAM};
use crate::value::EntityUid;
use crate::visible::Visible;
use crate::{Action, Arguments, Circumstances, Principal, ToolPolicies};

/// Decides one request. The function is pure, and every error is a refusal.
///
/// `arguments` are used for [`Action::Call`] only; `None` means `{}`.
#[must_use]
pub fn decide(
    policies: &ToolPolicies,
    action: Action,
    principal: &Principal<'_>,
    circumstances: &Circumstances<'_>,
    arguments: Option<&Arguments<'_>>,
) -> Decision {
    evaluate(policies, action, principal, circumstances, arguments)
        .unwrap_or(Decision::Refusal { rules: Vec::new(), reason: RefusalReason::InvalidRequest })
}

fn evaluate(
    policies: &ToolPolicies,
    action: Action,
    principal: &Principal<'_>,
    circumstances: &Circumstances<'_>,
    arguments: Option<&Arguments<'_>>,
) -> Option<Decision> {
    let containers = policies.memberships.of(principal);
    let question = question(policies, (policies.visible, containers), action, principal, circumstances, arguments)?;
    let rules = policies.rules(action).of(question.user.ancestors.iter());
    let entities = [&question.user, &policies.exposed];
    Some(judge(rules, &Evaluator::new(&question.request, &entities)))
}

/// A request, and the entity of its principal.
#[derive(Clone, Debug)]
pub struct Question {
    /// The request.
    pub request: Request,
    /// The user or the service.
    pub user: Entity,
}

impl Question {
    /// With every attribute and all groups, also those that no policy reads: what the decision of [`decide`] is
    /// compared with. `None` if the request doesn't fit the declaration.
    #[must_use]
    pub fn complete(
        policies: &ToolPolicies,
        action: Action,
        principal: &Principal<'_>,
        circumstances: &Circumstances<'_>,
        arguments: Option<&Arguments<'_>>,
    ) -> Option<Self> {
        let ask = |context| question(policies, context, action, principal, circumstances, arguments);
        let groups = principal.groups.iter().map(|group| EntityUid::new(GROUP, group));
        let containers = groups.chain(principal.team.map(|team| EntityUid::new(TEAM, team))).collect();
        // A time that can't be expressed is of no importance if no policy reads it.
        ask((Visible::ALL, containers)).or_else(|| ask((policies.visible, policies.memberships.of(principal))))
    }
}

fn question(
    policies: &ToolPolicies,
    (visible, containers): (Visible, BTreeSet<EntityUid>),
    action: Action,
    principal: &Principal<'_>,
    circumstances: &Circumstances<'_>,
    arguments: Option<&Arguments<'_>>,
) -> Option<Question> {
    let arguments = match (action, arguments) {
        (Action::List, _) => None,
        (Action::Call, Some(arguments)) => Some(arguments.record(&policies.arguments).ok()?),
        (Action::Call, None) => Some(Arguments::default().record(&policies.arguments).ok()?),
    };
    let user = entities::principal(visible, containers, principal)?;
    let request = Request {
        principal: user.uid.clone(),
        action: policies.rules(action).action.clone(),
        resource: policies.exposed.uid.clone(),
        context: context(visible, principal, circumstances, arguments)?,
    };
    Some(Question { request, user })
}

/// The decision of `rules`, all that can apply to the request of `evaluator`.
#[must_use]
pub fn judge<'a>(rules: impl Iterator<Item = &'a Rule>, evaluator: &Evaluator<'_>) -> Decision {
    let mut outcome = Outcome::default();
    for rule in rules {
        let decided_by = match (rule.policy().applies(evaluator), rule.policy().effect) {
            (Ok(false), _) => continue,
            (Ok(true), Effect::Permit) => &mut outcome.permits,
            (Ok(true), Effect::Forbid) => &mut outcome.forbids,
            (Err(_), _) => &mut outcome.failed,
        };
        decided_by.push(rule.id().to_owned());
    }
    outcome.decision()
}

/// The ids of the rules that apply, and of those that failed.
#[derive(Default)]
struct Outcome {
    permits: Vec<String>,
    forbids: Vec<String>,
    failed: Vec<String>,
}

impl Outcome {
    /// Cedar's authorizer skips a policy that fails; here a failure refuses, because a skipped `forbid` would permit.
    fn decision(self) -> Decision {
        let refusal = |rules, reason| Decision::Refusal { rules: sorted(rules), reason };
        if !self.failed.is_empty() {
            refusal(self.failed, RefusalReason::EvaluationFailed)
        } else if !self.forbids.is_empty() {
            refusal(self.forbids, RefusalReason::Forbidden)
        } else if self.permits.is_empty() {
            refusal(Vec::new(), RefusalReason::NothingPermits)
        } else {
            Decision::Permit { rules: sorted(self.permits) }
        }
    }
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort_unstable();
    ids
}

/// A permit or refusal, with the rules that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// At least one policy permits, none forbids, and all could be evaluated.
    Permit {
        /// The ids of the policies that permit, sorted.
        rules: Vec<String>,
    },
    /// A policy forbids, none permits, one couldn't be evaluated, or the request is invalid.
    Refusal {
        /// The ids of the policies that forbid or that failed, sorted; empty when nothing permits or the request is
        /// invalid.
        rules: Vec<String>,
        /// The reason of the refusal.
        reason: RefusalReason,
    },
}

impl Decision {
    /// True for [`Self::Permit`].
    #[must_use]
    pub fn permits(&self) -> bool {
        matches!(self, Self::Permit { .. })
    }

    /// The ids of the policies that decided, sorted.
    #[must_use]
    pub fn rules(&self) -> &[String] {
        match self {
            Self::Permit { rules } | Self::Refusal { rules, .. } => rules,
        }
    }
}

/// The reason of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// No policy permits it.
    NothingPermits,
    /// A policy forbids it.
    Forbidden,
    /// A policy could not be evaluated, so its effect is unknown.
    EvaluationFailed,
    /// The request doesn't fit the declaration: an argument is missing or of another type, or the issuer contains `|`.
    InvalidRequest,
}

impl RefusalReason {
    /// A stable code for audit events.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NothingPermits => "nothing_permits",
            Self::Forbidden => "forbidden",
            Self::EvaluationFailed => "policy_evaluation_failed",
            Self::InvalidRequest => "invalid_request",
        }
    }
}
