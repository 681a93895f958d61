//! `application/x-www-form-urlencoded` (WHATWG URL §5.1), read strictly: malformed input is refused, never repaired.

use base64::Engine;

/// The maximum number of parameters in a form.
pub const MAX_PARAMETERS: usize = 64;

/// Decodes one name or value: `+` is a space, `%XX` a byte; the bytes must be UTF-8 without control characters.
pub(crate) fn decode(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(*rest.next()?)? << 4 | hex_digit(*rest.next()?)?,
            other => other,
        });
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

/// Returns the parameters of a form in their order; `None` if it is malformed or has more than [`MAX_PARAMETERS`]. A
/// parameter without `=` has an empty value.
#[must_use]
pub fn parameters(form: &[u8]) -> Option<Vec<(String, String)>> {
    let mut parameters = Vec::new();
    for pair in form.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()) {
        if parameters.len() == MAX_PARAMETERS {
            return None;
        }
        let (name, value) = match pair.iter().position(|&byte| byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &pair[pair.len()..]),
        };
        parameters.push((decode(name)?, decode(value)?));
    }
    Some(parameters)
}

/// Returns the user id and password of HTTP Basic credentials (RFC 7617 §2), each form-decoded as RFC 6749 §2.3.1
/// requires: the `:` in an id that is a URL is sent as `%3A`.
pub(crate) fn basic_credentials(credentials: &str) -> Option<(String, String)> {
    let pair = base64::engine::general_purpose::STANDARD.decode(credentials).ok()?;
    let at = pair.iter().position(|&byte| byte == b':')?;
    Some((decode(&pair[..at])?, decode(&pair[at + 1..])?))
}

/// Encodes one name or value: all but the unreserved characters of RFC 3986 §2.3 as `%XX`, which both forms and queries
/// of URLs take.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// Returns the parameters as a form or query.
pub(crate) fn write(parameters: &[(&str, &str)]) -> String {
    let pairs = parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Adds parameters to the query of a URL without a fragment.
pub(crate) fn extend_query(url: &str, parameters: &[(&str, &str)]) -> String {
    let separator = match url.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, query)) if query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{url}{separator}{}", write(parameters))
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decode_reads_plus_percent_and_utf8() {
        assert_eq!(decode(b"a+b%2Bc%3a%C3%A4").as_deref(), Some("a b+c:ä"), "a mixed value");
    }

    #[test]
    fn decode_refuses_malformed_text() {
        for text in ["%", "%4", "%zz", "%ff", "%00", "a%0ab", "%+1"] {
            assert_eq!(decode(text.as_bytes()), None, "{text:?} should be refused");
        }
    }

    #[test]
    fn parameters_are_bounded() {
        let form = |count: usize| vec!["a=b"; count].join("&");
        assert_eq!(
            parameters(form(MAX_PARAMETERS).as_bytes()).map(|all| all.len()),
            Some(MAX_PARAMETERS),
            "the maximum number should be read"
        );
        assert_eq!(parameters(form(MAX_PARAMETERS + 1).as_bytes()), None, "one more should not");
    }

    #[test]
    fn query_is_extended_once() {
        for (url, extended) in [
            ("https://a.example", "https://a.example?b=%C3%BC"),
            ("https://a.example/?", "https://a.example/?b=%C3%BC"),
            ("https://a.example/?c=1", "https://a.example/?c=1&b=%C3%BC"),
            ("https://a.example/?c=1&", "https://a.example/?c=1&b=%C3%BC"),
        ] {
            assert_eq!(extend_query(url, &[("b", "ü")]), extended);
        }
    }

    proptest! {
        #[test]
        fn written_parameters_read_back(name in "[ -~äöü€]{1,20}", value in "[ -~äöü€]{0,40}") {
            let form = write(&[(&name, &value), ("end", "")]);
            prop_assert_eq!(parameters(form.as_bytes()), Some(vec![(name, value), ("end".to_owned(), String::new())]));
        }

        #[test]
        fn parameters_never_panic(form in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parameters(&form);
        }

        #[test]
        fn basic_credentials_never_panic(credentials in any::<String>()) {
            let _ = basic_credentials(&credentials);
        }

        #[test]
        fn decode_reads_back_every_printable_text(text in "[ -~äöü€]{0,40}") {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(decode(encoded.as_bytes()), Some(text), "percent-encoding should be undone");
        }
    }
}
