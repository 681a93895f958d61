//! Requests about tasks, and `subscriptions/listen`: policy decides again each time.

use std::collections::BTreeMap;

use mcp::method::Method;
use mcp::subscription::Filter;
use policy::{Action, Kind, RefusalReason};
use registry::verdict::Verdict;

use super::asking::Asking;
use super::permitted::{Permitted, SubscriptionFilter};
use super::policy_verdict::{judged, uri_argument, verdict};
use crate::error::Refusal;
use crate::sealed::task::Task;

/// Permits a request about a task. A task whose tool the caller no longer sees is unknown. `tasks/get` and
/// `tasks/update` still need permission to call the tool; `tasks/cancel` doesn't, so that a call that policy no longer
/// permits can be stopped.
pub(super) fn task(asking: &Asking<'_>, method: Method) -> Result<(Permitted, Vec<String>), Refusal> {
    let named = asking.tasks().first().and_then(|task| Some((seen(asking, task)?, task)));
    let (at, task) = named.ok_or_else(|| match asking.unknown(Kind::Tool, "") {
        Refusal::UnknownTool => Refusal::UnknownTask,
        refusal => refusal,
    })?;
    if asking.frozen(at, None).is_some() {
        return Err(Refusal::Quarantined(Kind::Tool));
    }
    let rules = match verdict(asking, at, &task.tool, None) {
        _ if method == Method::TasksCancel => Vec::new(),
        Verdict::Refused { reason: RefusalReason::InvalidRequest, .. } if asking.never_usable(at) => {
            let refused = Verdict::Refused { reason: RefusalReason::NothingPermits, rules: Vec::new() };
            judged(asking, (at, Kind::Tool, &task.tool), None, refused)?
        }
        // Policy decided on the arguments when the tool was called.
        Verdict::Refused { reason: RefusalReason::InvalidRequest, .. } => Vec::new(),
        verdict => judged(asking, (at, Kind::Tool, &task.tool), None, verdict)?,
    };
    Ok((Permitted::Task { method, at }, rules))
}

fn seen(asking: &Asking<'_>, task: &Task) -> Option<usize> {
    task.find(asking.server()).filter(|&at| asking.decide(at, Action::List, None).permits())
}

/// The requested notifications that the caller may receive, by origin. The rest is not refused, only not acknowledged.
pub(super) fn listen(asking: &Asking<'_>, asked: &Filter) -> Result<Permitted, Refusal> {
    if !asking.sees_anything() {
        return Err(asking.unknown_server());
    }
    let may = |scope| asking.message().principal().has_scope(scope);
    let mut filters = ByOrigin::default();
    let lists: [(bool, Kind, &str, Flag); 3] = [
        (asked.tools_list_changed, Kind::Tool, "tools:list", |filter| &mut filter.tools_list_changed),
        (asked.prompts_list_changed, Kind::Prompt, "prompts:get", |filter| &mut filter.prompts_list_changed),
        (asked.resources_list_changed, Kind::Resource, "resources:read", |filter| &mut filter.resources_list_changed),
    ];
    for (_, kind, _, flag) in lists.into_iter().filter(|(asked, _, scope, _)| *asked && may(scope)) {
        for at in asking.listed(kind).unwrap_or_default() {
            *flag(&mut filters.of(asking, at).asked) = true;
        }
    }
    if may("resources:read") {
        for uri in &asked.resource_subscriptions {
            if let Some(at) = readable(asking, uri) {
                let known = &mut filters.of(asking, at).asked.resource_subscriptions;
                if !known.contains(uri) {
                    known.push(uri.clone());
                }
            }
        }
    }
    if may("tools:call") {
        for task in asking.tasks() {
            if let Some(at) = seen(asking, task).filter(|&at| asking.frozen(at, None).is_none()) {
                let filter = filters.of(asking, at);
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
pub(super) fn readable(asking: &Asking<'_>, uri: &str) -> Option<usize> {
    let at = asking.server().find(Kind::Resource, uri)?;
    matches!(verdict(asking, at, uri, Some(&uri_argument(uri))), Verdict::Permit { .. }).then_some(at)
}

/// The filters by origin name.
#[derive(Default)]
struct ByOrigin(BTreeMap<String, SubscriptionFilter>);

impl ByOrigin {
    /// The filter for the origin of the item at `at`.
    fn of(&mut self, asking: &Asking<'_>, at: usize) -> &mut SubscriptionFilter {
        let origin = &asking.server().exposed(at).declaration.origin;
        let filter = || SubscriptionFilter { origin: origin.clone(), asked: Filter::default(), tasks: Vec::new() };
        self.0.entry(origin.clone()).or_insert_with(filter)
    }
}
