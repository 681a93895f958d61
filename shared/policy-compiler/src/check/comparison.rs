//! Comparison at publish: the gateway's evaluator and Cedar decide a few requests by each policy.

use std::rc::Rc;

use policy::{Action, Arguments, Circumstances, Declaration, Principal, Rule, ToolPolicies};

use super::applicability::Candidate;
use crate::oracle::{Oracle, Schema};
use crate::{FaultReason, PolicyFault};

/// Compares the decisions by one policy about `declaration`: listing and use, by somebody without groups and by a
/// member of every group and team that the policy names.
pub(crate) fn compare(
    virtual_server: &str,
    declaration: &Declaration,
    schema: &Rc<Schema>,
    candidate: &Candidate,
) -> Result<(), PolicyFault> {
    let fault =
        |message: String| PolicyFault::of_policy(&candidate.id, FaultReason::Disagreement, message).with(declaration);
    let rule = candidate.record.rule().map(Rc::new).map_err(|error| fault(error.to_string()))?;
    let policies = ToolPolicies::new(virtual_server, declaration, [rule.clone()]);
    let policies = policies.map_err(|error| fault(error.to_string()))?;
    let sample = policies.sample();
    let arguments = Arguments::parse(Some(&sample)).map_err(|error| fault(error.to_string()))?;
    let oracle = Oracle::new(policies, schema.clone(), [candidate.policy.clone()])?;
    let (groups, team) = memberships(&rule);
    let nobody = Principal::of(ISSUER, "", "");
    let member = Principal { groups: &groups, team: team.as_deref(), ..nobody };
    for principal in [nobody, member] {
        for action in [Action::List, Action::Call] {
            let decided = oracle.decide(action, &principal, &NOW, Some(&arguments));
            decided.map_err(|disagreement| fault(disagreement.to_string()))?;
        }
    }
    Ok(())
}

/// The groups that a policy names, and one team.
fn memberships(rule: &Rule) -> (Vec<String>, Option<String>) {
    let of = |type_name: &str| {
        let named = rule.mentioned().iter().filter(move |uid| *uid.type_name == *type_name);
        named.map(|uid| (*uid.id).to_owned()).collect::<Vec<_>>()
    };
    (of(policy::type_names::GROUP), of(policy::type_names::TEAM).pop())
}

/// An issuer that no registry trusts.
const ISSUER: &str = "https://issuer.invalid";

/// 2026-11-20T10:42:07Z.
const NOW: Circumstances<'static> = Circumstances { now_seconds: 1_795_171_327, address: None, country: None };
