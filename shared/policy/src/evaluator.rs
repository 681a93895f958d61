//! Evaluator: the value of an expression for one request, with Cedar's semantics.
//!
//! `policy-compiler` compares it with Cedar's own evaluator. It recurses as deep as an expression is, which the form of
//! a policy bounds ([`crate::form::MAXIMUM_DEPTH`]).

mod call;
mod error;

use std::collections::BTreeSet;

use crate::expression::{Expression, Operator, Variable};
use crate::value::{EntityUid, Record, Set, Value};

pub use error::{EvaluationError, Result};

/// The request: principal, action, resource and context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `principal`
    pub principal: EntityUid,
    /// `action`
    pub action: EntityUid,
    /// `resource`
    pub resource: EntityUid,
    /// `context`
    pub context: Record,
}

/// An entity with its attributes. No entity has tags: the schema declares none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its identity.
    pub uid: EntityUid,
    /// Its attributes.
    pub attributes: Record,
    /// All entities that it is in, directly or through others.
    pub ancestors: BTreeSet<EntityUid>,
}

/// Evaluates expressions for one request.
#[derive(Clone, Copy, Debug)]
pub struct Evaluator<'a> {
    request: &'a Request,
    entities: &'a [&'a Entity],
}

impl<'a> Evaluator<'a> {
    /// For `request`, about which `entities` say what is known; all others have no attributes and are in nothing.
    #[must_use]
    pub const fn new(request: &'a Request, entities: &'a [&'a Entity]) -> Self {
        Self { request, entities }
    }

    /// The request.
    pub(crate) const fn request(&self) -> &'a Request {
        self.request
    }

