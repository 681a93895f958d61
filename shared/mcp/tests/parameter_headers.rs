//! Properties of arguments in headers: the written headers, and only these, agree with the arguments.
#![cfg(not(target_arch = "wasm32"))]

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use json::RawJson;
use mcp::headers::MCP_PARAM_PREFIX;
use mcp::parameter_headers::ParameterHeaders;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A value and the type that its schema gives.
fn argument() -> impl Strategy<Value = (&'static str, Value)> {
    prop_oneof![
        prop_oneof![any::<String>(), "[ -~]{0,12}", "=\\?base64\\?[A-Za-z0-9=]{0,8}\\?="]
            .prop_map(|text| ("string", Value::from(text))),
        any::<bool>().prop_map(|value| ("boolean", Value::from(value))),
        (-(1_i64 << 53) + 1..1 << 53).prop_map(|value| ("integer", Value::from(value))),
        Just(("string", Value::Null)),
    ]
}

/// Arguments one or two levels deep, and the tool that annotates each.
fn tool_and_arguments() -> impl Strategy<Value = (RawJson, RawJson)> {
    prop::collection::btree_map("[a-zA-Zä \"]{1,8}", (argument(), any::<bool>()), 0..8).prop_map(|arguments| {
        let (mut schema, mut values) = (json!({ "type": "object", "properties": {} }), json!({}));
        for (at, (name, ((kind, value), is_nested))) in arguments.into_iter().enumerate() {
            let annotated = json!({ "type": kind, "x-mcp-header": format!("P-{at}") });
            if is_nested {
                schema["properties"][&name] = json!({ "type": "object", "properties": { &name: annotated } });
                values[&name] = json!({ &name: value });
            } else {
                schema["properties"][&name] = annotated;
                values[&name] = value;
            }
        }
        (raw(&json!({ "name": "tool", "inputSchema": schema })), raw(&values))
    })
}

#[allow(clippy::expect_used, reason = "a test may panic")]
fn raw(value: &Value) -> RawJson {
    RawJson::parse(Bytes::from(value.to_string())).expect("serde_json should write JSON")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn written_headers_agree((tool, arguments) in tool_and_arguments()) {
        let Some(parameters) = ParameterHeaders::of(&tool).expect("the annotations should be fine") else { return Ok(()) };
        let mut headers = HeaderMap::new();
        parameters.write(&mut headers, Some(&arguments));
        prop_assert_eq!(parameters.check(&headers, Some(&arguments)), Ok(()), "{:?} should agree with {:?}", headers, arguments);
        let names: Vec<HeaderName> = headers.keys().cloned().collect();
        for name in names {
            let mut changed = headers.clone();
            changed.insert(&name, HeaderValue::from_static("=?base64?bm90IHRoaXM=?="));
            prop_assert!(parameters.check(&changed, Some(&arguments)).is_err(), "`{}` should be compared", name);
            changed.remove(&name);
            prop_assert!(parameters.check(&changed, Some(&arguments)).is_err(), "`{}` should be required", name);
        }
    }

    #[test]
    fn headers_of_absent_arguments_are_refused((tool, _) in tool_and_arguments(), value in "[!-~]{1,8}") {
        let Some(parameters) = ParameterHeaders::of(&tool).expect("the annotations should be fine") else { return Ok(()) };
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::try_from(format!("{MCP_PARAM_PREFIX}p-0")).expect("should be a name"),
            HeaderValue::try_from(value).expect("should be visible ASCII"),
        );
        prop_assert!(parameters.check(&headers, None).is_err(), "a header without its argument should be refused");
        parameters.write(&mut headers, None);
        prop_assert!(headers.is_empty(), "and should be removed");
    }
}
