//! Tests of forms: what is written is read, and what is malformed or beyond a bound is refused.

use proptest::prelude::*;

use super::*;
use crate::expression::{Expression, Function, Operator, Variable};
use crate::extension::IpRange;
use crate::pattern::Pattern;
use crate::rule::{Effect, Scope};
use crate::value::{EntityUid, Value};

fn policy(condition: Expression) -> Policy {
    Policy {
        effect: Effect::Forbid,
        principal: Scope::IsIn("User".into(), EntityUid::new("Group", "a\u{0}é")),
        actions: Some(vec![EntityUid::new("Action", "call")]),
        resource: Scope::Any,
        message: Some("at most 500".into()),
        condition: Some(condition),
    }
}

fn variable() -> Expression {
    Expression::Variable(Variable::Context)
}

fn boxed() -> Box<Expression> {
    Box::new(variable())
}

/// A chain of `!` of this height.
fn tower(height: usize) -> Expression {
    (1..height).fold(variable(), |inner, _| Expression::Not(Box::new(inner)))
}

#[test]
fn every_expression_is_read_as_written() {
    let constants = [
        Value::Bool(true),
        Value::Bool(false),
        Value::Long(i64::MIN),
        Value::Long(i64::MAX),
        Value::string("é"),
        Value::Entity(EntityUid::new("A::B", "")),
        Value::Set([Value::Long(1), Value::string("a")].into_iter().collect()),
        Value::Record([("a b".into(), Value::Bool(true))].into_iter().collect()),
        Value::Ip(IpRange::parse("10.0.0.0/8").unwrap()),
        Value::Ip(IpRange::parse("::1").unwrap()),
        Value::Decimal(crate::extension::Decimal(-1)),
        Value::Datetime(-1),
        Value::Duration(300),
    ];
    let mut expressions: Vec<Expression> = constants.into_iter().map(Expression::Constant).collect();
    expressions.extend(Variable::ALL.map(Expression::Variable));
    expressions
        .extend(Operator::ALL.map(|(operator, _)| Expression::Binary(operator, Box::new([variable(), variable()]))));
    expressions.extend(Function::ALL.map(|(function, _, arity)| Expression::Call(function, vec![variable(); arity])));
    expressions.extend([
        Expression::And(vec![variable(); 300]),
        Expression::Or(vec![variable()]),
        Expression::Negate(boxed()),
        Expression::If(Box::new([variable(), variable(), variable()])),
        Expression::IsEmpty(boxed()),
        Expression::Get(boxed(), "a".into()),
        Expression::Has(boxed(), vec!["a".into(), "b".into()]),
        Expression::Like(boxed(), Pattern::new("a".into(), vec![String::new(), "b".into()])),
        Expression::Is(boxed(), "User".into()),
        Expression::IsIn("User".into(), Box::new([variable(), variable()])),
        Expression::Set(vec![variable()]),
        Expression::Record(vec![("a".into(), variable())]),
        Expression::Call(Function::Ip, vec![Expression::Constant(Value::string("no address"))]),
        tower(MAXIMUM_DEPTH),
    ]);
    for scope in [Scope::Is("User".into()), Scope::Equal(EntityUid::new("A", "b")), Scope::In(EntityUid::new("A", "b"))]
    {
        let all = policy(Expression::Set(expressions.clone()));
        let bare = Policy { resource: scope, actions: None, message: None, condition: None, ..all };
        assert_eq!(Policy::decode(&bare.encode().unwrap()), Ok(bare));
    }
    for expression in expressions {
        let policy = policy(expression);
        assert_eq!(Policy::decode(&policy.encode().unwrap()).as_ref(), Ok(&policy));
    }
}

#[test]
fn policy_beyond_bounds_is_refused() {
    assert_eq!(policy(tower(MAXIMUM_DEPTH + 1)).encode(), Err(FormError::TooDeep));
    let wide = |count| policy(Expression::Set(vec![variable(); count]));
    assert!(wide(MAXIMUM_EXPRESSIONS - 1).encode().is_ok());
    assert_eq!(wide(MAXIMUM_EXPRESSIONS).encode(), Err(FormError::TooMany));
    let long = policy(Expression::Constant(Value::string(&"x".repeat(MAXIMUM_BYTES))));
    assert_eq!(long.encode(), Err(FormError::TooLong));
}

#[test]
fn malformed_form_is_refused() {
    let permit_when = |condition: &[u8]| [&[0, 0, 0, 0, 0, 1], condition].concat();
    assert!(Policy::decode(&permit_when(&[code::TRUE])).is_ok());
    for (bytes, why) in [
        (Vec::new(), "nothing"),
        (vec![2, 0, 0, 0, 0, 0], "another effect"),
        (vec![0, 5, 0, 0, 0, 0], "another scope"),
        (vec![0, 0, 2, 0, 0, 0], "no flag of actions"),
        (vec![0, 0, 0, 0, 0, 0, 0], "a byte after the end"),
        (vec![0, 0, 0, 0, 1, 1, 0xff, 0], "a message that is no UTF-8"),
        (permit_when(&[]), "no condition"),
        (permit_when(&[24]), "no code"),
        (permit_when(&[255]), "no operator"),
        (permit_when(&[code::OPERATOR + 15, 0, 0]), "no operator"),
        (permit_when(&[code::OPERATOR, 0]), "one operand"),
        (permit_when(&[code::VARIABLE, 4]), "no variable"),
        (permit_when(&[code::CALL, 22, 0]), "no function"),
        (permit_when(&[code::AND, 0]), "a chain of nothing"),
        (permit_when(&[code::OR, 0]), "a chain of nothing"),
        (permit_when(&[code::HAS, 0, code::VARIABLE, 3]), "a path of nothing"),
        (permit_when(&[code::STRING, 2, b'a']), "a short text"),
        (permit_when(&[code::SET, 0xff, 0xff, 0xff, 0xff, 0x0f]), "more elements than bytes"),
        (permit_when(&[code::LONG, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]), "65 bits"),
        (permit_when(&[code::LONG, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]), "11 bytes"),
        (permit_when(&[code::IP, 5, 0, 0, 0, 0, 0]), "another version of IP"),
        (permit_when(&[code::IP, 4, 10, 0, 0, 0, 33]), "a prefix too long"),
    ] {
        assert_eq!(Policy::decode(&bytes), Err(FormError::Malformed), "{why}: {bytes:?}");
    }
    let mut deep = vec![code::NOT; MAXIMUM_DEPTH];
    deep.push(code::TRUE);
    assert_eq!(Policy::decode(&permit_when(&deep)), Err(FormError::TooDeep));
    assert_eq!(Policy::decode(&vec![0; MAXIMUM_BYTES + 1]), Err(FormError::TooLong));
}

proptest! {
    #[test]
    fn decoding_never_panics_and_keeps_meaning(bytes in prop::collection::vec(prop_oneof![0..48_u8, any::<u8>()], 0..60)) {
        let bytes = [&[0, 0, 0, 0, 0, 1], bytes.as_slice()].concat();
        if let Ok(policy) = Policy::decode(&bytes) {
            prop_assert_eq!(Policy::decode(&policy.encode().unwrap()), Ok(policy));
        }
    }
}
