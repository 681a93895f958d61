//! The records' JSON stays readable and the shards stay where they are.

use super::*;

#[test]
fn shard_of_a_group_never_moves() {
    // First four bytes of SHA-256("support"), SHA-256("operations") and SHA-256(""), big endian.
    assert_eq!(assignment_shard("support", u32::MAX), 0xa186_0308);
    assert_eq!(assignment_shard("operations", u32::MAX), 0x74de_07c4);
    assert_eq!(assignment_shard("", u32::MAX), 0xe3b0_c442);
    assert_eq!(assignment_shard("support", 16), 0xa186_0308 % 16);
}

#[test]
fn shard_of_no_shards_is_the_first() {
    assert_eq!(assignment_shard("support", 0), 0);
    assert_eq!(assignment_shard("support", 1), 0);
}
