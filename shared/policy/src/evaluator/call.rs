//! Calls of extension functions and methods.

use std::cmp::Ordering;

use super::error::{EvaluationError, Result};
use crate::expression::Function;
use crate::extension::{start_of_day, time_of_day};
use crate::value::Value;

/// The value of a function of these arguments; of a method, the receiver is the first.
pub(super) fn call(function: Function, arguments: &[Value]) -> Result<Value> {
    match arguments {
        [only] => one(function, only),
        [first, second] => two(function, first, second),
        _ => Err(EvaluationError::Type),
    }
}

fn one(function: Function, value: &Value) -> Result<Value> {
    match (function, value) {
        (Function::Ip | Function::Decimal | Function::Datetime | Function::Duration, Value::String(text)) => {
            function.construct(text).ok_or(EvaluationError::Text)
        }
        (Function::IsIpv4, Value::Ip(range)) => Ok(Value::Bool(range.is_ipv4())),
        (Function::IsIpv6, Value::Ip(range)) => Ok(Value::Bool(!range.is_ipv4())),
        (Function::IsLoopback, Value::Ip(range)) => Ok(Value::Bool(range.is_loopback())),
        (Function::IsMulticast, Value::Ip(range)) => Ok(Value::Bool(range.is_multicast())),
        (Function::ToDate, Value::Datetime(instant)) => {
            start_of_day(*instant).map(Value::Datetime).ok_or(EvaluationError::Overflow)
        }
        (Function::ToTime, Value::Datetime(instant)) => Ok(Value::Duration(time_of_day(*instant))),
        (Function::ToMilliseconds, Value::Duration(duration)) => Ok(Value::Long(*duration)),
        (Function::ToSeconds, Value::Duration(duration)) => Ok(Value::Long(duration / 1_000)),
        (Function::ToMinutes, Value::Duration(duration)) => Ok(Value::Long(duration / 60_000)),
        (Function::ToHours, Value::Duration(duration)) => Ok(Value::Long(duration / 3_600_000)),
        (Function::ToDays, Value::Duration(duration)) => Ok(Value::Long(duration / 86_400_000)),
        _ => Err(EvaluationError::Type),
    }
}

fn two(function: Function, first: &Value, second: &Value) -> Result<Value> {
    match (function, first, second) {
        (Function::IsInRange, Value::Ip(range), Value::Ip(other)) => Ok(Value::Bool(range.is_in(other))),
        (_, Value::Decimal(first), Value::Decimal(second)) => compare(function, first.cmp(second)),
        (Function::Offset, Value::Datetime(instant), Value::Duration(duration)) => {
            instant.checked_add(*duration).map(Value::Datetime).ok_or(EvaluationError::Overflow)
        }
        (Function::DurationSince, Value::Datetime(instant), Value::Datetime(other)) => {
            instant.checked_sub(*other).map(Value::Duration).ok_or(EvaluationError::Overflow)
        }
        _ => Err(EvaluationError::Type),
    }
}

/// A comparison of decimals.
fn compare(function: Function, order: Ordering) -> Result<Value> {
    match function {
        Function::LessThan => Ok(Value::Bool(order.is_lt())),
        Function::LessThanOrEqual => Ok(Value::Bool(order.is_le())),
        Function::GreaterThan => Ok(Value::Bool(order.is_gt())),
        Function::GreaterThanOrEqual => Ok(Value::Bool(order.is_ge())),
        _ => Err(EvaluationError::Type),
    }
}
