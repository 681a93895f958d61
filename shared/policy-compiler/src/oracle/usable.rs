//! Tests of what a list leaves out.

use policy::{ArgumentType, Circumstances, Principal};

use crate::example::{policy, tool};
use crate::{PolicyText, compile};

#[test]
fn never_usable_is_what_every_argument_is_refused_for() {
    let list = |effect: &str, rest: &str| format!("{effect}(principal, action == Action::\"list\", resource){rest};");
    let call = |effect: &str, rest: &str| format!("{effect}(principal, action == Action::\"call\", resource){rest};");
    let both = "permit(principal, action, resource);".to_owned();
    let large = " when { context.arguments.amount > 500 }";
    let group = " when { principal in Group::\"x\" }";
    for (texts, expected, why) in [
        (vec![both.clone()], false, "one rule grants both"),
        (vec![list("permit", "")], true, "nothing permits the call"),
        (vec![list("permit", ""), call("permit", group)], true, "nothing permits this caller's call"),
        (vec![list("permit", ""), call("permit", "")], false, "another rule permits the call"),
        (vec![list("permit", ""), call("permit", large)], false, "some arguments are permitted"),
        (vec![both.clone(), call("forbid", "")], true, "every call is forbidden"),
        (vec![both.clone(), call("forbid", group)], false, "others are forbidden to call"),
        (vec![both.clone(), call("forbid", large)], false, "some arguments are forbidden"),
        (
            vec![both.clone(), call("forbid", " when { context.arguments.amount < 1 }")],
            false,
            "zero is no other number",
        ),
        (vec![both.clone(), call("forbid", large), call("forbid", "")], true, "one rule forbids all"),
        (
            vec![both, "forbid(principal, action, resource) when { action == Action::\"call\" };".into()],
            true,
            "by condition",
        ),
    ] {
        let policies: Vec<PolicyText> =
            texts.iter().enumerate().map(|(at, text)| policy(&format!("p{at}"), text)).collect();
        let tool = tool("orders_refund", &[("amount", ArgumentType::Long, true)]);
        let compiled = compile("support", &tool, &policies.iter().collect::<Vec<_>>()).unwrap();
        let principal = Principal::of("https://idp.example.com", "alice", "agent");
        let circumstances = Circumstances { now_seconds: 1, address: None, country: None };
        assert_eq!(compiled.never_usable(&principal, &circumstances), expected, "{why}: {texts:?}");
    }
}
