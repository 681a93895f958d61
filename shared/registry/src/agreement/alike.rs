//! Warnings about groups, teams, projects, owners and regions that are written almost alike. Nothing declares these
//! names, so a misspelt one silently becomes a new group, team or project.
//!
//! Two names are alike if they differ only in case, spaces and punctuation, or by one letter in a word of five letters
//! or more. Digits and short words tell names apart: `team-a`, `eu1`. The warning is at the rarer name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::document::Documents;
use crate::fault::{Faults, Place};

/// The fewest letters of a word in which one other letter is a misspelling.
const WORD_LETTERS: usize = 5;

/// The longest name that is compared, in characters.
const NAME_CHARACTERS: usize = 64;

/// The most names of one form that are compared: more are numbered names, such as `team-001`, not misspelt ones.
const NAMES_OF_ONE_FORM: usize = 32;

/// Warns of names that are alike.
pub(super) fn check(documents: &Documents, faults: &mut Faults) {
    let (gateway, servers) = (&documents.gateway, documents.virtual_servers.values());
    let groups = || gateway.groups.iter();
    let place = |written: &'_ crate::source::Located<String>| (written.value.clone(), written.place.clone());
    report("group", groups().map(|group| place(&group.name)), faults);
    let of_groups = groups().filter_map(|group| group.team.as_ref());
    report("team", of_groups.chain(servers.clone().filter_map(|server| server.team.as_ref())).map(place), faults);
    let of_groups = groups().filter_map(|group| group.project.as_ref());
    report("project", of_groups.chain(servers.filter_map(|server| server.project.as_ref())).map(place), faults);
    let origins = || documents.origins.values();
    report("owner", origins().map(|origin| (origin.owner.clone(), origin.name.place.clone())), faults);
    let regions = origins().filter_map(|origin| Some((origin.region.clone()?, origin.name.place.clone())));
    report("region", regions, faults);
}

fn report(kind: &str, written: impl Iterator<Item = (String, Place)>, faults: &mut Faults) {
    let mut uses: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for (name, place) in written {
        uses.entry(name).or_default().push(place);
    }
    for (one, other) in pairs(uses.keys().map(String::as_str).filter(|name| !name.is_empty())) {
        let number = |name: &str| uses.get(name).map_or(0, Vec::len);
        // Of two equally frequent names, the later one gets the warning.
        let order = |name: &str| (number(name), std::cmp::Reverse(uses.get(name).and_then(|places| places.first())));
        let (rare, usual) = if order(one) < order(other) { (one, other) } else { (other, one) };
        let Some(place) = uses.get(rare).and_then(|places| places.first()) else { continue };
        let message = format!("the {kind} `{rare}` is written almost like the {kind} `{usual}`");
        let help = format!("did you mean `{usual}`? If both exist, accept this warning with a reason");
        faults.warning(place, message, help);
    }
}

/// The pairs of names that are alike, sorted. Only names that become equal without one character are compared, because
/// comparing each of ten thousand names with all others would take too long.
fn pairs<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<(&'a str, &'a str)> {
    let mut by_form: HashMap<u64, Vec<&str>> = HashMap::new();
    for name in names.filter(|name| name.chars().count() <= NAME_CHARACTERS) {
        let plain = plain(name);
        let forms: BTreeSet<u64> = (0..=plain.len()).map(|gap| form(&plain, gap)).collect();
        for form in forms {
            by_form.entry(form).or_default().push(name);
        }
    }
    let mut pairs = BTreeSet::new();
    for names in by_form.values().filter(|names| names.len() <= NAMES_OF_ONE_FORM) {
        for (index, one) in names.iter().enumerate() {
            let others = names.iter().skip(index + 1).filter(|other| are_alike(one, other));
            pairs.extend(others.map(|other| if one < other { (*one, *other) } else { (*other, *one) }));
        }
    }
    pairs
}

/// The letters and digits, in lower case.
fn plain(name: &str) -> Vec<char> {
    name.chars().flat_map(char::to_lowercase).filter(|character| character.is_alphanumeric()).collect()
}

/// The form of a name: a digest of `plain` without the character at `gap`.
fn form(plain: &[char], gap: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    plain.iter().enumerate().filter(|(index, _)| *index != gap).for_each(|(_, character)| character.hash(&mut hasher));
    hasher.finish()
}

fn are_alike(one: &str, other: &str) -> bool {
    if plain(one) == plain(other) {
        return one != other;
    }
    let [one, other] = [one, other].map(|name| name.chars().flat_map(char::to_lowercase).collect::<Vec<_>>());
    let start = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let [rest, other_rest] = [&one, &other].map(|name| name.get(start..).unwrap_or_default());
    let end = rest.iter().rev().zip(other_rest.iter().rev()).take_while(|(one, other)| one == other).count();
    let [rest, other_rest] = [rest, other_rest].map(|rest| rest.get(..rest.len() - end).unwrap_or_default());
    let is_one_letter = match (rest, other_rest) {
        ([letter], []) | ([], [letter]) => letter.is_alphabetic(),
        ([letter], [other]) => letter.is_alphabetic() && other.is_alphabetic(),
        ([first, second], [other_first, other_second]) => {
            let are_letters = first.is_alphabetic() && second.is_alphabetic();
            are_letters && first == other_second && second == other_first
        }
        _ => false,
    };
    is_one_letter && is_in_long_word(&one, start) && is_in_long_word(&other, start)
}

/// True if the letters around `position` are a word of [`WORD_LETTERS`] or more.
fn is_in_long_word(name: &[char], position: usize) -> bool {
    let position = position.min(name.len());
    let (before, after) = name.split_at(position);
    let letters = |character: &&char| character.is_alphabetic();
    before.iter().rev().take_while(letters).count() + after.iter().take_while(letters).count() >= WORD_LETTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_are_alike() {
        for (one, other) in [
            ("support", "suport"),
            ("support", "supoprt"),
            ("support", "supporr"),
            ("operations", "operation"),
            ("Support", "support"),
            ("Support / EMEA", "support-emea"),
            ("finance", "finace"),
            ("crm-readers", "crm-reader"),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                assert_eq!(pairs([one, other].into_iter()).len(), 1, "`{one}` and `{other}`");
            }
        }
    }

    #[test]
    fn short_words_and_digits_tell_names_apart() {
        for (one, other) in [
            ("team-a", "team-b"),
            ("eu", "us"),
            ("sales-de", "sales-be"),
            ("support1", "support2"),
            ("support", "support2"),
            ("region-1", "region-12"),
            ("mail", "main"),
            ("research", "support"),
            ("0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950f"),
        ] {
            assert_eq!(pairs([one, other].into_iter()).len(), 0, "`{one}` and `{other}`");
        }
    }

    #[test]
    fn many_names_are_compared_in_time() {
        let names: Vec<String> = (0..10_000).map(|number| format!("department-{number:05}-readers")).collect();
        assert!(pairs(names.iter().map(String::as_str)).is_empty());
    }
}
