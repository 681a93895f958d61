//! Arguments of one call: parses JSON into plain values of the declared types.
//!
//! | declared | JSON that fits | Cedar | JSON that is refused |
//! |---|---|---|---|
//! | `string` | a string | `String` | anything else |
//! | `long` | a number without fraction (JSON Schema, `integer`), −2⁶³ … 2⁶³−1; up to ±(2⁵³−1) also as `5.0` or `5e2` | `Long` | `1.5`, integers beyond, `"500"` |
//! | `boolean` | `true`, `false` | `Bool` | `0`, `"true"` |
//! | `decimal` | a number, or a string that holds one: no exponent, at most four digits after the point (trailing zeros apart), ±922337203685477.5807 | `decimal` | `1e2`, `0.00001`; nothing is ever rounded |
//! | `string_set` | an array of strings | `Set<String>` | an array with one element of another type, or with more than 1,024 elements |
//! | `long_set` | an array of integers as for `long` | `Set<Long>` | likewise |
//!
//! `null` means that the argument is absent, so it is refused if the argument is required. An array becomes a set:
//! policies see neither order nor repetition. Objects fit no type, so Cedar's escapes `{"__entity": …}`, `{"__extn":
//! …}` and `{"__expr": …}` have no effect; in a string they are text. Undeclared arguments are checked for
//! well-formedness only, and no policy can read them.
//!
//! A name that appears twice in one object, at any depth, is refused: the origin might read the other one.

mod number;
mod unfit;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::declaration::{ArgumentType, Shape};
use crate::extension::Decimal;
use crate::value::{Record, Set, Value};
use unfit::Misfit;

pub use unfit::Unfit;

/// The arguments of one `tools/call`: well-formed JSON, no name twice, bounded.
#[derive(Clone, Debug, Default)]
pub struct Arguments<'json> {
    members: BTreeMap<Cow<'json, str>, &'json RawValue>,
}

impl<'json> Arguments<'json> {
    /// Reads the JSON text of `params.arguments`; `None` means `{}`.
    ///
    /// # Errors
    /// See [`ArgumentsError`]. A call with such arguments must not be forwarded.
    pub fn parse(json: Option<&'json str>) -> Result<Self, ArgumentsError> {
        let Some(json) = json else { return Ok(Self::default()) };
        if json.len() > MAXIMUM_BYTES {
            return Err(ArgumentsError::TooLarge);
        }
        let fault = Cell::new(None);
        let form = Form { depth: 1, fault: &fault };
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let members =
            deserializer.deserialize_any(TopLevel(form)).and_then(|members| deserializer.end().map(|()| members));
        members
            .map(|members| Self { members })
            .map_err(|error| fault.get().unwrap_or_else(|| ArgumentsError::of(&error)))
    }

    /// Returns the declared arguments as one record, or the first that doesn't fit its declaration.
    ///
    /// A member that differs from a declared name only in case doesn't fit. Many origins ignore the case of names, so
    /// policy could decide about one value of `{"amount": 1, "Amount": 900}` and the origin use the other.
    pub(crate) fn record(&self, shape: &Shape) -> Result<Record, Unfit> {
        let looks_alike = |member: &str, declared: &str| member != declared && folded(member).eq(folded(declared));
        for name in shape.keys() {
            if let Some(member) = self.members.keys().find(|member| looks_alike(member, name)) {
                return Err(Unfit::new(name, Misfit::LooksAlike(member.clone().into_owned())));
            }
        }
        let mut declared = Vec::with_capacity(shape.len());
        for (name, declaration) in shape {
            let value = self.members.get(name.as_str()).map(|raw| raw.get()).filter(|text| *text != "null");
            match value {
                Some(text) => {
                    let r#type = declaration.r#type;
                    let value = value_of(r#type, text).ok_or_else(|| Unfit::of_type(name, text, r#type))?;
                    declared.push((name.as_str().into(), value));
                }
                None if declaration.required => return Err(Unfit::new(name, Misfit::Missing)),
                None => {}
            }
        }
        Ok(declared.into_iter().collect())
    }
}

/// Converts `text`, one well-formed JSON value, to `type`; `None` if it is of another type.
fn value_of(r#type: ArgumentType, text: &str) -> Option<Value> {
    match r#type {
        ArgumentType::String => string(text),
        ArgumentType::Long => long(text),
        ArgumentType::Boolean => text.parse().ok().map(Value::Bool),
        ArgumentType::Decimal => decimal(text),
        ArgumentType::StringSet => set(text, string),
        ArgumentType::LongSet => set(text, long),
    }
}

fn string(text: &str) -> Option<Value> {
    let text: Cow<'_, str> = serde_json::from_str(text).ok()?;
    Some(Value::string(&text))
}

fn long(text: &str) -> Option<Value> {
    number::integer(text).map(Value::Long)
}

fn set(text: &str, element: fn(&str) -> Option<Value>) -> Option<Value> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    if elements.len() > MAXIMUM_SET_ELEMENTS {
        return None;
    }
    let elements: Option<Set> = elements.into_iter().map(|raw| element(raw.get())).collect();
    elements.map(Value::Set)
}

