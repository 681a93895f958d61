//! Usable: what a list shows of what its caller can't use, whatever the arguments.
//!
//! To list and to use are two actions, and a rule about use may read the arguments, which a list doesn't have. A list
//! leaves out what is refused with every argument, as far as the scopes and texts of the rules show. It errs on the
//! side of showing too much: each call is decided anyway.

use crate::decision::{Decision, RefusalReason, decide};
use crate::schema::Shape;
use crate::{Action, ArgumentType, Arguments, Circumstances, Principal, ToolPolicies};

impl ToolPolicies {
    /// True if a rule about use may read the arguments (of a resource, the URI), so that each use is decided by itself.
    #[must_use]
    pub const fn decides_by_arguments(&self) -> bool {
        !self.listing.readers.is_empty()
    }

    /// True if it is certain that `principal`, who may list it, may use it with no arguments at all.
    #[must_use]
    pub fn never_usable(&self, principal: &Principal<'_>, circumstances: &Circumstances<'_>) -> bool {
        if !self.listing.differs {
            return false;
        }
        let sample = sample(&self.arguments);
        let Ok(arguments) = Arguments::parse(Some(&sample)) else { return false };
        match decide(self, Action::Call, principal, circumstances, Some(&arguments)) {
            Decision::Permit { .. } => false,
            Decision::Refusal { reason: RefusalReason::InvalidRequest, .. } => false,
            Decision::Refusal { reason: RefusalReason::NothingPermits, .. } => !self.listing.has_permitting_reader,
            Decision::Refusal { rules, .. } => rules.iter().any(|rule| !self.listing.readers.contains(rule)),
        }
    }
}

/// Arguments that fit: the required ones, each empty or zero.
fn sample(shape: &Shape) -> String {
    let value = |r#type| match r#type {
        ArgumentType::String => serde_json::json!(""),
        ArgumentType::Long | ArgumentType::Decimal => serde_json::json!(0),
        ArgumentType::Boolean => serde_json::json!(false),
        ArgumentType::StringSet | ArgumentType::LongSet => serde_json::json!([]),
    };
    let required = shape.iter().filter(|(_, declared)| declared.required);
    serde_json::Value::from_iter(required.map(|(name, declared)| (name.clone(), value(declared.r#type)))).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PolicyText;
    use crate::example::{policy, tool};

    #[test]
    fn never_usable_is_what_every_argument_is_refused_for() {
        let list =
            |effect: &str, rest: &str| format!("{effect}(principal, action == Action::\"list\", resource){rest};");
        let call =
            |effect: &str, rest: &str| format!("{effect}(principal, action == Action::\"call\", resource){rest};");
        let both = "permit(principal, action, resource);".to_owned();
        let large = " when { context.arguments.amount > 500 }";
        let group = " when { principal in Group::\"x\" }";
        for (texts, expected, why) in [
            (vec![both.clone()], false, "one rule grants both"),
            (vec![list("permit", "")], true, "nothing permits the call"),
            (vec![list("permit", ""), call("permit", group)], true, "nothing permits this caller's call"),
            (vec![list("permit", ""), call("permit", "")], false, "another rule permits the call"),
            (vec![list("permit", ""), call("permit", large)], false, "some arguments are permitted"),
            (vec![both.clone(), call("forbid", "")], true, "every call is forbidden"),
            (vec![both.clone(), call("forbid", group)], false, "others are forbidden to call"),
            (vec![both.clone(), call("forbid", large)], false, "some arguments are forbidden"),
            (
                vec![both.clone(), call("forbid", " when { context.arguments.amount < 1 }")],
                false,
                "zero is no other number",
            ),
            (vec![both.clone(), call("forbid", large), call("forbid", "")], true, "one rule forbids all"),
            (
                vec![both, "forbid(principal, action, resource) when { action == Action::\"call\" };".into()],
                true,
                "by condition",
            ),
        ] {
            let policies: Vec<PolicyText> =
                texts.iter().enumerate().map(|(at, text)| policy(&format!("p{at}"), text)).collect();
            let tool = tool("orders_refund", &[("amount", ArgumentType::Long, true)]);
            let compiled = ToolPolicies::compile("support", &tool, &policies.iter().collect::<Vec<_>>()).unwrap();
            let principal = Principal::of("https://idp.example.com", "alice", "agent");
            let circumstances = Circumstances { now_seconds: 1, address: None, country: None };
            assert_eq!(compiled.never_usable(&principal, &circumstances), expected, "{why}: {texts:?}");
        }
    }
}
