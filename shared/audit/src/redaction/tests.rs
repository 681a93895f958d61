//! Tests of redaction: the kept and the removed parts, and robustness against any text.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn redacted(arguments: &str, allowed: &[&str]) -> Value {
    let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
    let tree = redact(arguments, &allowed);
    assert!(tree.as_str().len() <= MARK_BYTES, "a tree should keep its bound");
    serde_json::from_str(tree.as_str()).expect("a tree should be JSON")
}

#[test]
fn names_and_types_are_kept_and_values_removed() {
    let arguments = r#" { "query" : "late \"orders\" \ud83d\ude00\n", "limit": 5, "ratio": 1e2, "all": true, "none": null,
        "where": {"region": "eu", "tags": ["a", 1, []]} } "#;
    let expected = json!({"type": "object", "length": 6, "members": {
        "query": {"type": "string", "length": 16},
        "limit": {"type": "integer"}, "ratio": {"type": "number"}, "all": {"type": "boolean"}, "none": {"type": "null"},
        "where": {"type": "object", "length": 2, "members": {
            "region": {"type": "string", "length": 2},
            "tags": {"type": "array", "length": 3, "items": [
                {"type": "string", "length": 1}, {"type": "integer"}, {"type": "array", "items": [], "length": 0}]}}}}});
    assert_eq!(redacted(arguments, &[]), expected, "only names and types should be left");
}

#[test]
fn allowed_values_are_kept_as_sent() {
    let arguments = "{\"query\":\"late\",\"where\":{\n\"id\":12345678901234567890.10},\"token\":\"secret\"}";
    let tree = redact(arguments, &["query".to_owned(), "where".to_owned()]);
    assert_eq!(
        tree.as_str(),
        concat!(
            r#"{"type":"object","members":{"query":{"type":"string","value":"late"},"#,
            r#""where":{"type":"object","value":{ "id":12345678901234567890.10}},"#,
            r#""token":{"type":"string","length":6}},"length":3}"#,
        ),
        "allowed values should pass unchanged but for line breaks, others not at all"
    );
}

