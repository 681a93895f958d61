//! The default of the limit on requests, which a record omits.

/// The default of [`super::Gateway::requests_per_minute`]: five clients of one user that open at once stay below it.
pub const REQUESTS_PER_MINUTE: u64 = 300;

pub(super) const fn default() -> u64 {
    REQUESTS_PER_MINUTE
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
pub(super) const fn is_default(value: &u64) -> bool {
    *value == REQUESTS_PER_MINUTE
}
