//! Tests on wasm32: records open as they do natively.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, reason = "clippy takes functions beside the tests for production code")]

use oauth::jwk::{KeySet, PrivateKeySet, generate};
use registry::record::{Freshness, RecordError, RecordKey, open, seal};
use registry::snapshot::{Head, assignment_shard};
use wasm_bindgen_test::wasm_bindgen_test;

fn keys() -> PrivateKeySet {
    let set = format!(r#"{{"keys":[{}]}}"#, generate([7; 32]).expect("entropy gives a key"));
    PrivateKeySet::parse(&set).expect("a generated key is a key")
}

#[wasm_bindgen_test]
fn record_opens_to_sealed_bytes() {
    let public = KeySet::parse(&keys().public_json()).expect("a public half is a key set");
    let freshness = Freshness { sequence: 7, valid_until: 100 };
    let sealed = seal(&keys(), &RecordKey::Head, Some(freshness), br#"{"epoch":5}"#).expect("a head seals");
    let opened = open(&sealed, &public, &RecordKey::Head).expect("an untouched record opens");
    assert_eq!(opened.decode::<Head>(), Ok(Head { epoch: 5 }));
    assert_eq!(opened.fresh(99, None), Ok(freshness));
    assert_eq!(opened.fresh(100, None), Err(RecordError::Expired));
}

#[wasm_bindgen_test]
fn tampered_record_is_refused() {
    let public = KeySet::parse(&keys().public_json()).expect("a public half is a key set");
    let key = RecordKey::VirtualServer { epoch: 1, name: "support" };
    let mut sealed = seal(&keys(), &key, None, b"{}").expect("a record seals");
    let other = RecordKey::VirtualServer { epoch: 2, name: "support" };
    assert_eq!(open(&sealed, &public, &other), Err(RecordError::WrongEpoch));
    sealed.push(b' ');
    assert_eq!(open(&sealed, &public, &key), Err(RecordError::WrongDigest));
}

#[wasm_bindgen_test]
fn shard_of_group_equals_native_shard() {
    assert_eq!(assignment_shard("support", u32::MAX), 0xa186_0308);
}
