//! The `VersionedStore` port: small values that are replaced only by a caller who has seen the current one.

use crate::Timestamp;

/// The most bytes of a value.
pub const MOST_BYTES: usize = 64 * 1024;

/// The most bytes of a key.
pub const MOST_KEY_BYTES: usize = 512;

/// A value, and the revision that a caller names to replace it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedValue {
    /// The number of times that the key was written since it was absent, from 1 on.
    pub revision: u64,
    /// The bytes, at most [`MOST_BYTES`].
    pub value: Vec<u8>,
}

/// The result of a replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplaceResult {
    /// The value was written, and this is its revision.
    Written(u64),
    /// The revision was another, and nothing was written; with the current value, if there is one.
    Conflict(Option<VersionedValue>),
}

/// The store could not decide; the caller must refuse its request, and treat nothing as absent or outdated.
#[derive(Debug, thiserror::Error)]
#[error("the versioned store failed: {0}")]
pub struct VersionedStoreError(pub String);

/// Values with compare-and-set, shared by all isolates.
///
/// *Contract*
/// - Linearizable: of any number of concurrent replacements that expect one revision, wherever they run, at most one is
///   [`ReplaceResult::Written`], and each `get` that begins after it returns its value or a later one.
/// - A value is kept until its `until` at least, and is absent from then on, though its bytes may be removed later.
/// - `expected: None` writes only if the key is absent. The revisions of a key that was deleted, or has ended, begin
///   again: a key is never used again for something else.
/// - Keys are at most 512 bytes of UTF-8, values at most [`MOST_BYTES`]; more is an error. Different keys don't affect
///   each other.
/// - Bounded in time by the host (at most 5 s), then an error. An error says nothing about whether the value was
///   written.
pub trait VersionedStore {
    /// Returns the current value of `key`, if there is one.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<VersionedValue>, VersionedStoreError>>;

    /// Replaces the value of `key`, if its revision is `expected`, by one that is kept until `until`.
    fn replace(
        &self,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
        until: Timestamp,
    ) -> impl Future<Output = Result<ReplaceResult, VersionedStoreError>>;

    /// Removes `key`, whatever its revision.
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), VersionedStoreError>>;
}

/// Refuses a key or a value that exceeds its bound, before an implementation asks its store.
pub fn within_bounds(key: &str, value: &[u8]) -> Result<(), VersionedStoreError> {
    let check = |what: &str, bytes: usize, most: usize| match bytes <= most {
        true => Ok(()),
        false => Err(VersionedStoreError(format!("the {what} has {bytes} bytes, and {most} are the most"))),
    };
    check("key", key.len(), MOST_KEY_BYTES)?;
    check("value", value.len(), MOST_BYTES)
}
