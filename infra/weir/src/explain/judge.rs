//! Judge: the verdict on each tool, resource and prompt, by the gateway's own code, and what led to it.

use policy::role;
use policy::{Action as PolicyAction, Arguments, Circumstances, Decision, Principal, RefusalReason, ToolPolicies};
use policy::{ArgumentType, Declaration, Kind};
use registry::resource;
use registry::rule::place_of;
use registry::snapshot::{Exposed, VirtualServer};
use registry::verdict::{self, Frozen, Verdict};

use super::answer::{Effect, Rule, Ruling, Spot};
use super::source::Source;

/// One caller at one moment.
pub struct Judge<'a> {
    /// Who is frozen, and where rules are written.
    pub source: &'a Source,
    /// The caller.
    pub principal: Principal<'a>,
    /// The moment.
    pub circumstances: Circumstances<'a>,
}

/// One tool, resource or prompt, and whether this caller sees it.
pub struct Judged<'s> {
    /// Whose it is.
    pub server: &'s VirtualServer,
    /// What it is.
    pub exposed: &'s Exposed,
    /// The one resource that it is about.
    pub uri: Option<String>,
    /// May the caller see it?
    pub list: Verdict,
    frozen: Option<Frozen>,
    /// None where this build can't read them, which refuses.
    policies: Option<ToolPolicies>,
}

impl Judged<'_> {
    /// Whether policy hides it.
    pub const fn is_hidden(&self) -> bool {
        matches!(self.list, Verdict::Hidden { .. })
    }

    fn text_of(&self, id: &str) -> Option<&str> {
        self.server.policies.iter().find(|policy| policy.id == id).map(|policy| policy.text.as_str())
    }
}

impl Judge<'_> {
    /// What this caller may do with what is exposed; of resources, with this one.
    pub fn judged<'s>(&self, server: &'s VirtualServer, exposed: &'s Exposed, uri: Option<&str>) -> Judged<'s> {
        let declaration = &exposed.declaration;
        // A pattern of one URI is about that one.
        let only = declaration.kind == Kind::Resource && !resource::is_prefix(&declaration.name);
        let uri = uri.or_else(|| only.then_some(declaration.name.as_str())).map(ToOwned::to_owned);
        let indexes = exposed.policies.iter().map(|index| usize::try_from(*index).ok());
        let texts: Option<Vec<_>> = indexes.map(|index| server.policies.get(index?)).collect();
        let policies = texts.and_then(|texts| ToolPolicies::compile(&server.name, declaration, &texts).ok());
        let frozen = self.source.quarantine().frozen(declaration, uri.as_deref());
        let list = verdict::list(|action, arguments| self.decide(policies.as_ref(), action, arguments), frozen);
        Judged { server, exposed, uri, list, frozen, policies }
    }

    fn decide(
        &self,
        policies: Option<&ToolPolicies>,
        action: PolicyAction,
        arguments: Option<&Arguments<'_>>,
    ) -> Decision {
        match policies {
            Some(policies) => policy::decide(policies, action, &self.principal, &self.circumstances, arguments),
            None => Decision::Refusal { rules: Vec::new(), reason: RefusalReason::EvaluationFailed },
        }
    }

    /// May it be seen?
    pub fn listing(&self, judged: &Judged<'_>) -> Ruling {
        let ruling = self.told(judged, &judged.list, None);
        // A list is never refused for what it leaves out, so no audit event has a code for it.
        let reason = if judged.is_hidden() { Some("hidden") } else { ruling.reason };
        Ruling { reason, ..ruling }
    }

    /// May it be called, read or got?
    pub fn using(&self, judged: &Judged<'_>, arguments: Option<&str>) -> Ruling {
        let uri = judged.uri.as_ref().map(|uri| serde_json::json!({ "uri": uri }).to_string());
        if let Some(arguments) = uri.as_deref().or(arguments) {
            let verdict = self.call(judged, arguments);
            return self.told(judged, &verdict, Some(arguments));
        }
        let declaration = &judged.exposed.declaration;
        let sample = sample(declaration);
        let verdict = self.call(judged, &sample);
        let conditions = self.conditions(judged, &verdict);
        if conditions.is_empty() {
            return self.told(judged, &verdict, Some(&sample));
        }
        let rules: Vec<Rule> = conditions.iter().map(|id| self.rule(id)).collect();
        let what = if declaration.kind == Kind::Resource { "URI" } else { "arguments" };
        Ruling {
            effect: Effect::Depends,
            reason: None,
            detail: None,
            because: format!("depends on the {what}: {}", joined(&rules)),
            rules,
        }
    }

    fn call(&self, judged: &Judged<'_>, arguments: &str) -> Verdict {
        let policies = judged.policies.as_ref();
        verdict::call(|action, arguments| self.decide(policies, action, arguments), judged.frozen, Some(arguments))
    }

    /// The rules that could turn `verdict`, which holds for some arguments, for others. Rather one too many: a rule whose
    /// text has the word counts as one that looks.
    fn conditions(&self, judged: &Judged<'_>, verdict: &Verdict) -> Vec<String> {
        let Some(policies) = &judged.policies else { return Vec::new() };
        if judged.exposed.declaration.arguments.is_empty() {
            return Vec::new();
        }
        let says =
            |id: &str, word: &str| judged.text_of(id).is_some_and(|text| text.contains(word) || text.contains('\\'));
        let mut looking = policies.considered(PolicyAction::Call, &self.principal);
        looking.retain(|id| role::grant(id).is_none() && says(id, "arguments"));
        let settled = |rules: &[String]| rules.iter().any(|rule| !looking.contains(rule));
        let turning = match verdict {
            Verdict::Permit { rules } if settled(rules) => "forbid",
            Verdict::Refused { rules, reason: RefusalReason::Forbidden } if settled(rules) => return Vec::new(),
            Verdict::Refused { reason: RefusalReason::NothingPermits, .. } => "permit",
            Verdict::Permit { .. } | Verdict::Refused { .. } => "",
            _ => return Vec::new(),
        };
        looking.iter().filter(|id| says(id, turning)).cloned().collect()
    }

    /// A verdict in words.
    fn told(&self, judged: &Judged<'_>, verdict: &Verdict, arguments: Option<&str>) -> Ruling {
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
            Verdict::Frozen(frozen) => self.frozen(*frozen, judged),
            Verdict::UnreadableArguments(error) => error.to_string(),
            Verdict::Hidden { reason, .. } | Verdict::Refused { reason, .. } => match reason {
                RefusalReason::NothingPermits => nothing_permits(judged),
                RefusalReason::Forbidden => format!("forbidden by {}", joined(&rules)),
                RefusalReason::EvaluationFailed if rules.is_empty() => {
                    "this build can't read its policies, which refuses".to_owned()
                }
                RefusalReason::EvaluationFailed => format!("can't be evaluated, which refuses: {}", joined(&rules)),
                RefusalReason::InvalidRequest => invalid(judged, arguments),
            },
        };
        let effect = if verdict.permits() { Effect::Permit } else { Effect::Refusal };
        Ruling { effect, reason: verdict.reason(judged.exposed.declaration.kind), detail, because, rules }
    }

    fn rule(&self, id: &str) -> Rule {
        let grant = role::grant(id);
        Rule {
            id: id.to_owned(),
            role: grant.as_ref().map(|grant| grant.role.to_owned()),
            group: grant.map(|grant| grant.group.to_owned()),
            spot: self.source.documents().and_then(|documents| documents.place_of_rule(id)).into(),
        }
    }

    fn frozen(&self, frozen: Frozen, judged: &Judged<'_>) -> String {
        let written = self.source.documents().map(|documents| &documents.quarantine);
        let Declaration { kind, name, origin, .. } = &judged.exposed.declaration;
        let (kind, name, names) = match (frozen, kind) {
            (Frozen::Origin, _) => ("origin", origin, written.map(|written| &written.origins)),
            (_, Kind::Tool) => ("tool", name, written.map(|written| &written.tools)),
            (_, Kind::Prompt) => ("prompt", name, written.map(|written| &written.prompts)),
            (_, Kind::Resource) => {
                let uri = judged.uri.as_ref().unwrap_or(name);
                let patterns = &self.source.quarantine().resources;
                let pattern = patterns.iter().find(|pattern| resource::begins_like(pattern, uri));
                ("resource", pattern.unwrap_or(name), written.map(|written| &written.resources))
            }
        };
        let place = names.and_then(|names| place_of(names, name));
        format!("the {kind} `{name}` is quarantined{}", Spot::from(place))
    }
}

