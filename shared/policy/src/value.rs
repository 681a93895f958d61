//! Values of Cedar's types: what requests hold, expressions yield and rules compare.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use crate::extension::{Decimal, IpRange, datetime_text};

/// The identity of an entity: `TYPE::"ID"`. An id may contain any character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityUid {
    /// The name of the entity type, with its namespace if it has one.
    pub type_name: Rc<str>,
    /// The id, without quotes and escapes.
    pub id: Rc<str>,
}

impl EntityUid {
    /// The entity `TYPE::"ID"`.
    #[must_use]
    pub fn new(type_name: &str, id: &str) -> Self {
        Self { type_name: type_name.into(), id: id.into() }
    }
}

/// One value. Values of different types are never equal, and their order has a meaning for sets only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// `Bool`
    Bool(bool),
    /// `Long`
    Long(i64),
    /// `String`
    String(Rc<str>),
    /// An entity
    Entity(EntityUid),
    /// `Set`, of any types
    Set(Set),
    /// A record
    Record(Record),
    /// `ipaddr`
    Ip(IpRange),
    /// `decimal`
    Decimal(Decimal),
    /// `datetime`: milliseconds since 1970
    Datetime(i64),
    /// `duration`: milliseconds
    Duration(i64),
}

impl Value {
    /// A `String`.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self::String(text.into())
    }

    /// The text for the constructor of an instant; `None` for another value, and for an instant that no text has.
    #[must_use]
    pub fn datetime_text(&self) -> Option<String> {
        match self {
            Self::Datetime(milliseconds) => datetime_text(*milliseconds),
            _ => None,
        }
    }

    /// A `Set<String>`.
    #[must_use]
    pub fn strings(texts: &[String]) -> Self {
        Self::Set(texts.iter().map(|text| Self::string(text)).collect())
    }
}

/// A set: its elements in order, each once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Set(Rc<[Value]>);

impl FromIterator<Value> for Set {
    fn from_iter<T: IntoIterator<Item = Value>>(elements: T) -> Self {
        let mut elements: Vec<Value> = elements.into_iter().collect();
        elements.sort_unstable();
        elements.dedup();
        Self(elements.into())
    }
}

impl Set {
    /// The elements in order.
    #[must_use]
    pub fn elements(&self) -> &[Value] {
        &self.0
    }

    /// True if `value` is an element.
    #[must_use]
    pub fn contains(&self, value: &Value) -> bool {
        self.0.binary_search(value).is_ok()
    }
}

/// A record: its attributes by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record(Rc<[(Rc<str>, Value)]>);

impl FromIterator<(Rc<str>, Value)> for Record {
    /// Of two attributes with one name, the last counts.
    fn from_iter<T: IntoIterator<Item = (Rc<str>, Value)>>(attributes: T) -> Self {
        let attributes: BTreeMap<Rc<str>, Value> = attributes.into_iter().collect();
        Self(attributes.into_iter().collect())
    }
}

impl Record {
    /// The attributes that have a value.
    pub(crate) fn of<const COUNT: usize>(attributes: [(&str, Option<Value>); COUNT]) -> Self {
        attributes.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect()
    }

    /// The attribute `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let position = self.0.binary_search_by(|(of, _)| (**of).cmp(name)).ok()?;
        self.0.get(position).map(|(_, value)| value)
    }

    /// The attributes in the order of their names.
    #[must_use]
    pub fn attributes(&self) -> &[(Rc<str>, Value)] {
        &self.0
    }
}

/// `TYPE::"ID"`, with the quotes and escapes of Cedar's syntax.
impl fmt::Display for EntityUid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}::\"{}\"", self.type_name, self.id.escape_debug())
    }
}

/// The value in Cedar's syntax.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Long(value) => write!(formatter, "{value}"),
            Self::String(text) => write!(formatter, "\"{}\"", text.escape_debug()),
            Self::Entity(uid) => write!(formatter, "{uid}"),
            Self::Set(set) => {
                let elements: Vec<String> = set.elements().iter().map(ToString::to_string).collect();
                write!(formatter, "[{}]", elements.join(", "))
            }
            Self::Record(record) => write!(formatter, "{record}"),
            Self::Ip(range) => write!(formatter, "ip(\"{range}\")"),
            Self::Decimal(decimal) => write!(formatter, "decimal(\"{decimal}\")"),
            Self::Datetime(milliseconds) => match datetime_text(*milliseconds) {
                Some(text) => write!(formatter, "datetime(\"{text}\")"),
                None => write!(formatter, "datetime(\"1970-01-01\").offset(duration(\"{milliseconds}ms\"))"),
            },
            Self::Duration(milliseconds) => write!(formatter, "duration(\"{milliseconds}ms\")"),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attribute = |(name, value): &(Rc<str>, Value)| {
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if plain { format!("{name}: {value}") } else { format!("\"{}\": {value}", name.escape_debug()) }
        };
        let attributes: Vec<String> = self.0.iter().map(attribute).collect();
        write!(formatter, "{{{}}}", attributes.join(", "))
    }
}
