//! Tests of arguments: the JSON values that fit each declared type, and the texts that are refused.

use proptest::prelude::*;

use super::*;
use crate::ArgumentDeclaration;

/// The value of the argument `x` for policies: `Err` if refused, `Ok(None)` if absent.
fn seen(r#type: ArgumentType, value: &str) -> Result<Option<String>, String> {
    let json = format!("{{\"x\":{value}}}");
    let arguments = Arguments::parse(Some(&json)).map_err(|error| error.reason().to_owned())?;
    let shape = Shape::from([("x".to_owned(), ArgumentDeclaration { r#type, required: false })]);
    let record = arguments.record(&shape).map_err(|unfit| unfit.name().to_owned())?;
    Ok(record.get("x").map(ToString::to_string))
}

#[track_caller]
fn fits(r#type: ArgumentType, value: &str, expected: &str) {
    assert_eq!(seen(r#type, value), Ok(Some(expected.to_owned())), "`{value}` should fit {type:?}");
}

#[track_caller]
fn refused(r#type: ArgumentType, values: &[&str]) {
    for value in values {
        assert_eq!(seen(r#type, value), Err("x".to_owned()), "`{value}` should not fit {type:?}");
    }
}

#[test]
fn string_takes_strings_only() {
    fits(ArgumentType::String, r#""caf\u00e9 \"x\"""#, r#""café \"x\"""#);
    fits(ArgumentType::String, r#""""#, r#""""#);
    fits(ArgumentType::String, r#""User::\"alice\"""#, r#""User::\"alice\"""#);
    refused(ArgumentType::String, &["1", "true", "[]", "{}", r#"["a"]"#, r#"{"__entity":{"type":"User","id":"a"}}"#]);
}

#[test]
fn long_takes_integers_within_64_bits() {
    fits(ArgumentType::Long, "500", "500");
    fits(ArgumentType::Long, " -9223372036854775808 ", "-9223372036854775808");
    fits(ArgumentType::Long, "9223372036854775807", "9223372036854775807");
    fits(ArgumentType::Long, "-0", "0");
    fits(ArgumentType::Long, "5.0", "5");
    fits(ArgumentType::Long, "1e2", "100");
    refused(
        ArgumentType::Long,
        &[
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999999",
            "0.5",
            "1e300",
            r#""500""#,
            "true",
            "[1]",
            "{}",
        ],
    );
}

#[test]
fn boolean_takes_booleans_only() {
    fits(ArgumentType::Boolean, "true", "true");
    fits(ArgumentType::Boolean, "false", "false");
    refused(ArgumentType::Boolean, &["0", "1", r#""true""#, "[true]", "{}"]);
}

#[test]
fn decimal_takes_exact_numbers_only() {
    for (value, expected) in [
        ("12", "12.0"),
        ("-0.5", "-0.5"),
        ("12.3400000", "12.34"),
        ("0.0001", "0.0001"),
        ("922337203685477.5807", "922337203685477.5807"),
        ("-922337203685477.5808", "-922337203685477.5808"),
        (r#""12.50""#, "12.5"),
    ] {
        fits(ArgumentType::Decimal, value, &format!("decimal(\"{expected}\")"));
    }
    refused(
        ArgumentType::Decimal,
        &[
            "0.00001",
            "1e2",
            "922337203685477.5808",
            "-922337203685477.5809",
            "99999999999999999999",
            "true",
            "[1.5]",
            "{}",
        ],
    );
    refused(
        ArgumentType::Decimal,
        &[
            r#""""#,
            r#""1e2""#,
            r#"" 1""#,
            r#""+1""#,
            r#""010""#,
            r#"".5""#,
            r#""5.""#,
            r#""٣""#,
            r#""1.2.3""#,
            r#""-""#,
        ],
    );
    refused(ArgumentType::Decimal, &[r#"{"__extn":{"fn":"decimal","arg":"1.0"}}"#]);
}

#[test]
fn sets_take_arrays_of_one_type() {
    fits(ArgumentType::LongSet, "[ 2, 1 , 2 ]", "[1, 2]");
    fits(ArgumentType::LongSet, "[]", "[]");
    fits(ArgumentType::LongSet, "[1, 2.0]", "[1, 2]");
    fits(ArgumentType::StringSet, r#"["a", "\u0061"]"#, r#"["a"]"#);
    refused(ArgumentType::LongSet, &["1", "[1, 2.5]", r#"["1"]"#, "[null]", "[[1]]", "[9223372036854775808]", "{}"]);
    refused(ArgumentType::StringSet, &[r#""a""#, "[1]", r#"["a", null]"#, r#"["a", {"__entity":{}}]"#, r#"[["a"]]"#]);
}

#[test]
fn set_has_bounded_number_of_elements() {
    let array = |element: &str, count| format!("[{}]", vec![element; count].join(","));
    for (r#type, element) in [(ArgumentType::LongSet, "7"), (ArgumentType::StringSet, r#""a""#)] {
        fits(r#type, &array(element, MAXIMUM_SET_ELEMENTS), &format!("[{element}]"));
        refused(r#type, &[&array(element, MAXIMUM_SET_ELEMENTS + 1), &array(element, 100_000)]);
    }
}

#[test]
fn null_is_absent_argument() {
    assert_eq!(seen(ArgumentType::Long, "null"), Ok(None), "`null` should be absent where the argument is optional");
    let arguments = Arguments::parse(Some(r#"{"x":null}"#)).unwrap();
    let shape = Shape::from([("x".to_owned(), ArgumentDeclaration { r#type: ArgumentType::Long, required: true })]);
    assert_eq!(
        arguments.record(&shape).map_err(|unfit| unfit.to_string()),
        Err("`x` is missing".to_owned()),
        "`null` should be missing where the argument is required"
    );
}

#[test]
fn undeclared_arguments_are_not_in_record() {
    let arguments = Arguments::parse(Some(r#"{"secret":1,"x":2}"#)).unwrap();
    let shape = Shape::from([("x".to_owned(), ArgumentDeclaration { r#type: ArgumentType::Long, required: true })]);
    assert_eq!(arguments.record(&shape).unwrap().to_string(), "{x: 2}");
}

#[track_caller]
fn fault(json: &str, expected: ArgumentsError) {
    assert_eq!(Arguments::parse(Some(json)).err(), Some(expected), "`{}`", json.chars().take(80).collect::<String>());
}

#[test]
fn parse_refuses_duplicate_name_at_any_depth() {
    for json in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"x":{"a":1,"a":2}}"#,
        r#"{"x":[0,[{"y":{"a":null,"b":0,"a":null}}]]}"#,
        r#"{"undeclared":[{"":1,"":2}]}"#,
    ] {
        fault(json, ArgumentsError::DuplicateName);
    }
    assert!(
        Arguments::parse(Some(r#"{"a":{"a":[{"a":1},{"a":1}]}}"#)).is_ok(),
        "the same name in other objects should be fine"
    );
}

#[test]
fn parse_refuses_text_that_is_no_object() {
    for json in ["null", "1", "1.5", "\"{}\"", "[]", "true"] {
        fault(json, ArgumentsError::NotAnObject);
    }
    for json in [
        "",
        "{",
        "{}{}",
        "{} x",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{"a":01}"#,
        r#"{"a":1,}"#,
        r#"{'a':1}"#,
        r#"{"a":NaN}"#,
        "\u{feff}{}",
    ] {
        fault(json, ArgumentsError::Malformed);
    }
    fault("{\"a\":\"\u{1}\"}", ArgumentsError::Malformed);
    assert!(Arguments::parse(None).is_ok_and(|arguments| arguments.members.is_empty()), "no arguments should be none");
}

#[test]
fn json_that_readers_disagree_on_is_named() {
    for json in [
        r#"{"a":"\ud800"}"#,
        r#"{"\ud800":1}"#,
        r#"{"a":["\udfff"]}"#,
        r#"{"a":"\ud800x"}"#,
        r#"{"a":"\ud800\n"}"#,
        r#"{"a":"\ud800\ud800"}"#,
    ] {
        fault(json, ArgumentsError::LoneSurrogate);
    }
    for json in [r#"{"a":1e400}"#, r#"{"a":{"b":[-1e999]}}"#] {
        fault(json, ArgumentsError::NumberBeyondRange);
    }
    fault(r#"{"a":"\ud8"}"#, ArgumentsError::Malformed);
}

#[test]
fn unfit_argument_is_named_with_its_reason() {
    let shape = Shape::from([
        ("amount".to_owned(), ArgumentDeclaration { r#type: ArgumentType::Long, required: true }),
        ("words".to_owned(), ArgumentDeclaration { r#type: ArgumentType::StringSet, required: false }),
    ]);
    for (json, expected) in [
        ("{}", "`amount` is missing"),
        (r#"{"amount":null}"#, "`amount` is missing"),
        (r#"{"amount":"7"}"#, "`amount` is a string and must be an integer of 64 bits"),
        (r#"{"amount":7.5}"#, "`amount` is a number and must be an integer of 64 bits"),
        (r#"{"amount":7,"AMOUNT":900}"#, "`AMOUNT` must be written `amount`, once"),
        (r#"{"amount":7,"words":[1]}"#, "`words` is an array and must be an array of strings"),
        (r#"{"amount":7,"words":true}"#, "`words` is a boolean and must be an array of strings"),
    ] {
        let unfit = Arguments::parse(Some(json)).unwrap().record(&shape).unwrap_err();
        assert_eq!(unfit.to_string(), expected, "{json}");
    }
}

#[test]
fn parse_bounds_depth_and_size() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(Arguments::parse(Some(&nested(MAXIMUM_DEPTH))).is_ok(), "the deepest allowed should be read");
    fault(&nested(MAXIMUM_DEPTH + 1), ArgumentsError::TooDeep);
    fault(&nested(100_000), ArgumentsError::TooDeep);
    let objects = format!("{}1{}", "{\"a\":".repeat(MAXIMUM_DEPTH + 1), "}".repeat(MAXIMUM_DEPTH + 1));
    fault(&objects, ArgumentsError::TooDeep);
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(MAXIMUM_BYTES));
    fault(&large, ArgumentsError::TooLarge);
}

proptest! {
    #[test]
    fn parse_never_panics(json in ".*", tail in r#"[\[\]{}:,"\\a01e.\-]{0,40}"#) {
        let _ = Arguments::parse(Some(&json));
        let _ = Arguments::parse(Some(&format!("{{\"a\":{tail}")));
    }

    #[test]
    fn string_keeps_every_text(text in any::<String>()) {
        let json = serde_json::to_string(&text).unwrap();
        let expected = Value::string(&text);
        prop_assert_eq!(value_of(ArgumentType::String, &json), Some(expected));
    }
}
