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
    fn argument_use_of_policy_without_conditions_is_none() {
        assert_eq!(ArgumentUse::of(&"permit(principal, action, resource);".parse().unwrap()), ArgumentUse::None);
    }
}
