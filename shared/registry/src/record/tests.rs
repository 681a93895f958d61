//! Tests of sealing and opening: every changed, foreign or outdated record is refused.

use oauth::jwk::{KeySet, PrivateKeySet, generate};
use oauth::jws;
use proptest::prelude::*;

use super::*;

const EPOCH: u64 = 1_795_000_000_000;
const GATEWAY: RecordKey<'static> = RecordKey::Gateway { epoch: EPOCH };
const SUPPORT: RecordKey<'static> = RecordKey::VirtualServer { epoch: EPOCH, name: "support" };
const FRESHNESS: Freshness = Freshness { sequence: EPOCH, valid_until: 1_795_600_000 };

fn key(seed: u8) -> String {
    generate([seed; 32]).expect("entropy gives a key")
}

fn publisher(seed: u8) -> PrivateKeySet {
    let set = format!(r#"{{"keys":[{}]}}"#, key(seed));
    PrivateKeySet::parse(&set).expect("a generated key is a key")
}

fn public(keys: &PrivateKeySet) -> KeySet {
    KeySet::parse(&keys.public_json()).expect("its public half is a key set")
}

fn sealed(key: &RecordKey<'_>, raw: &[u8]) -> Vec<u8> {
    let freshness = key.is_standing().then_some(FRESHNESS);
    seal(&publisher(1), key, freshness, raw).expect("a small record seals")
}

fn open_with_right_key<'a>(bytes: &'a [u8], key: &RecordKey<'_>) -> Result<VerifiedRecord<'a>, RecordError> {
    open(bytes, &public(&publisher(1)), key)
}

/// A record over `raw` with an arbitrary `statement`, signed with the publisher's key.
fn stated(statement: &Statement, raw: &[u8]) -> Vec<u8> {
    let line = crate::signature::sign(&publisher(1), statement).expect("a statement is signed");
    [line.as_bytes(), b"\n", raw].concat()
}

#[test]
fn record_opens_to_sealed_bytes() {
    let raw = br#"{"name":"support"}"#;
    let bytes = sealed(&SUPPORT, raw);
    let opened = open_with_right_key(&bytes, &SUPPORT).expect("an untouched record opens");
    assert_eq!(opened.raw, raw);
    assert_eq!(opened.statement.name, "virtual-server/support");
    assert_eq!(opened.statement.epoch, EPOCH);
}

#[test]
fn record_key_begins_with_epoch() {
    let keys =
        [RecordKey::Head, RecordKey::Quarantine, GATEWAY, RecordKey::Assignments { epoch: 7, shard: 3 }, SUPPORT];
    let shown: Vec<String> = keys.iter().map(RecordKey::to_string).collect();
    let expected =
        ["head", "quarantine", "1795000000000/gateway", "7/assignments/3", "1795000000000/virtual-server/support"];
    assert_eq!(shown, expected);
}

#[test]
fn half_of_validity_is_between_signing_and_end() {
    let freshness = Freshness { sequence: 1_000_000, valid_until: 3_000 };
    assert_eq!(freshness.half(), 2_000);
    let ended = Freshness { sequence: 1_000_000, valid_until: 10 };
    assert_eq!(ended.half(), 1_000, "an end before the beginning should not wrap around");
}

#[test]
fn key_id_of_a_record_is_read_without_trust() {
    let bytes = sealed(&SUPPORT, b"{}");
    assert!(unverified_key_id(&bytes).is_some_and(|key_id| !key_id.is_empty()), "the signing key should be named");
    for bytes in [&b""[..], b"no line end", b"not.a.jws\n{}", b"\n"] {
        assert_eq!(unverified_key_id(bytes), None);
    }
}

#[test]
fn tampered_record_is_refused() {
    let mut bytes = sealed(&GATEWAY, br#"{"url":"https://mcp.example.com"}"#);
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    assert_eq!(open_with_right_key(&bytes, &GATEWAY), Err(RecordError::WrongDigest));
}

#[test]
fn record_under_another_key_is_refused() {
    let bytes = sealed(&SUPPORT, b"{}");
    let other = RecordKey::VirtualServer { epoch: EPOCH, name: "operations" };
    assert_eq!(open_with_right_key(&bytes, &other), Err(RecordError::WrongName));
    assert_eq!(open_with_right_key(&bytes, &GATEWAY), Err(RecordError::WrongName));
}

#[test]
fn record_of_another_epoch_is_refused() {
    let bytes = sealed(&GATEWAY, b"{}");
    let older = RecordKey::Gateway { epoch: EPOCH - 1 };
    assert_eq!(open_with_right_key(&bytes, &older), Err(RecordError::WrongEpoch));
}

#[test]
fn record_of_another_publisher_is_refused() {
    let bytes = sealed(&GATEWAY, b"{}");
    assert_eq!(open(&bytes, &public(&publisher(2)), &GATEWAY), Err(RecordError::Unsigned));
}

#[test]
fn record_of_either_live_key_opens() {
    let both = format!(r#"{{"keys":[{},{}]}}"#, key(2), key(1));
    let both = public(&PrivateKeySet::parse(&both).expect("two keys are a set"));
    assert!(open(&sealed(&GATEWAY, b"{}"), &both, &GATEWAY).is_ok(), "the second key should verify too");
}

#[test]
fn record_without_signature_is_refused() {
    let bytes = sealed(&GATEWAY, b"{}");
    let text = String::from_utf8(bytes).expect("a record is text");
    let (line, raw) = text.split_once('\n').expect("a record has a line");
    let unsigned = line.rsplit_once('.').expect("a signed line has three parts").0;
    assert_eq!(open_with_right_key(format!("{unsigned}.\n{raw}").as_bytes(), &GATEWAY), Err(RecordError::Unsigned));
    assert_eq!(open_with_right_key(raw.as_bytes(), &GATEWAY), Err(RecordError::Malformed), "raw JSON alone");
    assert_eq!(open_with_right_key(b"", &GATEWAY), Err(RecordError::Malformed), "nothing");
}

#[test]
fn token_of_another_type_is_refused() {
    let raw = b"{}";
    let statement = open_with_right_key(&sealed(&GATEWAY, raw), &GATEWAY).expect("it opens").statement;
    let line = jws::sign(&publisher(1), "at+jwt", &statement).expect("a token is signed");
    let bytes = [line.as_bytes(), b"\n", raw].concat();
    assert_eq!(open_with_right_key(&bytes, &GATEWAY), Err(RecordError::Unsigned));
}

#[test]
fn head_with_another_epoch_in_its_statement_is_refused() {
    let raw = br#"{"epoch":5}"#;
    let bytes = sealed(&RecordKey::Head, raw);
    let opened = open_with_right_key(&bytes, &RecordKey::Head).expect("a head opens");
    assert_eq!(opened.decode::<Head>(), Ok(Head { epoch: 5 }));
    let lying = Statement { epoch: 6, ..opened.statement.clone() };
    assert_eq!(open_with_right_key(&stated(&lying, raw), &RecordKey::Head), Err(RecordError::WrongEpoch));
}

#[test]
fn head_and_quarantine_need_sequence_and_end_of_validity() {
    assert_eq!(seal(&publisher(1), &RecordKey::Quarantine, None, b"{}"), Err(RecordError::Malformed));
    assert_eq!(seal(&publisher(1), &GATEWAY, Some(FRESHNESS), b"{}"), Err(RecordError::Malformed));
    let bytes = sealed(&RecordKey::Quarantine, b"{}");
    let whole = open_with_right_key(&bytes, &RecordKey::Quarantine).expect("a quarantine opens").statement;
    let endless = Statement { valid_until: None, ..whole };
    let opened = open_with_right_key(&stated(&endless, b"{}"), &RecordKey::Quarantine).map(|opened| opened.statement);
    assert_eq!(opened, Err(RecordError::Malformed), "without an end it would count for ever");
}

#[test]
fn fresh_refuses_expired_and_older_records() {
    let bytes = sealed(&RecordKey::Quarantine, b"{}");
    let opened = open_with_right_key(&bytes, &RecordKey::Quarantine).expect("a quarantine opens");
    let (sequence, end) = (FRESHNESS.sequence, FRESHNESS.valid_until);
    assert_eq!(opened.fresh(end - 1, None), Ok(FRESHNESS), "in its last second it counts");
    assert_eq!(opened.fresh(end - 1, Some(sequence)), Ok(FRESHNESS), "the same one may be read again");
    assert_eq!(opened.fresh(end, None), Err(RecordError::Expired));
    assert_eq!(opened.fresh(0, Some(sequence + 1)), Err(RecordError::OlderSequence));
}

#[test]
fn record_of_another_shape_is_malformed() {
    let bytes = sealed(&RecordKey::Quarantine, br#"{"principals":[],"frozen_by":"alice"}"#);
    let opened = open_with_right_key(&bytes, &RecordKey::Quarantine).expect("the seal is right");
    let decoded = opened.decode::<crate::snapshot::Quarantine>();
    assert_eq!(decoded, Err(RecordError::Malformed), "a member that we don't know could be a restriction");
}

#[test]
fn oversized_record_is_neither_sealed_nor_opened() {
    let large = vec![b' '; RECORD_BYTES + 1];
    assert_eq!(seal(&publisher(1), &GATEWAY, None, &large), Err(RecordError::TooLarge));
    assert_eq!(open_with_right_key(&large, &GATEWAY), Err(RecordError::TooLarge));
}

proptest! {
    #[test]
    fn open_refuses_arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(open_with_right_key(&bytes, &GATEWAY).is_err(), "a guessed signature should be refused");
    }

    #[test]
    fn open_refuses_record_with_one_changed_byte(position in any::<prop::sample::Index>(), other in 1..=255_u8) {
        let mut bytes = sealed(&GATEWAY, br#"{"url":"https://mcp.example.com","issuers":[]}"#);
        let position = position.index(bytes.len());
        bytes[position] ^= other;
        prop_assert!(open_with_right_key(&bytes, &GATEWAY).is_err(), "byte {} was changed", position);
    }

    #[test]
    fn open_returns_sealed_bytes(raw in proptest::collection::vec(any::<u8>(), 0..512)) {
        let bytes = sealed(&GATEWAY, &raw);
        let opened = open_with_right_key(&bytes, &GATEWAY).map(|opened| opened.raw.to_vec());
        prop_assert_eq!(opened, Ok(raw));
    }
}
