//! `completion/complete`: permitted for an item that the caller may list, unless policy refuses the arguments that are
//! known so far. Suggestions can reveal the data behind an item.

use json::{Members, RawJson};
use policy::{Kind, RefusalReason};
use registry::verdict::Verdict;

use super::decision_facts::DecisionFacts;
use super::permitted::Permitted;
use super::policy_verdict::{judged, uri_argument, verdict};
use crate::error::Refusal;

/// Permits the completion of an argument of this prompt, URI or URI template.
pub(super) fn complete(facts: &DecisionFacts<'_>, kind: Kind, name: &str) -> Result<(Permitted, Vec<String>), Refusal> {
    let is_template = kind == Kind::Resource && name.contains('{');
    let at = if is_template { facts.server().template_at(name) } else { facts.server().find(kind, name) };
    let at = at.ok_or_else(|| facts.unknown(kind, name))?;
    let judge = |text: &str, arguments: Option<&str>| match verdict(facts, at, text, arguments) {
        // Arguments that are still missing are no reason to refuse.
        Verdict::Refused { reason: RefusalReason::InvalidRequest, .. } => Ok(Vec::new()),
        verdict => judged(facts, (at, kind, name), arguments, verdict),
    };
    let context = facts.message().params().get("context").and_then(|context| context.members().ok());
    let given = context.as_ref().and_then(|context| context.get("arguments"));
    let given = given.filter(|given| given.kind() != json::Kind::Null);
    let rules = match kind {
        Kind::Resource => judge(name, Some(&uri_argument(name)))?,
        Kind::Tool | Kind::Prompt => judge(name, given.map(RawJson::as_str))?,
    };
    // Policy also decides on the value typed so far: a rule may look at that argument alone.
    let known = known(facts, given);
    if is_template {
        if hides(facts, at, name) {
            return Err(facts.unknown(kind, name));
        }
        let uri = expanded(name, &known);
        judge(&uri, Some(&uri_argument(&uri)))?;
    } else if kind == Kind::Prompt {
        judge(name, Some(known.to_raw().as_str()))?;
    }
    Ok((Permitted::Complete(at), rules))
}

/// The arguments that are given, and the one that is completed.
fn known(facts: &DecisionFacts<'_>, given: Option<&RawJson>) -> Members {
    let mut known = given.and_then(|given| given.members().ok()).unwrap_or_default();
    let argument = facts.message().params().get("argument").and_then(|argument| argument.members().ok());
    let (name, value) = argument.as_ref().map_or((None, None), |it| (it.get("name"), it.get("value")));
    if let (Some(name), Some(value)) = (name.and_then(RawJson::string), value) {
        known.set(&name, value.clone());
    }
    known
}

/// True if suggestions for this template could reveal a hidden, frozen or refused resource: the pattern of one begins
/// with the template's literal text.
fn hides(facts: &DecisionFacts<'_>, at: usize, template: &str) -> bool {
    let literal = template.split('{').next().unwrap_or(template);
    let frozen = &facts.message().authenticated().quarantine().resources;
    let kept = |other: usize| {
        let pattern = &facts.server().exposed(other).declaration.name;
        pattern.starts_with(literal) && !verdict(facts, other, pattern, Some(&uri_argument(pattern))).permits()
    };
    frozen.iter().any(|pattern| pattern.starts_with(literal))
        || facts.server().indexes(Kind::Resource).any(|other| other != at && kept(other))
}

/// The template with its known variables expanded, unescaped as in rules; unknown expressions stay.
fn expanded(template: &str, known: &Members) -> String {
    let (mut uri, mut rest) = (String::with_capacity(template.len()), template);
    while let Some((literal, (expression, behind))) =
        rest.split_once('{').and_then(|(literal, rest)| Some((literal, rest.split_once('}')?)))
    {
        uri.push_str(literal);
        let variable = expression.trim_start_matches(['+', '#', '.', '/', ';', '?', '&']);
        let operator = &expression[..expression.len() - variable.len()];
        let variable = variable.split(['*', ':']).next().unwrap_or(variable);
        match (known.get(variable).and_then(RawJson::string), operator) {
            (Some(value), "" | "+") => uri.push_str(&value),
            (Some(value), "#" | "." | "/") => uri.extend([operator, &value]),
            (Some(value), _) => uri.extend([operator, variable, "=", &value]),
            (None, _) => uri.extend(["{", expression, "}"]),
        }
        rest = behind;
    }
    uri + rest
}
