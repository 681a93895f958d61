//! A refusal by policy, as the caller reads it: the refused item, the rules that decided, and the arguments that may be
//! permitted.

use std::fmt;

use policy::{Kind, RefusalReason};

/// Policy refuses these arguments, or this URI, of a visible item.
#[derive(Debug, PartialEq, Eq)]
pub struct PolicyRefusal {
    /// Tool, resource or prompt.
    pub kind: Kind,
    /// The decision's reason.
    pub reason: RefusalReason,
    /// The rules that decided; may be empty.
    pub rules: Vec<String>,
    /// The `@message` of each rule that forbids and has one.
    pub messages: Vec<String>,
    /// True if other arguments may be permitted: each rule that forbids looks at them.
    pub by_arguments: bool,
}

impl fmt::Display for PolicyRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used = match self.kind {
            Kind::Tool => "call",
            Kind::Resource => "read",
            Kind::Prompt => "prompt",
        };
        write!(formatter, "policy refuses this {used}: ")?;
        match (self.reason, self.messages.as_slice()) {
            (RefusalReason::Forbidden, []) => formatter.write_str("a rule forbids it")?,
            (RefusalReason::Forbidden, messages) => formatter.write_str(&messages.join("; "))?,
            (RefusalReason::EvaluationFailed, _) => formatter.write_str("a rule can't be evaluated")?,
            (RefusalReason::NothingPermits | RefusalReason::InvalidRequest, _) => {
                formatter.write_str("no rule permits it")?;
            }
        }
        if !self.rules.is_empty() {
            write!(formatter, " (`{}`)", self.rules.join("`, `"))?;
        }
        match (self.reason, self.by_arguments, self.kind) {
            (RefusalReason::Forbidden, true, Kind::Resource) => formatter.write_str("; another URI may be permitted"),
            (RefusalReason::Forbidden, true, _) => formatter.write_str("; other arguments may be permitted"),
            (RefusalReason::Forbidden, false, Kind::Tool | Kind::Prompt) => {
                formatter.write_str("; other arguments change nothing")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_names_rule_and_permitted_change() {
        let refusal = |reason, rules: &[&str], messages: &[&str], by_arguments| {
            let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
            let refusal = PolicyRefusal {
                kind: Kind::Tool,
                reason,
                rules: owned(rules),
                messages: owned(messages),
                by_arguments,
            };
            refusal.to_string()
        };
        for (said, expected) in [
            (
                refusal(RefusalReason::Forbidden, &["small"], &["a search returns at most 100"], true),
                "policy refuses this call: a search returns at most 100 (`small`); other arguments may be permitted",
            ),
            (
                refusal(RefusalReason::Forbidden, &["a", "b"], &[], false),
                "policy refuses this call: a rule forbids it (`a`, `b`); other arguments change nothing",
            ),
            (
                refusal(RefusalReason::EvaluationFailed, &["a"], &[], true),
                "policy refuses this call: a rule can't be evaluated (`a`)",
            ),
            (refusal(RefusalReason::NothingPermits, &[], &[], true), "policy refuses this call: no rule permits it"),
        ] {
            assert_eq!(said, expected);
        }
    }
}
