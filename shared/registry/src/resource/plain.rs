//! Plain: URIs that every origin reads as they are written.

/// Whether `uri`, which begins with `prefix`, has one spelling only.
pub(super) fn is_plain(prefix: &str, uri: &str) -> bool {
    !uri.contains(|character: char| character == '\\' || character.is_control() || character.is_whitespace())
        && percent_encodings_are_needed(uri)
        && authority_is_plain(prefix, uri)
        && segments_are_plain(uri)
}

/// Each `%` begins the encoding of a byte that has to be encoded (RFC 3986 §2.3), and isn't a control character, `\`, or a `%` that
/// begins another.
fn percent_encodings_are_needed(uri: &str) -> bool {
    let encoded = uri.split('%').skip(1).map(|after| (after, byte(after)));
    encoded.into_iter().all(|(after, byte)| match byte {
        None | Some(0..=0x1F | 0x7F | b'\\' | b'-' | b'.' | b'_' | b'~') => false,
        Some(b'%') => after.get(2..).and_then(self::byte).is_none(),
        Some(byte) => !byte.is_ascii_alphanumeric(),
    })
}

/// The byte that two hexadecimal digits at the beginning of `text` stand for.
fn byte(text: &str) -> Option<u8> {
    let digits = text.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// `x@secret` and `secret:80` have the host `secret`, which a rule on `handbook://secret/*` doesn't see. Where the prefix has all of it,
/// whoever wrote the pattern has seen it.
fn authority_is_plain(prefix: &str, uri: &str) -> bool {
    let authority =
        |text| rest(text).map(|rest| rest.find(['/', '?', '#']).map_or((rest, false), |end| (&rest[..end], true)));
    match (authority(prefix), authority(uri)) {
        (Some((_, true)), _) | (_, None) => true,
        (_, Some((authority, _))) => !authority.contains(['@', ':', '%']),
    }
}

/// What stands behind `scheme://`.
fn rest(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    (!scheme.contains(['/', '?', '#'])).then_some(rest)
}

/// No segment is `.` or `..`, whatever it is separated by, and none in the middle of the path is empty.
fn segments_are_plain(uri: &str) -> bool {
    let slashes = uri.replace("%2f", "/").replace("%2F", "/");
    let has_dots = slashes.split(['/', '?', '#', '&', '=', ';', ':']).any(|segment| matches!(segment, "." | ".."));
    let path = rest(&slashes).unwrap_or(&slashes);
    let path = path.split(['?', '#']).next().unwrap_or(path);
    !has_dots && !path.contains("//")
}
