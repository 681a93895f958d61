//! Property tests of decisions over random rules and random arguments.

use proptest::prelude::*;

use policy::ArgumentType::{Boolean, Decimal, Long, LongSet, String as Text, StringSet};

use super::tests::{call, compile, decide, invalid, over_500, permit, refusal, transfer};
use super::*;
use crate::example::{ISSUER, noon, policy, search};

/// JSON texts of every type, including Cedar's escapes, with unique names in each object.
fn json() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        (-1000..1000_i64).prop_map(|value| value.to_string()),
        any::<i128>().prop_map(|value| value.to_string()),
        (-1e6..1e6_f64).prop_map(|value| format!("{value:?}")),
        (0..1000_u32, 0..5_u32).prop_map(|(digits, exponent)| format!("{digits}e{exponent}")),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        (-1000..1000_i64).prop_map(|value| format!("\"{value}\"")),
    ];
    let name = prop_oneof![
        Just("__entity".to_owned()),
        Just("__extn".to_owned()),
        Just("__expr".to_owned()),
        Just("type".to_owned()),
        Just("id".to_owned()),
        Just("fn".to_owned()),
        Just("arg".to_owned()),
        "[a-z]{1,3}",
    ];
    scalar.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|elements| format!("[{}]", elements.join(","))),
            prop::collection::btree_map(name.clone(), inner, 0..5).prop_map(|members| {
                let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// A random rule: its effect, principal and action; it may fail to evaluate.
type Rule = (bool, usize, usize, bool);

const SCOPES: [&str; 5] = [
    "principal",
    "principal in Group::\"a\"",
    "principal is User in Group::\"b\"",
    "principal in Team::\"a\"",
    "principal == User::\"https://idp.example.com|alice\"",
];
const ACTIONS: [&str; 3] = ["action", "action == Action::\"list\"", "action in [Action::\"call\"]"];

/// The expected decision about `rules`, computed without Cedar.
fn expected(rules: &[Rule], member: [bool; 3], action: Action) -> Decision {
    let in_scope = |&&(_, (_, scope, actions, _)): &&(usize, Rule)| {
        let holds = [true, member[0], member[1], member[2], true][scope];
        holds
            && match actions {
                0 => true,
                1 => action == Action::List,
                _ => action == Action::Call,
            }
    };
    let numbered: Vec<(usize, Rule)> = rules.iter().copied().enumerate().collect();
    let ids = |wanted: fn(&Rule) -> bool| -> Vec<String> {
        numbered
            .iter()
            .filter(in_scope)
            .filter(|(_, rule)| wanted(rule))
            .map(|(number, _)| format!("p{number}"))
            .collect()
    };
    let (failed, forbids, permits) = (ids(|rule| rule.3), ids(|rule| rule.0), ids(|rule| !rule.0));
    match (failed.is_empty(), forbids.is_empty(), permits.is_empty()) {
        (false, _, _) => Decision::Refusal { rules: failed, reason: RefusalReason::EvaluationFailed },
        (true, false, _) => Decision::Refusal { rules: forbids, reason: RefusalReason::Forbidden },
        (true, true, false) => Decision::Permit { rules: permits },
        (true, true, true) => refusal(RefusalReason::NothingPermits, &[]),
    }
}

/// The integer that a value is; beyond 53 bits only if it is written as one.
fn integer(value: &serde_json::Value) -> Option<i64> {
    let whole = |number: &f64| number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| format!("{:.0}", value.as_f64().filter(whole)?).parse().ok())
}

proptest! {
    #[test]
    fn decision_follows_rules_for_any_membership(
        rules in prop::collection::vec((any::<bool>(), 0..5_usize, 0..3_usize, prop::bool::weighted(0.1)), 0..8),
        member in any::<[bool; 3]>(),
    ) {
        let texts: Vec<_> = rules.iter().enumerate().map(|(number, &(forbids, scope, actions, fails))| {
            let effect = if forbids { "forbid" } else { "permit" };
            let condition = if fails { " when { principal.tenant == \"x\" }" } else { "" };
            policy(&format!("p{number}"), &format!("{effect}({}, {}, resource){condition};", SCOPES[scope], ACTIONS[actions]))
        }).collect();
        let policies = compile("support", &search(), &texts.iter().collect::<Vec<_>>()).unwrap();
        let groups: Vec<String> = [("a", member[0]), ("b", member[1]), ("c", true)]
            .into_iter().filter(|(_, member)| *member).map(|(group, _)| group.to_owned()).collect();
        let alice = Principal { groups: &groups, team: member[2].then_some("a"), ..Principal::of(ISSUER, "alice", "claude-code") };
        let arguments = Arguments::parse(Some(r#"{"query":"x"}"#)).unwrap();
        for action in [Action::List, Action::Call] {
            let decision = decide(&policies, action, &alice, &noon(), Some(&arguments));
            prop_assert_eq!(decision, expected(&rules, member, action), "{:?} of {:?}", action, texts);
        }
    }

    #[test]
    fn random_value_is_permitted_only_as_integer_within_rule(value in json(), other in json()) {
        let decision = call(&over_500(), &format!("{{\"amount\":{value},\"other\":{other}}}"));
        let expected = match integer(&serde_json::from_str(&value).unwrap()) {
            Some(amount) if amount <= 500 => permit(),
            Some(_) => refusal(RefusalReason::Forbidden, &["forbid"]),
            None => invalid(),
        };
        prop_assert_eq!(decision, expected, "`{}` beside `{}`", value, other);
    }

    #[test]
    fn random_value_of_another_type_is_never_permitted(value in json(), kind in 0..6_usize) {
        let r#type = [Text, Long, Boolean, Decimal, StringSet, LongSet][kind];
        let policies = transfer(&[("x", r#type, true)], r#"forbid(principal, action == Action::"list", resource);"#);
        let decision = call(&policies, &format!("{{\"x\":{value}}}"));
        let parsed: serde_json::Value = serde_json::from_str(&value).unwrap();
        let elements = |test: fn(&serde_json::Value) -> bool| parsed.as_array().is_some_and(|elements| elements.iter().all(test));
        let possible = match r#type {
            Text => parsed.is_string(),
            Long => integer(&parsed).is_some(),
            Boolean => parsed.is_boolean(),
            Decimal => parsed.is_number() || parsed.is_string(),
            StringSet => elements(serde_json::Value::is_string),
            LongSet => elements(|element| integer(element).is_some()),
        };
        prop_assert!(possible || decision == invalid(), "`{}` as {:?} should be refused: {:?}", value, r#type, decision);
        prop_assert!(decision == permit() || decision == invalid(), "nothing else is to decide: {:?}", decision);
    }
}
