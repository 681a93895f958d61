//! The guard against lifting a freeze in passing: a scheduled publication of a folder without it would.

use std::collections::{BTreeMap, BTreeSet};

use registry::record::unverified_raw;
use registry::snapshot::{NotBefore, Quarantine};

use super::plan::Plan;
use super::report::Report;
use crate::failure::Failure;
use crate::output::legible;

/// The entries of a quarantine in words, each with its strength, Unix seconds: the end of a freeze, or the instant
/// before which tokens are refused. A freeze without an end has the greatest.
pub type Entries = BTreeMap<String, u64>;

/// The entries that hold at `now`, Unix seconds.
pub fn entries(quarantine: &Quarantine, now: u64) -> Entries {
    let current = quarantine.without_ended(now);
    let until = |list: &str, name: &str| current.until.get(&Quarantine::entry(list, name)).copied().unwrap_or(u64::MAX);
    let frozen = current
        .lists()
        .into_iter()
        .flat_map(|(kind, list, names)| names.iter().map(move |name| (format!("{kind} `{name}`"), until(list, name))));
    let mut entries: Entries = frozen.collect();
    for ended in &current.not_before {
        let instant = entries.entry(subject(ended)).or_default();
        *instant = ended.instant.max(*instant);
    }
    entries
}

/// The prefix of the entries that end tokens.
const TOKENS: &str = "tokens of ";

fn subject(ended: &NotBefore) -> String {
    let named = |kind: &str, name: &Option<String>| name.as_ref().map(|name| format!("{kind} `{name}`"));
    let named = [named("user", &ended.user), named("agent", &ended.agent)];
    format!("{TOKENS}{}", named.into_iter().flatten().collect::<Vec<_>>().join(" through "))
}

/// An entry with its time.
fn told((name, strength): (&String, &u64)) -> String {
    let time = || audit::time::rfc3339(strength.saturating_mul(1_000));
    let told = match (name.starts_with(TOKENS), *strength) {
        (true, _) => format!("{name} before {}", time()),
        (false, u64::MAX) => name.clone(),
        (false, _) => format!("{name} until {}", time()),
    };
    legible(&told)
}

/// The entries of `old` that `new` lacks, or has for a shorter time.
pub fn lost<'a>(old: &'a Entries, new: &Entries) -> Vec<(&'a String, &'a u64)> {
    old.iter().filter(|(name, strength)| new.get(*name).is_none_or(|left| left < strength)).collect()
}

/// Reports the changes of the quarantine, and fails if one that was not asked for lifts a freeze or shortens it.
///
/// `live` is the record in the store; its signature is not verified: a forged one can only keep people from publishing
/// until they name the entries.
pub fn check(plan: &Plan, live: Option<&[u8]>, lifted: &Lifted, now: u64, report: &mut Report) -> Result<(), Failure> {
    let Some(new) = plan.checked.quarantine() else { return Ok(()) };
    let new = entries(new, now);
    let Some(old) = live.map_or(Some(Quarantine::default()), read) else {
        return match lifted {
            Lifted::All => Ok(()),
            Lifted::These(_) => Err(Failure::Thaws(vec!["what this version of weir can't read".to_owned()])),
        };
    };
    let old = entries(&old, now);
    for (sign, entries, others) in [("+", &new, &old), ("-", &old, &new)] {
        let changed = entries.iter().filter(|(name, strength)| others.get(*name) != Some(strength));
        changed.for_each(|entry| report.change("quarantine", format!("{sign} {}", told(entry))));
    }
    let lost = lost(&old, &new);
    match lifted {
        Lifted::All => Ok(()),
        Lifted::These(allowed) if lost.iter().all(|(name, _)| allowed.contains(*name)) => Ok(()),
        Lifted::These(_) => Err(Failure::Thaws(lost.into_iter().map(told).collect())),
    }
}

fn read(record: &[u8]) -> Option<Quarantine> {
    serde_json::from_slice(unverified_raw(record)?).ok()
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
        let entries = entries(&quarantine, 10);
        let expected = [
            "tokens of user `https://idp|carol` through agent `cursor` before 1970-01-01T00:01:00.000Z",
            "tool `search`",
            "user `https://idp|carol`",
        ];
        assert_eq!(entries.iter().map(told).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn entry_that_ends_earlier_is_lost() {
        let frozen = |until: Option<u64>| Quarantine {
            tools: vec!["search".to_owned()],
            until: until.map(|end| (Quarantine::entry("tools", "search"), end)).into_iter().collect(),
            ..Quarantine::default()
        };
        let ended = |instant| Quarantine {
            not_before: vec![NotBefore { user: None, agent: Some("cursor".to_owned()), instant }],
            ..Quarantine::default()
        };
        for (old, new, expected) in [
            (frozen(None), frozen(Some(20)), vec!["tool `search`"]),
            (frozen(Some(30)), frozen(Some(20)), vec!["tool `search` until 1970-01-01T00:00:30.000Z"]),
            (frozen(Some(20)), frozen(Some(30)), vec![]),
            (frozen(Some(20)), frozen(None), vec![]),
            (frozen(Some(10)), Quarantine::default(), vec![]),
            (ended(60), ended(59), vec!["tokens of agent `cursor` before 1970-01-01T00:01:00.000Z"]),
            (ended(59), ended(60), vec![]),
        ] {
            let (old, new) = (entries(&old, 10), entries(&new, 10));
            assert_eq!(lost(&old, &new).into_iter().map(told).collect::<Vec<_>>(), expected, "{old:?} {new:?}");
        }
    }
}
