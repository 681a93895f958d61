//! Writer of forms.

use std::net::IpAddr;

use super::code;
use crate::expression::{Expression, Function, Operator, Variable};
use crate::rule::{Effect, Policy, Scope};
use crate::value::{EntityUid, Value};

/// The bytes so far.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn policy(&mut self, policy: &Policy) {
        self.0.push(u8::from(policy.effect == Effect::Forbid));
        self.scope(&policy.principal);
        self.option(policy.actions.as_deref(), |writer, actions| {
            writer.count(actions.len());
            actions.iter().for_each(|action| writer.entity(action));
        });
        self.scope(&policy.resource);
        self.option(policy.message.as_deref(), Self::string);
        self.option(policy.condition.as_ref(), Self::expression);
    }

    fn option<T: ?Sized>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn scope(&mut self, scope: &Scope) {
        match scope {
            Scope::Any => self.0.push(0),
            Scope::Is(type_name) => {
                self.0.push(1);
                self.string(type_name);
            }
            Scope::Equal(entity) => {
                self.0.push(2);
                self.entity(entity);
            }
            Scope::In(entity) => {
                self.0.push(3);
                self.entity(entity);
            }
            Scope::IsIn(type_name, entity) => {
                self.0.push(4);
                self.string(type_name);
                self.entity(entity);
            }
        }
    }

    fn entity(&mut self, entity: &EntityUid) {
        self.string(&entity.type_name);
        self.string(&entity.id);
    }

    fn string(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn number(&mut self, mut number: u64) {
        while let Some(rest) = Some(number >> 7).filter(|rest| *rest > 0) {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number = rest;
        }
        self.0.push((number & 0x7f) as u8);
    }

    fn long(&mut self, code: u8, number: i64) {
        self.0.push(code);
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    fn expressions<'a>(&mut self, expressions: impl IntoIterator<Item = &'a Expression>) {
        expressions.into_iter().for_each(|expression| self.expression(expression));
    }

    fn many(&mut self, code: u8, expressions: &[Expression]) {
        self.0.push(code);
        self.count(expressions.len());
        self.expressions(expressions);
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::Constant(value) => self.value(value),
            Expression::Variable(variable) => {
                self.0.extend([code::VARIABLE, index(&Variable::ALL, |of| of == variable)]);
            }
            Expression::And(operands) => self.many(code::AND, operands),
            Expression::Or(operands) => self.many(code::OR, operands),
            Expression::Set(elements) => self.many(code::SET, elements),
            Expression::Not(operand) => self.with(code::NOT, operand),
            Expression::Negate(operand) => self.with(code::NEGATE, operand),
            Expression::IsEmpty(operand) => self.with(code::IS_EMPTY, operand),
            Expression::If(parts) => {
                self.0.push(code::IF);
                self.expressions(&**parts);
            }
            Expression::Binary(operator, operands) => {
                self.0.push(code::OPERATOR + index(&Operator::ALL, |(of, _)| of == operator));
                self.expressions(&**operands);
            }
            Expression::Get(operand, name) => {
                self.0.push(code::GET);
                self.string(name);
                self.expression(operand);
            }
            Expression::Has(operand, path) => {
                self.0.push(code::HAS);
                self.count(path.len());
                path.iter().for_each(|name| self.string(name));
                self.expression(operand);
            }
            Expression::Like(operand, pattern) => {
                self.0.push(code::LIKE);
                let (first, rest) = pattern.parts();
                self.string(first);
                self.count(rest.len());
                rest.iter().for_each(|part| self.string(part));
                self.expression(operand);
            }
            Expression::Is(operand, type_name) => {
                self.0.push(code::IS);
                self.string(type_name);
                self.expression(operand);
            }
            Expression::IsIn(type_name, operands) => {
                self.0.push(code::IS_IN);
                self.string(type_name);
                self.expressions(&**operands);
            }
            Expression::Record(attributes) => {
                self.0.push(code::RECORD);
                self.count(attributes.len());
                for (name, value) in attributes {
                    self.string(name);
                    self.expression(value);
                }
            }
            Expression::Call(function, arguments) => {
                self.0.extend([code::CALL, index(&Function::ALL, |(of, ..)| of == function)]);
                self.expressions(arguments);
            }
        }
    }

    fn with(&mut self, code: u8, operand: &Expression) {
        self.0.push(code);
        self.expression(operand);
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(value) => self.0.push(if *value { code::TRUE } else { code::FALSE }),
            Value::Long(number) => self.long(code::LONG, *number),
            Value::Decimal(decimal) => self.long(code::DECIMAL, decimal.0),
            Value::Datetime(milliseconds) => self.long(code::DATETIME, *milliseconds),
            Value::Duration(milliseconds) => self.long(code::DURATION, *milliseconds),
            Value::String(text) => {
                self.0.push(code::STRING);
                self.string(text);
            }
            Value::Entity(entity) => {
                self.0.push(code::ENTITY);
                self.entity(entity);
            }
            Value::Ip(range) => {
                self.0.push(code::IP);
                let (address, prefix) = range.parts();
                match address {
                    IpAddr::V4(address) => {
                        self.0.push(4);
                        self.0.extend(address.octets());
                    }
                    IpAddr::V6(address) => {
                        self.0.push(6);
                        self.0.extend(address.octets());
                    }
                }
                self.0.push(prefix);
            }
            Value::Set(set) => {
                self.0.push(code::SET);
                self.count(set.elements().len());
                set.elements().iter().for_each(|element| self.value(element));
            }
            Value::Record(record) => {
                self.0.push(code::RECORD);
                self.count(record.attributes().len());
                for (name, value) in record.attributes() {
                    self.string(name);
                    self.value(value);
                }
            }
        }
    }
}

/// The position of the first that `is_it`; every variable, operator and function is in its list.
fn index<T>(all: &[T], is_it: impl Fn(&T) -> bool) -> u8 {
    all.iter().position(is_it).and_then(|position| u8::try_from(position).ok()).unwrap_or(u8::MAX)
}
