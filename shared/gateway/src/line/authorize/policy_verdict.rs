//! The verdict of policy on one call, read or prompt, and the refusal that the caller gets.

use std::rc::Rc;

use json::RawJson;
use policy::{Action, Arguments, Kind, RefusalReason, Rule};
use registry::verdict::{self, Verdict};

use super::decision_facts::DecisionFacts;
use crate::error::{PolicyRefusal, Refusal};

/// The arguments that policy sees of a read: the URI.
pub(super) fn uri_argument(uri: &str) -> String {
    format!("{{\"uri\":{}}}", RawJson::from_string(uri).as_str())
}

/// The verdict on the use of the item at `at`. For a resource, `name` is its URI.
pub(super) fn verdict(facts: &DecisionFacts<'_>, at: usize, name: &str, arguments: Option<&str>) -> Verdict {
    let decide = |action: Action, arguments: Option<&Arguments<'_>>| facts.decide(at, action, arguments);
    verdict::call(decide, facts.frozen(at, Some(name)), arguments)
}

/// The ids of the rules that permit, or the refusal. `arguments` are those of the verdict.
pub(super) fn judged(
    facts: &DecisionFacts<'_>,
    (at, kind, name): (usize, Kind, &str),
    arguments: Option<&str>,
    verdict: Verdict,
) -> Result<Vec<String>, Refusal> {
    match verdict {
        Verdict::Permit { rules } => Ok(rules),
        Verdict::Hidden { .. } => Err(facts.unknown(kind, name)),
        Verdict::Frozen(_) => Err(Refusal::Quarantined(kind)),
        Verdict::UnreadableArguments(error) => Err(Refusal::InvalidArguments(error.to_string())),
        Verdict::Refused { reason: RefusalReason::InvalidRequest, .. } => {
            let arguments = Arguments::parse(arguments).ok();
            let unfit = arguments.and_then(|arguments| facts.server().unfit_argument(at, &arguments));
            let unfit = unfit.map_or_else(|| "policy can't judge this request".to_owned(), |unfit| unfit.to_string());
            Err(Refusal::InvalidArguments(unfit))
        }
        Verdict::Refused { rules, reason } => Err(Refusal::PolicyRefused(refused(facts, kind, reason, rules))),
    }
}

/// The refusal, with the texts that its rules have for refused callers.
fn refused(facts: &DecisionFacts<'_>, kind: Kind, reason: RefusalReason, rules: Vec<String>) -> PolicyRefusal {
    let read: Vec<Rc<Rule>> = rules.iter().filter_map(|id| facts.server().rule(id)).collect();
    let messages = match reason {
        RefusalReason::Forbidden => read.iter().filter_map(|rule| rule.message()).map(str::to_owned).collect(),
        // A rule that could not be evaluated has not applied.
        _ => Vec::new(),
    };
    let by_arguments = read.iter().all(|rule| rule.reads_arguments());
    PolicyRefusal { kind, reason, rules, messages, by_arguments }
}
