//! Tests of the security requirements of decisions, one test each.

use policy::ArgumentType::{Boolean, Decimal, Long, LongSet, String as Text, StringSet};
use policy::{ArgumentType, Kind};

use super::*;
use crate::example::{ISSUER, noon, policy, search, tool};

/// Policies for the gateway and for Cedar.
pub(super) fn compile(
    virtual_server: &str,
    declaration: &Declaration,
    policies: &[&PolicyText],
) -> Result<Oracle, PolicyFault> {
    Oracle::of_texts(virtual_server, declaration, policies)
}

/// The decision in which gateway and Cedar agree.
#[track_caller]
pub(super) fn decide(
    oracle: &Oracle,
    action: Action,
    principal: &Principal<'_>,
    circumstances: &Circumstances<'_>,
    arguments: Option<&Arguments<'_>>,
) -> Decision {
    oracle.decide(action, principal, circumstances, arguments).unwrap_or_else(|disagreement| panic!("{disagreement}"))
}

/// The decision about a transfer that everybody may make, with an additional `forbid`.
pub(super) fn transfer(arguments: &[(&str, ArgumentType, bool)], forbid: &str) -> Oracle {
    let permit = policy("permit", "permit(principal, action, resource);");
    let forbid = policy("forbid", forbid);
    compile("support", &tool("transfer", arguments), &[&permit, &forbid]).unwrap()
}

pub(super) fn over_500() -> Oracle {
    transfer(
        &[("amount", Long, true)],
        r#"forbid(principal, action == Action::"call", resource) when { context.arguments.amount > 500 };"#,
    )
}

pub(super) fn call(policies: &Oracle, json: &str) -> Decision {
    let arguments = Arguments::parse(Some(json)).unwrap();
    decide(policies, Action::Call, &Principal::of(ISSUER, "alice", "claude-code"), &noon(), Some(&arguments))
}

pub(super) fn refusal(reason: RefusalReason, rules: &[&str]) -> Decision {
    Decision::Refusal { rules: rules.iter().map(ToString::to_string).collect(), reason }
}

pub(super) fn permit() -> Decision {
    Decision::Permit { rules: vec!["permit".to_owned()] }
}

pub(super) fn invalid() -> Decision {
    refusal(RefusalReason::InvalidRequest, &[])
}

