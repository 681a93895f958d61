//! Tests of the evaluator: each operator's values, and each error. `policy-compiler` compares all of it with Cedar.

use super::*;
use crate::expression::Function;
use crate::pattern::Pattern;
use EvaluationError::{NoSuchAttribute, NoSuchEntity, NoSuchTag, Overflow, Text, Type};

fn value(value: Value) -> Expression {
    Expression::Constant(value)
}

fn long(number: i64) -> Expression {
    value(Value::Long(number))
}

fn text(text: &str) -> Expression {
    value(Value::string(text))
}

fn yes(holds: bool) -> Expression {
    value(Value::Bool(holds))
}

fn entity(type_name: &str, id: &str) -> Expression {
    value(Value::Entity(EntityUid::new(type_name, id)))
}

fn set(elements: &[Expression]) -> Expression {
    Expression::set(elements.to_vec())
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary(operator, Box::new([left, right]))
}

fn call(function: Function, arguments: &[Expression]) -> Expression {
    Expression::call(function, arguments.to_vec())
}

fn boxed(expression: Expression) -> Box<Expression> {
    Box::new(expression)
}

/// A condition that fails wherever it is evaluated.
fn failing() -> Expression {
    Expression::Not(boxed(long(1)))
}

/// The value for `User::"alice"`, who is in `Group::"a"` and has a team.
fn evaluate(expression: &Expression) -> Result<Value> {
    let alice = Entity {
        uid: EntityUid::new("User", "alice"),
        attributes: [("team".into(), Value::string("field"))].into_iter().collect(),
        ancestors: [EntityUid::new("Group", "a")].into(),
    };
    let nested = [("b".into(), Value::Long(1))].into_iter().collect();
    let request = Request {
        principal: alice.uid.clone(),
        action: EntityUid::new("Action", "call"),
        resource: EntityUid::new("Tool", "t"),
        context: [("a".into(), Value::Record(nested))].into_iter().collect(),
    };
    Evaluator::new(&request, &[&alice]).evaluate(expression)
}

#[test]
fn operators_have_values_of_cedar() {
    let principal = || Expression::Variable(Variable::Principal);
    let context = || Expression::Variable(Variable::Context);
    let like = |of: &str, first: &str, rest: &[&str]| {
        let rest = rest.iter().map(ToString::to_string).collect();
        Expression::Like(boxed(text(of)), Pattern::new(first.to_owned(), rest))
    };
    let has = |of, path: &[&str]| Expression::Has(boxed(of), path.iter().map(|name| (*name).into()).collect());
    for (expression, expected) in [
        (Expression::And(vec![yes(true), yes(false), failing()]), false),
        (Expression::And(vec![yes(true), yes(true)]), true),
        (Expression::Or(vec![yes(false), yes(true), failing()]), true),
        (Expression::Or(vec![yes(false), yes(false)]), false),
        (Expression::Not(boxed(yes(false))), true),
        (Expression::If(Box::new([yes(true), yes(true), failing()])), true),
        (Expression::If(Box::new([yes(false), failing(), yes(false)])), false),
        (binary(Operator::Equal, long(1), text("1")), false),
        (binary(Operator::NotEqual, long(1), text("1")), true),
        (binary(Operator::Equal, set(&[long(1), long(2), long(1)]), set(&[long(2), long(1)])), true),
        (binary(Operator::Less, long(-1), long(1)), true),
        (binary(Operator::LessOrEqual, long(1), long(1)), true),
        (binary(Operator::Greater, long(1), long(1)), false),
        (binary(Operator::GreaterOrEqual, value(Value::Duration(2)), value(Value::Duration(1))), true),
        (binary(Operator::In, principal(), entity("Group", "a")), true),
        (binary(Operator::In, principal(), entity("Group", "b")), false),
        (binary(Operator::In, principal(), set(&[entity("Group", "b"), principal()])), true),
        (binary(Operator::In, entity("User", "bob"), entity("User", "bob")), true),
        (binary(Operator::In, entity("User", "bob"), entity("Group", "a")), false),
        (binary(Operator::Contains, set(&[long(1), text("a")]), text("a")), true),
        (binary(Operator::ContainsAll, set(&[long(1)]), set(&[])), true),
        (binary(Operator::ContainsAll, set(&[long(1)]), set(&[long(1), long(2)])), false),
        (binary(Operator::ContainsAny, set(&[long(1)]), set(&[long(1), long(2)])), true),
        (binary(Operator::ContainsAny, set(&[]), set(&[])), false),
        (binary(Operator::HasTag, principal(), text("x")), false),
        (Expression::IsEmpty(boxed(set(&[]))), true),
        (binary(Operator::Equal, Expression::Get(boxed(principal()), "team".into()), text("field")), true),
        (has(principal(), &["team"]), true),
        (has(principal(), &["tenant"]), false),
        (has(entity("User", "bob"), &["team"]), false),
        (has(context(), &["a", "b"]), true),
        (has(context(), &["x", "b"]), false),
        (Expression::Is(boxed(principal()), "User".into()), true),
        (Expression::IsIn("Tool".into(), Box::new([principal(), failing()])), false),
        (Expression::IsIn("User".into(), Box::new([principal(), entity("Group", "a")])), true),
        (like("", "", &[]), true),
        (like("a", "", &[]), false),
        (like("", "", &[""]), true),
        (like("a*b", "a*", &["b"]), true),
        (like("abab", "a", &["a", "b"]), true),
        (like("aba", "a", &["b", "b"]), false),
        (like("a", "a", &["a"]), false),
        (like("äöü", "ä", &["ü"]), true),
    ] {
        assert_eq!(evaluate(&expression), Ok(Value::Bool(expected)), "{expression:?}");
    }
}