#[test]
fn allowance_applies_to_top_level_only() {
    let tree = redacted(r#"{"where":{"query":"secret"},"list":[{"query":"secret"}]}"#, &["query"]);
    assert!(!tree.to_string().contains("secret"), "a nested member of the same name should be redacted: {tree}");
}

#[test]
fn allowed_value_that_is_long_or_not_portable_is_redacted() {
    let long = "x".repeat(VALUE_BYTES);
    for value in [format!("\"{long}\""), "1e999".to_owned(), r#""\ud800""#.to_owned()] {
        let tree = redacted(&format!(r#"{{"query":{value}}}"#), &["query"]);
        assert!(tree["members"]["query"].get("value").is_none(), "the value should be left out: {tree}");
        assert!(tree["members"]["query"].get("type").is_some(), "its type should stay: {tree}");
    }
}

#[test]
fn escaped_name_is_unescaped() {
    let tree = redacted(r#"{"\u0071uery":"late","tok\u0065n":"secret"}"#, &["query"]);
    assert_eq!(tree["members"]["query"]["value"], "late", "an escaped name should be recognized");
    assert_eq!(tree["members"]["token"]["length"], 6, "and listed without its escapes");
}

#[test]
fn repeated_name_is_listed_once() {
    let tree = redact(r#"{"a":1,"\u0061":"x","a":[]}"#, &[]);
    assert_eq!(
        tree.as_str(),
        r#"{"type":"object","members":{"a":{"type":"integer"}},"length":3}"#,
        "readers should not have to choose between members of one name"
    );
}

#[test]
fn caller_cannot_forge_mark() {
    let tree = redacted(r#"{"type":"object","value":"x","members":{"value":1},"length":0}"#, &[]);
    assert_eq!(tree["members"]["value"], json!({"type": "string", "length": 1}), "its members should stay members");
    assert_eq!(tree["length"], 4, "its `length` should stay a member");
}

#[test]
fn long_invalid_and_excess_names_are_only_counted() {
    let long = "n".repeat(NAME_BYTES + 1);
    let tree = redacted(&format!(r#"{{"{long}":1,"\ud800":2,"kept":3}}"#), &[]);
    assert_eq!(tree, json!({"type": "object", "length": 3, "members": {"kept": {"type": "integer"}}}));
    let many: Vec<String> = (0..10_000).map(|number| format!(r#""n{number}":{number}"#)).collect();
    let tree = redacted(&format!("{{{}}}", many.join(",")), &[]);
    assert_eq!(tree["length"], 10_000, "all should be counted");
    assert_eq!(tree["members"].as_object().map(serde_json::Map::len), Some(MEMBERS), "some should be listed");
}

#[test]
fn wide_and_deep_trees_end_early() {
    let tree = redacted(&format!("[{}1]", "1,".repeat(100_000)), &[]);
    assert_eq!(tree["length"], 100_001, "all elements should be counted");
    assert_eq!(tree["items"].as_array().map(Vec::len), Some(ITEMS), "some should be listed");
    let deep = |levels: usize| format!("{}{}", r#"{"a":["#.repeat(levels / 2), "]}".repeat(levels / 2));
    let tree = redacted(&deep(json::MAX_DEPTH as usize), &[]);
    assert_eq!(tree["type"], "object", "a text as deep as a message may be should be readable");
    assert!(tree.to_string().len() < 1000, "a deep tree should end at its depth");
    for levels in [json::MAX_DEPTH as usize + 2, 100_000] {
        let tree = redacted(&deep(levels), &["a"]);
        assert_eq!(tree["type"], "unreadable", "no message is {levels} levels deep");
    }
    let level =
        (0..MEMBERS).map(|number| format!(r#""{:064}":[["x"],["x"],["x"],["x"],["x"],["x"],["x"],["x"]]"#, number));
    let level = level.collect::<Vec<_>>().join(",");
    let broad = (0..MEMBERS).map(|number| format!(r#""{number}":{{{level}}}"#)).collect::<Vec<_>>().join(",");
    assert_eq!(redacted(&format!("{{{broad}}}"), &[])["length"], MEMBERS, "a broad tree should end at its size");
}

#[test]
fn longest_tree_keeps_its_bound() {
    // Names of control characters take six bytes each; the allowed value is last, at the limit of the tree.
    for padding in 0..200 {
        let names = (0..63).map(|number| {
            let name = format!("{}{number:02}", "\\u0001".repeat(62));
            format!(
                r#""{name}":{{"{}":{{}},"{}":{{}}}}"#,
                "\\u0002".repeat(64),
                "\\u0003".repeat(if number == 5 { padding % 64 } else { 64 })
            )
        });
        let value = format!("\"{}\"", "x".repeat(VALUE_BYTES - 2));
        let text = format!(r#"{{{},"last":{value}}}"#, names.collect::<Vec<_>>().join(","));
        redacted(&text, &["last"]);
    }
}

#[test]
fn text_that_is_not_json_is_unreadable() {
    for text in ["", "{", "secret", r#"{"a":}"#, r#"{"a":1} x"#, "{\"a\":\"\u{1}\"}", r#"{"a":01}"#, "[1,]"] {
        assert_eq!(redacted(text, &["a"]), json!({"type": "unreadable"}), "`{text}` should leave nothing");
    }
}

/// JSON values with every type of leaf; all string values contain `SECRET`.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(|text| Value::from(format!("SECRET{text}"))),
    ];
    leaf.prop_recursive(8, 200, 12, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..12).prop_map(Value::from),
            proptest::collection::btree_map("[a-z\\PC]{0,70}", inner, 0..12)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The expected redaction, computed in the simplest way.
fn expected(value: &Value, depth: usize) -> Value {
    match value {
        Value::Null => json!({"type": "null"}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(number) if number.is_f64() => json!({"type": "number"}),
        Value::Number(_) => json!({"type": "integer"}),
        Value::String(text) => json!({"type": "string", "length": text.chars().count()}),
        Value::Array(elements) => {
            let listed = if depth <= DEPTH { ITEMS } else { 0 };
            let items: Vec<Value> = elements.iter().take(listed).map(|element| expected(element, depth + 1)).collect();
            json!({"type": "array", "items": items, "length": elements.len()})
        }
        Value::Object(members) => {
            let listed = if depth <= DEPTH { MEMBERS } else { 0 };
            let short = members.iter().filter(|(name, _)| name.len() <= NAME_BYTES).take(listed);
            let marks: serde_json::Map<_, _> =
                short.map(|(name, value)| (name.clone(), expected(value, depth + 1))).collect();
            json!({"type": "object", "members": marks, "length": members.len()})
        }
    }
}

proptest! {
    #[test]
    fn redaction_equals_simple_definition(value in tree(), pretty: bool) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        let tree = redact(&text, &[]);
        prop_assert_eq!(serde_json::from_str::<Value>(tree.as_str()).ok(), Some(expected(&value, 1)));
        prop_assert!(!tree.as_str().contains("SECRET"), "no value should be left");
    }

    #[test]
    fn redaction_never_panics_on_text(text in "[\\[\\]{}:,\"\\\\a-fu0-9.eE+ \\-\\PC]{0,60}", name in "[a-f]{0,2}") {
        let tree = redact(&text, &[name]);
        prop_assert!(serde_json::from_str::<Value>(tree.as_str()).is_ok(), "a tree should be JSON");
    }

    #[test]
    fn parts_never_panic_on_text_that_is_not_json(text in "[\\[\\]{}:,\"\\\\a-fu0-9.eE+ \\-\\PC]{0,40}") {
        let _ = (characters(&text), short_name(&text), type_name(&text));
    }
}
