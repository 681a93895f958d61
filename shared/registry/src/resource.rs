//! Resource: which URIs a pattern of the registry stands for.
//!
//! A pattern is one URI, or a beginning of URIs and then `*`. A rule says `context.arguments.uri like "handbook://secret/*"`, and an
//! origin may read a URI in another spelling as the same resource. So `*` stands for plain text only (see `resource/plain.rs`): what
//! many origins would put in another form first (dot segments, needless percent-encoding, `\`, empty segments, capitals in a host that the
//! pattern leaves open) it never matches. A URI that needs such text is written out as a pattern of its own.

mod plain;

/// The longest pattern, bytes: as long as URIs are that others keep whole.
pub const MAXIMUM_PATTERN_BYTES: usize = 2048;

/// Whether `text` may be a pattern: a URI with its scheme, and `*` at most as its last character.
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

/// Whether `pattern` stands for more than one URI.
#[must_use]
pub fn is_prefix(pattern: &str) -> bool {
    parts(pattern).1
}

/// Whether `pattern` stands for `uri`.
#[must_use]
pub fn matches(pattern: &str, uri: &str) -> bool {
    match parts(pattern) {
        (exact, false) => uri == exact,
        (prefix, true) => uri.starts_with(prefix) && plain::is_plain(prefix, uri),
    }
}

/// Whether `text`, a URI or a pattern, reads as `pattern` does: for freezing, which rather takes in too much.
#[must_use]
pub fn begins_like(pattern: &str, text: &str) -> bool {
    match parts(pattern) {
        (exact, false) => text == exact,
        (prefix, true) => text.starts_with(prefix),
    }
}

/// Whether a URI may be one of both patterns.
#[must_use]
pub fn overlaps(a: &str, b: &str) -> bool {
    match (parts(a), parts(b)) {
        ((_, false), _) => matches(b, a),
        (_, (_, false)) => matches(a, b),
        ((a, true), (b, true)) => a.starts_with(b) || b.starts_with(a),
    }
}

/// Whether every URI of `inner` is one of `outer`.
#[must_use]
pub fn covers(outer: &str, inner: &str) -> bool {
    match (parts(outer), parts(inner)) {
        (_, (_, false)) => matches(outer, inner),
        ((_, false), _) => false,
        ((outer, true), (inner, true)) => inner.starts_with(outer) && plain::begins_plainly(outer, inner),
    }
}

/// Whether what `template` (RFC 6570) makes may be of `pattern`: it is the pattern, or begins with what the pattern begins with.
///
/// What a client makes of the template is judged again when it is read.
#[must_use]
pub fn covers_template(pattern: &str, template: &str) -> bool {
    let literal = template.split('{').next().unwrap_or(template);
    match parts(pattern) {
        (exact, false) => template == exact,
        (prefix, true) => literal.starts_with(prefix) && plain::begins_plainly(prefix, literal),
    }
}

/// What stands there, and whether `*` follows.
fn parts(pattern: &str) -> (&str, bool) {
    pattern.strip_suffix('*').map_or((pattern, false), |prefix| (prefix, true))
}

#[cfg(test)]
mod tests;
