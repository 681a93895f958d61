//! Checks of `tracestate` and `baggage` by the W3C formats; the caller treats an invalid value as absent.

/// The maximum length of `tracestate`, in bytes; W3C Trace Context §3.3.1.5 demands at least 512.
const MAX_TRACESTATE_BYTES: usize = 512;
/// The maximum number of members of `tracestate` (W3C Trace Context §3.3.1.1).
const MAX_TRACESTATE_MEMBERS: usize = 32;
/// The maximum length of `baggage`, in bytes; W3C Baggage §3.3.2 demands at least 8192.
const MAX_BAGGAGE_BYTES: usize = 8192;
/// The maximum number of members of `baggage`; W3C Baggage §3.3.2 demands at least 64.
const MAX_BAGGAGE_MEMBERS: usize = 64;

/// True for a valid `tracestate` (W3C Trace Context §3.3): `key=value,key=value`, empty members allowed.
#[must_use]
pub fn is_tracestate(value: &str) -> bool {
    let mut keys = Vec::new();
    for member in members(value) {
        let Some((key, value)) = member.split_once('=') else {
            return false;
        };
        // 0x20 to 0x7e without `,` and `=`, not ending in a space.
        let value_fits = (1..=256).contains(&value.len())
            && value.bytes().all(|byte| matches!(byte, 0x20..=0x7e) && byte != b'=')
            && !value.ends_with(' ');
        if !is_tracestate_key(key) || !value_fits || keys.contains(&key) {
            return false;
        }
        keys.push(key);
    }
    value.len() <= MAX_TRACESTATE_BYTES && (1..=MAX_TRACESTATE_MEMBERS).contains(&keys.len())
}

/// True for a valid `baggage` (W3C Baggage §3.3): `key=value;property,key=value`.
#[must_use]
pub fn is_baggage(value: &str) -> bool {
    let mut count = 0;
    for member in value.split(',') {
        count += 1;
        let mut parts = member.split(';');
        let pair = parts.next().and_then(|pair| pair.split_once('='));
        let pair_fits = pair.is_some_and(|(key, value)| is_token(trim(key)) && is_baggage_value(trim(value)));
        let properties_fit = parts.all(|property| match property.split_once('=') {
            Some((key, value)) => is_token(trim(key)) && is_baggage_value(trim(value)),
            None => is_token(trim(property)),
        });
        if !pair_fits || !properties_fit {
            return false;
        }
    }
    value.len() <= MAX_BAGGAGE_BYTES && count <= MAX_BAGGAGE_MEMBERS
}

fn members(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(trim).filter(|member| !member.is_empty())
}

/// True for `key` or `tenant@system` of lower-case letters, digits and `_-*/` (W3C Trace Context §3.3.1.3.1).
fn is_tracestate_key(key: &str) -> bool {
    let fits = |part: &str, longest: usize| {
        (1..=longest).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/".contains(&byte))
    };
    let starts_with_letter = |part: &str| part.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    match key.split_once('@') {
        None => fits(key, 256) && starts_with_letter(key),
        Some((tenant, system)) => fits(tenant, 241) && fits(system, 14) && starts_with_letter(system),
    }
}

/// True for `*baggage-octet`: visible ASCII without `"`, `,`, `;` and `\`.
fn is_baggage_value(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte))
}

/// True for a `token` (RFC 9110 §5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracestate_follows_w3c_form() {
        for value in ["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "fw529a3039@dt=FfAgAA", "a=1, ,b=2"] {
            assert!(is_tracestate(value), "should be valid: `{value}`");
        }
        let too_many = vec!["a=1"; 33].join(",");
        for value in ["", "Rojo=1", "a", "a=1,a=2", "a=\u{7f}", "a=b=c", too_many.as_str(), "a=\r\nb"] {
            assert!(!is_tracestate(value), "should be invalid: `{value}`");
        }
    }

    #[test]
    fn baggage_follows_w3c_form() {
        for value in ["key1=value1", "a=1;p1;p2=x , b = %20", "a="] {
            assert!(is_baggage(value), "should be valid: `{value}`");
        }
        let too_long = format!("a={}", "x".repeat(MAX_BAGGAGE_BYTES));
        for value in ["", "a", "a=1,", "=1", "a=\"q\"", "a=b c", too_long.as_str(), "ä=1", "a=1;"] {
            assert!(!is_baggage(value), "should be invalid: `{value}`");
        }
    }
}
