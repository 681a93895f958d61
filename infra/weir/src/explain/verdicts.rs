//! The verdict on each tool, resource and prompt, by the gateway's own code, and its reasons.

use policy::{Action as PolicyAction, Arguments, Circumstances, Decision, Principal, RefusalReason};
use policy::{Declaration, Kind};
use policy_compiler::oracle::Oracle;
use policy_compiler::role;
use registry::resource;
use registry::rule::place_of;
use registry::snapshot::{Exposed, VirtualServer};
use registry::verdict::{self, Frozen, Verdict};

use super::answer::{Effect, Rule, Ruling, SourceLine};
use super::policies::Policies;
use super::source::Source;

/// One caller at one time.
pub struct CallerFacts<'a> {
    /// The registry: quarantine, and the places of rules.
    pub source: &'a Source,
    /// The caller's principal.
    pub principal: Principal<'a>,
    /// The time and the connection.
    pub circumstances: Circumstances<'a>,
    /// The policies.
    pub policies: Policies<'a>,
}

/// One tool, resource or prompt, and the verdict on its place in the caller's list.
pub struct ExposedVerdict<'s> {
    /// The virtual server that exposes it.
    pub server: &'s VirtualServer,
    /// The exposed tool, resource or prompt.
    pub exposed: &'s Exposed,
    /// The URI of a single resource; `None` for a pattern.
    pub uri: Option<String>,
    /// The verdict on its place in the list.
    pub list: Verdict,
    /// True if the list omits it all the same, because its use is refused with every argument.
    unusable: bool,
    frozen: Option<Frozen>,
    /// `None` if this build can't read the policies, which refuses.
    policies: Option<Oracle>,
}

impl ExposedVerdict<'_> {
    /// True if policy hides it.
    pub const fn is_hidden(&self) -> bool {
        matches!(self.list, Verdict::Hidden { .. })
    }

    /// True if the list shows it.
    pub const fn is_listed(&self) -> bool {
        self.list.permits() && !self.unusable
    }
}

