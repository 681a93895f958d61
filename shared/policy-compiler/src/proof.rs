//! Proof: the gateway's evaluator and Cedar's agree about random policies, entities and requests.
//!
//! A case is made of [`Choices`], which are random numbers in a test and a fuzzer's bytes in a fuzz target. Types are
//! wrong on purpose now and then, and the texts of extension functions, numbers and patterns are at their edges. Every
//! policy goes the way of a published one: Cedar parses its text, it is translated, written as a form and read again.

mod choices;
mod declared;
mod expressions;
mod policies;
mod world;

use cedar_policy::{Policy, PolicySet};
use policy::decision::judge;
use policy::evaluator::Evaluator;
use policy::{Decision, RefusalReason, Rule};

use crate::oracle::decision;
use crate::{PolicyText, cedar, compile};

pub use choices::Choices;
pub use declared::agree_as_declared;

use expressions::Expressions;
use world::World;

/// Number of pairs of one policy and one request, by their result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairCounts {
    /// The policy applies.
    pub applied: usize,
    /// The policy doesn't apply.
    pub other: usize,
    /// The policy can't be evaluated.
    pub failed: usize,
}

impl PairCounts {
    fn add(&mut self, decision: &Decision) {
        match decision {
            Decision::Refusal { reason: RefusalReason::EvaluationFailed, .. } => self.failed += 1,
            Decision::Refusal { rules, .. } if rules.is_empty() => self.other += 1,
            _ => self.applied += 1,
        }
    }

    /// Number of pairs.
    #[must_use]
    pub const fn pairs(&self) -> usize {
        self.applied + self.other + self.failed
    }
}

/// Compares the decisions about `requests` random requests by so many random policies, one by one and together.
///
/// # Errors
/// The policy and request about which the two disagree, in words.
pub fn agree(
    choices: &mut Choices<'_>,
    (policies, requests): (usize, usize),
    counts: &mut PairCounts,
) -> Result<(), String> {
    let entities = world::entities(choices);
    let texts: Vec<PolicyText> = (0..policies)
        .map(|number| PolicyText { id: format!("p{number}"), text: Expressions::free(choices).policy() })
        .collect();
    let parsed: Result<Vec<(Rule, Policy)>, String> = texts.iter().map(read).collect();
    let parsed = parsed?;
    // Once in a while: it takes as long as the parser.
    if choices.one_in(8) {
        parsed.iter().zip(&texts).try_for_each(|((rule, _), text)| turned_back(rule, text))?;
    }
    let together = choices.one_in(4);
    let all = set(parsed.iter().map(|(_, policy)| policy))?;
    let each: Result<Vec<PolicySet>, String> = parsed.iter().map(|(_, policy)| set([policy])).collect();
    let each = each?;
    let known: Vec<_> = entities.iter().collect();
    let cedar_entities = cedar::entities(&known)?;
    for _ in 0..requests {
        let request = World::new(choices).request();
        let evaluator = Evaluator::new(&request, &known);
        let cedar_request = cedar::request(&request, None)?;
        let agreed = |rules: &mut dyn Iterator<Item = &Rule>, set: &PolicySet| {
            let (ours, cedars) = (judge(rules, &evaluator), decision(set, &cedar_request, &cedar_entities));
            match ours == cedars {
                true => Ok(ours),
                false => Err(format!("gateway: {ours:?}\nCedar: {cedars:?}\n{texts:#?}\n{request:#?}\n{entities:#?}")),
            }
        };
        for ((rule, _), set) in parsed.iter().zip(&each) {
            counts.add(&agreed(&mut std::iter::once(rule), set)?);
        }
        if together {
            agreed(&mut parsed.iter().map(|(rule, _)| rule), &all)?;
        }
    }
    Ok(())
}

/// The policy for both: for the gateway by way of its form.
fn read(text: &PolicyText) -> Result<(Rule, Policy), String> {
    let parsed = compile::parse(text).map_err(|fault| format!("{fault}\n{}", text.text))?;
    let record = compile::record(&text.id, &parsed).map_err(|fault| format!("{fault}\n{}", text.text))?;
    let rule = record.rule().map_err(|error| format!("{error}\n{}", text.text))?;
    Ok((rule, parsed))
}

/// Checks that the rule means the same when it is turned back.
fn turned_back(rule: &Rule, text: &PolicyText) -> Result<(), String> {
    let back = crate::translate::to_cedar(rule.id(), rule.policy())?;
    let again = crate::translate::translate(&back)?;
    if again != *rule.policy() {
        return Err(format!("it changes when turned back: {}\n{again:#?}\n{:#?}", text.text, rule.policy()));
    }
    Ok(())
}

fn set<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> Result<PolicySet, String> {
    let mut set = PolicySet::new();
    for policy in policies {
        set.add(policy.clone()).map_err(|error| error.to_string())?;
    }
    Ok(set)
}

#[cfg(test)]
mod tests;