    /// The value of `expression`.
    ///
    /// # Errors
    /// See [`EvaluationError`].
    pub fn evaluate(&self, expression: &Expression) -> Result<Value> {
        match expression {
            Expression::Constant(value) => Ok(value.clone()),
            Expression::Variable(variable) => Ok(self.variable(*variable)),
            Expression::And(operands) => self.all_are(operands, true),
            Expression::Or(operands) => self.all_are(operands, false).map(not),
            Expression::Not(operand) => self.holds(operand).map(|holds| Value::Bool(!holds)),
            Expression::Negate(operand) => {
                let negated = self.long(operand)?.checked_neg();
                negated.map(Value::Long).ok_or(EvaluationError::Overflow)
            }
            Expression::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                self.evaluate(if self.holds(condition)? { then } else { otherwise })
            }
            Expression::Binary(operator, operands) => {
                let [left, right] = &**operands;
                self.binary(*operator, self.evaluate(left)?, self.evaluate(right)?)
            }
            Expression::IsEmpty(operand) => Ok(Value::Bool(self.set(operand)?.elements().is_empty())),
            Expression::Get(operand, name) => self.get(&self.evaluate(operand)?, name),
            Expression::Has(operand, path) => self.has(self.evaluate(operand)?, path),
            Expression::Like(operand, pattern) => match self.evaluate(operand)? {
                Value::String(text) => Ok(Value::Bool(pattern.matches(&text))),
                _ => Err(EvaluationError::Type),
            },
            Expression::Is(operand, type_name) => Ok(Value::Bool(self.entity(operand)?.type_name == *type_name)),
            Expression::IsIn(type_name, operands) => {
                let [left, right] = &**operands;
                let left = self.entity(left)?;
                if left.type_name != *type_name {
                    return Ok(Value::Bool(false));
                }
                self.is_in(&left, &self.evaluate(right)?).map(Value::Bool)
            }
            Expression::Set(elements) => {
                elements.iter().map(|element| self.evaluate(element)).collect::<Result<Set>>().map(Value::Set)
            }
            Expression::Record(attributes) => {
                let values = attributes.iter().map(|(name, value)| Ok((name.clone(), self.evaluate(value)?)));
                values.collect::<Result<Record>>().map(Value::Record)
            }
            Expression::Call(function, arguments) => {
                let arguments: Result<Vec<Value>> = arguments.iter().map(|argument| self.evaluate(argument)).collect();
                call::call(*function, &arguments?)
            }
        }
    }

    /// True if the condition holds.
    ///
    /// # Errors
    /// See [`EvaluationError`]; a condition that is no `Bool` is of the wrong type.
    pub fn holds(&self, condition: &Expression) -> Result<bool> {
        match self.evaluate(condition)? {
            Value::Bool(holds) => Ok(holds),
            _ => Err(EvaluationError::Type),
        }
    }

    /// True if every operand has this value; those after the first that hasn't are not evaluated.
    fn all_are(&self, operands: &[Expression], value: bool) -> Result<Value> {
        for operand in operands {
            if self.holds(operand)? != value {
                return Ok(Value::Bool(false));
            }
        }
        Ok(Value::Bool(true))
    }

    fn variable(&self, variable: Variable) -> Value {
        match variable {
            Variable::Principal => Value::Entity(self.request.principal.clone()),
            Variable::Action => Value::Entity(self.request.action.clone()),
            Variable::Resource => Value::Entity(self.request.resource.clone()),
            Variable::Context => Value::Record(self.request.context.clone()),
        }
    }

    fn long(&self, expression: &Expression) -> Result<i64> {
        match self.evaluate(expression)? {
            Value::Long(number) => Ok(number),
            _ => Err(EvaluationError::Type),
        }
    }

    fn set(&self, expression: &Expression) -> Result<Set> {
        match self.evaluate(expression)? {
            Value::Set(set) => Ok(set),
            _ => Err(EvaluationError::Type),
        }
    }

    fn entity(&self, expression: &Expression) -> Result<EntityUid> {
        match self.evaluate(expression)? {
            Value::Entity(uid) => Ok(uid),
            _ => Err(EvaluationError::Type),
        }
    }

    fn binary(&self, operator: Operator, left: Value, right: Value) -> Result<Value> {
        match (operator, left, right) {
            (Operator::Equal, left, right) => Ok(Value::Bool(left == right)),
            (Operator::NotEqual, left, right) => Ok(Value::Bool(left != right)),
            (Operator::Less, left, right) => ordered(&left, &right).map(|order| Value::Bool(order.is_lt())),
            (Operator::LessOrEqual, left, right) => ordered(&left, &right).map(|order| Value::Bool(order.is_le())),
            (Operator::Greater, left, right) => ordered(&left, &right).map(|order| Value::Bool(order.is_gt())),
            (Operator::GreaterOrEqual, left, right) => ordered(&left, &right).map(|order| Value::Bool(order.is_ge())),
            (Operator::In, Value::Entity(uid), right) => self.is_in(&uid, &right).map(Value::Bool),
            (Operator::Add, Value::Long(left), Value::Long(right)) => long(left.checked_add(right)),
            (Operator::Subtract, Value::Long(left), Value::Long(right)) => long(left.checked_sub(right)),
            (Operator::Multiply, Value::Long(left), Value::Long(right)) => long(left.checked_mul(right)),
            (Operator::Contains, Value::Set(set), right) => Ok(Value::Bool(set.contains(&right))),
            (Operator::ContainsAll, Value::Set(set), Value::Set(others)) => {
                Ok(Value::Bool(others.elements().iter().all(|other| set.contains(other))))
            }
            (Operator::ContainsAny, Value::Set(set), Value::Set(others)) => {
                Ok(Value::Bool(others.elements().iter().any(|other| set.contains(other))))
            }
            (Operator::HasTag, Value::Entity(_), Value::String(_)) => Ok(Value::Bool(false)),
            (Operator::GetTag, Value::Entity(_), Value::String(_)) => Err(EvaluationError::NoSuchTag),
            _ => Err(EvaluationError::Type),
        }
    }

    fn known(&self, uid: &EntityUid) -> Option<&'a Entity> {
        self.entities.iter().copied().find(|entity| entity.uid == *uid)
    }

    /// True if `uid` is in `container`. Every entity is in itself.
    pub(crate) fn is_in_entity(&self, uid: &EntityUid, container: &EntityUid) -> bool {
        uid == container || self.known(uid).is_some_and(|entity| entity.ancestors.contains(container))
    }

    /// True if `uid` is in the entity, or in one of the set of entities, `container`.
    fn is_in(&self, uid: &EntityUid, container: &Value) -> Result<bool> {
        match container {
            Value::Entity(container) => Ok(self.is_in_entity(uid, container)),
            Value::Set(containers) => {
                let mut found = false;
                for container in containers.elements() {
                    match container {
                        Value::Entity(container) => found = found || self.is_in_entity(uid, container),
                        _ => return Err(EvaluationError::Type),
                    }
                }
                Ok(found)
            }
            _ => Err(EvaluationError::Type),
        }
    }

    fn get(&self, value: &Value, name: &str) -> Result<Value> {
        let record = match value {
            Value::Record(record) => record,
            Value::Entity(uid) => &self.known(uid).ok_or(EvaluationError::NoSuchEntity)?.attributes,
            _ => return Err(EvaluationError::Type),
        };
        record.get(name).cloned().ok_or(EvaluationError::NoSuchAttribute)
    }

    /// True if the value has the first attribute of the path, that one the second, and so on.
    fn has(&self, mut value: Value, path: &[std::rc::Rc<str>]) -> Result<Value> {
        for name in path {
            value = match self.get(&value, name) {
                Ok(value) => value,
                Err(EvaluationError::NoSuchAttribute | EvaluationError::NoSuchEntity) => return Ok(Value::Bool(false)),
                Err(error) => return Err(error),
            };
        }
        Ok(Value::Bool(true))
    }
}

fn not(value: Value) -> Value {
    match value {
        Value::Bool(value) => Value::Bool(!value),
        other => other,
    }
}

fn long(number: Option<i64>) -> Result<Value> {
    number.map(Value::Long).ok_or(EvaluationError::Overflow)
}

/// The order of two values of one ordered type.
fn ordered(left: &Value, right: &Value) -> Result<std::cmp::Ordering> {
    match (left, right) {
        (Value::Long(left), Value::Long(right))
        | (Value::Datetime(left), Value::Datetime(right))
        | (Value::Duration(left), Value::Duration(right)) => Ok(left.cmp(right)),
        _ => Err(EvaluationError::Type),
    }
}

#[cfg(test)]
mod tests;