#[test]
fn decision_without_policies_is_refusal() {
    let none = compile("support", &search(), &[]).unwrap();
    let alice = Principal::of(ISSUER, "alice", "claude-code");
    assert_eq!(decide(&none, Action::List, &alice, &noon(), None), refusal(RefusalReason::NothingPermits, &[]));
    assert_eq!(call(&none, r#"{"query":"x"}"#), refusal(RefusalReason::NothingPermits, &[]));
}

#[test]
fn forbid_wins_over_permit() {
    assert_eq!(call(&over_500(), r#"{"amount":500}"#), permit());
    assert_eq!(call(&over_500(), r#"{"amount":501}"#), refusal(RefusalReason::Forbidden, &["forbid"]));
}

#[test]
fn number_as_string_is_refused_before_forbid_can_be_skipped() {
    for value in [r#""500""#, r#""501""#, "501.5", "[501]", "true", "9223372036854775808", r#"{"a":501}"#] {
        assert_eq!(
            call(&over_500(), &format!("{{\"amount\":{value}}}")),
            invalid(),
            "`{value}` should be refused by its type"
        );
    }
}

#[test]
fn integer_in_any_notation_meets_the_same_rule() {
    for value in ["500.0", "5e2", "-0.0"] {
        assert_eq!(call(&over_500(), &format!("{{\"amount\":{value}}}")), permit(), "`{value}` is at most 500");
    }
    for value in ["501.0", "5.01e2"] {
        let forbidden = refusal(RefusalReason::Forbidden, &["forbid"]);
        assert_eq!(call(&over_500(), &format!("{{\"amount\":{value}}}")), forbidden, "`{value}` is more than 500");
    }
}

#[test]
fn missing_required_argument_is_invalid_request() {
    assert_eq!(call(&over_500(), "{}"), invalid());
    assert_eq!(call(&over_500(), r#"{"amount":null}"#), invalid());
    let alice = Principal::of(ISSUER, "alice", "claude-code");
    assert_eq!(
        decide(&over_500(), Action::Call, &alice, &noon(), None),
        invalid(),
        "no arguments should be empty arguments"
    );
}

#[test]
fn optional_argument_is_tested_with_has() {
    let policies = transfer(
        &[("limit", Long, false)],
        r#"forbid(principal, action == Action::"call", resource) unless { context.arguments has limit && context.arguments.limit <= 10 };"#,
    );
    assert_eq!(call(&policies, r#"{"limit":10}"#), permit());
    for json in ["{}", r#"{"limit":null}"#, r#"{"limit":11}"#] {
        assert_eq!(
            call(&policies, json),
            refusal(RefusalReason::Forbidden, &["forbid"]),
            "`{json}` should be forbidden"
        );
    }
}

#[test]
fn evaluation_error_refuses() {
    // Neither policy passes `check`; the decision must be safe without it.
    let absent = transfer(
        &[],
        r#"forbid(principal, action == Action::"call", resource) when { context.arguments.amount > 500 };"#,
    );
    assert_eq!(call(&absent, r#"{"amount":1}"#), refusal(RefusalReason::EvaluationFailed, &["forbid"]));
    let overflow = transfer(
        &[("amount", Long, true)],
        r#"forbid(principal, action == Action::"call", resource) when { context.arguments.amount * 100 > 50000 };"#,
    );
    assert_eq!(call(&overflow, r#"{"amount":500}"#), permit());
    assert_eq!(
        call(&overflow, r#"{"amount":9223372036854775807}"#),
        refusal(RefusalReason::EvaluationFailed, &["forbid"])
    );
}

#[test]
fn evaluation_error_in_permit_refuses_although_another_permits() {
    let policies = transfer(&[], "permit(principal, action, resource) when { principal.team == \"field\" };");
    assert_eq!(
        call(&policies, "{}"),
        refusal(RefusalReason::EvaluationFailed, &["forbid"]),
        "an absent team should fail, and refuse"
    );
}

#[test]
fn entity_and_extension_escapes_in_arguments_change_nothing() {
    let policies = transfer(
        &[("owner", Text, true), ("__entity", Text, false)],
        r#"forbid(principal, action == Action::"call", resource) when { context.arguments.owner != "alice" };"#,
    );
    for escape in [
        r#"{"__entity":{"type":"User","id":"alice"}}"#,
        r#"{"__extn":{"fn":"ip","arg":"10.0.0.1"}}"#,
        r#"{"__expr":"\"alice\""}"#,
        r#"{"fn":"decimal","arg":"1.0"}"#,
    ] {
        assert_eq!(
            call(&policies, &format!("{{\"owner\":{escape}}}")),
            invalid(),
            "`{escape}` should be of no declared type"
        );
        let elsewhere = call(&policies, &format!("{{\"owner\":\"bob\",\"other\":{escape}}}"));
        assert_eq!(
            elsewhere,
            refusal(RefusalReason::Forbidden, &["forbid"]),
            "`{escape}` should change nothing where nobody looks"
        );
        let harmless = call(&policies, &format!("{{\"owner\":\"alice\",\"other\":{escape}}}"));
        assert_eq!(harmless, permit(), "`{escape}` should be plain data where nobody looks");
    }
    let as_names = r#"{"owner":"alice","__entity":"User::\"bob\"","__extn":{"fn":"ip","arg":"x"},"__expr":"1"}"#;
    assert_eq!(call(&policies, as_names), permit(), "the names should be names like any other");
    assert_eq!(call(&policies, r#"{"owner":"User::\"alice\""}"#), refusal(RefusalReason::Forbidden, &["forbid"]));
}

#[test]
fn undeclared_arguments_are_invisible() {
    let policies = transfer(
        &[],
        r#"permit(principal, action == Action::"call", resource) when { context.arguments has amount || context has amount };"#,
    );
    assert_eq!(call(&policies, r#"{"amount":1}"#), permit(), "only the unconditional permit should decide");
}

#[test]
fn every_declared_type_keeps_its_type_in_policy() {
    let policies = transfer(
        &[
            ("text", Text, true),
            ("flag", Boolean, true),
            ("price", Decimal, true),
            ("words", StringSet, true),
            ("numbers", LongSet, true),
        ],
        r#"forbid(principal, action == Action::"call", resource) unless {
            context.arguments.text like "ab*" && context.arguments.flag && context.arguments.price.lessThan(decimal("10.5"))
            && context.arguments.words.containsAll(["a", "b"]) && !context.arguments.numbers.contains(3)
        };"#,
    );
    assert_eq!(
        call(&policies, r#"{"text":"abc","flag":true,"price":10.4999,"words":["b","a"],"numbers":[1,2]}"#),
        permit()
    );
    assert_eq!(
        call(&policies, r#"{"text":"abc","flag":true,"price":10.50,"words":["b","a"],"numbers":[1,2]}"#),
        refusal(RefusalReason::Forbidden, &["forbid"])
    );
}

#[test]
fn list_looks_at_no_arguments_and_at_no_rule_about_calls() {
    let alice = Principal::of(ISSUER, "alice", "claude-code");
    assert_eq!(decide(&over_500(), Action::List, &alice, &noon(), None), permit());
    let arguments = Arguments::parse(Some(r#"{"amount":"not a number"}"#)).unwrap();
    assert_eq!(decide(&over_500(), Action::List, &alice, &noon(), Some(&arguments)), permit());
}

#[test]
fn circumstances_reach_policy() {
    let policies = transfer(
        &[],
        r#"forbid(principal, action, resource) unless {
            context has address && context.address.isInRange(ip("10.0.0.0/8")) && context has country && context.country == "CH"
            && context.agent == Agent::"claude-code" && context.authentication.amr.contains("mfa")
            && context.authentication has auth_time
            && context.now.durationSince(context.authentication.auth_time) <= duration("1h")
            && context.now.toTime() < duration("18h")
        };"#,
    );
    let amr = ["mfa".to_owned()];
    let alice = Principal {
        amr: &amr,
        auth_time: Some(noon().now_seconds - 60),
        ..Principal::of(ISSUER, "alice", "claude-code")
    };
    let here = Circumstances { address: "::ffff:10.0.0.1".parse().ok(), country: Some("CH"), ..noon() };
    let decided =
        |alice: &Principal<'_>, here: &Circumstances<'_>| decide(&policies, Action::List, alice, here, None).permits();
    assert!(decided(&alice, &here), "all as demanded should be permitted");
    assert!(!decided(&alice, &Circumstances { address: None, ..here }), "no address should be refused");
    assert!(!decided(&alice, &Circumstances { country: Some("LI"), ..here }), "another country should be refused");
    assert!(!decided(&Principal { agent: "other", ..alice }, &here), "another agent should be refused");
    assert!(!decided(&Principal { amr: &[], ..alice }, &here), "weak authentication should be refused");
    assert!(!decided(&Principal { auth_time: Some(0), ..alice }, &here), "old authentication should be refused");
    assert!(
        !decided(&alice, &Circumstances { now_seconds: noon().now_seconds + 7 * 3600, ..here }),
        "the evening should be refused"
    );
}

#[test]
fn claims_of_user_reach_policy() {
    let rule = r#"permit(principal == User::"https://idp.example.com|alice", action, resource in Origin::"documents")
        when { principal.issuer == "https://idp.example.com" && principal.subject == "alice" && principal has tenant && principal.tenant == "t"
               && principal has project && principal.project == "p" && principal in Team::"field" && principal in Group::"a\"b" };"#;
    let policies = compile("support", &search(), &[&policy("claims", rule)]).unwrap();
    let groups = ["x".to_owned(), "a\"b".to_owned()];
    let alice = Principal {
        groups: &groups,
        team: Some("field"),
        project: Some("p"),
        tenant: Some("t"),
        ..Principal::of(ISSUER, "alice", "claude-code")
    };
    let decided = |principal: &Principal<'_>| decide(&policies, Action::List, principal, &noon(), None).permits();
    assert!(decided(&alice), "alice should be permitted");
    assert!(!decided(&Principal { subject: "bob", ..alice }), "another subject should be refused");
    assert!(!decided(&Principal { issuer: "https://other.example.com", ..alice }), "another issuer should be refused");
    assert!(!decided(&Principal { groups: &[], ..alice }), "no group should be refused");
    assert!(!decided(&Principal { team: None, ..alice }), "no team should be refused");
}

#[test]
fn absent_hints_count_as_dangerous() {
    let rule = policy(
        "p",
        "permit(principal, action, resource) when { resource.destructive || resource.idempotent || resource.read_only };",
    );
    let permitted = |declaration: &Declaration| {
        let policies = compile("support", declaration, &[&rule]).unwrap();
        decide(&policies, Action::List, &Principal::of(ISSUER, "alice", "claude-code"), &noon(), None).permits()
    };
    assert!(permitted(&search()), "an unknown tool should count as destructive");
    assert!(!permitted(&Declaration { destructive: Some(false), ..search() }), "an approved hint should count");
    let destructive = policy("d", "forbid(principal, action, resource) when { resource.destructive };");
    let all = policy("a", "permit(principal, action, resource);");
    let read_only = Declaration { read_only: Some(true), ..search() };
    let policies = compile("support", &read_only, &[&destructive, &all]).unwrap();
    let decision = decide(&policies, Action::List, &Principal::of(ISSUER, "alice", "claude-code"), &noon(), None);
    assert!(decision.permits(), "a read-only tool should not count as destructive");
}

#[test]
fn principal_that_cannot_be_named_is_refused() {
    let split = Principal::of("https://idp.example.com|alice", "x", "claude-code");
    assert_eq!(decide(&over_500(), Action::List, &split, &noon(), None), invalid());
}

#[test]
fn time_after_year_9999_is_refused_if_policy_reads_it() {
    let policies =
        transfer(&[], r#"forbid(principal, action, resource) when { context.now < datetime("2026-01-01") };"#);
    let late = Circumstances { now_seconds: u64::MAX, ..noon() };
    let alice = Principal::of(ISSUER, "alice", "claude-code");
    assert_eq!(decide(&policies, Action::List, &alice, &noon(), None), permit());
    assert_eq!(decide(&policies, Action::List, &alice, &late, None), invalid());
}

#[test]
fn context_as_whole_has_all_attributes() {
    // `check` refuses this comparison of different records; omitted attributes must not change the decision about it.
    let policies = transfer(
        &[],
        r#"permit(principal, action == Action::"list", resource) when { context == { agent: Agent::"claude-code" } };"#,
    );
    let alice = Principal::of(ISSUER, "alice", "claude-code");
    assert_eq!(
        decide(&policies, Action::List, &alice, &noon(), None),
        permit(),
        "only the unconditional permit should decide"
    );
}

#[test]
fn rules_are_ids_as_given() {
    let id = "role/reader/größe \"x\"\u{301}/tool/t";
    let policies = compile("support", &search(), &[&policy(id, "permit(principal, action, resource);")]).unwrap();
    let decision = decide(&policies, Action::List, &Principal::of(ISSUER, "alice", "claude-code"), &noon(), None);
    assert_eq!(decision.rules(), [id.to_owned()]);
}

#[test]
fn resources_and_prompts_follow_rules_of_their_own_action() {
    let rules = [
        policy("permit", "permit(principal, action, resource);"),
        policy("calls", r#"forbid(principal, action == Action::"call", resource);"#),
        policy(
            "secret",
            r#"forbid(principal, action == Action::"read", resource) when { context.arguments.uri like "handbook://secret/*" };"#,
        ),
        policy("gets", r#"forbid(principal, action == Action::"get", resource == Prompt::"summarise");"#),
        policy(
            "harm",
            "forbid(principal, action, resource) when { resource.destructive || !resource.read_only || !resource.idempotent };",
        ),
    ];
    let compile =
        |declaration: &Declaration| compile("support", declaration, &rules.iter().collect::<Vec<_>>()).unwrap();
    let arguments = policy::ArgumentDeclaration::of_resource();
    let page = compile(&Declaration { kind: Kind::Resource, arguments, ..tool("handbook://*", &[]) });
    assert_eq!(
        call(&page, r#"{"uri":"handbook://shipping"}"#),
        permit(),
        "a resource does no harm, whatever is declared"
    );
    assert_eq!(call(&page, r#"{"uri":"handbook://secret/keys"}"#), refusal(RefusalReason::Forbidden, &["secret"]));
    assert_eq!(call(&page, "{}"), invalid(), "there is nothing to read without a URI");
    let prompt = |name: &str| compile(&Declaration { kind: Kind::Prompt, ..tool(name, &[]) });
    assert_eq!(call(&prompt("greet"), "{}"), permit());
    assert_eq!(call(&prompt("summarise"), "{}"), refusal(RefusalReason::Forbidden, &["gets"]));
    let alice = Principal::of(ISSUER, "alice", "claude-code");
    for listed in [page, prompt("summarise")] {
        assert_eq!(decide(&listed, Action::List, &alice, &noon(), None), permit(), "to list is an action of its own");
    }
}
