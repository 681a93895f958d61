//! Plain: URIs that every origin reads as they are written.
//!
//! What origins put in another form before they read it (RFC 3986 §6) has two spellings, and a rule sees one of them. So there is one that
//! is plain: nothing encoded that may stand there as itself, nothing that separates encoded, everything else encoded in capital
//! hexadecimal, no `.`, `..` or empty segments, nothing that many origins ignore (a fragment, `;` and what follows, an empty query). Case in
//! paths is the origin's: one that ignores it needs patterns of single URIs.

/// Whether `uri`, which begins with `prefix`, has one spelling only.
pub(super) fn is_plain(prefix: &str, uri: &str) -> bool {
    let behind = uri.get(prefix.len()..).unwrap_or(uri);
    is_written_plainly(behind) && !behind.ends_with('?') && host_is_plain(prefix, uri, true) && segments_are_plain(uri)
}

/// Whether plain URIs begin with `text`, which itself begins with `prefix`.
pub(super) fn begins_plainly(prefix: &str, text: &str) -> bool {
    let behind = text.get(prefix.len()..).unwrap_or(text);
    is_written_plainly(behind) && host_is_plain(prefix, text, false) && segments_are_plain(text)
}

/// Whether `text` may be all that a pattern says before its `*`.
pub(super) fn is_beginning(text: &str) -> bool {
    is_written_plainly(text) && begins_plainly(text, text)
}

/// Every byte is one that stands for itself, or its encoding: `%` and capital hexadecimal of a byte that can't (RFC 3986 §2).
fn is_written_plainly(text: &str) -> bool {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, after) = match (first, after) {
            (b'%', [high, low, after @ ..]) => match encoded(*high, *low) {
                // A `%` that, once decoded, begins another encoding.
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

/// The byte that `%` and these digits stand for, if it has to be encoded.
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

/// `SECRET`, `secret.`, `x@secret` and `secret:80` all lead to the host `secret`, which a rule on `handbook://secret/*` doesn't see. Where the
/// prefix has all of it, whoever wrote the pattern has seen it.
fn host_is_plain(prefix: &str, text: &str, whole: bool) -> bool {
    let host = |text| rest(text).map(|rest| rest.find(['/', '?', '#']).map_or((rest, ""), |end| rest.split_at(end)));
    let (host, path) = match (host(prefix), host(text)) {
        // Whoever writes `handbook:*` thinks of no hosts, and neither do the rules.
        (None, Some(_)) => return false,
        (Some((_, "")), Some(behind)) => behind,
        _ => return true,
    };
    let named = !host.is_empty() && !host.ends_with('.');
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'_');
    host.bytes().all(plain) && (path.is_empty() || path.starts_with('/')) && (named || (path.is_empty() && !whole))
}

/// What stands behind `scheme://`.
fn rest(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    (!scheme.contains(['/', '?', '#'])).then_some(rest)
}

/// No segment is `.` or `..`, whatever it is separated by, and none in the middle of the path is empty.
fn segments_are_plain(uri: &str) -> bool {
    let has_dots = uri.split(['/', '?', '&', '=', ':']).any(|segment| matches!(segment, "." | ".."));
    let path = rest(uri).unwrap_or(uri);
    let path = path.split('?').next().unwrap_or(path);
    !has_dots && !path.contains("//")
}
