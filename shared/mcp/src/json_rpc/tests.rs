//! Tests of JSON-RPC messages.

use super::*;

fn parse_text(text: &str) -> Result<Message, ParseError> {
    parse(Bytes::from(text.to_owned()))
}

fn incoming(text: &str) -> Result<Incoming, ParseError> {
    parse_incoming(Bytes::from(text.to_owned()))
}

fn raw(text: &str) -> RawJson {
    RawJson::parse(Bytes::from(text.to_owned())).unwrap()
}

fn id(text: &str) -> RequestId {
    RequestId::parse(raw(text)).unwrap()
}

#[test]
fn request_is_read_with_slices_of_its_body() {
    let body = Bytes::from_static(
        br#" {"id":7,"method":"tools/call","params":{"name":"search","arguments":{"q":1.50}},"jsonrpc":"2.0","x":0}"#,
    );
    let Ok(Message::Request(request)) = parse(body.clone()) else { panic!("a request should be read") };
    assert_eq!(request.id, id("7"), "the id should be read");
    assert_eq!(request.method, "tools/call", "the method should be read");
    let params = request.params.unwrap();
    let arguments = params.get("arguments").unwrap();
    assert_eq!(arguments.as_str(), r#"{"q":1.50}"#, "arguments should be untouched");
    assert!(body.as_ptr_range().contains(&arguments.as_bytes().as_ptr()), "arguments should not be copied");
}

#[test]
fn message_without_id_is_notification() {
    let Ok(Message::Notification(notification)) = parse_text(r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#)
    else {
        panic!("a notification should be read")
    };
    assert_eq!(notification.params, None, "params should be optional");
}

#[test]
fn id_keeps_its_text() {
    let long = format!("\"{}\"", "x".repeat(MAX_ID_BYTES - 2));
    for text in ["0", "-7", "123456789012345678901234567890", r#""""#, r#""a\u0062""#, &long] {
        let message = parse_text(&format!(r#"{{"jsonrpc":"2.0","id":{text},"method":"m"}}"#));
        let Ok(Message::Request(request)) = message else { panic!("id should be taken: {text}") };
        assert_eq!(request.id.as_raw().as_str(), text, "the id should be echoed unchanged");
    }
    assert_eq!(id(r#""a\u0062""#), id(r#""ab""#), "escapes should not make ids differ");
    assert_ne!(id("1"), id("\"1\""), "a number should differ from a string");
    assert_ne!(id("1"), id("2"), "numbers should differ");
}

#[test]
fn body_that_is_not_json_is_parse_error() {
    let deep = "[".repeat(100_000);
    for text in ["", "hello", "{\"jsonrpc\":", "{}x", "[1,", deep.as_str()] {
        assert_eq!(
            parse_text(text).unwrap_err().code(),
            -32700,
            "should be a parse error: {}",
            &text[..text.len().min(20)]
        );
    }
    assert_eq!(
        parse(Bytes::from_static(b"{\"a\":\"\xc0\"}")).unwrap_err().code(),
        -32700,
        "invalid UTF-8 should be a parse error"
    );
}

#[test]
fn non_message_json_is_invalid_request() {
    let long_id = format!("{{\"jsonrpc\":\"2.0\",\"id\":\"{}\",\"method\":\"m\"}}", "x".repeat(MAX_ID_BYTES - 1));
    let long_method = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{}\"}}", "x".repeat(MAX_METHOD_BYTES + 1));
    let cases = [
        ("7", "json_not_an_object", false),
        (r#" [{"jsonrpc":"2.0","id":1,"method":"m"}]"#, "batch", false),
        (r#"{"id":1,"method":"m"}"#, "not_json_rpc_2", true),
        (r#"{"jsonrpc":2.0,"id":1,"method":"m"}"#, "not_json_rpc_2", true),
        (r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#, "id_null", false),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#, "id_not_a_string_or_integer", false),
        (r#"{"jsonrpc":"2.0","id":1e2,"method":"m"}"#, "id_not_a_string_or_integer", false),
        (r#"{"jsonrpc":"2.0","id":{},"method":"m"}"#, "id_not_a_string_or_integer", false),
        (r#"{"jsonrpc":"2.0","id":true,"method":"m"}"#, "id_not_a_string_or_integer", false),
        (r#"{"jsonrpc":"2.0","id":"\ud800","method":"m"}"#, "id_not_a_string_or_integer", false),
        (&long_id, "id_too_long", false),
        (r#"{"jsonrpc":"2.0","id":1}"#, "method_missing", true),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, "method_missing", true),
        (r#"{"jsonrpc":"2.0","id":1,"method":""}"#, "method_malformed", true),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a b"}"#, "method_malformed", true),
        (&long_method, "method_malformed", true),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":[]}"#, "params_not_an_object", true),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":7}"#, "params_not_an_object", true),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"a":2}}"#, "params_malformed", true),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}"#, "json_duplicate_member", false),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","meth\u006fd":"n"}"#, "json_duplicate_member", false),
        (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, "response_not_allowed", true),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","error":{}}"#, "response_not_allowed", true),
    ];
    for (text, reason, has_id) in cases {
        let error = parse_text(text).unwrap_err();
        assert_eq!((error.code(), error.reason()), (-32600, reason), "should be refused: {text}");
        assert_eq!(error.id().is_some(), has_id, "the id should be known where it can be read: {text}");
    }
}

#[test]
fn null_counts_as_absence_where_member_is_optional() {
    let params = |text: &str| match parse_text(text).unwrap() {
        Message::Request(request) => request.params,
        Message::Notification(notification) => notification.params,
    };
    assert_eq!(params(r#"{"jsonrpc":"2.0","id":1,"method":"m","params":null}"#), None);
    assert_eq!(params(r#"{"jsonrpc":"2.0","method":"m","params":null}"#), None);
    let read = params(r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"cursor":null,"own":null,"_meta":null}}"#);
    assert_eq!(read.unwrap().to_raw().as_str(), r#"{"own":null}"#, "unknown members should stay");
}

#[test]
fn result_and_error_of_origin_are_read() {
    let result = incoming(r#"{"jsonrpc":"2.0","id":"a","result":{ "content":[] }}"#).unwrap();
    let outcome = ResponseContent::Result(raw(r#"{ "content":[] }"#));
    assert_eq!(result, Incoming::Response { id: Some(id("\"a\"")), outcome }, "the result should be untouched");

    let error = r#"{"code":-32602,"message":"n\u006f","data":{"uri":"x"}}"#;
    for (member, id) in [(r#""id":1,"#, Some(id("1"))), (r#""id":null,"#, None), ("", None)] {
        let outcome = ResponseContent::Error { code: -32602, message: "no".into(), raw: raw(error) };
        let text = format!(r#"{{"jsonrpc":"2.0",{member}"error":{error}}}"#);
        assert_eq!(incoming(&text), Ok(Incoming::Response { id, outcome }), "the error should be read: {text}");
    }
}

#[test]
fn notification_and_request_of_origin_are_distinguished() {
    let notification = incoming(r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#);
    assert!(matches!(notification, Ok(Incoming::Notification(_))), "should be a notification: {notification:?}");
    let request = incoming(r#"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}}"#);
    assert!(matches!(request, Ok(Incoming::Request(_))), "should be a request: {request:?}");
}

#[test]
fn malformed_response_is_refused() {
    let texts = [
        r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":[]}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
        r#"{"jsonrpc":"2.0","result":{}}"#,
        r#"{"jsonrpc":"2.0","id":null,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"message":"x"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"x"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"code":2,"message":"x"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":"x"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"m","result":{}}"#,
    ];
    for text in texts {
        assert_eq!(incoming(text).unwrap_err().reason(), "response_malformed", "should be refused: {text}");
    }
}

#[test]
fn written_messages_are_exact() {
    let params = raw(r#"{"name":"a","arguments":{ "n":1.0 }}"#).members().unwrap();
    assert_eq!(
        request(&id("7"), "tools/call", &params)[..],
        br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","arguments":{ "n":1.0 }}}"#[..],
        "arguments should go in as they are"
    );
    let progress = notification("notifications/progress", &Members::new());
    assert_eq!(
        progress[..],
        br#"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#[..],
        "should have no id"
    );
    let result = result_response(&id("\"x\""), &raw("{ }"));
    assert_eq!(result[..], br#"{"jsonrpc":"2.0","id":"x","result":{ }}"#[..], "the result should go in as it is");
    let error = error_response(Some(&id("1")), -32022, "say \"what\"", Some(&raw("[1]")));
    let expected = br#"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"say \"what\"","data":[1]}}"#;
    assert_eq!(error[..], expected[..], "the message should be escaped");
    let without_id = error_response(None, -32700, "no", None);
    assert_eq!(
        without_id[..],
        br#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}}"#[..],
        "an unknown id should be absent"
    );
}

#[test]
fn replaced_value_keeps_every_other_byte() {
    let parts = [r#"{ "jsonrpc":"2.0", "result":{"id":7,"n":1.50}, "id": "#, r#"7"#, r#" , "x":[ 7 ]}"#];
    let message = Bytes::from(parts.concat());
    let Ok(Incoming::Response { id: Some(id), .. }) = parse_incoming(message.clone()) else {
        panic!("it should be a response")
    };
    for theirs in [r#""\u0061""#, "12345678901234567890123", "-0", r#""""#] {
        let new = RawJson::parse(Bytes::from(theirs)).unwrap();
        let expected = [parts[0], theirs, parts[2]].concat();
        assert_eq!(replace(&message, id.as_raw(), &new).unwrap(), expected, "an id should come back byte for byte");
    }
    let elsewhere = RawJson::from_integer(7);
    assert_eq!(replace(&message, &elsewhere, &elsewhere), None, "a value of another text has no place in this one");
}