/// Nothing does; the roles that would.
fn nothing_permits(judged: &Judged<'_>) -> String {
    let indexes = judged.exposed.policies.iter().filter_map(|index| usize::try_from(*index).ok());
    let ids = indexes.filter_map(|index| judged.server.policies.get(index)).map(|policy| policy.id.as_str());
    let mut groups: Vec<&str> = ids.filter_map(role::grant).map(|grant| grant.group).collect();
    groups.sort_unstable();
    groups.dedup();
    match groups.as_slice() {
        [] => "no rule permits it".to_owned(),
        groups => format!("no rule permits it; roles give it to `{}`", groups.join("`, `")),
    }
}

/// Which argument doesn't fit, where that is what is wrong.
fn invalid(judged: &Judged<'_>, arguments: Option<&str>) -> String {
    let unfit = judged.policies.as_ref().and_then(|policies| {
        let arguments = Arguments::parse(arguments).ok()?;
        policies.unfit_argument(&arguments)
    });
    let declared = unfit.and_then(|name| judged.exposed.declaration.arguments.get_key_value(&name));
    match declared {
        Some((name, declared)) => format!("the argument `{name}` is missing or no `{}`", type_name(declared.r#type)),
        None => "the request can't be put in the policies' terms".to_owned(),
    }
}

/// As in `origins/NAME.toml`.
const fn type_name(r#type: ArgumentType) -> &'static str {
    match r#type {
        ArgumentType::String => "string",
        ArgumentType::Long => "long",
        ArgumentType::Boolean => "boolean",
        ArgumentType::Decimal => "decimal",
        ArgumentType::StringSet => "string_set",
        ArgumentType::LongSet => "long_set",
    }
}

/// Arguments that fit: the required ones, empty or zero.
fn sample(tool: &Declaration) -> String {
    let required = tool.arguments.iter().filter(|(_, declared)| declared.required);
    let values = required.map(|(name, declared)| {
        let value: serde_json::Value = match declared.r#type {
            ArgumentType::String => "".into(),
            ArgumentType::Long | ArgumentType::Decimal => 0.into(),
            ArgumentType::Boolean => false.into(),
            ArgumentType::StringSet | ArgumentType::LongSet => serde_json::Value::Array(Vec::new()),
        };
        (name.clone(), value)
    });
    serde_json::Value::Object(values.collect()).to_string()
}

fn joined(rules: &[Rule]) -> String {
    let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
    rules.join(", ")
}
