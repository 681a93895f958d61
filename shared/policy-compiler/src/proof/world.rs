//! Random entities and requests.

use std::collections::BTreeSet;
use std::rc::Rc;

use policy::evaluator::{Entity, Request};
use policy::expression::Function;
use policy::value::{EntityUid, Record, Value};

use super::Choices;
use super::expressions::{DATETIMES, DECIMALS, DURATIONS, IPS, LONGS, STRINGS, Type};

const UIDS: [(&str, &str); 9] = [
    ("User", "alice"),
    ("User", "bob"),
    ("Tool", "t"),
    ("Agent", "x"),
    ("Name::Space", "é\""),
    ("Group", "a"),
    ("Team", "a"),
    ("Group", "b"),
    ("Action", "call"),
];

/// A generator of values and requests.
pub(super) struct World<'c, 'b>(&'c mut Choices<'b>);

/// Some entities, each in some of those after it, and what these are in.
pub(super) fn entities(choices: &mut Choices<'_>) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::new();
    for (type_name, id) in UIDS.into_iter().rev() {
        let mut ancestors = BTreeSet::new();
        for earlier in &entities {
            if choices.one_in(4) {
                ancestors.insert(earlier.uid.clone());
                ancestors.extend(earlier.ancestors.iter().cloned());
            }
        }
        let attributes = World::new(choices).record(2);
        if !choices.one_in(3) {
            entities.push(Entity { uid: EntityUid::new(type_name, id), attributes, ancestors });
        }
    }
    entities
}

impl<'c, 'b> World<'c, 'b> {
    pub const fn new(choices: &'c mut Choices<'b>) -> Self {
        Self(choices)
    }

    /// A request of a known or unknown principal.
    pub fn request(&mut self) -> Request {
        let principal = if self.0.one_in(6) { self.uid() } else { EntityUid::new("User", "alice") };
        let resource = if self.0.one_in(6) { self.uid() } else { EntityUid::new("Tool", "t") };
        let action = EntityUid::new("Action", self.0.of(&["list", "call"]));
        Request { principal, action, resource, context: self.record(3) }
    }

    fn uid(&mut self) -> EntityUid {
        let (type_name, id) = self.0.of(&UIDS);
        EntityUid::new(type_name, id)
    }

    /// Attributes that are mostly there, and mostly of their type.
    fn record(&mut self, depth: usize) -> Record {
        let mut attributes: Vec<(Rc<str>, Value)> = Vec::new();
        for of in Type::ALL {
            if !self.0.one_in(5) {
                let value = if self.0.one_in(16) { self.0.of(&Type::ALL) } else { of };
                attributes.push((of.attribute().into(), self.value(value, depth)));
            }
        }
        attributes.into_iter().collect()
    }

    fn value(&mut self, of: Type, depth: usize) -> Value {
        match of {
            Type::Bool => Value::Bool(self.0.one_in(2)),
            Type::Long => Value::Long(self.0.of(&LONGS)),
            Type::String => Value::string(self.0.of(&STRINGS)),
            Type::Entity => Value::Entity(self.uid()),
            Type::Set if depth > 0 => {
                let of = self.0.of(&Type::ALL);
                Value::Set((0..self.0.below(4)).map(|_| self.value(of, depth - 1)).collect())
            }
            Type::Record if depth > 0 => Value::Record(self.record(depth - 1)),
            Type::Set => Value::Set([Value::Long(1)].into_iter().collect()),
            Type::Record => Value::Record([("l".into(), Value::Long(1))].into_iter().collect()),
            Type::Ip => self.constructed(Function::Ip, &IPS),
            Type::Decimal => self.constructed(Function::Decimal, &DECIMALS),
            // The text of any other instant has to be parsed by Cedar, which takes a while.
            Type::Datetime => match self.0.one_in(8) {
                true => self.constructed(Function::Datetime, &DATETIMES),
                false => Value::Datetime(i64::from(u8::try_from(self.0.below(99)).unwrap_or(0)) * 7_000_000),
            },
            Type::Duration => self.constructed(Function::Duration, &DURATIONS),
        }
    }

    /// The value of one of these texts, or of the first if that is none.
    fn constructed(&mut self, function: Function, texts: &[&str]) -> Value {
        let value = function.construct(self.0.of(texts));
        let first = || texts.first().and_then(|text| function.construct(text));
        value.or_else(first).unwrap_or(Value::Bool(false))
    }
}
