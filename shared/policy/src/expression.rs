//! Expressions of conditions, as the publisher has validated them.

use std::rc::Rc;

use crate::extension::{Decimal, IpRange, parse_datetime, parse_duration};
use crate::pattern::Pattern;
use crate::value::Value;

/// One expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// A value, also a set or record of values and the value of an extension function's text.
    Constant(Value),
    /// A part of the request.
    Variable(Variable),
    /// `a && b && …`
    And(Vec<Expression>),
    /// `a || b || …`
    Or(Vec<Expression>),
    /// `!a`
    Not(Box<Expression>),
    /// `-a`
    Negate(Box<Expression>),
    /// `if a then b else c`
    If(Box<[Expression; 3]>),
    /// An operator or method with two operands.
    Binary(Operator, Box<[Expression; 2]>),
    /// `a.isEmpty()`
    IsEmpty(Box<Expression>),
    /// `a.b`
    Get(Box<Expression>, Rc<str>),
    /// `a has b.c.…`
    Has(Box<Expression>, Vec<Rc<str>>),
    /// `a like "…"`
    Like(Box<Expression>, Pattern),
    /// `a is TYPE`
    Is(Box<Expression>, Rc<str>),
    /// `a is TYPE in b`
    IsIn(Rc<str>, Box<[Expression; 2]>),
    /// `[a, b, …]` with an element that is no constant.
    Set(Vec<Expression>),
    /// `{ a: b, … }` with a value that is no constant.
    Record(Vec<(Rc<str>, Expression)>),
    /// An extension function or method.
    Call(Function, Vec<Expression>),
}

/// A part of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// `principal`
    Principal,
    /// `action`
    Action,
    /// `resource`
    Resource,
    /// `context`
    Context,
}

impl Variable {
    /// All, by their number in the form.
    pub const ALL: [Self; 4] = [Self::Principal, Self::Action, Self::Resource, Self::Context];
}

/// An operator or method with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `contains`
    Contains,
    /// `containsAll`
    ContainsAll,
    /// `containsAny`
    ContainsAny,
    /// `getTag`
    GetTag,
    /// `hasTag`
    HasTag,
}

impl Operator {
    /// All, by their number in the form, with their names in Cedar's JSON policy format.
    pub const ALL: [(Self, &'static str); 15] = [
        (Self::Equal, "=="),
        (Self::NotEqual, "!="),
        (Self::Less, "<"),
        (Self::LessOrEqual, "<="),
        (Self::Greater, ">"),
        (Self::GreaterOrEqual, ">="),
        (Self::In, "in"),
        (Self::Add, "+"),
        (Self::Subtract, "-"),
        (Self::Multiply, "*"),
        (Self::Contains, "contains"),
        (Self::ContainsAll, "containsAll"),
        (Self::ContainsAny, "containsAny"),
        (Self::GetTag, "getTag"),
        (Self::HasTag, "hasTag"),
    ];
}

/// An extension function or method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `ip`
    Ip,
    /// `decimal`
    Decimal,
    /// `datetime`
    Datetime,
    /// `duration`
    Duration,
    /// `isIpv4`
    IsIpv4,
    /// `isIpv6`
    IsIpv6,
    /// `isLoopback`
    IsLoopback,
    /// `isMulticast`
    IsMulticast,
    /// `isInRange`
    IsInRange,
    /// `lessThan`
    LessThan,
    /// `lessThanOrEqual`
    LessThanOrEqual,
    /// `greaterThan`
    GreaterThan,
    /// `greaterThanOrEqual`
    GreaterThanOrEqual,
    /// `offset`
    Offset,
    /// `durationSince`
    DurationSince,
    /// `toDate`
    ToDate,
    /// `toTime`
    ToTime,
    /// `toMilliseconds`
    ToMilliseconds,
    /// `toSeconds`
    ToSeconds,
    /// `toMinutes`
    ToMinutes,
    /// `toHours`
    ToHours,
    /// `toDays`
    ToDays,
}

