//! Oracle: Cedar's decision about a request, with which the gateway's own is compared.
//!
//! Cedar is asked about all policies of the declaration, with every attribute of the request and all of the caller's
//! groups, and it validates the request by the schema. The comparison therefore includes what the gateway leaves out:
//! policies for other groups, attributes that no policy reads, and the schema.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use cedar_policy::{AuthorizationError, Authorizer, PolicyId, PolicySet};
use policy::decision::Question;
use policy::declaration::Shape;
use policy::{
    Action, Arguments, Circumstances, Decision, Declaration, Kind, Principal, RefusalReason, Rule, ToolPolicies, decide,
};

use crate::translate::to_cedar;
use crate::{FaultReason, PolicyFault, PolicyText, cedar, compile, schema};

/// The policies of one declaration, for the gateway's evaluator and for Cedar.
#[derive(Debug)]
pub struct Oracle {
    policies: ToolPolicies,
    set: PolicySet,
    schema: Rc<Schema>,
}

pub use cedar_policy::{Policy as CedarPolicy, Schema};

/// The schemas by which Cedar validates requests: one for all declarations of the same kind and arguments.
#[derive(Debug, Default)]
pub struct Schemas(HashMap<(Kind, Shape), Rc<Schema>>);

impl Schemas {
    /// The schema of `declaration`.
    ///
    /// # Errors
    /// The declaration has none.
    pub fn of(&mut self, declaration: &Declaration) -> Result<Rc<Schema>, PolicyFault> {
        let shape = (declaration.kind, declaration.arguments.clone());
        if let Some(known) = self.0.get(&shape) {
            return Ok(known.clone());
        }
        let made = Rc::new(schema::request_schema(declaration.kind, &declaration.arguments)?);
        self.0.insert(shape, made.clone());
        Ok(made)
    }
}

/// Cedar's policy from the text of `rule`; from the rule itself if there is no text.
///
/// # Errors
/// Cedar can't read it.
pub fn cedar_policy(rule: &Rule, text: Option<&PolicyText>) -> Result<CedarPolicy, PolicyFault> {
    match text {
        Some(text) => crate::compile::parse(text),
        None => to_cedar(rule.id(), rule.policy())
            .map_err(|message| PolicyFault::of_policy(rule.id(), FaultReason::Untranslatable, message)),
    }
}

/// The two decisions about a request, where they differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The decision of the gateway's evaluator.
    pub gateway: Decision,
    /// Cedar's decision, or why it has none.
    pub cedar: Result<Decision, String>,
}

impl Oracle {
    /// Parses the texts of all policies that can apply to `declaration`.
    ///
    /// # Errors
    /// As [`compile()`].
    pub fn of_texts(
        virtual_server: &str,
        declaration: &Declaration,
        policies: &[&PolicyText],
    ) -> Result<Self, PolicyFault> {
        let compiled = compile(virtual_server, declaration, policies)?;
        let parsed: Result<Vec<CedarPolicy>, PolicyFault> =
            policies.iter().map(|text| crate::compile::parse(text)).collect();
        Self::new(compiled, Schemas::default().of(declaration)?, parsed?)
    }

    /// For policies of which Cedar's are at hand, and the schema of [`Schemas::of`].
    ///
    /// # Errors
    /// Two policies have one id.
    pub fn new(
        policies: ToolPolicies,
        schema: Rc<Schema>,
        of_cedar: impl IntoIterator<Item = CedarPolicy>,
    ) -> Result<Self, PolicyFault> {
        let mut set = PolicySet::new();
        for policy in of_cedar {
            let id = AsRef::<str>::as_ref(policy.id()).to_owned();
            set.add(policy)
                .map_err(|error| PolicyFault::of_policy(&id, FaultReason::DuplicatePolicy, error.to_string()))?;
        }
        Ok(Self { policies, set, schema })
    }

    /// The policies as the gateway has them.
    #[must_use]
    pub const fn policies(&self) -> &ToolPolicies {
        &self.policies
    }

    /// The gateway's decision.
    ///
    /// # Errors
    /// Cedar's differs.
    pub fn decide(
        &self,
        action: Action,
        principal: &Principal<'_>,
        circumstances: &Circumstances<'_>,
        arguments: Option<&Arguments<'_>>,
    ) -> Result<Decision, Box<Disagreement>> {
        let gateway = decide(&self.policies, action, principal, circumstances, arguments);
        let cedar = match Question::complete(&self.policies, action, principal, circumstances, arguments) {
            Some(question) => self.cedar(&question),
            None => Ok(Decision::Refusal { rules: Vec::new(), reason: RefusalReason::InvalidRequest }),
        };
        if cedar.as_ref() == Ok(&gateway) { Ok(gateway) } else { Err(Box::new(Disagreement { gateway, cedar })) }
    }

    /// Cedar's decision, by the gateway's rule that a policy which fails refuses.
    fn cedar(&self, question: &Question) -> Result<Decision, String> {
        let request = cedar::request(&question.request, Some(&self.schema))?;
        let entities = cedar::entities(&[&question.user, self.policies.exposed()])?;
        Ok(decision(&self.set, &request, &entities))
    }
}

/// Cedar's decision, by the gateway's rule that a policy which fails refuses.
#[must_use]
pub fn decision(set: &PolicySet, request: &cedar_policy::Request, entities: &cedar_policy::Entities) -> Decision {
    let response = Authorizer::new().is_authorized(request, set, entities);
    let errors = response.diagnostics().errors();
    let failed = sorted(errors.map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id()));
    let rules = sorted(response.diagnostics().reason());
    match response.decision() {
        _ if !failed.is_empty() => Decision::Refusal { rules: failed, reason: RefusalReason::EvaluationFailed },
        cedar_policy::Decision::Allow => Decision::Permit { rules },
        cedar_policy::Decision::Deny if rules.is_empty() => {
            Decision::Refusal { rules, reason: RefusalReason::NothingPermits }
        }
        cedar_policy::Decision::Deny => Decision::Refusal { rules, reason: RefusalReason::Forbidden },
    }
}

fn sorted<'a>(ids: impl Iterator<Item = &'a PolicyId>) -> Vec<String> {
    let mut ids: Vec<String> = ids.map(|id| AsRef::<str>::as_ref(id).to_owned()).collect();
    ids.sort_unstable();
    ids
}

impl fmt::Display for Disagreement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the gateway's evaluator decides {}, and Cedar ", words(&self.gateway))?;
        match &self.cedar {
            Ok(decision) => write!(formatter, "{}", words(decision))?,
            Err(reason) => write!(formatter, "can't: {reason}")?,
        }
        formatter.write_str("; this is a fault of weir, please report it")
    }
}

fn words(decision: &Decision) -> String {
    let rules = decision.rules().join("`, `");
    match decision {
        Decision::Permit { .. } => format!("`permit` by `{rules}`"),
        Decision::Refusal { reason, .. } if rules.is_empty() => format!("`{}`", reason.reason()),
        Decision::Refusal { reason, .. } => format!("`{}` by `{rules}`", reason.reason()),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod services;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod usable;
