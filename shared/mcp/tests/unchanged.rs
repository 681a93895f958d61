//! Properties of messages that pass through: bytes that no rule changes stay the same, for any chunk boundaries.
#![cfg(not(target_arch = "wasm32"))]

use bytes::Bytes;
use json::{Members, RawJson};
use mcp::event_stream::{BEGIN, Decoder, END, Event, encode, encode_piece};
use mcp::json_rpc::{
    Incoming, LAST_BRACE, LongMessage, LongMessageEnd, Message, RequestId, ResponseContent, parse, parse_incoming,
    request, result_response,
};
use mcp::legacy::batch;
use mcp::result::{CacheScope, with_cache_scope};
use mcp::{completion, task};
use proptest::prelude::*;

/// JSON text as few encoders write it: needless escapes, redundant digits, white space everywhere.
fn odd_json() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "null",
        "true",
        "1.50",
        "-0",
        "12345678901234567890",
        "1E+3",
        "\"\"",
        "\"\\u0061\\/\"",
        "\"\\ud83d\\ude00\"",
        "\"é\"",
        "{ }",
        "[ ]",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 24, 5, |inner| {
        let space = prop::sample::select(vec!["", " ", "\n", "\r\n\t"]);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), space.clone())
                .prop_map(|(values, space)| format!("[{space}{}{space}]", values.join(&format!("{space},")))),
            (prop::collection::btree_map("[a-z]{1,6}", inner, 0..5), space).prop_map(|(members, space)| {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("\"{name}\"{space}:{value}{space}")).collect();
                format!("{{{space}{}}}", members.join(","))
            }),
        ]
    })
}

/// An object of such values, with names that no rule knows and some of `known`.
fn object(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    let rest = prop::collection::btree_map("x-[a-z]{1,6}", odd_json(), 0..6);
    let some = prop::sample::subsequence(known.to_vec(), 0..=known.len());
    (rest, some, odd_json()).prop_map(|(rest, some, value)| {
        let rest = rest.into_iter().map(|(name, value)| format!("\"{name}\" : {value}"));
        let members: Vec<String> = rest.chain(some.into_iter().map(|name| format!("\"{name}\":{value}"))).collect();
        format!("{{{}}}", members.join(" ,"))
    })
}

fn cut(bytes: &[u8], cuts: &[prop::sample::Index]) -> Vec<Bytes> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
    at.sort_unstable();
    at.windows(2).map(|pair| Bytes::copy_from_slice(&bytes[pair[0]..pair[1]])).collect()
}

fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..12)
}

#[allow(clippy::expect_used, reason = "a test may panic")]
fn raw(text: &str) -> RawJson {
    RawJson::parse(Bytes::from(text.to_owned())).expect("the strategies should write JSON")
}

