//! Tests of long messages.

use super::super::{Incoming, ResponseContent, parse_incoming};
use super::*;
use crate::result::{ResultType, summarize};
use json::MAX_MEMBERS;

/// Returns the forwarded bytes of `text` in chunks of `size` bytes, and the outcome.
pub(super) fn pass(text: &[u8], size: usize, private: bool) -> (Vec<u8>, Result<LongMessageEnd, LongMessageError>) {
    let mut message = LongMessage::new(RequestId::from_integer(7), RequestId::from_integer(7), private);
    let mut passed = Vec::new();
    for chunk in text.chunks(size) {
        let pushed = message.push(&Bytes::copy_from_slice(chunk), |bytes| passed.extend_from_slice(&bytes));
        if let Err(error) = pushed {
            return (passed, Err(error));
        }
    }
    let end = message.finish();
    if end.is_ok() {
        passed.extend_from_slice(&LAST_BRACE);
    }
    (passed, end)
}

/// Returns the outcome of [`parse_incoming`] and [`summarize`] for the same text; `None` if it is refused.
pub(super) fn expected_end(text: &[u8]) -> Option<LongMessageEnd> {
    let ours = RequestId::from_integer(7);
    match parse_incoming(Bytes::copy_from_slice(text)).ok()? {
        Incoming::Response { id: Some(id), outcome: ResponseContent::Result(result) } if id == ours => {
            let summary = summarize(&result).ok()?;
            let is_task = summary.result_type == ResultType::Task;
            Some(LongMessageEnd::Result { is_error: summary.is_error, is_task, asks: summary.asks })
        }
        Incoming::Response { id: Some(id), outcome: ResponseContent::Error { code, .. } } if id == ours => {
            Some(LongMessageEnd::Error { code })
        }
        Incoming::Notification(notification) => Some(LongMessageEnd::Notification { method: notification.method }),
        _ => None,
    }
}

