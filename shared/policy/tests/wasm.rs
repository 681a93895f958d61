//! Decisions on wasm32, where they are made.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, reason = "clippy takes only `#[test]` functions for tests")]

use std::rc::Rc;

use policy::record::RecordPolicies;
use policy::{
    Action, ArgumentDeclaration, ArgumentType, Arguments, Circumstances, Decision, Declaration, Kind, Principal,
    RefusalReason, ToolPolicies, decide,
};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn decision_on_wasm_equals_native_decision() {
    let tool = Declaration {
        kind: Kind::Tool,
        name: "orders_refund".to_owned(),
        origin: "orders".to_owned(),
        origin_name: "refund".to_owned(),
        arguments: [("amount".to_owned(), ArgumentDeclaration { r#type: ArgumentType::Decimal, required: true })]
            .into(),
        data_classes: Vec::new(),
        risk: "high".to_owned(),
        read_only: None,
        destructive: None,
        idempotent: None,
    };
    // `policy-compiler` makes it of a text, and its test compares.
    let record: RecordPolicies = serde_json::from_str(include_str!("refunds.json")).expect("a record is read");
    let rules = record.rules.iter().map(|policy| Rc::new(policy.rule().expect("a form is read")));
    let policies = ToolPolicies::new("support", &tool, rules).expect("the declaration is one");
    let groups = ["support".to_owned()];
    let alice = Principal { groups: &groups, ..Principal::of("https://idp.example.com", "alice", "claude-code") };
    let here = Circumstances { now_seconds: 1_795_171_327, address: "10.0.0.1".parse().ok(), country: None };
    let decided = |json| {
        let arguments = Arguments::parse(Some(json)).expect("the arguments should be an object");
        decide(&policies, Action::Call, &alice, &here, Some(&arguments))
    };
    assert_eq!(decided(r#"{"amount":499.99}"#), Decision::Permit { rules: vec!["refunds".to_owned()] });
    assert_eq!(
        decided(r#"{"amount":500}"#),
        Decision::Refusal { rules: Vec::new(), reason: RefusalReason::NothingPermits }
    );
    assert_eq!(
        decided(r#"{"amount":"5e2"}"#),
        Decision::Refusal { rules: Vec::new(), reason: RefusalReason::InvalidRequest }
    );
}
