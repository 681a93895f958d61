//! Tests of raw JSON; agreement with serde_json is a property in `shared/mcp/tests/properties.rs`.

use super::*;

fn parse(text: &str) -> Result<RawJson, RawJsonError> {
    RawJson::parse(Bytes::from(text.to_owned()))
}

#[test]
fn valid_json_is_kept_without_the_space_around_it() {
    let texts = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12345678901234567890123",
        "-1.5e+10",
        "1E400",
        "\"\"",
        "\"\\u00e9\\ud800\\n\"",
        "[]",
        "{}",
        "[ 1 , [ ] , { } ]",
        "{ \"a\" : { \"b\" : [ null ] } , \"c\" : \"}\" }",
        "\"é🦀\"",
    ];
    for text in texts {
        assert_eq!(parse(&format!(" \t\r\n{text}\n ")).unwrap().as_str(), text, "should be valid and trimmed");
    }
}

#[test]
fn broken_json_is_refused_where_it_breaks() {
    let cases = [
        ("", 0),
        (" ", 1),
        ("{", 1),
        ("[", 1),
        ("[1,]", 3),
        ("{\"a\"}", 4),
        ("{\"a\":}", 5),
        ("{\"a\":1,}", 7),
        ("{a:1}", 1),
        ("{1:1}", 1),
        ("[1 2]", 3),
        ("[1}", 2),
        ("{\"a\":1]", 6),
        ("01", 1),
        ("-", 1),
        ("+1", 0),
        ("1.", 2),
        (".5", 0),
        ("1e", 2),
        ("tru", 0),
        ("nulll", 4),
        ("NaN", 0),
        ("\"", 1),
        ("\"\\", 2),
        ("\"\\x\"", 2),
        ("\"\\u12g4\"", 5),
        ("\"a\tb\"", 2),
        ("\"123456789\n\"", 10),
        ("{} {}", 3),
        ("'a'", 0),
        ("/**/1", 0),
        ("\u{feff}{}", 0),
    ];
    for (text, at) in cases {
        assert_eq!(parse(text), Err(RawJsonError::Malformed { at }), "should be refused: {text:?}");
    }
    assert_eq!(RawJson::parse(Bytes::from_static(b"\"\xff\"")), Err(RawJsonError::NotUtf8), "should be refused");
}

#[test]
fn depth_is_bounded_at_64_levels() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(parse(&nested(64)).is_ok(), "64 levels should be taken");
        assert_eq!(parse(&nested(65)), Err(RawJsonError::TooDeep), "65 levels should be refused");
        assert_eq!(
            parse(&open.repeat(1_000_000)),
            Err(RawJsonError::TooDeep),
            "a bomb should be refused, not overflow the stack"
        );
        let split = |depth| Members::parse(Bytes::from(nested(depth))).map(|members| members.len());
        assert_eq!(split(65), Err(RawJsonError::TooDeep), "splitting should count levels too");
        let is_object = open != "[";
        assert_eq!(split(64).is_ok(), is_object, "splitting should take 64 levels of an object");
    }
    assert!(
        parse(&format!("{}[]{}", "[".repeat(63), "]".repeat(63))).is_ok(),
        "an empty array should count as one level"
    );
    assert_eq!(
        parse(&format!("{}[]{}", "[".repeat(64), "]".repeat(64))),
        Err(RawJsonError::TooDeep),
        "an empty array should count"
    );
}

