//! The guard against lifting a freeze in passing: a scheduled publication of a folder without it would.

use std::collections::BTreeSet;

use registry::record::unverified_raw;
use registry::snapshot::{NotBefore, Quarantine};

use super::plan::Plan;
use crate::failure::Failure;

/// The entries of a quarantine that hold at `now`, Unix seconds, in words.
pub fn entries(quarantine: &Quarantine, now: u64) -> BTreeSet<String> {
    let current = quarantine.without_ended(now);
    let lists = [
        ("user", current.principals),
        ("agent", current.agents),
        ("origin", current.origins),
        ("tool", current.tools),
        ("resource", current.resources),
        ("prompt", current.prompts),
    ];
    let frozen =
        lists.into_iter().flat_map(|(kind, names)| names.into_iter().map(move |name| format!("{kind} `{name}`")));
    frozen.chain(current.not_before.iter().map(ended)).collect()
}

fn ended(ended: &NotBefore) -> String {
    let named = |kind: &str, name: &Option<String>| name.as_ref().map(|name| format!("{kind} `{name}`"));
    let named = [named("user", &ended.user), named("agent", &ended.agent)];
    let before = audit::time::rfc3339(ended.instant.saturating_mul(1_000));
    format!("tokens of {} before {before}", named.into_iter().flatten().collect::<Vec<_>>().join(" through "))
}

/// Prints the changes of the quarantine, and fails if one that was not asked for lifts a freeze.
///
/// `live` is the record in the store; its signature is not verified: a forged one can only keep people from publishing
/// until they name the entries.
pub fn check(plan: &Plan, live: Option<&[u8]>, lifted: &Lifted, now: u64) -> Result<(), Failure> {
    let Some(new) = plan.checked.quarantine() else { return Ok(()) };
    let old = live.and_then(|bytes| serde_json::from_slice::<Quarantine>(unverified_raw(bytes)?).ok());
    let (old, new) = (entries(&old.unwrap_or_default(), now), entries(new, now));
    let lost: Vec<String> = old.difference(&new).cloned().collect();
    for (sign, entries) in [("+", new.difference(&old)), ("-", old.difference(&new))] {
        entries.for_each(|entry| println!("quarantine: {sign} {}", crate::output::legible(entry)));
    }
    match lifted {
        Lifted::All => Ok(()),
        Lifted::These(allowed) if lost.iter().all(|entry| allowed.contains(entry)) => Ok(()),
        Lifted::These(_) => Err(Failure::Thaws(lost)),
    }
}

/// The entries that a publication may lift.
#[derive(Debug)]
pub enum Lifted {
    /// Every entry.
    All,
    /// These.
    These(BTreeSet<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_told_in_words() {
        let user = "https://idp|carol".to_owned();
        let quarantine = Quarantine {
            principals: vec![user.clone()],
            tools: vec!["search".to_owned(), "over".to_owned()],
            until: [(Quarantine::entry("tools", "over"), 10)].into(),
            not_before: vec![NotBefore { user: Some(user), agent: Some("cursor".to_owned()), instant: 60 }],
            ..Quarantine::default()
        };
        let expected = [
            "tokens of user `https://idp|carol` through agent `cursor` before 1970-01-01T00:01:00.000Z",
            "tool `search`",
            "user `https://idp|carol`",
        ];
        assert_eq!(entries(&quarantine, 10), expected.map(str::to_owned).into());
    }
}
