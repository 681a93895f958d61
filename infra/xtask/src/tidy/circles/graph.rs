//! Circles among the files of a crate: sets of files each of which reaches every other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::arrows::Arrows;

/// Every circle of two or more files, the largest first, its files in order.
pub fn circles(arrows: &Arrows) -> Vec<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        arrows.keys().map(|from| (from.as_str(), reach(arrows, from))).collect();
    let mut circles: Vec<BTreeSet<&str>> = Vec::new();
    for (from, to) in &reached {
        let returns = |other: &&&str| reached.get(**other).is_some_and(|back| back.contains(from));
        let circle: BTreeSet<&str> = to.iter().filter(returns).copied().collect();
        if circle.len() > 1 && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

/// Every file that `from` uses, directly or through others; itself if it is in a circle.
fn reach<'a>(arrows: &'a Arrows, from: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<&str> = vec![from];
    while let Some(next) = waiting.pop() {
        for to in arrows.get(next).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(to.as_str()) {
                waiting.push(to);
            }
        }
    }
    found
}

/// The shortest way from a file of `circle` back to it, as files; the last uses the first.
pub fn shortest<'a>(arrows: &'a Arrows, circle: &BTreeSet<&'a str>) -> Vec<&'a str> {
    circle.iter().filter_map(|from| way(arrows, from, from)).min_by_key(Vec::len).unwrap_or_default()
}

/// The shortest way from `from` to `to`, without `to` at its end.
fn way<'a>(arrows: &'a Arrows, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting = VecDeque::from([from]);
    while let Some(here) = waiting.pop_front() {
        for next in arrows.get(here).into_iter().flat_map(BTreeMap::keys) {
            if next == to {
                let mut way = vec![here];
                while let Some(earlier) = way.last().filter(|last| **last != from).and_then(|last| before.get(last)) {
                    way.push(earlier);
                }
                way.reverse();
                return Some(way);
            }
            if next != from && !before.contains_key(next.as_str()) {
                before.insert(next, here);
                waiting.push_back(next);
            }
        }
    }
    None
}

/// `a.rs:3 -> b.rs:9 -> a.rs`: each file with the line of its import of the next. Paths begin below `folder`.
pub fn shown(arrows: &Arrows, way: &[&str], folder: &str) -> String {
    let short = |path: &str| path.strip_prefix(folder).unwrap_or(path).to_owned();
    let mut text = String::new();
    for (place, from) in way.iter().enumerate() {
        let to = way.get(place + 1).or(way.first()).copied().unwrap_or_default();
        let line = arrows.get(*from).and_then(|to_line| to_line.get(to)).copied().unwrap_or_default();
        text.push_str(&format!("{}:{line} -> ", short(from)));
    }
    text.push_str(&way.first().map(|first| short(first)).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(pairs: &[(&str, &str)]) -> Arrows {
        let mut arrows = Arrows::new();
        for (line, (from, to)) in pairs.iter().enumerate() {
            arrows.entry((*from).to_owned()).or_default().insert((*to).to_owned(), line + 1);
        }
        arrows
    }

    #[test]
    fn tree_has_no_circle() {
        assert_eq!(circles(&graph(&[("a", "b"), ("a", "c"), ("b", "c")])), Vec::<BTreeSet<&str>>::new());
    }

    #[test]
    fn circles_are_found_apart_and_shown_with_lines() {
        let arrows = graph(&[("a", "b"), ("b", "c"), ("c", "a"), ("c", "b"), ("c", "d"), ("d", "e"), ("e", "d")]);
        let found = circles(&arrows);
        assert_eq!(found, [BTreeSet::from(["a", "b", "c"]), BTreeSet::from(["d", "e"])]);
        let way = shortest(&arrows, &found[0]);
        assert_eq!(shown(&arrows, &way, ""), "b:2 -> c:4 -> b");
        let long = graph(&[("a", "b"), ("b", "c"), ("c", "a")]);
        let way = shortest(&long, &circles(&long)[0]);
        assert_eq!(shown(&long, &way, ""), "a:1 -> b:2 -> c:3 -> a");
    }
}
