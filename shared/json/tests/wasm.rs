//! The same scanning and writing on wasm32, where the gateway runs.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic, which clippy does not see in these")]

use bytes::Bytes;
use json::{RawJson, RawJsonError};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn deep_json_is_refused_without_a_stack_overflow() {
    let bomb = Bytes::from("[".repeat(1_000_000));
    assert_eq!(RawJson::parse(bomb), Err(RawJsonError::TooDeep), "a bomb should be refused");
}

#[wasm_bindgen_test]
fn long_strings_end_where_they_should() {
    // 32-bit targets take the same eight bytes at a time.
    for length in 0..40 {
        let text = format!("{}\u{7f}é\"\\\n", "x".repeat(length));
        let raw = RawJson::parse(RawJson::from_string(&text).into_bytes()).unwrap();
        assert_eq!(raw.string().as_deref(), Some(text.as_str()), "the string should come back");
    }
}
