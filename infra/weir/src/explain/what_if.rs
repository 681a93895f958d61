//! `--what-if`: the changes for a caller with other groups.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy::Kind;
use registry::diff::{Change, changes};
use registry::verdict::unknown;
use serde::Serialize;

use super::answer::{Answer, Caller, Ruling};
use super::source::SourceDescription;
use super::table;

/// The differences between two answers to one question.
#[derive(Debug, Serialize)]
pub struct WhatIf {
    source: SourceDescription,
    /// The caller before the change.
    caller: Caller,
    gained: Vec<String>,
    lost: Vec<String>,
    changes: Vec<Change>,
    notes: Vec<String>,
}

impl WhatIf {
    /// The differences from the answer `now` to the answer `then`.
    pub fn new(now: &Answer, then: &Answer) -> Self {
        let beyond = |groups: &[String], others: &[String]| {
            groups.iter().filter(|group| !others.contains(group)).cloned().collect::<Vec<_>>()
        };
        let (mut old, mut new) = (facts(now), facts(then));
        // Another rule with the same effect changes nothing for the caller.
        let same = |about: &String, fact: &Fact, others: &BTreeMap<String, Fact>| {
            others.get(about).is_some_and(|other| other.answer == fact.answer)
        };
        let unchanged: Vec<String> =
            old.iter().filter(|(about, fact)| same(about, fact, &new)).map(|(about, _)| about.clone()).collect();
        for about in &unchanged {
            old.remove(about);
            new.remove(about);
        }
        let texts = |facts: BTreeMap<String, Fact>| facts.into_iter().map(|(about, fact)| (about, fact.text)).collect();
        Self {
            source: now.source.clone(),
            caller: now.caller.clone(),
            gained: beyond(&then.caller.groups, &now.caller.groups),
            lost: beyond(&now.caller.groups, &then.caller.groups),
            changes: changes(texts(old), texts(new)),
            notes: then.notes.clone(),
        }
    }

    /// One line per change, in the form of `weir registry diff`.
    pub fn table(&self) -> String {
        let mut text = format!("{}: {}\n", table::caller(&self.caller), self.memberships());
        for change in &self.changes {
            let _ = writeln!(text, "{change}");
        }
        let _ = writeln!(text, "{} changes", self.changes.len());
        for note in &self.notes {
            let _ = writeln!(text, "note: {note}");
        }
        text
    }

    /// The changes in one sentence.
    pub fn sentence(&self) -> String {
        let changes = self.changes.iter().map(|change| match (&change.old, &change.new) {
            (Some(old), Some(new)) => format!("{}: {new}, in place of {old}", change.about),
            (None, Some(new)) => format!("{}, which is new: {new}", change.about),
            (Some(old), None) => format!("{} is gone, which was {old}", change.about),
            (None, None) => change.about.clone(),
        });
        let changes: Vec<String> = changes.collect();
        let changes = if changes.is_empty() { "nothing changes".to_owned() } else { changes.join("; ") };
        format!("For {}, {}: {changes}.", table::caller(&self.caller), self.memberships())
    }

    fn memberships(&self) -> String {
        let named =
            |word: &str, groups: &[String]| (!groups.is_empty()).then(|| format!("{word} `{}`", groups.join("`, `")));
        let parts: Vec<String> =
            [named("with", &self.gained), named("without", &self.lost)].into_iter().flatten().collect();
        if parts.is_empty() { "with the same groups".to_owned() } else { parts.join(" and ") }
    }
}

/// One fact about a caller.
struct Fact {
    /// The part that the caller notices; facts with the same one are equal.
    answer: String,
    /// The text for people, with reasons.
    text: String,
}

fn facts(answer: &Answer) -> BTreeMap<String, Fact> {
    let mut facts = BTreeMap::new();
    if let Some(server) = &answer.virtual_server {
        let fact = Fact { answer: server.name.clone(), text: table::choice(server) };
        facts.insert("virtual server".to_owned(), fact);
    }
    if let Some(team) = &answer.team {
        let answer = format!("{} {:?}", team.team.name, team.project);
        facts.insert("team".to_owned(), Fact { answer, text: table::charged_team(team) });
    }
    if let Some(refusal) = &answer.refusal {
        let text = format!("refused ({}): {}", refusal.reason, refusal.because);
        facts.insert("everything".to_owned(), Fact { answer: refusal.reason.to_owned(), text });
        return facts;
    }
    for exposed in answer.exposed() {
        // A hidden item doesn't exist for the caller.
        for (action, ruling) in exposed.rulings().filter(|(_, ruling)| !is_hidden(exposed.kind, ruling)) {
            facts.insert(format!("{action} {}", exposed.label()), fact(ruling));
        }
    }
    facts
}

fn is_hidden(kind: Kind, ruling: &Ruling) -> bool {
    ruling.reason.is_some_and(|reason| [unknown(kind), "hidden"].contains(&reason))
}

fn fact(ruling: &Ruling) -> Fact {
    let effect = ruling.effect.as_str();
    let reason = ruling.detail.or(ruling.reason).unwrap_or_default();
    let text = match ruling.effect {
        super::answer::Effect::Permit => format!("{effect} by {}", ruling.because),
        super::answer::Effect::Refusal => format!("{effect} ({reason}): {}", ruling.because),
        super::answer::Effect::Depends => ruling.because.clone(),
    };
    Fact { answer: format!("{effect} {reason}"), text }
}
