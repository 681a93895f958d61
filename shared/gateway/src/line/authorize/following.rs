//! Requests about tasks, and `subscriptions/listen`: policy decides again each time.

use std::collections::BTreeMap;

use mcp::method::Method;
use mcp::subscription::Filter;
use policy::{Action, Kind, RefusalReason};
use registry::verdict::Verdict;

use super::decision_facts::DecisionFacts;
use super::permitted::{Permitted, SubscriptionFilter};
use super::policy_verdict::{judged, uri_argument, verdict};
use crate::error::Refusal;
use crate::sealed::task::Task;

/// Permits a request about a task. A task whose tool the caller no longer sees is unknown. `tasks/get` and
/// `tasks/update` still need permission to call the tool; `tasks/cancel` doesn't, so that a call that policy no longer
/// permits can be stopped.
pub(super) fn task(facts: &DecisionFacts<'_>, method: Method) -> Result<(Permitted, Vec<String>), Refusal> {
    let named = facts.tasks().first().and_then(|task| Some((seen(facts, task)?, task)));
    let (at, task) = named.ok_or_else(|| match facts.unknown(Kind::Tool, "") {
        Refusal::UnknownTool => Refusal::UnknownTask,
        refusal => refusal,
    })?;
    if facts.frozen(at, None).is_some() {
        return Err(Refusal::Quarantined(Kind::Tool));
    }
    let rules = match verdict(facts, at, &task.tool, None) {
        _ if method == Method::TasksCancel => Vec::new(),
        Verdict::Refused { reason: RefusalReason::InvalidRequest, .. } if facts.never_usable(at) => {
            let refused = Verdict::Refused { reason: RefusalReason::NothingPermits, rules: Vec::new() };
            judged(facts, (at, Kind::Tool, &task.tool), None, refused)?
        }
        // Policy decided on the arguments when the tool was called.
        Verdict::Refused { reason: RefusalReason::InvalidRequest, .. } => Vec::new(),
        verdict => judged(facts, (at, Kind::Tool, &task.tool), None, verdict)?,
    };
    Ok((Permitted::Task { method, at }, rules))
}

fn seen(facts: &DecisionFacts<'_>, task: &Task) -> Option<usize> {
    task.find(facts.server()).filter(|&at| facts.decide(at, Action::List, None).permits())
}

/// The requested notifications that the caller may receive, by origin. The rest is not refused, only not acknowledged.
pub(super) fn listen(facts: &DecisionFacts<'_>, asked: &Filter) -> Result<Permitted, Refusal> {
    if !facts.sees_anything() {
        return Err(facts.unknown_server());
    }
    let may = |scope| facts.message().principal().has_scope(scope);
    let mut filters = ByOrigin::default();
    let lists: [(bool, Kind, &str, Flag); 3] = [
        (asked.tools_list_changed, Kind::Tool, "tools:list", |filter| &mut filter.tools_list_changed),
        (asked.prompts_list_changed, Kind::Prompt, "prompts:get", |filter| &mut filter.prompts_list_changed),
        (asked.resources_list_changed, Kind::Resource, "resources:read", |filter| &mut filter.resources_list_changed),
    ];
    for (_, kind, _, flag) in lists.into_iter().filter(|(asked, _, scope, _)| *asked && may(scope)) {
        for at in facts.listed(kind).unwrap_or_default() {
            *flag(&mut filters.of(facts, at).asked) = true;
        }
    }
    if may("resources:read") {
        for uri in &asked.resource_subscriptions {
            if let Some(at) = readable(facts, uri) {
                let known = &mut filters.of(facts, at).asked.resource_subscriptions;
                if !known.contains(uri) {
                    known.push(uri.clone());
                }
            }
        }
    }
    if may("tools:call") {
        for task in facts.tasks() {
            if let Some(at) = seen(facts, task).filter(|&at| facts.frozen(at, None).is_none()) {
                let filter = filters.of(facts, at);
                filter.asked.task_ids.push(task.id.clone());
                filter.tasks.push(task.clone());
            }
        }
    }
    Ok(Permitted::Listen(filters.0.into_values().collect()))
}

type Flag = fn(&mut Filter) -> &mut bool;

/// The index of the resource at `uri`, if policy permits reading it now; other callers get no notification of its
/// changes.
pub(super) fn readable(facts: &DecisionFacts<'_>, uri: &str) -> Option<usize> {
    let at = facts.server().find(Kind::Resource, uri)?;
    matches!(verdict(facts, at, uri, Some(&uri_argument(uri))), Verdict::Permit { .. }).then_some(at)
}

/// The filters by origin name.
#[derive(Default)]
struct ByOrigin(BTreeMap<String, SubscriptionFilter>);

impl ByOrigin {
    /// The filter for the origin of the item at `at`.
    fn of(&mut self, facts: &DecisionFacts<'_>, at: usize) -> &mut SubscriptionFilter {
        let origin = &facts.server().exposed(at).declaration.origin;
        let filter = || SubscriptionFilter { origin: origin.clone(), asked: Filter::default(), tasks: Vec::new() };
        self.0.entry(origin.clone()).or_insert_with(filter)
    }
}
