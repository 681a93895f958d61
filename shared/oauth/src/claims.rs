//! The JSON types of claims that all kinds of tokens share (RFC 7519 §4.1).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};

/// Reads a JSON object. Refuses an array, which derived readers accept in the order of the fields: two readers of one
/// token must not see different claims.
pub(crate) fn object<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(json).ok()
}

/// *NumericDate* (RFC 7519 §2), in Unix seconds, 0 to 2⁶⁴−1; a fraction is allowed and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NumericDate(pub(crate) u64);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        if let Some(seconds) = number.as_u64() {
            return Ok(Self(seconds));
        }
        match number.as_f64() {
            // 2⁵³: above it, a double can't hold every second.
            Some(seconds) if (0.0..9_007_199_254_740_992.0).contains(&seconds) => Ok(Self(seconds as u64)),
            _ => Err(de::Error::custom("not a time in Unix seconds")),
        }
    }
}

/// A claim that is one string or an array of strings (`aud`, `resource`, groups).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// Returns the value if there is exactly one. A token for two audiences could be replayed by one at the other.
    pub(crate) fn only(&self) -> Option<&str> {
        match self {
            Self::One(value) => Some(value),
            Self::Many(values) => match values.as_slice() {
                [value] => Some(value),
                _ => None,
            },
        }
    }

    /// Returns all values, in their order.
    pub(crate) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value],
            Self::Many(values) => values,
        }
    }
}

/// The maximum length of an identifier (`iss`, `sub`, `jti`, `client_id`, one group), in bytes: twice the 255
/// characters of an OpenID Connect `sub`, since a client id may be a URL.
pub(crate) const MAX_IDENTIFIER_BYTES: usize = 512;

/// True for 1 to [`MAX_IDENTIFIER_BYTES`] bytes without control characters, which could forge log lines.
pub(crate) fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_IDENTIFIER_BYTES && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_date_drops_fraction() {
        let read = |text| serde_json::from_str::<NumericDate>(text).map(|date| date.0).ok();
        assert_eq!(read("1795132800"), Some(1_795_132_800), "an integer should be taken");
        assert_eq!(read("1795132800.9"), Some(1_795_132_800), "a fraction should be cut off");
        for text in ["-1", "-0.5", "1e300", "\"5\"", "null", "true", "[1]"] {
            assert_eq!(read(text), None, "`{text}` should be no time");
        }
    }

    #[test]
    fn only_needs_exactly_one_value() {
        let read = |text| serde_json::from_str::<OneOrMany>(text).unwrap();
        assert_eq!(read(r#""a""#).only(), Some("a"), "a string is one value");
        assert_eq!(read(r#"["a"]"#).only(), Some("a"), "an array of one is one value");
        assert_eq!(read("[]").only(), None, "an empty array is no value");
        assert_eq!(read(r#"["a","a"]"#).only(), None, "twice the same is two values");
    }

    #[test]
    fn identifier_is_bounded_and_printable() {
        assert!(is_identifier("alice"), "a name is an identifier");
        assert!(!is_identifier(""), "an empty text is none");
        assert!(!is_identifier("a\nb"), "a line break is not allowed");
        assert!(!is_identifier(&"x".repeat(MAX_IDENTIFIER_BYTES + 1)), "the length is bounded");
    }
}