#[test]
fn members_are_slices_in_order() {
    let raw = parse(r#" { "b" : [1, 2] , "a":{"x":"}"}, "\u0063":1.0 } "#).unwrap();
    let members = raw.members().unwrap();
    let pairs: Vec<_> = members.iter().map(|(name, value)| (name, value.as_str())).collect();
    assert_eq!(
        pairs,
        [("b", "[1, 2]"), ("a", r#"{"x":"}"}"#), ("c", "1.0")],
        "order and text should stay, names be decoded"
    );
    let buffer = raw.as_bytes().as_ptr_range();
    assert!(buffer.contains(&members.get("a").unwrap().as_bytes().as_ptr()), "values should share the buffer");
    assert_eq!(
        members.to_raw().as_str(),
        r#"{"b":[1, 2],"a":{"x":"}"},"c":1.0}"#,
        "values should be written as they were"
    );
}

#[test]
fn members_can_be_changed() {
    let mut members = parse(r#"{"a":1,"b":2}"#).unwrap().members().unwrap();
    members.set("a", RawJson::from_string("q\"\u{1}ü"));
    members.set("c\n", parse("[3]").unwrap());
    assert_eq!(members.remove("b").map(|value| value.integer()), Some(Some(2)), "the removed member should come back");
    assert_eq!(members.remove("b"), None, "it should be gone");
    assert_eq!(members.to_raw().as_str(), r#"{"a":"q\"\u0001ü","c\n":[3]}"#, "names and strings should be escaped");
    assert_eq!(Members::new().to_raw(), RawJson::empty_object(), "no members should be `{{}}`");
}

#[test]
fn duplicate_members_are_refused_after_decoding() {
    let many = |last: &str| {
        let members: Vec<_> = (0..40).map(|index| format!("\"m{index}\":0")).collect();
        format!("{{{},\"{last}\":0}}", members.join(","))
    };
    for text in [r#"{"a":1,"a":1}"#, r#"{"a":1,"b":2,"\u0061":3}"#, &many("m7")] {
        assert_eq!(parse(text).unwrap().members(), Err(RawJsonError::DuplicateMember), "should be refused: {text}");
    }
    assert_eq!(parse(&many("m40")).unwrap().members().unwrap().len(), 41, "different names should be taken");
    assert!(parse(r#"{"a":{"x":1,"x":2}}"#).unwrap().members().is_ok(), "deeper levels are not interpreted");
}

#[test]
fn counts_of_members_and_elements_are_bounded() {
    let object = |count: usize| {
        let members: Vec<_> = (0..count).map(|index| format!("\"{index}\":0")).collect();
        parse(&format!("{{{}}}", members.join(","))).unwrap().members().map(|members| members.len())
    };
    assert_eq!(object(MAX_MEMBERS), Ok(MAX_MEMBERS), "the limit should be reached");
    assert_eq!(object(MAX_MEMBERS + 1), Err(RawJsonError::TooManyMembers), "and not passed");
    let array =
        |count: usize| parse(&format!("[{}0]", "0,".repeat(count - 1))).unwrap().elements().map(|all| all.len());
    assert_eq!(array(MAX_ELEMENTS), Ok(MAX_ELEMENTS), "the limit should be reached");
    assert_eq!(array(MAX_ELEMENTS + 1), Err(RawJsonError::TooManyElements), "and not passed");
}

#[test]
fn values_are_read_by_kind() {
    let kinds = [
        ("{}", Kind::Object),
        ("[]", Kind::Array),
        ("\"\"", Kind::String),
        ("-1", Kind::Number),
        ("true", Kind::Boolean),
        ("null", Kind::Null),
    ];
    for (text, kind) in kinds {
        assert_eq!(parse(text).unwrap().kind(), kind, "`{text}` should be {kind:?}");
    }
    assert_eq!(
        parse(r#""a\u00e9\ud83e\udd80""#).unwrap().string().as_deref(),
        Some("aé🦀"),
        "escapes should be decoded"
    );
    assert!(matches!(parse("\"plain\"").unwrap().string(), Some(Cow::Borrowed("plain"))), "no copy without escapes");
    assert_eq!(parse(r#""\ud800""#).unwrap().string(), None, "half a surrogate pair should be no string");
    assert_eq!(parse("7").unwrap().string(), None, "a number should be no string");
    assert_eq!(parse("9223372036854775808").unwrap().integer(), None, "more than 64 bits should be no integer");
    assert_eq!(parse("1.0").unwrap().integer(), None, "a fraction should be no integer");
    assert_eq!(parse("false").unwrap().boolean(), Some(false), "a boolean should be read");
    assert_eq!(parse("{}").unwrap().elements(), Err(RawJsonError::NotAnArray), "an object should have no elements");
    assert_eq!(parse("[]").unwrap().members(), Err(RawJsonError::NotAnObject), "an array should have no members");
}

#[test]
fn serialized_values_are_raw_json() {
    let raw = RawJson::from_serialize(&serde_json::json!({"a": [1, null]})).unwrap();
    assert_eq!(raw.as_str(), r#"{"a":[1,null]}"#, "should be compact JSON");
    let keys = std::collections::BTreeMap::from([(vec![1], 1)]);
    assert_eq!(RawJson::from_serialize(&keys), Err(RawJsonError::Unserializable), "names should be strings");
}
