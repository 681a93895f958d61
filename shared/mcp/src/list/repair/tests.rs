//! Tests of repairs: what each kind of item becomes, and that what clients read stays as it is.

use super::*;
use ListKind::{Prompts, ResourceTemplates, Resources, Tools};

/// The item with these further members.
fn item(kind: ListKind, members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    match kind {
        Tools => format!(r#"{{"name":"t","inputSchema":{{"type":"object"}}{comma}{members}}}"#),
        Resources => format!(r#"{{"uri":"data://a","name":"r"{comma}{members}}}"#),
        ResourceTemplates => format!(r#"{{"uriTemplate":"data://{{a}}","name":"m"{comma}{members}}}"#),
        Prompts => format!(r#"{{"name":"p"{comma}{members}}}"#),
    }
}

fn repaired(kind: ListKind, text: &str) -> Result<Repaired, Reason> {
    let identity = match kind {
        Tools => "\"t\"",
        Resources => "\"data://a\"",
        ResourceTemplates => "\"data://{a}\"",
        Prompts => "\"p\"",
    };
    repair(kind, Era::Modern, text, identity)
}

/// The repaired text; the text itself if nothing changes.
fn becomes(kind: ListKind, text: &str) -> Result<String, Reason> {
    repaired(kind, text).map(|repaired| repaired.text.unwrap_or_else(|| text.to_owned()))
}

#[test]
fn optional_member_that_clients_refuse_is_left_out() {
    let lists: [(&[ListKind], &[&str]); 4] = [
        (
            &ListKind::ALL,
            &[
                r#""title":null"#,
                r#""title":5"#,
                r#""description":null"#,
                r#""description":[]"#,
                r#""_meta":null"#,
                r#""_meta":[]"#,
                r#""icons":null"#,
                r#""icons":{}"#,
            ],
        ),
        (
            &[Tools],
            &[
                r#""annotations":null"#,
                r#""annotations":[]"#,
                r#""execution":null"#,
                r#""execution":[]"#,
                r#""outputSchema":null"#,
                r#""outputSchema":true"#,
                r#""outputSchema":[]"#,
            ],
        ),
        (&[Resources, ResourceTemplates], &[r#""mimeType":null"#, r#""mimeType":5"#, r#""annotations":null"#]),
        (&[Resources], &[r#""size":null"#, r#""size":5.5"#, r#""size":"5""#, r#""size":1e300"#]),
    ];
    for (kinds, members) in lists {
        for (kind, member) in kinds.iter().flat_map(|kind| members.iter().map(move |member| (*kind, *member))) {
            for (before, after) in [
                (member.to_owned(), String::new()),
                (format!(r#"{member},"x":1"#), r#""x":1"#.to_owned()),
                (format!(r#""x":1 , {member} "#), r#""x":1 "#.to_owned()),
                (format!(r#"{member}, {member_two},"x":1"#, member_two = r#""y":2"#), r#""y":2,"x":1"#.to_owned()),
            ] {
                let expected = item(kind, &after);
                let got = becomes(kind, &item(kind, &before)).unwrap();
                let same = serde_json::from_str::<serde_json::Value>(&got).unwrap()
                    == serde_json::from_str::<serde_json::Value>(&expected).unwrap();
                assert!(same, "{before}: {got}");
            }
        }
    }
    let first = r#"{"title":null , "description":5,"name":"p","arguments":[]}"#;
    assert_eq!(becomes(Prompts, first).as_deref(), Ok(r#"{"name":"p","arguments":[]}"#), "commas should go along");
}

#[test]
fn member_inside_another_is_left_out_alone() {
    for (kind, before, after) in [
        (Tools, r#""annotations":{"title":null,"readOnlyHint":true}"#, r#""annotations":{"readOnlyHint":true}"#),
        (Tools, r#""annotations":{"readOnlyHint":"true"}"#, r#""annotations":{}"#),
        (Tools, r#""annotations":{"openWorldHint":1,"x":null}"#, r#""annotations":{"x":null}"#),
        (Tools, r#""execution":{"taskSupport":"never"}"#, r#""execution":{}"#),
        (Tools, r#""icons":[{},{"src":"a"},"x"]"#, r#""icons":[{"src":"a"}]"#),
        (Tools, r#""icons":[{"src":"a","sizes":"48x48"}]"#, r#""icons":[{"src":"a"}]"#),
        (Prompts, r#""icons":[{"theme":"blue","src":"a","mimeType":null}]"#, r#""icons":[{"src":"a"}]"#),
        (Resources, r#""annotations":{"audience":["user","model"]}"#, r#""annotations":{"audience":["user"]}"#),
        (Resources, r#""annotations":{"audience":"user","priority":0.5}"#, r#""annotations":{"priority":0.5}"#),
        (ResourceTemplates, r#""annotations":{"priority":2}"#, r#""annotations":{}"#),
        (Resources, r#""annotations":{"lastModified":"2025-01-12"}"#, r#""annotations":{}"#),
        (Resources, r#""annotations":{"lastModified":"2025-02-30T15:00:58Z"}"#, r#""annotations":{}"#),
        (Resources, r#""annotations":{"lastModified":"2025-01-12T15:00:58+0200"}"#, r#""annotations":{}"#),
        (Prompts, r#""arguments":[{"name":"a","required":"yes"}]"#, r#""arguments":[{"name":"a"}]"#),
        (Prompts, r#""arguments":[{"description":null,"name":"a"}]"#, r#""arguments":[{"name":"a"}]"#),
        (Prompts, r#""arguments":null"#, r#""arguments":[]"#),
        (Prompts, r#""arguments":{}"#, r#""arguments":[]"#),
        (Tools, r#""description":"\ud800!""#, r#""description":"\ufffd!""#),
    ] {
        assert_eq!(becomes(kind, &item(kind, before)), Ok(item(kind, after)), "{before}");
    }
}

#[test]
fn readable_item_stays_byte_for_byte() {
    for (kind, members) in [
        (Tools, r#" "title" : "T" ,"description":"\u00e9\ud83d\ude00","annotations":{"title":"x"},"x":null"#),
        (Tools, r#""execution":{"taskSupport":"optional"},"icons":[{"src":"a","sizes":["any"],"theme":"dark"}]"#),
        (Tools, r##""outputSchema":{"type":"object","items":{"$ref":"#/$defs/x"},"$defs":{"x":{}}},"_meta":{}"##),
        (Resources, r#""size":5.0,"mimeType":"a/b","annotations":{"audience":["user"],"priority":1}"#),
        (Resources, r#""annotations":{"lastModified":"2025-01-12T15:00:58.123456+02:00"}"#),
        (Prompts, r#""arguments":[{"name":"a","title":"A","description":"d","required":true}],"title":"P""#),
        (ResourceTemplates, r#""annotations":{"lastModified":"2024-02-29T23:59:59Z"}"#),
    ] {
        let text = item(kind, members);
        let repaired = repaired(kind, &text).unwrap();
        assert_eq!((repaired.text, repaired.legacy), (None, LegacyForm::Same), "{text}");
    }
}

#[test]
fn name_of_resource_is_its_uri_if_it_has_none() {
    for (kind, text, expected) in [
        (Resources, r#"{"uri":"data://a"}"#, r#"{"uri":"data://a","name":"data://a"}"#),
        (Resources, r#"{"name":null,"uri":"data://a"}"#, r#"{"uri":"data://a","name":"data://a"}"#),
        (Resources, r#"{"uri":"data://a","name":7 }"#, r#"{"uri":"data://a" ,"name":"data://a"}"#),
        (ResourceTemplates, r#"{"uriTemplate":"data://{a}"}"#, r#"{"uriTemplate":"data://{a}","name":"data://{a}"}"#),
    ] {
        assert_eq!(becomes(kind, text).as_deref(), Ok(expected));
    }
}

#[test]
fn input_schema_becomes_one_of_an_object() {
    let tool = |schema: &str| format!(r#"{{"name":"t","inputSchema":{schema}}}"#);
    let any = tool(r#"{"type":"object"}"#);
    assert_eq!(becomes(Tools, r#"{"name":"t"}"#), Ok(any.clone()), "a missing one should be added");
    for schema in ["null", "true", "[]", "{}"] {
        assert_eq!(becomes(Tools, &tool(schema)), Ok(any.clone()), "{schema}");
    }
    for (before, after) in [
        (r#"{"properties":{}}"#, r#"{"type":"object","properties":{}}"#),
        (r#"{"type":["object","null"]}"#, r#"{"type":"object"}"#),
        (r#"{"type":null,"x":1}"#, r#"{"type":"object","x":1}"#),
        (r#"{"type":"object","properties":[]}"#, r#"{"type":"object","properties":{}}"#),
        (r#"{"type":"object","properties":null}"#, r#"{"type":"object","properties":{}}"#),
        (
            r#"{"type":"object","properties":{"a":true,"b":false,"c":[],"d":null,"e":{}}}"#,
            r#"{"type":"object","properties":{"a":{},"b":{"not":{}},"c":{},"d":{},"e":{}}}"#,
        ),
        (r#"{"type":"object","required":null}"#, r#"{"type":"object","required":[]}"#),
        (r#"{"type":"object","required":{}}"#, r#"{"type":"object","required":[]}"#),
        (r#"{"type":"object","required":false}"#, r#"{"type":"object","required":[]}"#),
        (
            r#"{"$schema":5,"type":"object"}"#,
            r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}"#,
        ),
    ] {
        assert_eq!(becomes(Tools, &tool(before)), Ok(tool(after)), "{before}");
    }
}

#[test]
fn item_that_cannot_be_repaired_is_left_out() {
    for schema in [
        r#""x""#,
        "7",
        "false",
        "[1]",
        r#"{"type":"string"}"#,
        r#"{"type":["string","null"]}"#,
        r#"{"type":"object","properties":"x"}"#,
        r#"{"type":"object","properties":{"a":"string"}}"#,
        r#"{"type":"object","properties":{"a":["string"]}}"#,
        r#"{"type":"object","required":true}"#,
        r#"{"type":"object","required":[1]}"#,
    ] {
        assert_eq!(becomes(Tools, &format!(r#"{{"name":"t","inputSchema":{schema}}}"#)), Err(MALFORMED), "{schema}");
    }
    for arguments in [r#"[{}]"#, r#"["x"]"#, r#"[{"name":5}]"#, r#"{"a":{}}"#, r#""a""#] {
        assert_eq!(becomes(Prompts, &item(Prompts, &format!(r#""arguments":{arguments}"#))), Err(MALFORMED));
    }
    let long = format!(r#"{{"name":"p","x":{}}}"#, "9".repeat(4_301));
    assert_eq!(becomes(Prompts, &long), Err(MALFORMED), "Python reads no such integer");
}

#[test]
fn tool_that_needs_legacy_task_is_left_out() {
    let text = item(Tools, r#""execution":{"taskSupport":"required"}"#);
    let of_legacy = repair(Tools, Era::Legacy, &text, "\"t\"").map(|repaired| repaired.text);
    assert_eq!(of_legacy, Err(TASK_REQUIRED), "no legacy task passes");
    let of_modern = repaired(Tools, &text).unwrap();
    assert_eq!((of_modern.text, of_modern.legacy), (None, LegacyForm::None), "a legacy client would refuse to call it");
}

#[test]
fn legacy_clients_get_no_other_output_schema_than_objects() {
    for (schema, legacy) in [
        (r#"{"type":"object"}"#, LegacyForm::Same),
        (r#"{"type":"array"}"#, LegacyForm::WithoutOutputSchema),
        ("{}", LegacyForm::WithoutOutputSchema),
        (r#"{"type":["object","null"]}"#, LegacyForm::WithoutOutputSchema),
        (r#"{"anyOf":[{"type":"object"}]}"#, LegacyForm::WithoutOutputSchema),
    ] {
        let repaired = repaired(Tools, &item(Tools, &format!(r#""outputSchema":{schema}"#))).unwrap();
        assert_eq!((repaired.text, repaired.legacy), (None, legacy), "{schema}");
    }
    let uri = r#"{"uri":"http://a b/","name":"r"}"#;
    let repaired = repair(Resources, Era::Modern, uri, "\"http://a b/\"").unwrap();
    assert_eq!((repaired.text, repaired.legacy), (None, LegacyForm::None), "the Python SDK 1.x parses URLs");
}

#[test]
fn output_schema_that_does_not_compile_is_left_out() {
    let with = |members: &str| item(Tools, &format!(r#""outputSchema":{{"type":"object",{members}}}"#));
    let properties = |schema: &str| with(&format!(r#""properties":{{"a":{schema}}}"#));
    for text in COMPILES.iter().map(|schema| properties(schema)).chain(ROOT_COMPILES.iter().map(|root| with(root))) {
        assert_eq!(becomes(Tools, &text).as_deref(), Ok(text.as_str()), "it should stay");
    }
    for text in FAILS.iter().map(|schema| properties(schema)).chain(ROOT_FAILS.iter().map(|root| with(root))) {
        assert_eq!(becomes(Tools, &text), Ok(item(Tools, "")), "it should go: {text}");
    }
    let booleans = with(r#""properties":{"a":true,"b":false}"#);
    assert_eq!(becomes(Tools, &booleans), Ok(with(r#""properties":{"a":{},"b":{"not":{}}}"#)), "TypeScript 1.x");
}

const COMPILES: &[&str] = &[
    r##"{"$ref":"#"}"##,
    r#"{"format":"foo"}"#,
    r#"{"enum":[1,1]}"#,
    r#"{"minLength":-1,"multipleOf":0}"#,
    r#"{"items":true}"#,
    r#"{"allOf":[],"oneOf":[]}"#,
    r#"{"required":[1]}"#,
    r#"{"nullable":true,"type":"string"}"#,
    r#"{"pattern":"^[\\w.-]+@[\\w-]+$"}"#,
    r#"{"const":null,"default":null,"examples":"x","deprecated":"x"}"#,
    r#"{"type":[]}"#,
];

const ROOT_COMPILES: &[&str] = &[
    r##""properties":{"a":{"$ref":"#/definitions/a~1b"}},"definitions":{"a/b":{}}"##,
    r##""properties":{"a":{"$ref":"#/definitions/a%20b"}},"definitions":{"a b":{}}"##,
    r##""properties":{"a":{"$ref":"#x"}},"$defs":{"x":{"$anchor":"x"}}"##,
    r##""properties":{"a":{"items":{"$ref":"#/properties/a"}}}"##,
    r#""$id":"https://x/y""#,
    r#""$schema":"http://json-schema.org/draft-07/schema#""#,
    r#""dependencies":{"a":["x"],"b":{}}"#,
    r#""properties":{"$ref":{"type":"string"}}"#,
];

const FAILS: &[&str] = &[
    r##"{"$ref":"#/$defs/x"}"##,
    r#"{"$ref":"https://example.com/x"}"#,
    r#"{"$ref":5}"#,
    r##"{"$ref":"#/properties/a"}"##,
    r#"{"type":"any"}"#,
    r#"{"type":null}"#,
    r#"{"type":["string","foo"]}"#,
    r#"{"pattern":"(?P<x>a)"}"#,
    r#"{"pattern":5}"#,
    r#"{"format":5}"#,
    r#"{"enum":[]}"#,
    r#"{"enum":"x"}"#,
    r#"{"minimum":"5"}"#,
    r#"{"exclusiveMinimum":true}"#,
    r#"{"items":null}"#,
    r#"{"items":[{}]}"#,
    r#"{"allOf":{}}"#,
    r#"{"anyOf":[null]}"#,
    r#"{"not":[]}"#,
    r#"{"required":true}"#,
    r#"{"properties":[]}"#,
    r#"{"properties":{"b":null}}"#,
    r#"{"nullable":true}"#,
    r#"{"id":"x"}"#,
    r#"{"$anchor":"a b"}"#,
    r#"{"$anchor":"x","items":{"$anchor":"x"}}"#,
];

const ROOT_FAILS: &[&str] = &[
    r#""additionalProperties":null"#,
    r#""additionalProperties":"no""#,
    r##""properties":{"a":{"$ref":"#/properties/b"},"b":{"$ref":"#/properties/a"}}"##,
    r#""patternProperties":{"\\-":{}}"#,
    r#""$schema":5"#,
    r#""$schema":"http://json-schema.org/draft-04/schema#""#,
    r#""dependencies":{"a":null}"#,
    r#""dependentRequired":{"a":"x"}"#,
    r#""$id":5"#,
    r#""minProperties":"1""#,
    r#""formatMinimum":"x""#,
    r#""prefixItems":null"#,
];
