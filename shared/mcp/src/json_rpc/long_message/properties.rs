//! Both readers of an origin's messages agree about generated ones: names twice at any depth, escapes, odd types, big
//! numbers.

use proptest::prelude::*;

use super::tests::{expected_end, pass};

/// A name as JSON text, sometimes with one character escaped.
fn name(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    (prop::sample::select(names), prop::option::weighted(0.2, any::<prop::sample::Index>())).prop_map(|(name, at)| {
        let at = at.map(|at| at.index(name.chars().count()));
        let escaped = |(index, character): (usize, char)| match at == Some(index) && character.is_ascii() {
            true => format!("\\u{:04x}", u32::from(character)),
            false => character.to_string(),
        };
        format!("\"{}\"", name.chars().enumerate().map(escaped).collect::<String>())
    })
}

/// A value of any type.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "null",
        "true",
        "false",
        "0",
        "-0",
        "7",
        "7.0",
        "-32602",
        "9223372036854775807",
        "9223372036854775808",
        "1E+3",
        r#""""#,
        r#""2.0""#,
        r#""7""#,
        r#""task""#,
        r#""t\u0061sk""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""private""#,
        "{}",
        "[]",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(","))),
            members(&["a", "b", "id", "result"], inner).prop_map(|members| format!("{{{}}}", members.join(", "))),
        ]
    })
}

fn members(names: &'static [&'static str], value: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<String>> {
    let member = (name(names), value).prop_map(|(name, value)| format!("{name}:{value}"));
    prop::collection::vec(member, 0..4)
}

/// An object with these members, and some more of any value.
fn object(first: &'static str, names: &'static [&'static str]) -> impl Strategy<Value = String> {
    members(names, value()).prop_flat_map(move |mut members| {
        members.extend((!first.is_empty()).then(|| first.to_owned()));
        Just(members).prop_shuffle().prop_map(|members| format!("{{{}}}", members.join(" ,")))
    })
}

/// The members that make a message one of its kind.
fn kind() -> impl Strategy<Value = Vec<String>> {
    let params = object("", &["a", "b", "c", "_meta", "\u{1f600}", "progress"]);
    let result = object("", &["content", "isError", "resultType", "cacheScope", "ttlMs", "_meta"]);
    let error = object(r#""code":-32602,"message":"m""#, &["data", "code", "message", "x", "y"]);
    let of = |member: &'static str, id: &'static str| {
        move |value: String| vec![id.to_owned(), format!("\"{member}\":{value}")]
    };
    prop_oneof![
        params.prop_map(of("params", r#""method":"notifications/progress""#)),
        result.prop_map(of("result", r#""id":7"#)),
        error.prop_map(of("error", r#""id":7"#)),
    ]
}

/// A message: the members of its kind, and often one more, in any order.
fn message() -> impl Strategy<Value = String> {
    let names = &["jsonrpc", "id", "method", "params", "result", "error", "x", "idMethod"];
    let more = prop_oneof![2 => Just(Vec::new()), 1 => members(names, value())];
    (kind(), more).prop_flat_map(|(mut members, more)| {
        members.push(r#""jsonrpc":"2.0""#.to_owned());
        members.extend(more);
        Just(members).prop_shuffle().prop_map(|members| format!("{{{}}}", members.join(",")))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn long_message_is_read_as_whole_one(text in message()) {
        let expected = expected_end(text.as_bytes());
        for size in [1, 7, text.len()] {
            let (passed, end) = pass(text.as_bytes(), size, false);
            prop_assert_eq!(end.as_ref().ok(), expected.as_ref(), "`{}` in chunks of {}: {:?}", text, size, end);
            prop_assert_eq!(passed == text.as_bytes(), expected.is_some(), "only a valid message should pass whole");
        }
    }
}