fn decimal(text: &str) -> Option<Value> {
    let within: Option<String> = text.starts_with('"').then(|| serde_json::from_str(text).ok()).flatten();
    number::decimal(within.as_deref().unwrap_or(text)).map(|number| Value::Decimal(Decimal(number)))
}

/// Checks the depth of any JSON value and the uniqueness of names in each object. Keeps no data.
#[derive(Clone, Copy)]
struct Form<'fault> {
    /// Number of open containers, including this value if it is one.
    depth: usize,
    /// The reason why reading stopped, because serde's errors hold text only.
    fault: &'fault Cell<Option<ArgumentsError>>,
}

impl Form<'_> {
    fn stop<E: serde::de::Error>(self, fault: ArgumentsError) -> E {
        self.fault.set(Some(fault));
        E::custom(fault)
    }

    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth > MAXIMUM_DEPTH {
            return Err(self.stop(ArgumentsError::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Form<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Form<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while elements.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key_seed(Name)? {
            if !names.insert(name) {
                return Err(self.stop(ArgumentsError::DuplicateName));
            }
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// Reads the outermost object, keeping the text of each value.
struct TopLevel<'fault>(Form<'fault>);

impl<'de> Visitor<'de> for TopLevel<'_> {
    type Value = BTreeMap<Cow<'de, str>, &'de RawValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Reached only for a JSON value of another type.
        self.0.fault.set(Some(ArgumentsError::NotAnObject));
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let inner = self.0.inner()?;
        let mut kept = BTreeMap::new();
        while let Some(name) = members.next_key_seed(Name)? {
            let value: &'de RawValue = members.next_value()?;
            let mut deserializer = serde_json::Deserializer::from_str(value.get());
            inner.deserialize(&mut deserializer).map_err(A::Error::custom)?;
            if kept.insert(name, value).is_some() {
                return Err(self.0.stop(ArgumentsError::DuplicateName));
            }
        }
        Ok(kept)
    }
}

/// Folds the case of a name. Upper case comes first, so that `ſ` (U+017F) becomes `s`, as for some readers that ignore
/// case; `K` (U+212A) becomes `k` either way.
fn folded(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// Reads a member's name; borrowed if it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member's name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// The reason why arguments are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentsError {
    /// The text is not JSON.
    #[error("the arguments are not valid JSON")]
    Malformed,
    /// The text is JSON (RFC 8259), with a number that a double can't hold: readers disagree on its value.
    #[error("a number in the arguments is beyond the range of a double, ±1.8e308")]
    NumberBeyondRange,
    /// The text is JSON (RFC 8259), with half a surrogate pair in a string: readers disagree on its value.
    #[error(
        "a string in the arguments has half a surrogate pair (`\\ud800` to `\\udfff` alone), which is no character"
    )]
    LoneSurrogate,
    /// The text is JSON, but not an object.
    #[error("the arguments are not a JSON object")]
    NotAnObject,
    /// A name appears twice in one object, at any depth.
    #[error("an object in the arguments has two members of the same name")]
    DuplicateName,
    /// The nesting is deeper than [`MAXIMUM_DEPTH`].
    #[error("the arguments are nested deeper than {MAXIMUM_DEPTH} levels")]
    TooDeep,
    /// The text is longer than [`MAXIMUM_BYTES`].
    #[error("the arguments are larger than {MAXIMUM_BYTES} bytes")]
    TooLarge,
}

impl ArgumentsError {
    /// The reason of a text that `serde_json` doesn't read. Its errors have no kinds, so their words decide.
    fn of(error: &serde_json::Error) -> Self {
        let words = error.to_string();
        match ["number out of range", "lone leading surrogate", "unexpected end of hex escape"]
            .iter()
            .position(|known| words.starts_with(known))
        {
            Some(0) => Self::NumberBeyondRange,
            Some(_) => Self::LoneSurrogate,
            None => Self::Malformed,
        }
    }

    /// A stable code for audit events.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "arguments_malformed",
            Self::NumberBeyondRange => "arguments_number_beyond_range",
            Self::LoneSurrogate => "arguments_lone_surrogate",
            Self::NotAnObject => "arguments_not_an_object",
            Self::DuplicateName => "arguments_duplicate_name",
            Self::TooDeep => "arguments_too_deep",
            Self::TooLarge => "arguments_too_large",
        }
    }
}

/// Maximum number of elements of a declared set. Each becomes a value, and they are sorted and kept for the
/// decision: with Cedar's own values 500 kB of short elements took 0.4 to 0.7 s and 78 MiB in wasm.
pub const MAXIMUM_SET_ELEMENTS: usize = 1024;

/// Maximum nesting of objects and arrays, including the outermost.
pub const MAXIMUM_DEPTH: usize = 64;

/// Maximum length of the text, bytes: 512 KiB.
pub const MAXIMUM_BYTES: usize = 512 << 10;

#[cfg(test)]
mod tests;
