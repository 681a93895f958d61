//! Tests of `check`: its errors, its warnings, and the policies that it finds for each tool.

use proptest::prelude::*;

use super::*;
use crate::example::{policy, tool};
use policy::ArgumentType::{Long, String as Text};

const ALL: &str = "permit(principal, action, resource);";

fn pay() -> Declaration {
    Declaration { origin: "bank".to_owned(), ..tool("pay", &[("amount", Long, true), ("note", Text, false)]) }
}

fn read() -> Declaration {
    tool("read", &[("query", Text, true)])
}

/// The faults of one policy, next to one that permits everything, against the tools `pay` and `read`.
fn faults(text: &str) -> Vec<PolicyFault> {
    match check("support", &[pay(), read()], &[policy("all", ALL), policy("p", text)]) {
        Ok(slices) => slices.warnings,
        Err(faults) => faults,
    }
}

#[track_caller]
fn only_fault(text: &str) -> PolicyFault {
    let mut faults = faults(text);
    assert_eq!(faults.len(), 1, "`{text}` should have one fault: {faults:?}");
    faults.remove(0)
}

#[track_caller]
fn error(text: &str, reason: FaultReason, words: &str) -> PolicyFault {
    let fault = only_fault(text);
    assert_eq!((fault.policy_id.as_str(), fault.severity, fault.reason), ("p", Severity::Error, reason), "{fault}");
    assert!(fault.message.contains(words), "the message should say `{words}`: {fault}");
    fault
}

#[test]
fn arguments_in_policy_that_includes_list_are_fault() {
    for scope in ["action", "action in [Action::\"list\", Action::\"call\"]", "action == Action::\"list\""] {
        for condition in [
            "when { context.arguments.amount > 500 }",
            "unless { context has arguments && context.arguments has amount }",
        ] {
            let text = format!("forbid(principal, {scope}, resource == Tool::\"pay\") {condition};");
            error(&text, FaultReason::ArgumentsInList, "doesn't exist for `list`");
        }
    }
    let call = r#"forbid(principal, action == Action::"call", resource == Tool::"pay") when { context.arguments.amount > 500 };"#;
    assert_eq!(faults(call), [], "a rule about calls only should be fine");
}

#[test]
fn argument_of_another_type_is_fault() {
    let text = "forbid(principal, action == Action::\"call\", resource == Tool::\"pay\")\nwhen { context.arguments.amount like \"5*\" };";
    let fault = error(text, FaultReason::Validation, "String");
    assert_eq!(fault.declarations, [(Kind::Tool, "pay".to_owned())]);
    assert_eq!(fault.position(text).map(|(line, _)| line), Some(2), "{fault:?}");
}

#[test]
fn argument_that_may_be_absent_needs_has() {
    let text = r#"forbid(principal, action == Action::"call", resource == Tool::"pay") when { context.arguments.note == "x" };"#;
    error(text, FaultReason::Validation, "note");
    let tested = r#"forbid(principal, action == Action::"call", resource == Tool::"pay")
        when { context.arguments has note && context.arguments.note == "x" };"#;
    assert_eq!(faults(tested), []);
}

#[test]
fn policy_for_several_tools_may_test_arguments_of_some() {
    let untested = r#"forbid(principal, action == Action::"call", resource) when { context.arguments.amount > 500 };"#;
    let fault = error(untested, FaultReason::Validation, "amount");
    assert_eq!(
        fault.declarations,
        [(Kind::Tool, "read".to_owned())],
        "it should be a fault for the tool without the argument"
    );
    let tested = r#"forbid(principal, action == Action::"call", resource)
        when { context.arguments has amount && context.arguments.amount > 500 };"#;
    assert_eq!(faults(tested), [], "a tested argument should be fine, and no warning either");
}

#[test]
fn argument_that_no_tool_declares_is_warning() {
    let text = r#"forbid(principal, action == Action::"call", resource) when { context.arguments has amuont };"#;
    let fault = only_fault(text);
    assert_eq!((fault.severity, fault.reason), (Severity::Warning, FaultReason::Impossible), "{fault}");
    assert_eq!(fault.declarations, ["pay", "read"].map(|name| (Kind::Tool, name.to_owned())));
}

