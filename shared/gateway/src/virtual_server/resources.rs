//! The resources of a virtual server by URI: exact ones at once, patterns from the longest to the shortest.

use std::collections::HashMap;

use registry::resource;
use registry::snapshot::Exposed;

/// The indexes of the exposed resources, by URI.
pub(super) struct Resources {
    /// Exact URIs.
    exact: HashMap<String, usize>,
    /// Patterns that end in `*`, the longest first.
    patterns: Vec<(String, usize)>,
}

impl Resources {
    /// The resources in `exposed`; the first one has the index `first`.
    pub(super) fn new(exposed: &[Exposed], first: usize) -> Self {
        let named = exposed.iter().enumerate().map(|(at, one)| (one.declaration.name.clone(), first + at));
        let (mut patterns, exact): (Vec<_>, Vec<_>) = named.partition(|(pattern, _)| pattern.ends_with('*'));
        patterns.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.len()));
        Self { exact: exact.into_iter().collect(), patterns }
    }

    /// The index of the entry that covers this URI.
    pub(super) fn find(&self, uri: &str) -> Option<usize> {
        let exact = self.exact.get(uri).copied();
        exact.or_else(|| self.first(|pattern, _| resource::matches(pattern, uri)))
    }

    /// The index of the entry that covers the URIs of this template.
    pub(super) fn find_template(&self, template: &str) -> Option<usize> {
        let exact = self.exact.get(template).copied().filter(|_| !template.contains('{'));
        exact.or_else(|| self.first(|pattern, _| resource::covers_template(pattern, template)))
    }

    /// The first pattern that this URI or template begins like, or that it is.
    pub(super) fn resembled(&self, identity: &str, counts: impl Fn(usize) -> bool) -> Option<usize> {
        let exact = self.exact.get(identity).copied().filter(|at| counts(*at));
        exact.or_else(|| self.first(|pattern, at| resource::begins_like(pattern, identity) && counts(at)))
    }

    fn first(&self, covers: impl Fn(&str, usize) -> bool) -> Option<usize> {
        self.patterns.iter().find(|(pattern, at)| covers(pattern, *at)).map(|(_, at)| *at)
    }
}
