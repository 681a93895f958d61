//! Plain URIs: URIs that no origin normalises (RFC 3986 §6) to another spelling.
//!
//! A policy sees one spelling of a URI, so `*` matches only URIs with a single spelling. A plain URI percent-encodes no
//! character that may stand for itself and no delimiter, encodes all others in capital hexadecimal, and has no `.`,
//! `..` or empty segment, fragment, `;` or empty query, which many origins ignore. The case of paths is not checked: an
//! origin that ignores it needs patterns of single URIs.

use super::mismatch::Mismatch;

/// True if `uri`, which begins with `prefix`, has only one spelling.
pub(super) fn is_plain(prefix: &str, uri: &str) -> bool {
    fault(prefix, uri).is_none()
}

/// The first sign of a second spelling of `uri`, which begins with `prefix`.
pub(super) fn fault(prefix: &str, uri: &str) -> Option<Mismatch> {
    let behind = uri.get(prefix.len()..).unwrap_or(uri);
    let signs = [
        (is_written_plainly(behind), Mismatch::Encoding),
        (!behind.ends_with('?'), Mismatch::Query),
        (host_is_plain(prefix, uri, true), Mismatch::Host),
        (segments_are_plain(uri), Mismatch::Segment),
    ];
    signs.into_iter().find(|(holds, _)| !holds).map(|(_, sign)| sign)
}

/// True if plain URIs may begin with `text`, which begins with `prefix`.
pub(super) fn begins_plainly(prefix: &str, text: &str) -> bool {
    let behind = text.get(prefix.len()..).unwrap_or(text);
    is_written_plainly(behind) && host_is_plain(prefix, text, false) && segments_are_plain(text)
}

/// True if `text` may be the prefix of a pattern.
pub(super) fn is_beginning(text: &str) -> bool {
    is_written_plainly(text) && begins_plainly(text, text)
}

/// True if every byte stands for itself, or is `%` and capital hexadecimal of a byte that can't (RFC 3986 §2).
fn is_written_plainly(text: &str) -> bool {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, after) = match (first, after) {
            (b'%', [high, low, after @ ..]) => match encoded(*high, *low) {
                // A decoded `%` that begins another encoding.
                Some(b'%') if matches!(after, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()) => {
                    return false;
                }
                Some(byte) => (byte, after),
                None => return false,
            },
            (byte, after) if is_unreserved(*byte) || b":/?@!$&'()*+,=".contains(byte) => (*byte, after),
            _ => return false,
        };
        decoded.push(byte);
        rest = after;
    }
    std::str::from_utf8(&decoded).is_ok_and(|text| !text.contains(char::is_control))
}

/// The byte that `%` and these digits encode; `None` if it needs no encoding.
fn encoded(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    };
    let byte = digit(high)? * 16 + digit(low)?;
    let stands_for_itself = is_unreserved(byte) || b":/?#[]@!$&'()*+,;=\\".contains(&byte);
    (!stands_for_itself).then_some(byte)
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// True if the host has only one spelling. `SECRET`, `secret.`, `x@secret` and `secret:80` all reach the host `secret`,
/// but a policy on `handbook://secret/*` misses them. A host that is complete in the prefix was chosen by the pattern's
/// author.
fn host_is_plain(prefix: &str, text: &str, whole: bool) -> bool {
    let host =
        |text| after_scheme(text).map(|rest| rest.find(['/', '?', '#']).map_or((rest, ""), |end| rest.split_at(end)));
    let (host, path) = match (host(prefix), host(text)) {
        // The author of `handbook:*` expects no host, and so do the policies.
        (None, Some(_)) => return false,
        (Some((_, "")), Some(behind)) => behind,
        _ => return true,
    };
    let named = !host.is_empty() && !host.ends_with('.');
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_');
    host.bytes().all(plain) && (path.is_empty() || path.starts_with('/')) && (named || (path.is_empty() && !whole))
}

/// The part after `scheme://`.
fn after_scheme(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    (!scheme.contains(['/', '?', '#'])).then_some(rest)
}

/// True if no segment is `.` or `..`, between any delimiters, and no segment inside the path is empty.
fn segments_are_plain(uri: &str) -> bool {
    let has_dots = uri.split(['/', '?', '&', '=', ':']).any(|segment| matches!(segment, "." | ".."));
    let path = after_scheme(uri).unwrap_or(uri);
    let path = path.split('?').next().unwrap_or(path);
    !has_dots && !path.contains("//")
}
