//! Tests of compatibility: older records stay readable, and groups stay in their shards.

use super::*;

#[test]
fn shard_of_group_is_stable() {
    // First four bytes of SHA-256("support"), SHA-256("operations") and SHA-256(""), big endian.
    assert_eq!(assignment_shard("support", u32::MAX), 0xa186_0308);
    assert_eq!(assignment_shard("operations", u32::MAX), 0x74de_07c4);
    assert_eq!(assignment_shard("", u32::MAX), 0xe3b0_c442);
    assert_eq!(assignment_shard("support", 16), 0xa186_0308 % 16);
}

#[test]
fn shard_is_first_if_there_are_none() {
    assert_eq!(assignment_shard("support", 0), 0);
    assert_eq!(assignment_shard("support", 1), 0);
}

#[test]
fn origin_of_older_record_has_automatic_era() {
    let earlier = r#"{"name":"documents","url":"https://documents.example.com/mcp","timeout_ms":1,"credential":{"type":"none"},"audit":"completion","data_classes":[],"risk":"low","owner":"knowledge","prices":[]}"#;
    let origin: Origin = serde_json::from_str(earlier).unwrap();
    assert_eq!(origin.era, OriginEra::Auto);
    assert_eq!(serde_json::to_string(&origin).unwrap(), earlier, "older gateways should be able to read it too");
    let legacy = Origin { era: OriginEra::Legacy, ..origin };
    assert!(serde_json::to_string(&legacy).unwrap().contains(r#""era":"legacy""#), "what is said should be written");
}
