//! The `KeyValue` port: the store of the registry's records.

use bytes::Bytes;

/// The store failed; the key may or may not exist.
#[derive(Debug, thiserror::Error)]
#[error("the key-value store failed: {0}")]
pub struct KeyValueError(pub String);

/// Bytes by key.
///
/// *Contract*
/// - Eventually consistent: a read returns the value written last, byte for byte, or an older one, or none yet. Never a
///   mix of two values.
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