impl CallerFacts<'_> {
    /// The verdict on an exposed item; `uri` names one resource of a pattern.
    pub fn verdict<'s>(
        &self,
        server: &'s VirtualServer,
        exposed: &'s Exposed,
        uri: Option<&str>,
    ) -> ExposedVerdict<'s> {
        let declaration = &exposed.declaration;
        // A pattern without `*` names a single URI.
        let only = declaration.kind == Kind::Resource && !resource::is_prefix(&declaration.name);
        let uri = uri.or_else(|| only.then_some(declaration.name.as_str())).map(ToOwned::to_owned);
        let policies = self.policies.of(server, exposed);
        let frozen = self.source.quarantine().frozen(declaration, uri.as_deref());
        let list = verdict::list(|action, arguments| self.decide(policies.as_ref(), action, arguments), frozen);
        let mut item = ExposedVerdict { server, exposed, uri, list, unusable: false, frozen, policies };
        item.unusable = item.list.permits() && self.is_unusable(&item);
        item
    }

    /// True if its use is refused, of a single resource by its URI, of others with every argument.
    fn is_unusable(&self, item: &ExposedVerdict<'_>) -> bool {
        match uri_argument(item) {
            Some(arguments) => !self.call(item, &arguments).permits(),
            None => {
                let never = |oracle: &Oracle| oracle.policies().never_usable(&self.principal, &self.circumstances);
                item.policies.as_ref().is_none_or(never)
            }
        }
    }

    fn decide(&self, policies: Option<&Oracle>, action: PolicyAction, arguments: Option<&Arguments<'_>>) -> Decision {
        match policies {
            Some(oracle) => self.policies.decide(oracle, action, (&self.principal, &self.circumstances), arguments),
            None => Decision::Refusal { rules: Vec::new(), reason: RefusalReason::EvaluationFailed },
        }
    }

    /// The ruling on its place in the list.
    pub fn listing(&self, item: &ExposedVerdict<'_>) -> Ruling {
        if item.unusable {
            let using = self.using(item, None);
            let action = item.exposed.declaration.kind.action();
            let because = format!("a list omits what the caller may never {action}: {}", using.because);
            return Ruling { effect: Effect::Refusal, reason: Some("hidden"), because, ..using };
        }
        let ruling = self.ruling(item, &item.list, None);
        // A list is not refused for an item that it leaves out, so audit events have no code for it.
        let reason = if item.is_hidden() { Some("hidden") } else { ruling.reason };
        Ruling { reason, ..ruling }
    }

    /// The ruling on the call, read or get.
    pub fn using(&self, item: &ExposedVerdict<'_>, arguments: Option<&str>) -> Ruling {
        let uri = uri_argument(item);
        if let Some(arguments) = uri.as_deref().or(arguments) {
            let verdict = self.call(item, arguments);
            return self.ruling(item, &verdict, Some(arguments));
        }
        let sample = item.policies.as_ref().map_or_else(|| "{}".to_owned(), |oracle| oracle.policies().sample());
        let verdict = self.call(item, &sample);
        let conditions = self.conditions(item, &verdict);
        if conditions.is_empty() {
            return self.ruling(item, &verdict, Some(&sample));
        }
        let rules: Vec<Rule> = conditions.iter().map(|id| self.rule(id)).collect();
        let subject = if item.exposed.declaration.kind == Kind::Resource { "URI" } else { "arguments" };
        Ruling {
            effect: Effect::Depends,
            reason: None,
            detail: None,
            because: format!("depends on the {subject}: {}", joined(&rules)),
            rules,
        }
    }

    /// The verdict on a call, read or get with these arguments.
    fn call(&self, item: &ExposedVerdict<'_>, arguments: &str) -> Verdict {
        let policies = item.policies.as_ref();
        verdict::call(|action, arguments| self.decide(policies, action, arguments), item.frozen, Some(arguments))
    }

    /// The rules that could change `verdict` for other arguments: those that read any.
    fn conditions(&self, item: &ExposedVerdict<'_>, verdict: &Verdict) -> Vec<String> {
        let Some(policies) = &item.policies else { return Vec::new() };
        if item.exposed.declaration.arguments.is_empty() {
            return Vec::new();
        }
        let rule_of = |id: &String| self.policies.rule(item.server, id);
        let mut looking = policies.policies().considered(PolicyAction::Call, &self.principal);
        looking.retain(|id| rule_of(id).is_some_and(|rule| rule.reads_arguments()));
        let settled = |rules: &[String]| rules.iter().any(|rule| !looking.contains(rule));
        // The effect of the rules that could; `None` for both.
        let forbids = match verdict {
            Verdict::Permit { rules } if settled(rules) => Some(true),
            Verdict::Refused { rules, reason: RefusalReason::Forbidden } if settled(rules) => return Vec::new(),
            Verdict::Refused { reason: RefusalReason::NothingPermits, .. } => Some(false),
            Verdict::Permit { .. } | Verdict::Refused { .. } => None,
            _ => return Vec::new(),
        };
        let turns =
            |id: &&String| forbids.is_none_or(|forbids| rule_of(id).is_some_and(|rule| rule.forbids() == forbids));
        looking.iter().filter(turns).cloned().collect()
    }

    /// The ruling that presents a verdict.
    fn ruling(&self, item: &ExposedVerdict<'_>, verdict: &Verdict, arguments: Option<&str>) -> Ruling {
        let (ids, detail) = match verdict {
            Verdict::Permit { rules } => (rules.as_slice(), None),
            Verdict::Hidden { rules, reason } | Verdict::Refused { rules, reason } => {
                (rules.as_slice(), Some(reason.reason()))
            }
            Verdict::UnreadableArguments(error) => (&[][..], Some(error.reason())),
            Verdict::Frozen(_) => (&[][..], None),
        };
        let rules: Vec<Rule> = ids.iter().map(|id| self.rule(id)).collect();
        let because = match verdict {
            Verdict::Permit { .. } => joined(&rules),
            Verdict::Frozen(frozen) => self.frozen(*frozen, item),
            Verdict::UnreadableArguments(error) => error.to_string(),
            Verdict::Hidden { reason, .. } | Verdict::Refused { reason, .. } => match reason {
                RefusalReason::NothingPermits => nothing_permits(item),
                RefusalReason::Forbidden => format!("forbidden by {}", joined(&rules)),
                RefusalReason::EvaluationFailed if rules.is_empty() => {
                    "this build can't read its policies, which refuses".to_owned()
                }
                RefusalReason::EvaluationFailed => format!("can't be evaluated, which refuses: {}", joined(&rules)),
                RefusalReason::InvalidRequest => invalid(item, arguments),
            },
        };
        let effect = if verdict.permits() { Effect::Permit } else { Effect::Refusal };
        Ruling { effect, reason: verdict.reason(item.exposed.declaration.kind), detail, because, rules }
    }

    fn rule(&self, id: &str) -> Rule {
        let grant = role::grant(id);
        Rule {
            id: id.to_owned(),
            role: grant.as_ref().map(|grant| grant.role.to_owned()),
            group: grant.map(|grant| grant.group.to_owned()),
            place: self.source.documents().and_then(|documents| documents.place_of_rule(id)).into(),
        }
    }

    /// The reason of a refusal by quarantine.
    fn frozen(&self, frozen: Frozen, item: &ExposedVerdict<'_>) -> String {
        let written = self.source.documents().map(|documents| &documents.quarantine);
        let Declaration { kind, name, origin, .. } = &item.exposed.declaration;
        let (kind, name, names) = match (frozen, kind) {
            (Frozen::Origin, _) => ("origin", origin, written.map(|written| &written.origins)),
            (_, Kind::Tool) => ("tool", name, written.map(|written| &written.tools)),
            (_, Kind::Prompt) => ("prompt", name, written.map(|written| &written.prompts)),
            (_, Kind::Resource) => {
                let uri = item.uri.as_ref().unwrap_or(name);
                let patterns = &self.source.quarantine().resources;
                let pattern = patterns.iter().find(|pattern| resource::begins_like(pattern, uri));
                ("resource", pattern.unwrap_or(name), written.map(|written| &written.resources))
            }
        };
        let place = names.and_then(|names| place_of(names, name));
        format!("the {kind} `{name}` is quarantined{}", SourceLine::from(place))
    }
}

