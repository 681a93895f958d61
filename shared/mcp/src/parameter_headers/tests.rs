//! Tests of arguments in headers.

use http::HeaderValue;

use super::*;

fn raw(text: &str) -> RawJson {
    RawJson::parse(Bytes::from(text.to_owned())).unwrap()
}

/// Header names and values.
type Pairs<'a> = &'a [(&'static str, &'a str)];

/// Reads the annotations of a tool with these properties.
fn of(properties: &str) -> Result<Option<ParameterHeaders>, InvalidAnnotation> {
    let schema = format!(r#"{{"type":"object","properties":{properties}}}"#);
    ParameterHeaders::of(&raw(&format!(r#"{{"name":"query","inputSchema":{schema},"x":1}}"#)))
}

const PROPERTIES: &str = r#"{"region":{"type":"string","x-mcp-header":"Region"},
    "options":{"type":"object","properties":{"limit":{"x-mcp\u002dheader":"Limit","type":"integer"}}},
    "dry":{"type":"boolean","x-mcp-header":"Dry-Run"},"text":{"type":"string"}}"#;

fn check(headers: Pairs<'_>, arguments: &str) -> Result<(), HeaderMismatch> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    of(PROPERTIES).unwrap().unwrap().check(&map, Some(&raw(arguments)))
}

fn written(arguments: &str) -> Vec<(String, String)> {
    let mut headers =
        HeaderMap::from_iter([(HeaderName::from_static("mcp-param-dry-run"), HeaderValue::from_static("x"))]);
    of(PROPERTIES).unwrap().unwrap().write(&mut headers, Some(&raw(arguments)));
    let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

#[test]
fn tool_without_annotations_has_no_headers() {
    for properties in [
        "{}",
        r#"{"a":{"type":"string","description":"no \u0078-mcp-header at all"}}"#,
        r#"{"x-mcp-header":{"type":"string"}}"#,
        r#"{"a":{"type":"object","default":{"x-mcp-header":"A"},"enum":[{"x-mcp-header":1}],"const":{"x-mcp-header":""}}}"#,
        r#"{"a":true,"a":{"description":"x-mcp-header"}}"#,
    ] {
        assert_eq!(of(properties), Ok(None), "nothing is annotated here: {properties}");
    }
    for tool in ["{}", r#"{"x-mcp-header":"A"}"#, r#"{"inputSchema":"x-mcp-header"}"#, r#"["x-mcp-header"]"#] {
        assert_eq!(ParameterHeaders::of(&raw(tool)), Ok(None), "there is no schema here: {tool}");
    }
}

#[test]
fn annotations_are_found_at_every_depth() {
    let found = of(PROPERTIES).unwrap().unwrap();
    let names: Vec<(String, &str)> =
        found.parameters.iter().map(|parameter| (parameter.path.join("."), parameter.name.as_str())).collect();
    let expected = [("region", "Mcp-Param-Region"), ("options.limit", "Mcp-Param-Limit"), ("dry", "Mcp-Param-Dry-Run")];
    assert_eq!(names, expected.map(|(path, name)| (path.to_owned(), name)), "every annotation should be found");
}

#[test]
fn invalid_annotation_makes_tool_invalid() {
    let property = |annotation: &str| format!(r#"{{"a":{{"type":"string","x-mcp-header":{annotation}}}}}"#);
    for annotation in ["\"\"", "\"My Region\"", "\"Region:Primary\"", "\"Région\"", "\"Region\\t1\"", "7", "null", "{}"]
    {
        assert_eq!(
            of(&property(annotation)),
            Err(InvalidAnnotation::Name),
            "this is not a header's name: {annotation}"
        );
    }
    let long = property(&format!("\"{}\"", "x".repeat(MAX_NAME_BYTES + 1)));
    assert_eq!(of(&long), Err(InvalidAnnotation::Name), "the name should be bounded");
    for kind in [r#""number""#, r#""object""#, r#""array""#, r#""null""#, r#"["string","null"]"#, "7"] {
        let properties = format!(r#"{{"a":{{"type":{kind},"x-mcp-header":"A"}}}}"#);
        assert_eq!(of(&properties), Err(InvalidAnnotation::Type), "no header mirrors this type: {kind}");
    }
    assert_eq!(of(r#"{"a":{"x-mcp-header":"A"}}"#), Err(InvalidAnnotation::Type), "a type should be needed");
    let twice = r#"{"a":{"type":"string","x-mcp-header":"Field"},"b":{"type":"string","x-mcp-header":"fIELD"}}"#;
    assert_eq!(of(twice), Err(InvalidAnnotation::Repeated), "case should not count");
    let many: Vec<String> =
        (0..=MAX_PARAMETERS).map(|at| format!(r#""p{at}":{{"type":"string","x-mcp-header":"P{at}"}}"#)).collect();
    assert_eq!(of(&format!("{{{}}}", many.join(","))), Err(InvalidAnnotation::TooMany), "the number should be bounded");
}

#[test]
fn annotation_outside_properties_is_invalid() {
    let annotated = r#"{"type":"string","x-mcp-header":"A"}"#;
    let mut places = vec![format!(r#"{{"inputSchema":{annotated}}}"#)];
    for keyword in super::schema::SCHEMA_OR_ARRAY_KEYWORDS {
        places.push(format!(r#"{{"inputSchema":{{"{keyword}":{annotated}}}}}"#));
        places.push(format!(r#"{{"inputSchema":{{"{keyword}":[true,{{"properties":{{"a":{annotated}}}}}]}}}}"#));
    }
    for keyword in super::schema::SCHEMA_MAP_KEYWORDS {
        places.push(format!(r#"{{"inputSchema":{{"properties":{{"b":{{"{keyword}":{{"a":{annotated}}}}}}}}}}}"#));
    }
    for tool in places {
        assert_eq!(
            ParameterHeaders::of(&raw(&tool)),
            Err(InvalidAnnotation::Place),
            "no argument is meant here: {tool}"
        );
    }
}

#[test]
fn schema_with_repeated_member_is_invalid() {
    let annotated = r#"{"type":"string","x-mcp-header":"A"}"#;
    for properties in [
        format!(r#"{{"a":{annotated},"\u0061":{{"type":"string"}}}}"#),
        format!(r#"{{"o":{{"properties":{{"a":{annotated}}}}},"o":{{}}}}"#),
        format!(r#"{{"o":{{"properties":{{"a":{annotated}}},"properties":{{}}}}}}"#),
        r#"{"a":{"type":"string","x-mcp-header":"A","x-mcp-header":"B"}}"#.to_owned(),
        r#"{"a":{"type":"string","x-mcp-header":"A","type":"integer"}}"#.to_owned(),
    ] {
        assert_eq!(of(&properties), Err(InvalidAnnotation::Ambiguous), "two readers could differ: {properties}");
    }
}

#[test]
fn headers_equal_to_arguments_agree() {
    let cases: [(Pairs<'_>, &str); 9] = [
        (&[], "{}"),
        (&[], r#"{"region":null,"options":{"limit":null},"text":"x"}"#),
        (&[], r#"{"region":["eu"],"options":7}"#),
        (&[], r#"{"options":{"limit":9007199254740992}}"#),
        (&[("mcp-param-region", " eu\t"), ("mcp-param-other", "x")], r#"{"region":"eu"}"#),
        (&[("mcp-param-region", "=?base64?SGVsbG8=?=")], r#"{"region":"H\u0065llo"}"#),
        (&[("mcp-param-region", "=?base64?SGVsbG8=")], r#"{"region":"=?base64?SGVsbG8="}"#),
        (&[("mcp-param-limit", "42.0"), ("mcp-param-dry-run", "true")], r#"{"options":{"limit":42},"dry":true}"#),
        (&[("mcp-param-limit", "-7")], r#"{"options":{"limit":-7.00}}"#),
    ];
    for (headers, arguments) in cases {
        assert_eq!(check(headers, arguments), Ok(()), "these should agree: {headers:?} {arguments}");
    }
}

#[test]
fn headers_that_differ_from_arguments_are_refused() {
    let cases: [(Pairs<'_>, &str, &str); 15] = [
        (&[], r#"{"region":"eu"}"#, "header_missing"),
        (&[], r#"{"region":""}"#, "header_missing"),
        (&[("mcp-param-region", "eu"), ("mcp-param-region", "eu")], r#"{"region":"eu"}"#, "header_repeated"),
        (&[("mcp-param-region", "EU")], r#"{"region":"eu"}"#, "header_mismatch"),
        (&[("mcp-param-region", "eu")], "{}", "header_mismatch"),
        (&[("mcp-param-region", "null")], r#"{"region":null}"#, "header_mismatch"),
        (&[("mcp-param-region", "eu")], r#"{"region":"eu","region":"us"}"#, "header_mismatch"),
        (&[("mcp-param-region", "1.0")], r#"{"region":"1"}"#, "header_mismatch"),
        (&[("mcp-param-region", "=?base64?SGVsbG8?=")], r#"{"region":"Hello"}"#, "header_malformed"),
        (&[("mcp-param-region", "=?base64?SGVs!!!bG8=?=")], r#"{"region":"Hello"}"#, "header_malformed"),
        (&[("mcp-param-region", "=?base64?/w==?=")], r#"{"region":"x"}"#, "header_malformed"),
        (&[("mcp-param-limit", "+42")], r#"{"options":{"limit":42}}"#, "header_mismatch"),
        (&[("mcp-param-limit", "42.1")], r#"{"options":{"limit":42}}"#, "header_mismatch"),
        (&[("mcp-param-limit", "9007199254740992")], r#"{"options":{"limit":9007199254740992}}"#, "header_mismatch"),
        (&[("mcp-param-dry-run", "True")], r#"{"dry":true}"#, "header_mismatch"),
    ];
    for (headers, arguments, reason) in cases {
        let error = check(headers, arguments).unwrap_err();
        assert_eq!((error.code(), error.reason()), (-32020, reason), "should be refused: {headers:?} {arguments}");
    }
    let error = check(&[("mcp-param-limit", "1")], r#"{"options":{"limit":2}}"#).unwrap_err();
    let expected = "header `Mcp-Param-Limit` differs from the body's `arguments.options.limit`";
    assert_eq!(error.to_string(), expected, "the error should name header and argument, but no value");
}

#[test]
fn headers_are_written_from_arguments() {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| (format!("mcp-param-{name}"), (*value).to_owned())).collect()
    };
    assert_eq!(written("{}"), [], "a header without its argument should be removed");
    assert_eq!(written(r#"{"region":"eu","region":"us"}"#), [], "an ambiguous argument should have no header");
    assert_eq!(
        written(r#"{"dry":false,"region":" ä","options":{"limit":42.0}}"#),
        pairs(&[("dry-run", "false"), ("region", "=?base64?IMOk?="), ("limit", "42")]),
        "every value should be encoded for a header"
    );
}