#[test]
fn scope_that_no_request_matches_is_fault() {
    error(
        r#"forbid(principal, action, resource == Origin::"bank");"#,
        FaultReason::Scope,
        "write `resource in Origin::\"bank\"`",
    );
    error(
        r#"forbid(principal, action, resource in Group::"bank");"#,
        FaultReason::Scope,
        "no resource is in `Group::\"bank\"`",
    );
    error(
        "forbid(principal, action, resource is Origin);",
        FaultReason::Scope,
        "all are of type `Tool`, `Resource` or `Prompt`",
    );
    error(
        r#"forbid(principal, action, resource is Origin in Origin::"bank");"#,
        FaultReason::Scope,
        "all are of type `Tool`, `Resource` or `Prompt`",
    );
    error(r#"forbid(principal == Group::"x", action, resource);"#, FaultReason::Scope, "");
    error(r#"forbid(principal in Agent::"x", action, resource);"#, FaultReason::Scope, "");
}

#[test]
fn names_outside_schema_are_faults() {
    for text in [
        r#"forbid(principal in Role::"x", action, resource);"#,
        r#"forbid(principal, action == Action::"delete", resource);"#,
        "forbid(principal, action, resource) when { principal.email == \"x\" };",
        "forbid(principal, action, resource) when { principal.team == \"x\" };",
        "forbid(principal, action, resource) when { resource.riks == \"high\" };",
        "forbid(principal, action, resource) when { context.country == \"CH\" };",
        "forbid(principal, action, resource) when { resource.risk > 2 };",
    ] {
        let faults = faults(text);
        assert!(
            faults.iter().any(|fault| fault.severity == Severity::Error && fault.policy_id == "p"),
            "`{text}`: {faults:?}"
        );
    }
}

#[test]
fn all_faults_come_at_once_with_their_places() {
    let policies = [
        policy("a", "permit(principal, action, resource)\n  when { tru };"),
        policy("b", "permit(principal, action);"),
        policy("c", ALL),
        policy("c", ALL),
        policy("d", "permit(principal in ?principal, action, resource);"),
    ];
    let tools = [pay(), pay(), Declaration { risk: "huge".to_owned(), ..read() }];
    let faults = check("support", &tools, &policies).unwrap_err();
    let reasons: Vec<(&str, &str)> = faults.iter().map(|fault| (fault.policy_id.as_str(), fault.reason())).collect();
    assert_eq!(
        reasons,
        [
            ("a", "policy_syntax"),
            ("b", "policy_syntax"),
            ("c", "policy_duplicate"),
            ("d", "policy_syntax"),
            ("", "declaration_duplicate"),
            ("", "declaration"),
        ],
    );
    assert_eq!(faults[0].position(&policies[0].text), Some((2, 10)), "{:?}", faults[0]);
    assert_eq!(faults[5].to_string(), "the risk `huge` is not `low`, `medium` or `high` (for tool `read`)");
}

#[test]
fn slices_hold_policies_with_matching_scope() {
    let policies = [
        policy("tool", r#"permit(principal, action, resource == Tool::"pay");"#),
        policy("origin", r#"permit(principal, action, resource in Origin::"documents");"#),
        policy("server", r#"permit(principal, action, resource in VirtualServer::"support");"#),
        policy("other", r#"permit(principal, action, resource in VirtualServer::"sales");"#),
        policy("everywhere", "forbid(principal, action, resource) when { resource.risk == \"high\" };"),
        policy("is", r#"permit(principal, action, resource is Tool in Origin::"bank");"#),
        policy("in", r#"permit(principal, action, resource in Tool::"read");"#),
    ];
    let slices = check("support", &[pay(), read()], &policies).unwrap();
    assert_eq!(slices.of(Kind::Tool, "pay"), ["tool", "server", "everywhere", "is"]);
    assert_eq!(slices.of(Kind::Tool, "read"), ["origin", "server", "everywhere", "in"]);
    assert_eq!(slices.warnings, []);
}

fn never_called(policies: &[PolicyText]) -> Vec<String> {
    let slices = check("support", &[pay()], policies).unwrap();
    let warnings = slices.warnings.iter().filter(|fault| fault.reason == FaultReason::NeverCalled);
    warnings.inspect(|fault| assert_eq!(fault.severity, Severity::Warning)).map(ToString::to_string).collect()
}

#[test]
fn tool_that_can_be_listed_and_never_called_is_warning() {
    let list = policy("list", r#"permit(principal, action == Action::"list", resource);"#);
    let frozen = policy("frozen", r#"forbid(principal is User, action == Action::"call", resource == Tool::"pay");"#);
    let all = policy("all", ALL);
    let impossible = policy(
        "impossible",
        r#"permit(principal, action == Action::"call", resource) when { context.arguments has other && context.arguments.other };"#,
    );
    let no_permit = "can be listed and never called: no policy permits `call` (for tool `pay`)";
    assert_eq!(never_called(std::slice::from_ref(&list)), [no_permit]);
    assert_eq!(never_called(&[list, impossible]), [no_permit], "an impossible permit should not count");
    let forbidden = "can be listed and never called: a policy forbids every `call` (for tool `pay`)";
    assert_eq!(never_called(&[all.clone(), frozen.clone()]), [forbidden]);
    assert_eq!(never_called(&[]), ["can be neither listed nor called by anybody (for tool `pay`)"]);
    let conditional =
        policy("c", r#"forbid(principal, action == Action::"call", resource) when { context.arguments.amount > 5 };"#);
    let some = policy("s", r#"forbid(principal in Group::"x", action == Action::"call", resource);"#);
    assert_eq!(never_called(&[all, conditional, some]), [""; 0], "conditions and single groups should not count");
}

#[test]
fn confusable_text_is_warning() {
    let fault = only_fault("forbid(principal in Group::\"sup\u{202e}port\", action, resource);");
    assert_eq!((fault.severity, fault.reason), (Severity::Warning, FaultReason::Confusable), "{fault}");
}

#[test]
fn checker_checks_several_virtual_servers() {
    let (mut checker, faults) = Checker::new(&[policy("all", ALL), policy("bad", "permit(")]);
    assert_eq!(faults.len(), 1, "{faults:?}");
    for server in ["support", "sales"] {
        let slices = checker.check(server, &[pay(), read()]).unwrap();
        assert_eq!(slices.of(Kind::Tool, "pay"), ["all"], "the faulty policy should be left out for `{server}`");
        assert_eq!(slices.warnings, []);
    }
}

#[test]
fn mentions_are_named_entities() {
    let text = r#"permit(principal in Group::"b", action == Action::"call", resource in Origin::"o\"")
        when { principal in [Team::"t", Group::"a"] && context.agent == Agent::"x" && resource == Tool::"y" && principal in Group::"b" };"#;
    let found = mentions(&policy("p", text)).unwrap();
    let name = str::to_owned;
    let expected = [
        Mention::Exposed(Kind::Tool, name("y")),
        Mention::Origin(name("o\"")),
        Mention::Group(name("a")),
        Mention::Group(name("b")),
        Mention::Team(name("t")),
        Mention::Agent(name("x")),
    ];
    assert_eq!(found, expected);
    assert_eq!(mentions(&policy("p", "permit(")).unwrap_err().reason(), "policy_syntax");
}

proptest! {
    #[test]
    fn check_never_panics(text in ".*", condition in r#"[a-z .()\[\]{}"<>=!&|0-9]{0,40}"#) {
        let condition = format!("forbid(principal, action, resource) when {{ {condition} }};");
        let _ = check("support", &[pay()], &[policy("a", &text), policy("b", &condition)]);
    }

    #[test]
    fn argument_of_any_name_can_be_used_in_rule(name in ".{1,20}") {
        prop_assume!(name.len() <= policy::declaration::MAXIMUM_ARGUMENT_NAME_BYTES);
        let declared = tool("pay", &[(name.as_str(), Long, true)]);
        let text = format!(
            r#"permit(principal, action == Action::"call", resource) when {{ context.arguments["{}"] > 5 }};"#,
            name.escape_debug()
        );
        let rule = policy("p", &text);
        let slices = check("support", std::slice::from_ref(&declared), std::slice::from_ref(&rule));
        prop_assert!(slices.is_ok(), "`{}`: {:?}", text, slices);
        let compiled = crate::compile("support", &declared, &[&rule]).unwrap();
        for (value, expected) in [(6, true), (5, false)] {
            let json = serde_json::json!({ &name: value }).to_string();
            let arguments = policy::Arguments::parse(Some(&json)).unwrap();
            let alice = policy::Principal::of(crate::example::ISSUER, "alice", "claude-code");
            let decision = policy::decide(&compiled, policy::Action::Call, &alice, &crate::example::noon(), Some(&arguments));
            prop_assert_eq!(decision.permits(), expected, "{} for `{}`", json, text);
        }
    }
}

fn page() -> Declaration {
    let arguments = policy::ArgumentDeclaration::of_resource();
    Declaration { kind: Kind::Resource, arguments, ..tool("handbook://*", &[]) }
}

fn prompt() -> Declaration {
    Declaration { kind: Kind::Prompt, ..tool("read", &[("style", Text, false)]) }
}

#[test]
fn slices_hold_policies_about_kind() {
    let policies = [
        policy("all", ALL),
        policy("call", r#"forbid(principal, action == Action::"call", resource);"#),
        policy("read", r#"forbid(principal, action == Action::"read", resource in Origin::"documents");"#),
        policy(
            "get",
            r#"forbid(principal, action in [Action::"call", Action::"get"], resource in Origin::"documents");"#,
        ),
        policy("tools", "permit(principal, action, resource is Tool);"),
        policy("page", r#"permit(principal, action, resource == Resource::"handbook://*");"#),
        policy("prompt", r#"permit(principal, action, resource is Prompt in Prompt::"read");"#),
    ];
    let slices = check("support", &[read(), page(), prompt()], &policies).unwrap();
    assert_eq!(slices.of(Kind::Tool, "read"), ["all", "call", "get", "tools"]);
    assert_eq!(slices.of(Kind::Resource, "handbook://*"), ["all", "read", "page"]);
    assert_eq!(slices.of(Kind::Prompt, "read"), ["all", "get", "prompt"], "a prompt is no tool of the same name");
    let messages: Vec<String> = slices.warnings.iter().map(ToString::to_string).collect();
    let expected = [
        "can be listed and never called: a policy forbids every `call` (for tool `read`)",
        "can be listed and never read: a policy forbids every `read` (for resource `handbook://*`)",
        "can be listed and never got: a policy forbids every `get` (for prompt `read`)",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn action_has_arguments_of_its_kind() {
    let check =
        |text: &str| match check("support", &[pay(), page(), prompt()], &[policy("all", ALL), policy("p", text)]) {
            Ok(slices) => slices.warnings,
            Err(faults) => faults,
        };
    for fine in [
        r#"forbid(principal, action == Action::"read", resource) when { context.arguments.uri like "handbook://secret/*" };"#,
        r#"forbid(principal, action in [Action::"call", Action::"read"], resource)
            when { context.arguments has uri && context.arguments.uri like "x*" };"#,
        r#"forbid(principal, action == Action::"get", resource) when { context.arguments has style };"#,
    ] {
        assert_eq!(check(fine), [], "`{fine}` should be fine");
    }
    for (text, reason) in [
        (
            r#"forbid(principal, action == Action::"get", resource) when { context.arguments.uri == "x" };"#,
            FaultReason::Validation,
        ),
        (r#"forbid(principal, action == Action::"read", resource == Tool::"pay");"#, FaultReason::Scope),
        (
            r#"forbid(principal, action == Action::"read", resource == Tool::"pay") when { context.arguments.uri == "x" };"#,
            FaultReason::Scope,
        ),
        (r#"forbid(principal, action, resource is Tool in Prompt::"read");"#, FaultReason::Scope),
        (
            r#"forbid(principal, action in [Action::"list", Action::"read"], resource) when { context.arguments.uri == "x" };"#,
            FaultReason::ArgumentsInList,
        ),
    ] {
        let found: Vec<FaultReason> = check(text).iter().map(|fault| fault.reason).collect();
        assert_eq!(found, [reason], "`{text}`");
    }
}