/// The argument of a read; `None` if no single resource is meant.
fn uri_argument(item: &ExposedVerdict<'_>) -> Option<String> {
    item.uri.as_ref().map(|uri| serde_json::json!({ "uri": uri }).to_string())
}

/// The reason of a refusal without a permitting rule; names the groups whose roles grant the action.
fn nothing_permits(item: &ExposedVerdict<'_>) -> String {
    let indexes = item.exposed.policies.iter().filter_map(|index| usize::try_from(*index).ok());
    let ids = indexes.filter_map(|index| item.server.policies.rules.get(index)).map(|policy| policy.id.as_str());
    let mut groups: Vec<&str> = ids.filter_map(role::grant).map(|grant| grant.group).collect();
    groups.sort_unstable();
    groups.dedup();
    match groups.as_slice() {
        [] => "no rule permits it".to_owned(),
        groups => format!("no rule permits it; roles give it to `{}`", groups.join("`, `")),
    }
}

/// The reason of an invalid request; names the first argument of the wrong type.
fn invalid(item: &ExposedVerdict<'_>, arguments: Option<&str>) -> String {
    let unfit = item.policies.as_ref().and_then(|policies| {
        let arguments = Arguments::parse(arguments).ok()?;
        policies.policies().unfit_argument(&arguments)
    });
    match unfit {
        Some(unfit) => format!("the argument {unfit}"),
        None => "the request doesn't fit the policies' schema".to_owned(),
    }
}

fn joined(rules: &[Rule]) -> String {
    let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
    rules.join(", ")
}
