//! Reader of forms: every length, depth and number is bounded before memory is taken.

use std::net::IpAddr;
use std::rc::Rc;

use super::code;
use super::error::{FormError, MAXIMUM_DEPTH, MAXIMUM_EXPRESSIONS};
use crate::expression::{Expression, Function, Operator, Variable};
use crate::extension::{Decimal, IpRange};
use crate::pattern::Pattern;
use crate::rule::{Effect, Policy, Scope};
use crate::value::{EntityUid, Value};

/// The bytes that are left.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    /// Number of expressions read.
    expressions: usize,
}

type Read<T> = Result<T, FormError>;

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, expressions: 0 }
    }

    /// The whole form.
    pub(super) fn policy(mut self) -> Read<Policy> {
        let effect = if self.flag()? { Effect::Forbid } else { Effect::Permit };
        let principal = self.scope()?;
        let actions = if self.flag()? { Some(self.many(Self::entity)?) } else { None };
        let resource = self.scope()?;
        let message = if self.flag()? { Some(self.string()?.into()) } else { None };
        let condition = if self.flag()? { Some(self.expression(MAXIMUM_DEPTH)?) } else { None };
        if !self.rest.is_empty() {
            return Err(FormError::Malformed);
        }
        Ok(Policy { effect, principal, actions, resource, message, condition })
    }

    fn bytes(&mut self, count: usize) -> Read<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(FormError::Malformed)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn byte(&mut self) -> Read<u8> {
        self.bytes(1)?.first().copied().ok_or(FormError::Malformed)
    }

    fn flag(&mut self) -> Read<bool> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(FormError::Malformed),
        }
    }

    fn number(&mut self) -> Read<u64> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                return Err(FormError::Malformed);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(FormError::Malformed)
    }

    /// A count of items, each of which has at least one byte.
    fn count(&mut self) -> Read<usize> {
        let count = usize::try_from(self.number()?).map_err(|_| FormError::Malformed)?;
        if count > self.rest.len() { Err(FormError::Malformed) } else { Ok(count) }
    }

    fn long(&mut self) -> Read<i64> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn many<T>(&mut self, mut read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        (0..self.count()?).map(|_| read(self)).collect()
    }

    /// As [`Self::many`], and at least one.
    fn some<T>(&mut self, read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.many(read).and_then(|items| if items.is_empty() { Err(FormError::Malformed) } else { Ok(items) })
    }

    fn string(&mut self) -> Read<&'a str> {
        let length = self.count()?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| FormError::Malformed)
    }

    fn name(&mut self) -> Read<Rc<str>> {
        self.string().map(Rc::from)
    }

    fn text(&mut self) -> Read<String> {
        self.string().map(str::to_owned)
    }

    fn entity(&mut self) -> Read<EntityUid> {
        Ok(EntityUid { type_name: self.name()?, id: self.name()? })
    }

    fn scope(&mut self) -> Read<Scope> {
        match self.byte()? {
            0 => Ok(Scope::Any),
            1 => self.name().map(Scope::Is),
            2 => self.entity().map(Scope::Equal),
            3 => self.entity().map(Scope::In),
            4 => Ok(Scope::IsIn(self.name()?, self.entity()?)),
            _ => Err(FormError::Malformed),
        }
    }

    /// An expression of at most this height.
    fn expression(&mut self, height: usize) -> Read<Expression> {
        self.expressions += 1;
        if self.expressions > MAXIMUM_EXPRESSIONS {
            return Err(FormError::TooMany);
        }
        let inner = height.checked_sub(1).ok_or(FormError::TooDeep)?;
        let code = self.byte()?;
        if let Some(value) = self.value(code)? {
            return Ok(Expression::Constant(value));
        }
        Ok(match code {
            code::VARIABLE => {
                let number = usize::from(self.byte()?);
                Expression::Variable(Variable::ALL.get(number).copied().ok_or(FormError::Malformed)?)
            }
            code::AND => Expression::And(self.some(|reader| reader.expression(inner))?),
            code::OR => Expression::Or(self.some(|reader| reader.expression(inner))?),
            code::NOT => Expression::Not(self.boxed(inner)?),
            code::NEGATE => Expression::Negate(self.boxed(inner)?),
            code::IF => {
                let parts = [self.expression(inner)?, self.expression(inner)?, self.expression(inner)?];
                Expression::If(Box::new(parts))
            }
            code::IS_EMPTY => Expression::IsEmpty(self.boxed(inner)?),
            code::GET => {
                let name = self.name()?;
                Expression::Get(self.boxed(inner)?, name)
            }
            code::HAS => {
                let path = self.some(Self::name)?;
                Expression::Has(self.boxed(inner)?, path)
            }
            code::LIKE => {
                let pattern = Pattern::new(self.text()?, self.many(Self::text)?);
                Expression::Like(self.boxed(inner)?, pattern)
            }
            code::IS => {
                let type_name = self.name()?;
                Expression::Is(self.boxed(inner)?, type_name)
            }
            code::IS_IN => Expression::IsIn(self.name()?, self.pair(inner)?),
            code::SET => Expression::set(self.many(|reader| reader.expression(inner))?),
            code::RECORD => Expression::record(self.many(|reader| Ok((reader.name()?, reader.expression(inner)?)))?),
            code::CALL => {
                let number = usize::from(self.byte()?);
                let (function, _, arguments) = *Function::ALL.get(number).ok_or(FormError::Malformed)?;
                let arguments: Read<Vec<_>> = (0..arguments).map(|_| self.expression(inner)).collect();
                Expression::call(function, arguments?)
            }
            operator => {
                let number = operator.checked_sub(code::OPERATOR).ok_or(FormError::Malformed)?;
                let (operator, _) = *Operator::ALL.get(usize::from(number)).ok_or(FormError::Malformed)?;
                Expression::Binary(operator, self.pair(inner)?)
            }
        })
    }

    fn boxed(&mut self, height: usize) -> Read<Box<Expression>> {
        self.expression(height).map(Box::new)
    }

    fn pair(&mut self, height: usize) -> Read<Box<[Expression; 2]>> {
        Ok(Box::new([self.expression(height)?, self.expression(height)?]))
    }

    /// The value of a constant; `None` if the code is one of another expression.
    fn value(&mut self, code: u8) -> Read<Option<Value>> {
        let value = match code {
            code::FALSE => Value::Bool(false),
            code::TRUE => Value::Bool(true),
            code::LONG => Value::Long(self.long()?),
            code::STRING => Value::String(self.name()?),
            code::ENTITY => Value::Entity(self.entity()?),
            code::IP => Value::Ip(self.ip()?),
            code::DECIMAL => Value::Decimal(Decimal(self.long()?)),
            code::DATETIME => Value::Datetime(self.long()?),
            code::DURATION => Value::Duration(self.long()?),
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    fn ip(&mut self) -> Read<IpRange> {
        let address = match self.byte()? {
            4 => <[u8; 4]>::try_from(self.bytes(4)?).map(IpAddr::from),
            6 => <[u8; 16]>::try_from(self.bytes(16)?).map(IpAddr::from),
            _ => return Err(FormError::Malformed),
        };
        let address = address.map_err(|_| FormError::Malformed)?;
        IpRange::new(address, self.byte()?).ok_or(FormError::Malformed)
    }
}
