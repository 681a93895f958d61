//! Tests on wasm32: events and ids are written and read as natively.
#![cfg(target_arch = "wasm32")]

use audit::{AuditEvent, EVENT_BYTES, EventId, Outcome, redact};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn event_is_written_and_read() {
    let mut event = AuditEvent::call(1_795_171_327_123, [7; 10], Outcome::success(200));
    event.arguments = Some(redact(r#"{"query":"late","limit":5}"#, &["limit".to_owned()]));
    event.tool = Some("\0".repeat(100_000));
    let json = event.into_json();
    assert!(json.len() < EVENT_BYTES, "an event should keep its bound where `usize` has 32 bits");
    assert!(json.contains(r#""query":{"type":"string","length":4},"limit":{"type":"integer","value":5}"#), "{json}");
    let read: AuditEvent = serde_json::from_str(&json).expect("an event should be readable");
    assert_eq!(read.id.millis(), 1_795_171_327_123, "the instant should not be cut to 32 bits");
    assert_eq!(read.time, "2026-11-20T10:42:07.123Z", "dates should not overflow");
}

#[wasm_bindgen_test]
fn identifiers_are_made_and_read() {
    let id = EventId::new(u64::MAX, [255; 10]);
    assert_eq!(EventId::parse(id.as_str()), Ok(id), "the greatest id should be one");
}