/// Returns all members but those with these names, each as its text.
#[allow(clippy::expect_used, reason = "a test may panic")]
fn others(object: &RawJson, names: &[&str]) -> Vec<(String, String)> {
    let members = object.members().expect("should be an object");
    let others = members.iter().filter(|(name, _)| !names.contains(name));
    others.map(|(name, value)| (name.to_owned(), value.as_str().to_owned())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn params_reach_origin_unchanged(params in object(&["requestState", "inputResponses", "arguments", "_meta"])) {
        let body = format!(r#" {{"jsonrpc":"2.0", "params" : {params},"id" : "a", "method":"tools/call"}} "#);
        let Ok(Message::Request(ours)) = parse(Bytes::from(body)) else { return Err(TestCaseError::fail("should be a request")) };
        let mut members = ours.params.expect("should have params");
        members.set("name", RawJson::from_string("theirs"));
        let sent = request(&RequestId::from_integer(1), &ours.method, &members);
        let sent = RawJson::parse(sent).expect("should be JSON").at(&["params"]).expect("should have params");
        // `null` where a member is optional is its absence.
        let optional = ["requestState", "inputResponses", "arguments", "_meta"];
        let mut expected = others(&raw(&params), &["name"]);
        expected.retain(|(name, value)| value != "null" || !optional.contains(&name.as_str()));
        prop_assert_eq!(others(&sent, &["name"]), expected, "every byte but the name's should be the client's");
    }

    #[test]
    fn results_reach_client_unchanged(result in object(&["content", "structuredContent", "requestState", "_meta"])) {
        let body = format!(r#"{{ "id":7,"result" : {result}, "jsonrpc":"2.0"}}"#);
        let Ok(Incoming::Response { outcome: ResponseContent::Result(read), .. }) = parse_incoming(Bytes::from(body)) else {
            return Err(TestCaseError::fail("should be a result"));
        };
        let sent = result_response(&RequestId::from_integer(9), &read);
        prop_assert!(std::str::from_utf8(&sent).expect("should be UTF-8").contains(&result), "the result should be a slice of it");
    }

    #[test]
    fn rule_changes_only_its_own_members(result in object(&["cacheScope", "ttlMs", "taskId", "name"])) {
        let before = raw(&result);
        if let Some(after) = with_cache_scope(&before, CacheScope::Private).expect("should be an object") {
            prop_assert_eq!(others(&after, &["cacheScope", "ttlMs"]), others(&before, &["cacheScope", "ttlMs"]), "hints alone should change");
            prop_assert_eq!(with_cache_scope(&after, CacheScope::Private), Ok(None), "and only once");
        }
        let after = task::with_id(&before, "other").expect("should be an object");
        prop_assert_eq!(others(&after, &["taskId"]), others(&before, &["taskId"]), "the id alone should change");
        let params = raw(&format!(r#"{{"ref":{result},"argument":{result}}}"#)).members().expect("should be an object");
        let after: Members = completion::with_prompt_name(&params, "other").expect("should have a ref");
        prop_assert_eq!(after.get("argument"), params.get("argument"), "the argument should stay");
        let reference = after.get("ref").expect("should have a ref");
        prop_assert_eq!(others(reference, &["name"]), others(&before, &["name"]), "the name alone should change");
    }

    #[test]
    fn long_message_passes_for_any_chunks(
        result in object(&["isError", "cacheScope", "content"]),
        (ours, theirs) in (prop::sample::select(vec!["7", r#""own-7""#]), prop::sample::select(vec!["7", "-0", r#""\u0061""#])),
        cuts in cuts(),
    ) {
        let body = format!(r#"{{"jsonrpc":"2.0","x":{result},"id":{ours}, "result" :{result} }}"#);
        let expected = format!(r#"{{"jsonrpc":"2.0","x":{result},"id":{theirs}, "result" :{result} }}"#);
        let id = |text: &str| RequestId::parse(raw(text)).expect("should be an id");
        let mut message = LongMessage::new(id(ours), id(theirs), false);
        let mut passed = Vec::new();
        for chunk in cut(body.as_bytes(), &cuts) {
            message.push(&chunk, |bytes| passed.extend_from_slice(&bytes)).expect("should be a message");
        }
        prop_assert!(matches!(message.finish(), Ok(LongMessageEnd::Result { .. })), "should be a result");
        passed.extend_from_slice(&LAST_BRACE);
        prop_assert_eq!(std::str::from_utf8(&passed), Ok(expected.as_str()), "every byte but the id should pass");
    }

    #[test]
    fn event_data_passes_for_any_chunks(data in object(&[]), cuts in cuts(), pieces in cuts()) {
        // A line break is white space of JSON, and reads as a line feed whichever it was.
        let expected = data.replace("\r\n", "\n");
        let whole = encode(data.as_bytes());
        let written = cut(expected.as_bytes(), &pieces).into_iter().map(encode_piece);
        let in_pieces: Vec<u8> = [BEGIN].into_iter().chain(written).chain([END]).flatten().collect();
        for stream in [&whole[..], &in_pieces] {
            let mut decoder = Decoder::new(1 << 20);
            let mut read = Vec::new();
            for chunk in cut(stream, &cuts) {
                read.extend(decoder.push(&chunk));
            }
            prop_assert_eq!(read, [Ok(Event::Message(expected.clone().into()))], "one event should come, with its data");
        }
    }

    #[test]
    fn batch_messages_pass_unchanged(messages in prop::collection::vec(odd_json(), 1..20)) {
        let split = batch::split(Bytes::from(format!(" [ {} ] ", messages.join(" , ")))).expect("should be a batch");
        let expected: Vec<Bytes> = messages.into_iter().map(Bytes::from).collect();
        prop_assert_eq!(&split, &expected, "every message should be a slice");
        prop_assert_eq!(batch::split(batch::join(&split)), Ok(expected), "the joined batch should split again");
    }
}
