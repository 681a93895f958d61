//! The JSON types of claims that all kinds of tokens share (RFC 7519 §4.1).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

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

/// The reason why a claim can't be read; carries its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimError {
    /// A required claim is missing.
    Missing(&'static str),
    /// The claim has the wrong type, is empty, longer than an identifier may be, or has control characters.
    Malformed(&'static str),
}

/// The claims of an identity provider's token by name; reading a claim removes it. A registered claim that occurs twice
/// was already refused with the signature; of any other the last one counts (RFC 7519 §4 allows both).
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads the JSON object.
    pub(crate) fn read(json: &[u8]) -> Option<Self> {
        object(json).map(Self)
    }

    /// True if a claim has this name, also with the value `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns all claims that were not read yet.
    pub(crate) const fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Returns the claim as it is, without reading it.
    pub(crate) fn peek(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>, ClaimError> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value).map(Some).map_err(|_| ClaimError::Malformed(name)),
        }
    }

    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, ClaimError> {
        self.optional(name)?.ok_or(ClaimError::Missing(name))
    }

    pub(crate) fn optional_identifier(&mut self, name: &'static str) -> Result<Option<String>, ClaimError> {
        let text: Option<String> = self.optional(name)?;
        match text {
            Some(text) if !is_identifier(&text) => Err(ClaimError::Malformed(name)),
            other => Ok(other),
        }
    }

    pub(crate) fn identifier(&mut self, name: &'static str) -> Result<String, ClaimError> {
        self.optional_identifier(name)?.ok_or(ClaimError::Missing(name))
    }

    /// Reads zero or more identifiers of a claim whose name may come from configuration; `kind` is its name in errors.
    pub(crate) fn identifiers(&mut self, name: &str, kind: &'static str) -> Result<Vec<String>, ClaimError> {
        let values = match self.0.remove(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(value) => {
                serde_json::from_value::<OneOrMany>(value).map_err(|_| ClaimError::Malformed(kind))?.into_vec()
            }
        };
        if values.iter().all(|value| is_identifier(value)) { Ok(values) } else { Err(ClaimError::Malformed(kind)) }
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
