//! Policies as members of a virtual server's record.
//!
//! ```text
//! {"format":1,"cedar":"4.6.0","rules":[{"id":"role/reader/support/tool/search","form":"AAMFR3JvdXAH…"}, …]}
//! ```
//!
//! A form is read when a decision first needs it. A record of another format is refused as a whole, in words: an older
//! one holds the text of policies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::form::{FORMAT, FormError, MAXIMUM_BYTES};
use crate::rule::{Policy, Rule};

/// The policies of one virtual server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordPolicies {
    /// The format of all forms: [`FORMAT`].
    #[serde(deserialize_with = "this_format")]
    format: u32,
    /// The version of the Cedar language with which the publisher validated them; for people.
    pub cedar: String,
    /// The policies.
    pub rules: Vec<RecordPolicy>,
}

/// One policy: its id, and its form in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordPolicy {
    /// The id, unique within the registry: `role/NAME/…` for a grant of a role, `public/NAME` for a public virtual
    /// server, else the `@id` or `FILE/INDEX`.
    pub id: String,
    form: String,
}

impl RecordPolicies {
    /// Policies in this format.
    #[must_use]
    pub const fn new(cedar: String, rules: Vec<RecordPolicy>) -> Self {
        Self { format: FORMAT, cedar, rules }
    }
}

impl RecordPolicy {
    /// The form of `policy`.
    ///
    /// # Errors
    /// The policy is beyond a bound of forms.
    pub fn new(id: String, policy: &Policy) -> Result<Self, FormError> {
        Ok(Self { id, form: STANDARD_NO_PAD.encode(policy.encode()?) })
    }

    /// Reads the form.
    ///
    /// # Errors
    /// See [`FormError`].
    pub fn rule(&self) -> Result<Rule, FormError> {
        if self.form.len() > MAXIMUM_BYTES * 2 {
            return Err(FormError::TooLong);
        }
        let bytes = STANDARD_NO_PAD.decode(&self.form).map_err(|_| FormError::Malformed)?;
        Ok(Rule::new(self.id.clone(), Policy::decode(&bytes)?))
    }
}

fn this_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        FORMAT => Ok(FORMAT),
        other => Err(serde::de::Error::custom(format!("policies of the format {other}, where {FORMAT} is read"))),
    }
}

/// The reason why a record's policies are of no use to this gateway, although the publisher has signed them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherFormat {
    /// They are of an older format: the registry must be published again.
    Older,
    /// They are of a newer format: the gateway must be upgraded.
    Newer,
}

/// The format of the policies in a record that doesn't decode; `None` if it is the format that is read.
#[must_use]
pub fn other_format(record: &[u8]) -> Option<OtherFormat> {
    #[derive(Deserialize)]
    struct Record<'a> {
        #[serde(borrow)]
        policies: &'a RawValue,
    }
    #[derive(Deserialize)]
    struct Policies {
        format: u64,
    }
    let record: Record<'_> = serde_json::from_slice(record).ok()?;
    // Before the first format, the policies were an array of texts.
    if record.policies.get().starts_with('[') {
        return Some(OtherFormat::Older);
    }
    let Policies { format } = serde_json::from_str(record.policies.get()).ok()?;
    match format.cmp(&u64::from(FORMAT)) {
        std::cmp::Ordering::Less => Some(OtherFormat::Older),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(OtherFormat::Newer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Effect, Scope};

    fn permit() -> Policy {
        Policy {
            effect: Effect::Permit,
            principal: Scope::Any,
            actions: None,
            resource: Scope::Any,
            message: None,
            condition: None,
        }
    }

    #[test]
    fn policy_is_read_as_written() {
        let policies =
            RecordPolicies::new("4.6.0".to_owned(), vec![RecordPolicy::new("p".to_owned(), &permit()).unwrap()]);
        let json = serde_json::to_string(&policies).unwrap();
        assert_eq!(json, r#"{"format":1,"cedar":"4.6.0","rules":[{"id":"p","form":"AAAAAAAA"}]}"#);
        let read: RecordPolicies = serde_json::from_str(&json).unwrap();
        assert_eq!(read, policies);
        let rule = read.rules[0].rule().unwrap();
        assert_eq!((rule.id(), rule.policy()), ("p", &permit()));
    }

    #[test]
    fn malformed_form_is_refused_in_words() {
        for (form, expected) in [
            ("", FormError::Malformed),
            ("AAAAAAA", FormError::Malformed),
            ("AAAA AAA", FormError::Malformed),
            ("AAAAAAAAAAAA", FormError::Malformed),
            ("AgAAAAAA", FormError::Malformed),
            (&"A".repeat(1 << 20), FormError::TooLong),
        ] {
            let policy = RecordPolicy { id: "p".to_owned(), form: form.to_owned() };
            assert_eq!(policy.rule().err(), Some(expected), "{}", form.get(..20).unwrap_or(form));
        }
        assert_eq!(FormError::Malformed.to_string(), "the policy's form is malformed");
    }

    #[test]
    fn record_of_another_format_is_recognised() {
        for (policies, expected) in [
            (r#"[{"id":"p","text":"permit(principal, action, resource);"}]"#, Some(OtherFormat::Older)),
            ("[]", Some(OtherFormat::Older)),
            (r#"{"format":0}"#, Some(OtherFormat::Older)),
            (r#"{"format":2,"rules":{"in":"another shape"}}"#, Some(OtherFormat::Newer)),
            (r#"{"format":18446744073709551615}"#, Some(OtherFormat::Newer)),
            (r#"{"format":1}"#, None),
            (r#"{"format":"1"}"#, None),
            ("null", None),
        ] {
            let record = format!(r#"{{"name":"support","policies":{policies}}}"#);
            assert_eq!(other_format(record.as_bytes()), expected, "{policies}");
            assert!(serde_json::from_str::<RecordPolicies>(policies).is_err(), "{policies}");
        }
        assert_eq!(other_format(b"{}"), None);
    }
}
