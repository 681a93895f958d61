//! The `KeyValue` port: where the registry's records live.

use bytes::Bytes;

/// The store could not answer; says nothing about whether the key exists.
#[derive(Debug, thiserror::Error)]
#[error("the key-value store failed: {0}")]
pub struct KeyValueError(pub String);

/// Bytes by key.
///
/// *Contract*
/// - A value written is read back byte for byte, or not yet, or (after an overwrite) the older value: eventually
///   consistent. Never a mix of two values.
/// - No expiry, no listing, no conditional writes: an expiry is a field of the value, judged by [`super::Clock`].
/// - Keys are at most 512 bytes of UTF-8. A missing key is `Ok(None)`, never an error.
pub trait KeyValue {
    /// The value of `key`.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Bytes>, KeyValueError>>;
    /// Writes `value` under `key`.
    fn put(&self, key: &str, value: Bytes) -> impl Future<Output = Result<(), KeyValueError>>;
    /// Removes `key`; removing what isn't there succeeds.
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), KeyValueError>>;
}
