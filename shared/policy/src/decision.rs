//! Decision: permit or refusal, with the ids of the rules that decided.

use cedar_policy::{AuthorizationError, Authorizer, EntityUid, PolicyId, Request, Response};

use crate::entities::{self, TypeNames, type_names};
use crate::{Action, Arguments, Circumstances, Principal, ToolPolicies, request};

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

/// Returns the decision, or `None` if the request doesn't fit the schema.
fn evaluate(
    policies: &ToolPolicies,
    action: Action,
    principal: &Principal<'_>,
    circumstances: &Circumstances<'_>,
    arguments: Option<&Arguments<'_>>,
) -> Option<Decision> {
    let names = type_names().ok()?;
    let containers = policies.memberships.of(principal);
    let user = entities::user(names, policies.visible, &containers, principal)?;
    let request = request(names, policies, user.uid(), action, principal, circumstances, arguments)?;
    let entities = policies.entities.clone().add_entities([user], None).ok()?;
    let mut outcome = Outcome::default();
    for set in policies.rules(action).of(containers.iter()) {
        outcome.add(&Authorizer::new().is_authorized(&request, set, &entities));
    }
    Some(outcome.decision())
}

/// Converts the request to Cedar's types; `None` if it doesn't fit the schema.
fn request(
    names: &TypeNames,
    policies: &ToolPolicies,
    user: EntityUid,
    action: Action,
    principal: &Principal<'_>,
    circumstances: &Circumstances<'_>,
    arguments: Option<&Arguments<'_>>,
) -> Option<Request> {
    let arguments = match (action, arguments) {
        (Action::List, _) => None,
        (Action::Call, Some(arguments)) => Some(arguments.record(&policies.arguments).ok()?),
        (Action::Call, None) => Some(Arguments::default().record(&policies.arguments).ok()?),
    };
    let context = request::context(names, policies.visible, principal, circumstances, arguments)?;
    let schema = policies.schema(action)?;
    Request::new(user, policies.rules(action).action.clone(), policies.resource.clone(), context, Some(schema)).ok()
}

/// The combined results of the policy sets that can apply to the caller.
#[derive(Default)]
struct Outcome {
    permits: Vec<String>,
    forbids: Vec<String>,
    failed: Vec<String>,
}

impl Outcome {
    fn add(&mut self, response: &Response) {
        let diagnostics = response.diagnostics();
        self.failed.extend(
            diagnostics.errors().map(|AuthorizationError::PolicyEvaluationError(error)| text(error.policy_id())),
        );
        let reasons = diagnostics.reason().map(text);
        match response.decision() {
            cedar_policy::Decision::Allow => self.permits.extend(reasons),
            // A denial without a reason means that nothing permits; its reasons are all `forbid`s.
            cedar_policy::Decision::Deny => self.forbids.extend(reasons),
        }
    }

    /// Cedar skips a policy that fails; here a failure refuses, because a skipped `forbid` would permit.
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

/// The id as given; `Display` would escape it.
fn text(id: &PolicyId) -> String {
    AsRef::<str>::as_ref(id).to_owned()
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

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
