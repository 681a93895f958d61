//! Tests of translation: which expression each operator of Cedar's syntax becomes, and what is refused.

use cedar_policy::Policy;
use policy::expression::{Expression, Function, Operator, Variable};
use policy::value::Value;
use serde_json::json;

use super::*;

fn condition(text: &str) -> Expression {
    let policy: Policy = format!("permit(principal, action, resource) when {{ {text} }};").parse().unwrap();
    translate(&policy).unwrap().condition.unwrap()
}

fn context() -> Box<Expression> {
    Box::new(Expression::Variable(Variable::Context))
}

#[test]
fn chains_have_as_many_operands_as_written() {
    for text in ["true && false && true", "true && (false && true)", "(true && false) && true"] {
        assert_eq!(
            condition(text),
            Expression::And([true, false, true].map(|of| Expression::Constant(Value::Bool(of))).into())
        );
    }
    assert!(matches!(condition("true && (false || true)"), Expression::And(operands) if operands.len() == 2));
    let several: Policy =
        "permit(principal, action, resource) when { true && false } when { true } unless { false };".parse().unwrap();
    let Some(Expression::And(operands)) = translate(&several).unwrap().condition else { panic!("should be a chain") };
    assert_eq!(operands.len(), 4, "every `when` and `unless` should be an operand: {operands:?}");
    assert!(matches!(operands.last(), Some(Expression::Not(_))), "`unless` should be negated: {operands:?}");
}

#[test]
fn texts_of_extension_types_become_values() {
    assert_eq!(condition(r#"decimal("1.50")"#), Expression::Constant(Function::Decimal.construct("1.5").unwrap()));
    assert!(
        matches!(condition(r#"ip("10.0.0.256")"#), Expression::Call(Function::Ip, _)),
        "no address should fail late"
    );
    assert!(matches!(condition(r#"[ip("::1"), 1, {a: [User::"x"]}]"#), Expression::Constant(Value::Set(_))));
    assert!(matches!(condition("[1, context]"), Expression::Set(_)));
}

#[test]
fn operators_keep_their_order_and_path() {
    assert_eq!(condition("context has a.b"), Expression::Has(context(), vec!["a".into(), "b".into()]));
    assert_eq!(condition(r#"context["a b"]"#), Expression::Get(context(), "a b".into()));
    let Expression::Binary(Operator::GreaterOrEqual, operands) = condition("1 >= 2") else { panic!("should be `>=`") };
    assert_eq!(*operands, [1, 2].map(|number| Expression::Constant(Value::Long(number))));
    let Expression::Like(_, pattern) = condition(r#"context.a like "a*\*b**""#) else { panic!("should be `like`") };
    assert_eq!(pattern.parts(), ("a", ["*b", "", ""].map(str::to_owned).as_slice()));
}

#[test]
fn unknown_operator_is_refused() {
    for (json, words) in [
        (json!({ "futureOperator": { "left": { "Value": 1 } } }), "doesn't evaluate `futureOperator`"),
        (json!({ "Slot": "?principal" }), "doesn't evaluate `Slot`"),
        (json!({ "unknown": [{ "Value": "x" }] }), "doesn't evaluate `unknown`"),
        (json!({ "Value": null }), "literal"),
        (json!({ "Value": 9_223_372_036_854_775_808_u64 }), "64 bits"),
        (json!({ "Var": "session" }), "variable"),
        (json!({ "ip": [] }), "0 arguments"),
        (json!({ "==": { "left": { "Value": 1 } } }), "`right`"),
        (json!({ "!": { "arg": { "Value": 1, "Var": "context" } } }), "readable"),
        (json!([]), "readable"),
    ] {
        let refused = expression(&json).unwrap_err();
        assert!(refused.contains(words), "{json}: {refused}");
    }
}

#[test]
fn forms_are_of_the_language_that_was_compared() {
    // The proof ran with this version: run `cargo xtask fuzz policy` for an hour before you raise it.
    assert_eq!(cedar_policy::get_lang_version().to_string(), "4.6.0");
}
