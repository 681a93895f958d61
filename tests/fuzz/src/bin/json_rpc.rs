//! JSON and JSON-RPC: accepted text is valid JSON, is written unchanged, and is read the same in any chunks.
#![no_main]

use bytes::Bytes;
use json::{RawJson, RawJsonError};
use libfuzzer_sys::fuzz_target;
use mcp::json_rpc::{
    Incoming, LAST_BRACE, LongMessage, LongMessageEnd, Message, RequestId, ResponseContent, notification, parse,
    parse_incoming, request,
};
use mcp::legacy::batch;
use mcp::result::{ResultType, summarize};
use serde_json::value::RawValue;

fuzz_target!(|input: &[u8]| {
    let body = Bytes::copy_from_slice(input);
    same_as_serde_json(&body);
    comes_back(&body);
    flows(&body);
    batches(&body);
});

/// Every text that Weir accepts is accepted by `serde_json`, and the reverse within Weir's limits.
fn same_as_serde_json(body: &Bytes) {
    let theirs = serde_json::from_slice::<&RawValue>(body).is_ok();
    match RawJson::parse(body.clone()) {
        Ok(_) => assert!(theirs, "accepted text should be JSON for `serde_json`, too"),
        Err(RawJsonError::TooDeep) => {}
        Err(error) => assert!(!theirs, "this is JSON: {error}"),
    }
}

/// A message that is read and written is the same message, its values byte for byte.
fn comes_back(body: &Bytes) {
    let (written, message) = match parse(body.clone()) {
        Ok(Message::Request(ours)) => {
            (ours.params.as_ref().map(|params| request(&ours.id, &ours.method, params)), Message::Request(ours))
        }
        Ok(Message::Notification(ours)) => {
            (ours.params.as_ref().map(|params| notification(&ours.method, params)), Message::Notification(ours))
        }
        Err(_) => return,
    };
    if let Some(written) = written {
        assert_eq!(parse(written), Ok(message), "the message should come back");
    }
}

/// The verdict on an origin's message is that of the reader of whole messages, in any chunks; it passes unchanged, or
/// not as a whole.
fn flows(body: &Bytes) {
    let expected = whole(body);
    for size in [1, 7, body.len().max(1)] {
        let mut message = LongMessage::new(RequestId::from_integer(7), RequestId::from_integer(7), false);
        let mut passed = Vec::new();
        let mut chunks = body.chunks(size).map(Bytes::copy_from_slice);
        let pushed = chunks.try_for_each(|chunk| message.push(&chunk, |bytes| passed.extend_from_slice(&bytes)));
        let end = pushed.and_then(|()| message.finish());
        assert_eq!(end.as_ref().ok(), expected.as_ref(), "in chunks of {size}: {end:?}");
        match end {
            Ok(_) => {
                passed.extend_from_slice(&LAST_BRACE);
                assert_eq!(passed.trim_ascii(), body.trim_ascii(), "a valid message should pass unchanged");
            }
            Err(_) => assert!(RawJson::parse(passed.into()).is_err(), "an invalid message should never pass whole"),
        }
    }
}

/// The verdict of the reader of whole messages; `None` for a refused one.
fn whole(body: &Bytes) -> Option<LongMessageEnd> {
    let ours = RequestId::from_integer(7);
    Some(match parse_incoming(body.clone()).ok()? {
        Incoming::Response { id: Some(id), outcome: ResponseContent::Result(result) } if id == ours => {
            let summary = summarize(&result).ok()?;
            let is_task = summary.result_type == ResultType::Task;
            LongMessageEnd::Result { is_error: summary.is_error, is_task, asks: summary.asks }
        }
        Incoming::Response { id: Some(id), outcome: ResponseContent::Error { code, .. } } if id == ours => {
            LongMessageEnd::Error { code }
        }
        Incoming::Notification(notification) => LongMessageEnd::Notification { method: notification.method },
        Incoming::Response { .. } | Incoming::Request(_) => return None,
    })
}

/// The messages of a batch, written again, are the batch.
fn batches(body: &Bytes) {
    if let Ok(messages) = batch::split(body.clone()) {
        assert!(batch::is_batch(body), "a text that can be split should be a batch");
        assert_eq!(batch::split(batch::join(&messages)), Ok(messages), "joined messages should split into the same");
    }
}
