//! The deepest policies that the bounds allow: each shape at its limit runs on every host, in a list and in a call.

use harness::Setup;
use registry::folder;
use serde_json::json;

/// The stack of the test, bytes.
const STACK_BYTES: usize = 32 << 20;

/// Not static, and false for each tool.
const NO: &str = r#"resource.name == "x""#;
/// Not static, and true for each tool.
const YES: &str = r#"resource.name != "x""#;

/// `unit` between `count` pairs of brackets.
fn nested(open: &str, unit: &str, close: &str, count: usize) -> String {
    format!("{}{unit}{}", open.repeat(count), close.repeat(count))
}

/// `count` times `unit`, joined.
fn chain(unit: &str, operator: &str, count: usize) -> String {
    vec![unit; count].join(operator)
}

/// A condition of this size, which is evaluated to its end and false.
type Condition = fn(usize) -> String;

/// Each kind of expression that grows, and the largest size that is allowed.
const SHAPES: [(&str, usize, Condition); 22] = [
    ("or", 60, |size| chain(NO, " || ", size)),
    ("and", 59, |size| format!("{} && {NO}", chain(YES, " && ", size))),
    ("brackets", 23, |size| nested("(", NO, ")", size)),
    ("or-in-brackets", 23, |size| nested(&format!("({NO} || "), NO, ")", size)),
    ("if-in-condition", 23, |size| nested("if ", NO, " then true else false", size)),
    ("if-in-then", 19, |size| nested(&format!("if {YES} then "), NO, " else false", size)),
    ("if-in-else", 19, |size| nested(&format!("if {NO} then true else "), NO, "", size)),
    ("if-in-brackets", 11, |size| nested(&format!("(if {NO} then true else "), NO, ")", size)),
    ("not", 11, |size| nested("!(!(", NO, "))", size)),
    ("sets", 23, |size| format!("{} == {}", nested("[", "resource.name", "]", size), nested("[", "\"x\"", "]", size))),
    ("records", 23, |size| {
        format!("{} == {}", nested("{ a: ", "resource.name", " }", size), nested("{ a: ", "\"x\"", " }", size))
    }),
    ("contains", 23, |size| nested("[true].contains(", NO, ")", size)),
    ("has", 23, |size| nested("(context has agent && ", NO, ")", size)),
    ("has-chain", 59, |size| format!("{} && {NO}", chain("context has agent", " && ", size))),
    ("like-chain", 60, |size| chain(r#"resource.name like "*x*y*""#, " || ", size)),
    ("like-pattern", 16339, |size| format!(r#"resource.name like "{}x""#, "*_".repeat(size))),
    ("sum", 61, |size| format!("{} == 0", chain("1", " + ", size))),
    ("conditions", 58, |size| format!("{YES} }} {}when {{ {NO}", format!("when {{ {YES} }} ").repeat(size))),
    ("agents", 1019, |size| format!("[{}].contains(context.agent)", chain(r#"Agent::"other-agent""#, ", ", size))),
    ("teams", 1020, |size| format!("principal in [{}]", chain(r#"Team::"a""#, ", ", size))),
    // Two limits at once: nested deep, and the rest of the height in one chain.
    ("chain-in-brackets", 37, |size| nested("(", &chain(NO, " || ", size), ")", 23)),
    ("chain-in-ifs", 23, |size| {
        nested(&format!("if {NO} then true else "), &format!("({})", chain(NO, " || ", size)), "", 12)
    }),
];

fn policy(name: &str, condition: &str) -> (String, String) {
    let text = format!("@id(\"{name}\")\nforbid (principal, action, resource)\nwhen {{ {condition} }};\n");
    (format!("policies/{name}.cedar"), text)
}

#[test]
fn deepest_allowed_policies_are_decided() {
    // In memory this is a debug build, which takes several times the stack of an artefact.
    let test = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(decide);
    test.expect("a thread should start").join().expect("the deepest policies should be decided");
}

fn decide() {
    let mut setup = Setup::new();
    let mut beyond = setup.folder.clone();
    for (name, most, condition) in SHAPES {
        setup.folder.extend([policy(name, &condition(most))]);
        beyond.extend([policy(name, &condition(most + 1))]);
    }
    let faults: Vec<String> = folder::check(&beyond).faults.iter().map(ToString::to_string).collect();
    for (name, most, _) in SHAPES {
        let path = format!("policies/{name}.cedar:");
        let bounds = ["are nested deeper", "on one path", "has more than", "bytes long"];
        let is_beyond = |fault: &String| fault.starts_with(&path) && bounds.iter().any(|bound| fault.contains(bound));
        assert!(faults.iter().any(is_beyond), "{name}: {most} should be the most: {faults:#?}");
    }

    let weir = setup.start();
    let list = weir.list("alice");
    assert_eq!(list.status, 200, "a list should be decided: {}", list.text());
    assert_eq!(list.tool_names().len(), 3, "no rule should hide a tool");
    let call = weir.call("alice", "documents_search", json!({ "query": "x" }));
    assert_eq!(call.result()["content"][0]["text"], "search was called", "no rule should refuse the call");
    let refused = weir.call("alice", "documents_search", json!({ "query": "x", "limit": 101 }));
    refused.should_be_refused(-31403, "the other rules should count");
}