impl Function {
    /// All, by their number in the form, with their names in Cedar and their numbers of arguments.
    pub const ALL: [(Self, &'static str, usize); 22] = [
        (Self::Ip, "ip", 1),
        (Self::Decimal, "decimal", 1),
        (Self::Datetime, "datetime", 1),
        (Self::Duration, "duration", 1),
        (Self::IsIpv4, "isIpv4", 1),
        (Self::IsIpv6, "isIpv6", 1),
        (Self::IsLoopback, "isLoopback", 1),
        (Self::IsMulticast, "isMulticast", 1),
        (Self::IsInRange, "isInRange", 2),
        (Self::LessThan, "lessThan", 2),
        (Self::LessThanOrEqual, "lessThanOrEqual", 2),
        (Self::GreaterThan, "greaterThan", 2),
        (Self::GreaterThanOrEqual, "greaterThanOrEqual", 2),
        (Self::Offset, "offset", 2),
        (Self::DurationSince, "durationSince", 2),
        (Self::ToDate, "toDate", 1),
        (Self::ToTime, "toTime", 1),
        (Self::ToMilliseconds, "toMilliseconds", 1),
        (Self::ToSeconds, "toSeconds", 1),
        (Self::ToMinutes, "toMinutes", 1),
        (Self::ToHours, "toHours", 1),
        (Self::ToDays, "toDays", 1),
    ];

    /// The value of a constructor's text; `None` if the text isn't one of its type, or for a method.
    #[must_use]
    pub fn construct(self, text: &str) -> Option<Value> {
        match self {
            Self::Ip => IpRange::parse(text).map(Value::Ip),
            Self::Decimal => Decimal::parse(text).map(Value::Decimal),
            Self::Datetime => parse_datetime(text).map(Value::Datetime),
            Self::Duration => parse_duration(text).map(Value::Duration),
            _ => None,
        }
    }
}

impl Expression {
    /// A set; a constant if every element is one.
    #[must_use]
    pub fn set(elements: Vec<Self>) -> Self {
        let constants: Option<_> = elements.iter().map(Self::constant).collect();
        constants.map_or_else(|| Self::Set(elements), |set| Self::Constant(Value::Set(set)))
    }

    /// A record; a constant if every value is one.
    #[must_use]
    pub fn record(attributes: Vec<(Rc<str>, Self)>) -> Self {
        let constants = attributes.iter().map(|(name, value)| Some((name.clone(), value.constant()?)));
        let constants: Option<_> = constants.collect();
        constants.map_or_else(|| Self::Record(attributes), |record| Self::Constant(Value::Record(record)))
    }

    /// A call; a constant if it is of a constructor with a text of its type, which the gateway then never reads.
    #[must_use]
    pub fn call(function: Function, arguments: Vec<Self>) -> Self {
        let value = match arguments.as_slice() {
            [Self::Constant(Value::String(text))] => function.construct(text),
            _ => None,
        };
        value.map_or_else(|| Self::Call(function, arguments), Self::Constant)
    }

    fn constant(&self) -> Option<Value> {
        match self {
            Self::Constant(value) => Some(value.clone()),
            _ => None,
        }
    }

    /// Calls `see` with each direct part.
    pub fn parts<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        match self {
            Self::Constant(_) | Self::Variable(_) => {}
            Self::And(parts) | Self::Or(parts) | Self::Set(parts) | Self::Call(_, parts) => parts.iter().for_each(see),
            Self::Not(part) | Self::Negate(part) | Self::IsEmpty(part) => see(part),
            Self::Get(part, _) | Self::Has(part, _) | Self::Like(part, _) | Self::Is(part, _) => see(part),
            Self::If(parts) => parts.iter().for_each(see),
            Self::Binary(_, parts) | Self::IsIn(_, parts) => parts.iter().for_each(see),
            Self::Record(attributes) => attributes.iter().for_each(|(_, value)| see(value)),
        }
    }
}
