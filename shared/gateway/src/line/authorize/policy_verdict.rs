//! The verdict of policy on one call, read or prompt, and the refusal that the caller gets.

use json::RawJson;
use policy::{Action, Arguments, Kind, RefusalReason};
use registry::verdict::{self, Verdict};

use super::asking::Asking;
use crate::error::Refusal;

/// The arguments that policy sees of a read: the URI.
pub(super) fn uri_argument(uri: &str) -> String {
    format!("{{\"uri\":{}}}", RawJson::from_string(uri).as_str())
}

/// The verdict on the use of the item at `at`. For a resource, `name` is its URI.
pub(super) fn verdict(asking: &Asking<'_>, at: usize, name: &str, arguments: Option<&str>) -> Verdict {
    let decide = |action: Action, arguments: Option<&Arguments<'_>>| asking.decide(at, action, arguments);
    verdict::call(decide, asking.frozen(at, Some(name)), arguments)
}

/// The ids of the rules that permit, or the refusal.
pub(super) fn judged(
    asking: &Asking<'_>,
    (at, kind, name): (usize, Kind, &str),
    verdict: Verdict,
) -> Result<Vec<String>, Refusal> {
    match verdict {
        Verdict::Permit { rules } => Ok(rules),
        Verdict::Hidden { .. } => Err(asking.unknown(kind, name)),
        Verdict::Frozen(_) => Err(Refusal::Quarantined(kind)),
        Verdict::UnreadableArguments(error) => Err(Refusal::InvalidArguments(error.to_string())),
        Verdict::Refused { reason: RefusalReason::InvalidRequest, .. } => {
            let declared = &asking.server().exposed(at).declaration.arguments;
            let names: Vec<&str> = declared.keys().map(String::as_str).collect();
            Err(Refusal::InvalidArguments(format!("one of `{}` is missing or of the wrong type", names.join("`, `"))))
        }
        Verdict::Refused { rules, reason } => Err(Refusal::PolicyRefused { reason, rules }),
    }
}
