//! Usable: what a list shows of what its caller can't use, whatever the arguments.
//!
//! To list and to use are two actions, and a rule about use may read the arguments, which a list doesn't have. A list
//! leaves out what is refused with every argument, as far as the scopes and texts of the rules show. It errs on the
//! side of showing too much: each call is decided anyway.

use crate::decision::{Decision, RefusalReason, decide};
use crate::declaration::Shape;
use crate::{Action, ArgumentType, Arguments, Circumstances, Principal, ToolPolicies};

impl ToolPolicies {
    /// True if a rule about use may read the arguments (of a resource, the URI), so that each use is decided by itself.
    #[must_use]
    pub const fn decides_by_arguments(&self) -> bool {
        !self.listing.readers.is_empty()
    }

    /// Arguments that fit, as JSON: the required ones, each empty or zero.
    #[must_use]
    pub fn sample(&self) -> String {
        sample(&self.arguments)
    }

    /// True if it is certain that `principal`, who may list it, may use it with no arguments at all.
    #[must_use]
    pub fn never_usable(&self, principal: &Principal<'_>, circumstances: &Circumstances<'_>) -> bool {
        if !self.listing.differs {
            return false;
        }
        let sample = self.sample();
        let Ok(arguments) = Arguments::parse(Some(&sample)) else { return false };
        match decide(self, Action::Call, principal, circumstances, Some(&arguments)) {
            Decision::Permit { .. } => false,
            Decision::Refusal { reason: RefusalReason::InvalidRequest, .. } => false,
            Decision::Refusal { reason: RefusalReason::NothingPermits, .. } => !self.listing.has_permitting_reader,
            Decision::Refusal { rules, .. } => rules.iter().any(|rule| !self.listing.readers.contains(rule)),
        }
    }
}

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
