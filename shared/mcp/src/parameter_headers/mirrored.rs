//! The `Mcp-Param-*` headers that mirror an argument of a tool whose schema is not known.

use std::collections::HashMap;

use http::header::{HeaderName, HeaderValue};

use super::{MAX_PARAMETERS, header_text, integer_text};
use crate::headers::decode;
use json::{Kind, RawJson, ScanError, Scanner};

/// Returns the headers, of the first [`MAX_PARAMETERS`], whose value equals an argument at any depth inside objects.
///
/// Any annotation may name any of these headers (SEP-2243), so a header with another value mirrors nothing.
pub fn mirrored<'a>(
    headers: impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)>,
    arguments: Option<&RawJson>,
) -> Vec<(&'a HeaderName, &'a HeaderValue)> {
    let headers: Vec<_> = headers.take(MAX_PARAMETERS).collect();
    let Some(arguments) = arguments.filter(|arguments| arguments.kind() == Kind::Object && !headers.is_empty()) else {
        return Vec::new();
    };
    let mut wanted = Wanted { arguments, places: HashMap::new(), found: vec![false; headers.len()] };
    for (at, (_, value)) in headers.iter().enumerate() {
        let text = value.to_str().map(|text| text.trim_matches([' ', '\t']));
        let Some(text) = text.ok().and_then(|text| decode(text).ok()) else { continue };
        if let Some(integer) = integer_text(&text) {
            wanted.places.entry(integer).or_default().push(at);
        }
        wanted.places.entry(text.into_owned()).or_default().push(at);
    }
    // The arguments are JSON: no scan of them fails.
    let _ = wanted.look_in(&mut Scanner::new(arguments.as_str()));
    headers.into_iter().zip(wanted.found).filter(|(_, found)| *found).map(|(header, _)| header).collect()
}

/// The search for the values of headers.
struct Wanted<'a> {
    arguments: &'a RawJson,
    /// The positions of the headers with a text.
    places: HashMap<String, Vec<usize>>,
    found: Vec<bool>,
}

impl Wanted<'_> {
    fn look_in(&mut self, scanner: &mut Scanner<'_>) -> Result<(), ScanError> {
        scanner.object(|scanner, _| {
            if scanner.next_byte() == Some(b'{') {
                return self.look_in(scanner);
            }
            let value = self.arguments.cut(scanner.value()?);
            let places = header_text(&value).and_then(|text| self.places.get(text.as_ref()));
            places.into_iter().flatten().for_each(|&at| self.found[at] = true);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    #[test]
    fn header_of_no_argument_is_left_out() {
        let arguments = r#"{"region":"eu","limit":5,"exact":1.50,"dry":true,"none":null,"list":["in list"],"z\u00fcrich":
            {"deep":{"city":"z\u00fcrich","big":9007199254740993}},"text":"a,b"}"#;
        let arguments = RawJson::parse(Bytes::from(arguments)).unwrap();
        for (value, mirrors) in [
            ("eu", true),
            (" eu", true),
            ("=?base64?ZXU=?=", true),
            ("5", true),
            ("5.0", true),
            ("1.50", true),
            ("true", true),
            ("=?base64?esO8cmljaA==?=", true),
            ("a,b", true),
            ("EU", false),
            ("e", false),
            ("us", false),
            ("6", false),
            ("1.5", false),
            ("false", false),
            ("null", false),
            ("in list", false),
            ("region", false),
            ("9007199254740993", false),
            ("=?base64?ZXU?=", false),
            ("", false),
        ] {
            let name = HeaderName::from_static("mcp-param-any");
            let headers = HeaderMap::from_iter([(name.clone(), HeaderValue::from_str(value).unwrap())]);
            assert_eq!(!mirrored(headers.iter(), Some(&arguments)).is_empty(), mirrors, "`{value}`");
            assert!(mirrored(headers.iter(), None).is_empty(), "`{value}` without arguments");
        }
    }

    #[test]
    fn number_of_headers_is_bounded() {
        let arguments = RawJson::parse(Bytes::from_static(br#"{"a":"x"}"#)).unwrap();
        let name = |number: usize| HeaderName::try_from(format!("mcp-param-{number}")).unwrap();
        let headers: HeaderMap = (0..200).map(|number| (name(number), HeaderValue::from_static("x"))).collect();
        assert_eq!(mirrored(headers.iter(), Some(&arguments)).len(), MAX_PARAMETERS);
    }
}
