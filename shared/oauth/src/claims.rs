//! The shapes of claims that tokens of every kind share (RFC 7519 §4.1).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};

/// Reads a JSON object. Derived readers would take an array in the order of the fields, too, and two readers of one text
/// must not differ in what they see.
pub(crate) fn object<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(json).ok()
}

/// Unix seconds (RFC 7519 §2 *NumericDate*); a fraction is allowed and cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NumericDate(pub(crate) u64);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        if let Some(seconds) = number.as_u64() {
            return Ok(Self(seconds));
        }
        match number.as_f64() {
            // 2⁵³: beyond it a double has no seconds.
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
    /// The value, if there is exactly one: a token for two audiences could be replayed by the one at the other.
    pub(crate) fn only(&self) -> Option<&str> {
        match self {
            Self::One(value) => Some(value),
            Self::Many(values) => match values.as_slice() {
                [value] => Some(value),
                _ => None,
            },
        }
    }

    /// All values, in order.
    pub(crate) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value],
            Self::Many(values) => values,
        }
    }
}

/// The longest identifier in bytes (`iss`, `sub`, `jti`, `client_id`, one group): twice what OpenID Connect allows a `sub`,
/// since client ids may be URLs.
pub(crate) const MAX_IDENTIFIER_BYTES: usize = 512;

/// Whether a text can serve as an identifier: there, bounded, and without control characters that would forge log lines.
pub(crate) fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_IDENTIFIER_BYTES && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_date_takes_whole_and_broken_seconds() {
        let read = |text| serde_json::from_str::<NumericDate>(text).map(|date| date.0).ok();
        assert_eq!(read("1795132800"), Some(1_795_132_800), "an integer should be taken");
        assert_eq!(read("1795132800.9"), Some(1_795_132_800), "a fraction should be cut off");
        for text in ["-1", "-0.5", "1e300", "\"5\"", "null", "true", "[1]"] {
            assert_eq!(read(text), None, "`{text}` should be no time");
        }
    }

    #[test]
    fn only_refuses_none_and_two() {
        let read = |text| serde_json::from_str::<OneOrMany>(text).unwrap();
        assert_eq!(read(r#""a""#).only(), Some("a"), "a string is one value");
        assert_eq!(read(r#"["a"]"#).only(), Some("a"), "an array of one is one value");
        assert_eq!(read("[]").only(), None, "an empty array is no value");
        assert_eq!(read(r#"["a","a"]"#).only(), None, "twice the same is two values");
    }

    #[test]
    fn identifiers_are_bounded_and_printable() {
        assert!(is_identifier("alice"), "a name should do");
        assert!(!is_identifier(""), "nothing should not");
        assert!(!is_identifier("a\nb"), "a line break should not");
        assert!(!is_identifier(&"x".repeat(MAX_IDENTIFIER_BYTES + 1)), "too long should not");
    }
}
