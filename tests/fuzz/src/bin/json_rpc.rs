//! JSON and JSON-RPC: what we take is JSON for everybody, comes back as it came, and does not depend on how it was cut.
#![no_main]

use bytes::Bytes;
use json::{RawJson, RawJsonError};
use libfuzzer_sys::fuzz_target;
use mcp::json_rpc::{
    Incoming, LAST_BRACE, LongMessage, LongMessageEnd, Message, Outcome, RequestId, notification, parse,
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

/// We take nothing that `serde_json` refuses, and refuse nothing that it takes unless it is beyond our limits.
fn same_as_serde_json(body: &Bytes) {
    let theirs = serde_json::from_slice::<&RawValue>(body).is_ok();
    match RawJson::parse(body.clone()) {
        Ok(_) => assert!(theirs, "what we take should be JSON for everybody"),
        Err(RawJsonError::TooDeep) => {}
        Err(error) => assert!(!theirs, "this is JSON: {error}"),
    }
}

/// A message that is written again is the same message, its values byte for byte.
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

/// A message of an origin ends the same however it is cut, and passes unchanged, or not as a whole.
fn flows(body: &Bytes) {
    let expected = whole(body);
    for size in [1, 7, body.len().max(1)] {
        let mut message = LongMessage::new(RequestId::from_integer(7), RequestId::from_integer(7), false);
        let mut passed = Vec::new();
        let mut chunks = body.chunks(size).map(Bytes::copy_from_slice);
        let pushed = chunks.try_for_each(|chunk| message.push(&chunk, |bytes| passed.extend_from_slice(&bytes)));
        let end = pushed.and_then(|()| message.finish());
        if let Some(expected) = expected {
            assert_eq!(end.as_ref().ok(), expected.as_ref(), "in chunks of {size}: {end:?}");
        }
        match end {
            Ok(_) => {
                passed.extend_from_slice(&LAST_BRACE);
                assert_eq!(passed.trim_ascii(), body.trim_ascii(), "what is good should pass as it came");
            }
            Err(_) => assert!(RawJson::parse(passed.into()).is_err(), "what is wrong should never pass as a whole"),
        }
    }
}

/// How a reader of the whole message sees it; `None` where it looks closer than one who holds a few bytes of it can.
fn whole(body: &Bytes) -> Option<Option<LongMessageEnd>> {
    let ours = RequestId::from_integer(7);
    Some(match parse_incoming(body.clone()) {
        Ok(Incoming::Response { id: Some(id), outcome: Outcome::Result(result) }) if id == ours => {
            let summary = summarize(&result).ok()?;
            let is_task = summary.result_type == ResultType::Task;
            Some(LongMessageEnd::Result { is_error: summary.is_error, is_task })
        }
        Ok(Incoming::Response { id: Some(id), outcome: Outcome::Error { code, .. } }) if id == ours => {
            Some(LongMessageEnd::Error { code })
        }
        Ok(Incoming::Notification(notification)) => Some(LongMessageEnd::Notification { method: notification.method }),
        Err(error) if CLOSER.contains(&error.reason()) || has_odd_error(body) => return None,
        Ok(_) | Err(_) => None,
    })
}

/// Whether what is wrong may be inside `error`, in a member of it that doesn't matter or in the words of its message.
fn has_odd_error(body: &Bytes) -> bool {
    let error = RawJson::parse(body.clone()).ok().and_then(|message| message.at(&["error"]));
    let members = error.map(|error| error.members());
    members
        .is_some_and(|members| !members.is_ok_and(|members| members.get("message").and_then(RawJson::string).is_some()))
}

/// Faults of members that don't matter.
const CLOSER: [&str; 3] = ["json_duplicate_member", "json_too_many_members", "json_invalid_name"];

/// The messages of a batch are the batch.
fn batches(body: &Bytes) {
    if let Ok(messages) = batch::split(body.clone()) {
        assert!(batch::is_batch(body), "what can be split should be a batch");
        assert_eq!(batch::split(batch::join(&messages)), Ok(messages), "joined messages should split into the same");
    }
}