#[test]
fn extension_functions_have_values_of_cedar() {
    let ip = |of: &str| call(Function::Ip, &[text(of)]);
    let decimal = |of: &str| call(Function::Decimal, &[text(of)]);
    let datetime = |of: &str| call(Function::Datetime, &[text(of)]);
    let duration = |of: &str| call(Function::Duration, &[text(of)]);
    let holds = Value::Bool;
    for (expression, expected) in [
        (call(Function::IsIpv4, &[ip("10.0.0.1")]), holds(true)),
        (call(Function::IsIpv6, &[ip("::1")]), holds(true)),
        (call(Function::IsLoopback, &[ip("127.0.0.0/8")]), holds(true)),
        (call(Function::IsLoopback, &[ip("127.0.0.0/7")]), holds(false)),
        (call(Function::IsMulticast, &[ip("ff02::1")]), holds(true)),
        (call(Function::IsInRange, &[ip("10.1.2.3"), ip("10.0.0.0/8")]), holds(true)),
        (call(Function::IsInRange, &[ip("10.0.0.0/8"), ip("10.0.0.0/9")]), holds(false)),
        (call(Function::IsInRange, &[ip("::1"), ip("0.0.0.0/0")]), holds(false)),
        (call(Function::IsInRange, &[ip("::1"), ip("::/0")]), holds(true)),
        (call(Function::LessThan, &[decimal("-0.5"), decimal("0.4")]), holds(true)),
        (call(Function::LessThanOrEqual, &[decimal("1.0"), decimal("1.00")]), holds(true)),
        (call(Function::GreaterThan, &[decimal("1.0"), decimal("1.0")]), holds(false)),
        (call(Function::GreaterThanOrEqual, &[decimal("1.1"), decimal("1.0")]), holds(true)),
        (datetime("2026-11-20T10:42:07+0130"), Value::Datetime(1_795_165_927_000)),
        (call(Function::Offset, &[datetime("1970-01-01"), duration("-1d1ms")]), Value::Datetime(-86_400_001)),
        (call(Function::DurationSince, &[datetime("1970-01-02"), datetime("1970-01-01")]), Value::Duration(86_400_000)),
        (call(Function::ToDate, &[value(Value::Datetime(-1))]), Value::Datetime(-86_400_000)),
        (call(Function::ToTime, &[value(Value::Datetime(-1))]), Value::Duration(86_399_999)),
        (call(Function::ToMilliseconds, &[duration("1s1ms")]), Value::Long(1_001)),
        (call(Function::ToSeconds, &[duration("-1s999ms")]), Value::Long(-1)),
        (call(Function::ToMinutes, &[duration("119s")]), Value::Long(1)),
        (call(Function::ToHours, &[duration("2h59m")]), Value::Long(2)),
        (call(Function::ToDays, &[duration("-25h")]), Value::Long(-1)),
    ] {
        assert_eq!(evaluate(&expression), Ok(expected), "{expression:?}");
    }
}

