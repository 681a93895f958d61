//! Resource: URI patterns of resources, and the URIs that they match.
//!
//! A pattern is one URI, or a prefix of URIs and `*`. Policies compare the URI as text, such as `context.arguments.uri
//! like "handbook://secret/*"`, but an origin may treat another spelling as the same resource. Therefore `*` matches
//! plain text only (see `resource/plain.rs`), and never text that many origins normalise: dot segments, needless
//! percent-encoding, `\`, empty segments, or capitals in a host that the pattern leaves open. A URI with such text
//! needs a pattern of its own.

mod mismatch;
mod plain;
mod template;

pub use mismatch::Mismatch;

/// Maximum length of a pattern, bytes: the length of URI that most software accepts.
pub const MAXIMUM_PATTERN_BYTES: usize = 2048;

/// True if `text` is a pattern: a URI with its scheme, and `*` only as the last character.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    let (literal, many) = parts(text);
    let scheme = literal.split_once(':').map_or("", |(scheme, _)| scheme);
    (1..=MAXIMUM_PATTERN_BYTES).contains(&text.len())
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
        && !literal.contains(|character: char| character == '*' || character.is_control() || character.is_whitespace())
        && (!many || plain::is_beginning(literal))
}

/// True if `pattern` ends with `*`.
#[must_use]
pub fn is_prefix(pattern: &str) -> bool {
    parts(pattern).1
}

/// True if `pattern` matches `uri`.
#[must_use]
pub fn matches(pattern: &str, uri: &str) -> bool {
    match parts(pattern) {
        (exact, false) => uri == exact,
        (prefix, true) => uri.starts_with(prefix) && plain::is_plain(prefix, uri),
    }
}

/// True if `text`, a URI or a pattern, equals `pattern` or begins with its prefix. Quarantine uses this wider test,
/// because it must rather freeze too much.
#[must_use]
pub fn begins_like(pattern: &str, text: &str) -> bool {
    match parts(pattern) {
        (exact, false) => text == exact,
        (prefix, true) => text.starts_with(prefix),
    }
}

/// True if some URI may match both patterns.
#[must_use]
pub fn overlaps(a: &str, b: &str) -> bool {
    match (parts(a), parts(b)) {
        ((_, false), _) => matches(b, a),
        (_, (_, false)) => matches(a, b),
        ((a, true), (b, true)) => a.starts_with(b) || b.starts_with(a),
    }
}

/// True if `outer` matches every URI that `inner` matches.
#[must_use]
pub fn covers(outer: &str, inner: &str) -> bool {
    match (parts(outer), parts(inner)) {
        (_, (_, false)) => matches(outer, inner),
        ((_, false), _) => false,
        ((outer, true), (inner, true)) => {
            // The prefix itself may be a URI of `inner` and, with its empty query, none of `outer`.
            let prefix_is_covered = plain::is_plain(outer, inner) || !plain::is_plain(inner, inner);
            inner.starts_with(outer) && plain::begins_plainly(outer, inner) && prefix_is_covered
        }
    }
}

/// True if `pattern` matches the URIs of `template` (RFC 6570) for plain values of its variables: its literal beginning
/// decides about the prefix, and the expansions with and without its optional variables are plain.
///
/// The URI that a client expands from the template is matched again when it is read: a value may need an encoding in a
/// place where `*` matches none.
#[must_use]
pub fn covers_template(pattern: &str, template: &str) -> bool {
    template_mismatch(pattern, template).is_none()
}

/// The reason why a `pattern` with `*` doesn't match `uri`, which begins with its prefix; `None` if it matches.
#[must_use]
pub fn mismatch(pattern: &str, uri: &str) -> Option<Mismatch> {
    match parts(pattern) {
        (prefix, true) if uri.starts_with(prefix) => plain::fault(prefix, uri),
        (exact, false) if uri == exact => None,
        _ => Some(Mismatch::Other),
    }
}

/// The reason why `pattern` doesn't match the URIs of `template`; `None` if it does.
#[must_use]
pub fn template_mismatch(pattern: &str, template: &str) -> Option<Mismatch> {
    let literal = template.split('{').next().unwrap_or(template);
    let (prefix, many) = parts(pattern);
    if !literal.starts_with(prefix) || (!many && literal.len() < template.len()) {
        return Some(Mismatch::Other);
    }
    match template::expansions(template) {
        Some(expansions) => expansions.iter().find_map(|uri| mismatch(pattern, uri)),
        None => Some(Mismatch::Template),
    }
}

/// The pattern without its `*`, and true if it had one.
fn parts(pattern: &str) -> (&str, bool) {
    pattern.strip_suffix('*').map_or((pattern, false), |prefix| (prefix, true))
}

#[cfg(test)]
mod tests;
