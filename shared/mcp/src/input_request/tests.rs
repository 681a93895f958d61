//! Tests of input requests: their kinds wherever they occur, and capabilities without what is not allowed.

use bytes::Bytes;

use super::InputRequest::{ElicitationForm, ElicitationUrl, Roots, Sampling};
use super::*;

fn raw(text: &str) -> RawJson {
    RawJson::parse(Bytes::from(text.to_owned())).unwrap()
}

#[test]
fn request_has_one_kind_and_unknown_mode_has_none() {
    for (method, params, kind) in [
        ("elicitation/create", "{}", Some(ElicitationForm)),
        ("elicitation/create", r#"{"mode":"form"}"#, Some(ElicitationForm)),
        ("elicitation/create", r#"{"mode":"url"}"#, Some(ElicitationUrl)),
        ("elicitation/create", r#"{"mode":"\u0075rl"}"#, Some(ElicitationUrl)),
        ("elicitation/create", r#"{"mode":"URL"}"#, None),
        ("elicitation/create", r#"{"mode":null}"#, None),
        ("sampling/createMessage", "{}", Some(Sampling)),
        ("roots/list", "{}", Some(Roots)),
        ("Roots/list", "{}", None),
        ("tools/call", "{}", None),
    ] {
        let params = raw(params).members().unwrap();
        assert_eq!(InputRequest::of(method, Some(&params)), kind, "{method} {params:?}");
    }
    for kind in InputRequest::ALL {
        assert_eq!(InputRequest::parse(kind.as_str()), Some(kind));
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()), "one name everywhere");
    }
    assert_eq!(InputRequest::parse("elicitation"), None);
}

#[test]
fn requests_of_result_are_found_whatever_its_type() {
    let form = r#"{"method":"elicitation/create","params":{"message":"x"}}"#;
    for (result, kinds) in [
        ("{}".to_owned(), Ok(vec![])),
        (r#"{"resultType":"input_required","requestState":"x"}"#.to_owned(), Ok(vec![])),
        (r#"{"resultType":"input_required","inputRequests":{}}"#.to_owned(), Ok(vec![])),
        (format!(r#"{{"resultType":"input_required","inputRequests":{{"a":{form}}}}}"#), Ok(vec![ElicitationForm])),
        (format!(r#"{{"resultType":"complete","input\u0052equests":{{"a":{form}}}}}"#), Ok(vec![ElicitationForm])),
        (
            format!(r#"{{"inputRequests":{{"a":{form},"b":{{"method":"roots/list"}},"c":{form}}}}}"#),
            Ok(vec![ElicitationForm, Roots, ElicitationForm]),
        ),
        (r#"{"inputRequests":{"a":{"method":"tools/call"}}}"#.to_owned(), Err(UnknownInputRequest)),
        (r#"{"inputRequests":{"a":{"method":"elicitation/create","params":7}}}"#.to_owned(), Err(UnknownInputRequest)),
        (r#"{"inputRequests":{"a":{}}}"#.to_owned(), Err(UnknownInputRequest)),
        (r#"{"inputRequests":[]}"#.to_owned(), Err(UnknownInputRequest)),
        (format!(r#"{{"inputRequests":{{}},"inputRequests":{{"a":{form}}}}}"#), Err(UnknownInputRequest)),
        (format!(r#"{{"content":[{{"inputRequests":{{"a":{form}}}}}]}}"#), Ok(vec![])),
    ] {
        assert_eq!(InputRequest::of_result(&raw(&result)), kinds, "{result}");
    }
}

#[test]
fn errors_ask_for_pages_and_capabilities() {
    for (code, error, kinds) in [
        (-32042, r#"{"data":{"elicitations":[{},{}]}}"#, vec![ElicitationUrl, ElicitationUrl]),
        (-32042, "{}", vec![ElicitationUrl]),
        (-32021, r#"{"data":{"requiredCapabilities":{"sampling":{},"roots":{}}}}"#, vec![Sampling, Roots]),
        (-32021, r#"{"data":{"requiredCapabilities":{"elicitation":{}}}}"#, vec![ElicitationForm]),
        (-32021, r#"{"data":{"requiredCapabilities":{"elicitation":{"url":{}}}}}"#, vec![ElicitationUrl]),
        (-32021, r#"{"data":{"requiredCapabilities":{"extensions":{"a/b":{}}}}}"#, vec![]),
        (-32021, "{}", vec![]),
        (-32602, r#"{"data":{"elicitations":[{}]}}"#, vec![]),
    ] {
        assert_eq!(InputRequest::of_error(code, &raw(error)), kinds, "{code} {error}");
    }
}

#[test]
fn capabilities_lose_what_is_not_allowed_and_nothing_else() {
    let all = r#"{"x":{ },"elicitation":{"form":{"a":1.50},"url":{}},"sampling":{"tools":{}},"roots":{}}"#;
    for (declared, allowed, left) in [
        (all, &InputRequest::ALL[..], all),
        (all, &[], r#"{"x":{ }}"#),
        (all, &[ElicitationForm], r#"{"x":{ },"elicitation":{"form":{"a":1.50}}}"#),
        (all, &[ElicitationUrl, Roots], r#"{"x":{ },"roots":{},"elicitation":{"url":{}}}"#),
        (all, &[Sampling], r#"{"x":{ },"sampling":{"tools":{}}}"#),
        // An elicitation without a mode means form mode.
        (r#"{"elicitation":{}}"#, &[ElicitationForm], r#"{"elicitation":{"form":{}}}"#),
        (r#"{"elicitation":{}}"#, &[ElicitationUrl], "{}"),
        (r#"{"elicitation":{"url":{}}}"#, &[ElicitationForm], "{}"),
        (r#"{"elicitation":{"form":{},"other":{}}}"#, &[ElicitationForm], r#"{"elicitation":{"form":{}}}"#),
        (r#"{"elicitation":null,"sampling":7}"#, &[ElicitationForm, Sampling], "{}"),
        (r#"{"sampling":{},"sampling":{}}"#, &[Sampling], "{}"),
    ] {
        let restricted = restricted(&raw(declared), allowed);
        assert_eq!(restricted.as_str(), left, "{declared} with {allowed:?}");
    }
}
