//! Compile: policies as text to what the gateway reads.

use std::rc::Rc;

use cedar_policy::{ActionConstraint, EntityUid, Policy, PolicyId};
use policy::record::{RecordPolicies, RecordPolicy};
use policy::{Declaration, Rule, ToolPolicies};

use crate::translate::translate;
use crate::{FaultReason, PolicyFault, PolicyText, bounds};

/// Parses the policies of one declaration, all that can apply to it. They are not validated: see [`crate::check()`].
///
/// # Errors
/// The first fault.
pub fn compile(
    virtual_server: &str,
    declaration: &Declaration,
    policies: &[&PolicyText],
) -> Result<ToolPolicies, PolicyFault> {
    let rules: Result<Vec<Rc<Rule>>, PolicyFault> = policies.iter().map(|text| rule(text).map(Rc::new)).collect();
    ToolPolicies::new(virtual_server, declaration, rules?).map_err(|error| {
        let reason = match error {
            policy::tool_policies::ToolPoliciesError::DuplicatePolicy(_) => FaultReason::DuplicatePolicy,
            policy::tool_policies::ToolPoliciesError::Arguments => FaultReason::Declaration,
        };
        PolicyFault::of_declaration(reason, error.to_string())
    })
}

/// Parses one policy, by way of the form that a record has.
///
/// # Errors
/// The text is not one policy in Cedar's syntax, is a template, has an operator that the gateway doesn't know, or is
/// beyond [`crate::bounds`].
pub fn rule(text: &PolicyText) -> Result<Rule, PolicyFault> {
    record_of(text)?.rule().map_err(|error| PolicyFault::of_policy(&text.id, FaultReason::Bounds, error.to_string()))
}

/// One policy as a record has it.
///
/// # Errors
/// As [`rule`].
pub fn record_of(text: &PolicyText) -> Result<RecordPolicy, PolicyFault> {
    record(&text.id, &parse(text)?)
}

/// One parsed policy as a record has it.
///
/// # Errors
/// The policy is a template, has an operator that the gateway doesn't know, or is beyond the bounds of its form.
pub(crate) fn record(id: &str, policy: &Policy) -> Result<RecordPolicy, PolicyFault> {
    let fault = |reason, message| PolicyFault::of_policy(id, reason, message);
    let translated = translate(policy).map_err(|message| fault(FaultReason::Untranslatable, message))?;
    RecordPolicy::new(id.to_owned(), &translated).map_err(|error| fault(FaultReason::Bounds, error.to_string()))
}

/// The policies of a record, with the version of the language that this Cedar reads.
#[must_use]
pub fn records(policies: Vec<RecordPolicy>) -> RecordPolicies {
    RecordPolicies::new(cedar_policy::get_lang_version().to_string(), policies)
}

/// Parses one policy within [`crate::bounds`].
pub(crate) fn parse(text: &PolicyText) -> Result<Policy, PolicyFault> {
    bounds::check(text)?;
    Policy::parse(Some(PolicyId::new(&text.id)), &text.text)
        .map_err(|error| PolicyFault::of_diagnostic(&text.id, FaultReason::Syntax, &error))
}

/// True if the scope of a policy includes `action`. The schema has no groups of actions.
pub(crate) fn includes(constraint: &ActionConstraint, action: &EntityUid) -> bool {
    match constraint {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(only) => only == action,
        ActionConstraint::In(several) => several.contains(action),
    }
}

#[cfg(test)]
mod tests;