#[test]
fn expression_without_value_is_error() {
    let context = || Expression::Variable(Variable::Context);
    let get = |of, name: &str| Expression::Get(boxed(of), name.into());
    let minimum = || long(i64::MIN);
    for (expression, expected) in [
        (Expression::And(vec![yes(true), long(1)]), Type),
        (Expression::Or(vec![yes(false), text("true")]), Type),
        (failing(), Type),
        (Expression::If(Box::new([long(1), yes(true), yes(true)])), Type),
        (Expression::Negate(boxed(text("1"))), Type),
        (Expression::Negate(boxed(minimum())), Overflow),
        (binary(Operator::Add, long(i64::MAX), long(1)), Overflow),
        (binary(Operator::Subtract, minimum(), long(1)), Overflow),
        (binary(Operator::Multiply, minimum(), long(-1)), Overflow),
        (binary(Operator::Add, long(1), text("1")), Type),
        (binary(Operator::Less, text("a"), text("b")), Type),
        (binary(Operator::Less, long(1), value(Value::Duration(2))), Type),
        (binary(Operator::In, long(1), entity("Group", "a")), Type),
        (binary(Operator::In, entity("Group", "a"), long(1)), Type),
        (binary(Operator::In, entity("Group", "a"), set(&[entity("Group", "a"), long(1)])), Type),
        (binary(Operator::Contains, text("abc"), text("a")), Type),
        (binary(Operator::ContainsAll, set(&[]), long(1)), Type),
        (binary(Operator::ContainsAny, long(1), set(&[])), Type),
        (binary(Operator::HasTag, long(1), text("x")), Type),
        (binary(Operator::HasTag, entity("User", "alice"), long(1)), Type),
        (binary(Operator::GetTag, entity("User", "alice"), text("x")), NoSuchTag),
        (Expression::IsEmpty(boxed(text(""))), Type),
        (get(context(), "x"), NoSuchAttribute),
        (get(Expression::Variable(Variable::Principal), "tenant"), NoSuchAttribute),
        (get(entity("User", "bob"), "team"), NoSuchEntity),
        (get(long(1), "a"), Type),
        (Expression::Has(boxed(long(1)), vec!["a".into()]), Type),
        (Expression::Has(boxed(context()), vec!["a".into(), "b".into(), "c".into()]), Type),
        (Expression::Like(boxed(long(1)), Pattern::new(String::new(), vec![String::new()])), Type),
        (Expression::Is(boxed(long(1)), "User".into()), Type),
        (Expression::IsIn("User".into(), Box::new([entity("User", "alice"), long(1)])), Type),
        (Expression::Set(vec![failing()]), Type),
        (Expression::Record(vec![("a".into(), failing())]), Type),
        (call(Function::Ip, &[text("10.0.0.256")]), Text),
        (call(Function::Decimal, &[text("1")]), Text),
        (call(Function::Datetime, &[text("2023-02-29")]), Text),
        (call(Function::Duration, &[text("9223372036854775808ms")]), Text),
        (call(Function::Ip, &[long(1)]), Type),
        (call(Function::IsIpv4, &[text("10.0.0.1")]), Type),
        (call(Function::LessThan, &[long(1), long(2)]), Type),
        (call(Function::ToDate, &[value(Value::Datetime(i64::MIN))]), Overflow),
        (call(Function::Offset, &[value(Value::Datetime(i64::MAX)), value(Value::Duration(1))]), Overflow),
        (call(Function::DurationSince, &[value(Value::Datetime(i64::MIN)), value(Value::Datetime(1))]), Overflow),
    ] {
        assert_eq!(evaluate(&expression), Err(expected), "{expression:?}");
    }
}
