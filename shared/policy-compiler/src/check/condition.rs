//! Conditions: detects if a policy reads the arguments, from its JSON form.
//!
//! ```text
//! context.arguments.amount        { ".":   { "left": { ".": { "left": { "Var": "context" }, "attr": "arguments" } }, "attr": "amount" } }
//! context has arguments           { "has": { "left": { "Var": "context" }, "attr": "arguments" } }
//! context has arguments.amount    { "has": { "left": { "Var": "context" }, "attr": ["arguments", "amount"] } }
//! ```
//!
//! Any access to an attribute named `arguments` counts: no other part of the schema has one, and an expression around
//! `context`, such as a conditional, still ends in such an access.

use cedar_policy::Policy;
use serde_json::Value;

/// The use of arguments in a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ArgumentUse {
    /// The word `arguments` doesn't occur.
    None,
    /// The word occurs only as text or as a record's key; the policy's validity might depend on the declaration.
    Named,
    /// The policy reads arguments.
    Accessed,
}

impl ArgumentUse {
    /// Classifies the conditions of `policy`; one without a JSON form counts as [`Self::Accessed`].
    pub fn of(policy: &Policy) -> Self {
        match policy.to_json() {
            Err(_) => Self::Accessed,
            Ok(document) => match document.get("conditions") {
                None => Self::Accessed,
                Some(conditions) if accesses(conditions) => Self::Accessed,
                Some(conditions) if names(conditions) => Self::Named,
                Some(_) => Self::None,
            },
        }
    }
}

fn accesses(expression: &Value) -> bool {
    match expression {
        Value::Object(members) => members.iter().any(|(operator, operand)| {
            (matches!(operator.as_str(), "." | "has") && names_arguments(&operand["attr"])) || accesses(operand)
        }),
        Value::Array(elements) => elements.iter().any(accesses),
        _ => false,
    }
}

/// True if a condition reads the principal or the context; true for a policy without a JSON form.
pub(crate) fn reads_caller(policy: &Policy) -> bool {
    conditions(policy).is_none_or(|conditions| {
        any(&conditions, &|expression| {
            ["principal", "context"].iter().any(|variable| expression.get("Var").is_some_and(|name| name == variable))
        })
    })
}

/// The texts that a policy compares with `resource.data_classes`: the other operand of each method of it.
pub(crate) fn data_classes(policy: &Policy) -> Vec<String> {
    const METHODS: [&str; 3] = ["contains", "containsAll", "containsAny"];
    let mut classes = Vec::new();
    let is_classes = |operand: &Value| operand["."]["attr"] == "data_classes";
    let mut collect = |expression: &Value| {
        for operands in METHODS.iter().filter_map(|method| expression.get(method)) {
            let sides = [(&operands["left"], &operands["right"]), (&operands["right"], &operands["left"])];
            for (_, other) in sides.into_iter().filter(|(side, _)| is_classes(side)) {
                classes.extend(texts(other));
            }
        }
    };
    if let Some(conditions) = conditions(policy) {
        walk(&conditions, &mut collect);
    }
    classes
}

/// The text `"a"`, or those in the set `["a", "b"]`.
fn texts(operand: &Value) -> Vec<String> {
    let single = |value: &Value| value["Value"].as_str().map(str::to_owned);
    let elements = operand["Set"].as_array().into_iter().flatten();
    single(operand).into_iter().chain(elements.filter_map(single)).collect()
}

fn conditions(policy: &Policy) -> Option<Value> {
    policy.to_json().ok().and_then(|mut document| document.get_mut("conditions").map(Value::take))
}

/// Calls `see` with each object in `expression`.
fn walk(expression: &Value, see: &mut impl FnMut(&Value)) {
    match expression {
        Value::Object(members) => {
            see(expression);
            members.values().for_each(|member| walk(member, see));
        }
        Value::Array(elements) => elements.iter().for_each(|element| walk(element, see)),
        _ => {}
    }
}

fn any(expression: &Value, holds: &impl Fn(&Value) -> bool) -> bool {
    let mut found = false;
    walk(expression, &mut |part| found |= holds(part));
    found
}

fn names(expression: &Value) -> bool {
    match expression {
        Value::Object(members) => members.iter().any(|(key, value)| key == "arguments" || names(value)),
        Value::Array(elements) => elements.iter().any(names),
        single => single == "arguments",
    }
}

fn names_arguments(attribute: &Value) -> bool {
    match attribute {
        Value::Array(path) => path.iter().any(names_arguments),
        single => single == "arguments",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(condition: &str) -> ArgumentUse {
        let text = format!("permit(principal, action, resource) when {{ {condition} }};");
        ArgumentUse::of(&text.parse().unwrap())
    }

    #[test]
    fn argument_use_sees_every_way_to_access_them() {
        for condition in [
            "context.arguments.amount > 1",
            r#"context["arguments"].amount > 1"#,
            r#"context["arg\u{75}ments"].amount > 1"#,
            "context has arguments",
            "context has arguments.amount",
            "(if true then context else context).arguments.amount > 1",
            "[1, 2].contains(context.arguments.amount)",
            "!(principal == resource || (context.arguments.query like \"x*\"))",
            "{ a: context.arguments }.a.amount > 1",
            "context.now.offset(duration(context.arguments.wait)) > context.now",
        ] {
            assert_eq!(of(condition), ArgumentUse::Accessed, "`{condition}` should count as a look at the arguments");
        }
    }

    #[test]
    fn argument_use_takes_text_for_text() {
        for condition in [r#"context.country == "arguments""#, r#"context == { "arg\u{75}ments": {} }"#] {
            assert_eq!(of(condition), ArgumentUse::Named, "`{condition}` should name the arguments only");
        }
        for condition in [r#"context.country like "arguments*""#, "principal.team == \"field\"", "true"] {
            assert_eq!(of(condition), ArgumentUse::None, "`{condition}` should have nothing to do with the arguments");
        }
    }

    #[test]
    fn data_classes_are_the_other_operands_of_methods() {
        for (condition, expected) in [
            (r#"resource.data_classes.contains("customer")"#, &["customer"][..]),
            (r#"resource["data_classes"].containsAny(["a", "b"]) && true"#, &["a", "b"]),
            (r#"["a"].containsAll(resource.data_classes)"#, &["a"]),
            (r#"principal.team == "data_classes" || ["x"].contains(resource.risk)"#, &[]),
        ] {
            let text = format!("forbid(principal, action, resource) when {{ {condition} }};");
            assert_eq!(data_classes(&text.parse().unwrap()), expected, "`{condition}`");
        }
    }

    #[test]
    fn caller_is_read_by_principal_and_context_only() {
        for (condition, expected) in [
            ("true", false),
            (r#"resource.risk == "low" && resource has name"#, false),
            (r#"resource.risk == "principal""#, false),
            (r#"principal in Group::"x""#, true),
            (r#"!(if true then true else context.agent == Agent::"a")"#, true),
        ] {
            let text = format!("permit(principal, action, resource) when {{ {condition} }};");
            assert_eq!(reads_caller(&text.parse().unwrap()), expected, "`{condition}`");
        }
    }

    #[test]
    fn argument_use_of_policy_without_conditions_is_none() {
        assert_eq!(ArgumentUse::of(&"permit(principal, action, resource);".parse().unwrap()), ArgumentUse::None);
    }
}