#[test]
fn long_message_passes_and_ends_as_parse_incoming_reads_it() {
    let long_name = "n".repeat(2000);
    let many = |count: usize| (0..count).map(|at| format!("\"{at}\":0")).collect::<Vec<_>>().join(",");
    let escaped_method = r"\u0061".repeat(MAX_METHOD_BYTES);
    let texts = [
        // The same name twice, at each depth that a reader looks at, under any escapes.
        r#"{"jsonrpc":"2.0","idMethod":1,"method":"ereate","params":{"id":1,"x":"","id":""}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","method":"m","params":{"a":{"b":1,"b":2},"b":3}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","method":"m","params":{"\ud83d\ude00":1,"@":2}}"#.replace('@', "\u{1f600}"),
        r#"{"jsonrpc":"2.0","method":"m","params":{"\ud83d":1}}"#.to_owned(),
        format!(r#"{{"jsonrpc":"2.0","method":"m","params":{{"{long_name}":1,"\u006e{}":2}}}}"#, &long_name[1..]),
        r#"{"jsonrpc":"2.0","method":"m","x":1,"x":1}"#.to_owned(),
        r#"{"jsonrpc":"2.0","method":"m","\udc00":1}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"m","data":1,"d\u0061ta":2}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{"x":1,"x":2,"\ud800":3}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{"cacheScope":"public","cacheScope":"private"}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{"ttlMs":1,"ttlMs":1}}"#.to_owned(),
        // Params of another type, and of a response, where nobody reads them.
        r#"{"jsonrpc":"2.0","method":"m","params":null}"#.to_owned(),
        r#"{"jsonrpc":"2.0","method":"m","params":[]}"#.to_owned(),
        r#"{"jsonrpc":"2.0","method":"m","params":7}"#.to_owned(),
        r#"{"params":{"a":1,"a":2},"jsonrpc":"2.0","id":7,"result":{}}"#.to_owned(),
        r#"{"params":[],"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"m"}}"#.to_owned(),
        // Counts and lengths at their limits.
        format!(r#"{{"jsonrpc":"2.0","method":"m","params":{{{}}}}}"#, many(MAX_MEMBERS)),
        format!(r#"{{"jsonrpc":"2.0","method":"m","params":{{{}}}}}"#, many(MAX_MEMBERS + 1)),
        format!(r#"{{"jsonrpc":"2.0","method":"m",{}}}"#, many(MAX_MEMBERS - 2)),
        format!(r#"{{"jsonrpc":"2.0","method":"m",{}}}"#, many(MAX_MEMBERS - 1)),
        format!(r#"{{"jsonrpc":"2.0","id":7,"error":{{"code":1,"message":"m",{}}}}}"#, many(MAX_MEMBERS - 1)),
        format!(r#"{{"jsonrpc":"2.0","id":7,"result":{{{}}}}}"#, many(MAX_MEMBERS + 1)),
        format!(r#"{{"jsonrpc":"2.0","method":"{escaped_method}"}}"#),
        format!(r#"{{"jsonrpc":"2.0","method":"{escaped_method}a"}}"#),
        r#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"\ud800"}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"\ud83d\ude00"}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{"content":[{"isError":true}],"isError":false,"n":1.50}}"#.to_owned(),
        r#"{"result":{"isError":true, "resultType":"complete"} ,"id":7, "jsonrpc":"2.0"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"task","taskId":"x"}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"input_required","inputRequests":{"k":{"inputRequests":1}}}}"#
            .to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","input\u0052equests":null}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{"content":[{"inputRequests":{}}]}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"x":[{"id":8,"result":[]}],"result":{"error":{"code":1}}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"m","data":{"code":"x"}}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"result":1,"id":3}}"#.to_owned(),
        format!(
            r#"{{"jsonrpc":"2.0","id":7,"{long_name}":1,"result":{{"{long_name}":"{long_name}","isError":true}}}}"#
        ),
        r#"{"jsonrpc":"2.0","id":8,"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":"7","result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":null,"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"m"}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":[]}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{},"error":{"code":1,"message":"m"}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{},"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"id":7,"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":null,"id":7,"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"resul\u0074":{},"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"method":"x","result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"method":"roots/list"}"#.to_owned(),
        r#"{"jsonrpc":"1.0","id":7,"result":{}}"#.to_owned(),
        r#"{"jsonrpc":2.0,"id":7,"result":{}}"#.to_owned(),
        r#"{"id":7,"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"error":{"code":1.5,"message":"m"}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"error":{"code":1}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":5}}"#.to_owned(),
        r#"[{"jsonrpc":"2.0","id":7,"result":{}}]"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{}}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"result":{}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":{},"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7.0,"result":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":7,"method":5}"#.to_owned(),
        r#"{"jsonrpc":"2.0","method":"a b"}"#.to_owned(),
        "\"text\"".to_owned(),
        String::new(),
    ];
    for text in texts {
        let expected = expected_end(text.as_bytes());
        // Every size is slow for a text of many kilobytes, and shows nothing new.
        let sizes = if text.len() > 5000 { 1..=2 } else { 1..=text.len().clamp(1, 200) };
        for size in sizes.chain([4096]) {
            let (passed, end) = pass(text.as_bytes(), size, false);
            assert_eq!(end.as_ref().ok(), expected.as_ref(), "`{text}` in chunks of {size}: {end:?}");
            let passed = String::from_utf8(passed).unwrap();
            match expected {
                Some(_) => assert_eq!(passed, text, "a valid message should pass unchanged"),
                None => assert!(
                    RawJson::parse(passed.clone().into()).is_err(),
                    "an invalid message should never pass as complete JSON: `{passed}`"
                ),
            }
        }
    }
}

#[test]
fn repeated_member_that_is_read_is_refused() {
    for text in [
        r#"{"jsonrpc":"2.0","id":7,"result":{"isError":true,"isError":false}}"#,
        r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"a","resultType":"task"}}"#,
        r#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"code":2,"message":"m"}}"#,
    ] {
        let (_, end) = pass(text.as_bytes(), 5, false);
        assert_eq!(end, Err(RawJsonError::DuplicateMember.into()), "`{text}` should be refused");
    }
}

#[test]
fn cache_scope_becomes_private_for_any_chunks() {
    for (text, expected) in [
        (
            r#"{"jsonrpc":"2.0","id":7,"result":{"contents":[{"cacheScope":"public"}],"cacheScope":"public","ttlMs":5}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"contents":[{"cacheScope":"public"}],"cacheScope":"private","ttlMs":5}}"#,
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"result":{"cacheScope" : 12.5 ,"x":1}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"cacheScope" : "private" ,"x":1}}"#,
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"result":{"cacheScope":{"a":[1,{"b":2}]}}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"cacheScope":"private"}}"#,
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"result":{"x":{"y":1} } ,"z":{}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"x":{"y":1} ,"cacheScope":"private"} ,"z":{}}"#,
        ),
        (r#"{"jsonrpc":"2.0","result":{ },"id":7}"#, r#"{"jsonrpc":"2.0","result":{ "cacheScope":"private"},"id":7}"#),
    ] {
        for size in 1..=text.len() {
            let (passed, end) = pass(text.as_bytes(), size, true);
            assert!(end.is_ok(), "`{text}` should be valid: {end:?}");
            assert_eq!(String::from_utf8(passed).unwrap(), expected, "in chunks of {size}");
        }
    }
}
