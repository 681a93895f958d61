//! Tests of compilation: texts that are refused, and what rules say of themselves.

use policy::{Action, ArgumentType, Arguments, Principal};

use super::*;
use crate::example::{policy, search, tool};

#[test]
fn compile_refuses_text_that_is_not_one_policy() {
    let compile = |text: &str| {
        super::compile("support", &search(), &[&policy("p", text)]).map(|_| ()).map_err(|fault| fault.reason())
    };
    for text in [
        "",
        "permit(principal, action);",
        "permit(principal, action, resource); permit(principal, action, resource);",
        "permit(principal in ?principal, action, resource);",
    ] {
        assert_eq!(compile(text), Err("policy_syntax"), "`{text}` should be refused");
    }
}

#[test]
fn compile_refuses_two_policies_of_one_id() {
    let all = policy("p", "permit(principal, action, resource);");
    let group = policy("p", r#"forbid(principal in Group::"x", action, resource);"#);
    for pair in [[&all, &all], [&all, &group], [&group, &group]] {
        let fault = super::compile("support", &search(), &pair).unwrap_err();
        assert_eq!(fault.reason(), "policy_duplicate", "{fault}");
    }
}

#[test]
fn considered_policies_are_general_ones_and_those_of_callers_groups() {
    let texts = [
        policy("all", "forbid(principal, action == Action::\"call\", resource) when { context.arguments has id };"),
        policy("mine", r#"permit(principal in Group::"x", action, resource);"#),
        policy("theirs", r#"permit(principal in Group::"y", action, resource);"#),
    ];
    let compiled = super::compile("support", &search(), &texts.iter().collect::<Vec<_>>()).unwrap();
    let groups = ["x".to_owned()];
    let principal = Principal { groups: &groups, ..Principal::of("https://idp.example.com", "alice", "agent") };
    assert_eq!(compiled.considered(Action::Call, &principal), ["all", "mine"]);
    assert_eq!(compiled.considered(Action::List, &principal), ["mine"], "`all` is about calls");
}

#[test]
fn scope_shows_who_may_list_nothing() {
    let groups = ["x".to_owned()];
    let alice = Principal::of("https://idp.example.com", "alice", "agent");
    let alice = Principal { groups: &groups, team: Some("field"), ..alice };
    for (text, expected) in [
        (r#"permit(principal, action, resource);"#, true),
        (r#"permit(principal in Group::"x", action in [Action::"list", Action::"call"], resource);"#, true),
        (r#"permit(principal in Team::"field", action == Action::"list", resource);"#, true),
        (r#"permit(principal == User::"https://idp.example.com|alice", action, resource);"#, true),
        (r#"permit(principal is User, action, resource) when { principal in Group::"y" };"#, true),
        (r#"permit(principal in Group::"x", action == Action::"call", resource);"#, false),
        (r#"permit(principal in Group::"y", action, resource);"#, false),
        (r#"permit(principal in Team::"x", action, resource);"#, false),
        (r#"permit(principal == User::"https://idp.example.com|bob", action, resource);"#, false),
        (r#"forbid(principal, action, resource);"#, false),
    ] {
        let parsed = rule(&policy("p", text)).unwrap();
        assert_eq!(parsed.may_list(&alice), expected, "{text}");
    }
}

#[test]
fn unfit_argument_is_missing_or_of_another_type() {
    let tool = tool("orders_refund", &[("amount", ArgumentType::Long, true)]);
    let compiled = super::compile("support", &tool, &[]).unwrap();
    for (json, expected) in [
        (r#"{"amount":1}"#, None),
        (r#"{"amount":1,"more":true}"#, None),
        ("{}", Some("`amount` is missing")),
        (r#"{"amount":"1"}"#, Some("`amount` is a string and must be an integer of 64 bits")),
    ] {
        let arguments = Arguments::parse(Some(json)).unwrap();
        let unfit = compiled.unfit_argument(&arguments).map(|unfit| unfit.to_string());
        assert_eq!(unfit.as_deref(), expected, "{json}");
    }
}

#[test]
fn message_is_read_from_its_annotation() {
    let parsed = |text: &str| rule(&policy("p", text)).unwrap();
    let said = parsed(
        r#"@message("at most \"500\"") forbid(principal, action == Action::"call", resource) when { context.arguments.amount > 500 };"#,
    );
    assert_eq!(said.message(), Some("at most \"500\""));
    assert!(said.forbids() && said.reads_arguments());
    let silent = parsed("permit(principal, action, resource);");
    assert_eq!(silent.message(), None);
    assert!(!silent.forbids() && !silent.reads_arguments());
}

#[test]
fn considered_policies_are_those_of_action_and_required_group() {
    let texts = [
        policy("all", "permit(principal, action, resource);"),
        policy("group", r#"permit(principal in Group::"x", action, resource);"#),
        policy("team", r#"permit(principal is User in Team::"x", action == Action::"call", resource);"#),
        policy("user", r#"permit(principal in User::"x", action, resource);"#),
    ];
    let compiled = super::compile("support", &search(), &texts.iter().collect::<Vec<_>>()).unwrap();
    let groups = ["x".to_owned()];
    let nobody = Principal::of("https://idp.example.com", "alice", "agent");
    let both = Principal { groups: &groups, team: Some("x"), ..nobody };
    let considered = |action, principal: &Principal<'_>| compiled.considered(action, principal);
    assert_eq!(considered(Action::Call, &nobody), ["all", "user"], "of all, and of a user, always");
    assert_eq!(considered(Action::Call, &both), ["all", "group", "team", "user"]);
    assert_eq!(considered(Action::List, &both), ["all", "group", "user"], "a rule about calls is none about `list`");
}

#[test]
fn record_of_wasm_test_is_of_this_text() {
    let refunds = policy(
        "refunds",
        r#"permit(principal in Group::"support", action == Action::"call", resource in Origin::"orders")
            when { context.arguments.amount.lessThan(decimal("500.0")) && context.now > datetime("2026-11-20")
                   && context.address.isInRange(ip("10.0.0.0/8")) };"#,
    );
    let json = serde_json::to_string(&records(vec![record_of(&refunds).unwrap()])).unwrap();
    assert_eq!(json, include_str!("../../../policy/tests/refunds.json").trim_end());
}
