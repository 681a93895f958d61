//! Tests of bounds: the family of deep, long and wide policies, each just within and just beyond.

use super::*;
use crate::example::{ISSUER, noon, policy, search, tool};
use policy::{Action, ArgumentType, Arguments, Principal, decide};

use crate::check;

/// A policy about calls with this condition.
fn when(condition: &str) -> PolicyText {
    policy("p", &format!("forbid(principal, action == Action::\"call\", resource) when {{ {condition} }};"))
}

/// `unit` between `count` pairs of brackets.
fn nested(open: &str, unit: &str, close: &str, count: usize) -> String {
    format!("{}{unit}{}", open.repeat(count), close.repeat(count))
}

/// `count` times `unit`, joined.
fn chain(unit: &str, operator: &str, count: usize) -> String {
    vec![unit; count].join(operator)
}

/// A member of the family.
type Condition = fn(usize) -> String;

/// Each kind of condition with the highest count that is within the bounds.
const FAMILY: [(&str, Condition, usize); 19] = [
    ("||", |count| chain("context.agent == Agent::\"a\"", " || ", count), 60),
    ("&&", |count| chain("true", " && ", count), 62),
    ("|| in brackets", |count| nested("(true || ", "true", ")", count), 23),
    ("if in condition", |count| nested("if ", "true", " then true else false", count), 23),
    ("if in then", |count| nested("if true then ", "true", " else false", count), 23),
    ("if in else", |count| nested("if false then false else ", "true", "", count), 23),
    ("if in brackets", |count| nested("(if true then ", "true", " else false)", count), 11),
    ("brackets", |count| nested("(", "true", ")", count), 23),
    ("!", |count| nested("!(", "true", ")", count), 23),
    ("set", |count| nested("[", "1", "]", count) + " == [[1]]", 23),
    ("record", |count| nested("{ a: ", "1", " }", count) + " == { a: 1 }", 23),
    ("in", |count| nested("principal in [", "Group::\"x\"", "]", count), 23),
    (".contains", |count| nested("[true].contains(", "true", ")", count), 23),
    ("attributes", |count| format!("context has {}", chain("a", ".", count)), 61),
    ("has", |count| nested("(context has arguments && ", "true", ")", count), 23),
    ("like", |count| chain("context.arguments.query like \"x\"", " || ", count), 59),
    ("+", |count| format!("{} > 1", chain("1", " + ", count)), 61),
    ("==", |count| nested("(", "true", " == true)", count), 23),
    ("when", |count| format!("true }} {}when {{ true", "when { true } ".repeat(count)), 59),
];

fn reason(policy: &PolicyText) -> Option<FaultReason> {
    super::check(policy).err().map(|fault| fault.reason)
}

#[test]
fn each_construct_is_bounded() {
    for (name, condition, most) in FAMILY {
        assert_eq!(reason(&when(&condition(most))), None, "{name}: {most} should be within the bounds");
        for beyond in [most + 1, 2 * most, 20 * most] {
            assert_eq!(reason(&when(&condition(beyond))), Some(FaultReason::Bounds), "{name}: {beyond}");
        }
    }
}

#[test]
fn what_overflowed_the_stack_of_wasm_is_far_beyond() {
    for (name, overflowed) in [("brackets", 104), ("||", 261), ("if in then", 89)] {
        let (_, _, most) = FAMILY.into_iter().find(|(of, _, _)| *of == name).unwrap();
        assert!(most * 3 < overflowed, "{name}: {most} should be less than a third of {overflowed}");
    }
}

#[test]
fn very_deep_policy_is_fault_and_never_aborts() {
    for (name, condition, _) in FAMILY {
        let deep = when(&condition(100_000));
        let faults = check("support", &[search()], &[deep]).unwrap_err();
        assert_eq!(faults.first().map(|fault| fault.reason), Some(FaultReason::Bounds), "{name}: {faults:?}");
    }
}

#[test]
fn list_of_thousand_users_is_within_bounds() {
    let user = format!("User::\"{ISSUER}|a\"");
    let list = |count| format!("[{}].contains(principal)", chain(&user, ", ", count));
    let beside = when(&format!("[{}].contains([1])", chain("[1]", ", ", 900)));
    assert_eq!(reason(&beside), None, "brackets beside each other are not nested");
    assert_eq!(reason(&when(&list(700))), None);
    assert_eq!(reason(&when(&list(2000))), Some(FaultReason::Bounds));
    let many = when(&format!("[{}].contains(1)", chain("1", ", ", 2100)));
    assert_eq!(reason(&many), Some(FaultReason::Bounds), "short elements should be counted");
}

#[test]
fn fault_has_its_place_and_a_fix() {
    let text = when(&chain("true", "\n|| ", 80));
    let fault = super::check(&text).unwrap_err();
    assert_eq!(fault.position(&text.text).map(|(line, _)| line), Some(63), "{fault}");
    assert!(fault.message.contains("principal in [User::"), "{fault}");
    assert_eq!(fault.reason(), "policy_bounds");
}

#[test]
fn words_that_only_look_like_keywords_hide_no_depth() {
    for condition in [
        chain("then", " || ", 100),
        chain("else", " && ", 100),
        chain("when", " + ", 100),
        nested("if context.then then ", "true", " else context.else", 40),
        format!("\"{}\" == {}", "(".repeat(3), nested("(", "true", ")", 40)),
        format!("// (\r{}", nested("(", "true", ")", 40)),
        format!("\"\\\"\" == {}", nested("(", "true", ")", 40)),
    ] {
        assert_eq!(reason(&when(&condition)), Some(FaultReason::Bounds), "`{condition}`");
    }
    let text = format!("\"{}\" == \"// {}\"", "(".repeat(90), "|| ".repeat(90));
    assert_eq!(reason(&when(&text)), None, "text is no expression");
}

#[test]
fn highest_allowed_policy_compiles_and_decides() {
    let declared = tool("pay", &[("amount", ArgumentType::Long, true), ("query", ArgumentType::String, true)]);
    let arguments = Arguments::parse(Some(r#"{"amount":1,"query":"x"}"#)).unwrap();
    for (name, condition, most) in FAMILY {
        let Ok(compiled) = crate::compile("support", &declared, &[&when(&condition(most))]) else {
            assert!(["attributes", "in", "=="].contains(&name), "{name} should compile");
            continue;
        };
        let alice = Principal::of(ISSUER, "alice", "claude-code");
        assert!(!decide(&compiled, Action::Call, &alice, &noon(), Some(&arguments)).permits(), "{name}");
    }
}
