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
        exact.or_else(|| self.first(|pattern| resource::matches(pattern, uri)))
    }

    /// The index of the entry that covers the URIs of this template.
    pub(super) fn find_template(&self, template: &str) -> Option<usize> {
        let exact = self.exact.get(template).copied();
        exact.or_else(|| self.first(|pattern| resource::covers_template(pattern, template)))
    }

    fn first(&self, covers: impl Fn(&str) -> bool) -> Option<usize> {
        self.patterns.iter().find(|(pattern, _)| covers(pattern)).map(|(_, at)| *at)
    }
}
