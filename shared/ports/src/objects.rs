//! The `Objects` port: bytes by key, with writes that are conditional on the version read before.

pub mod contract;
pub mod memory;

use std::future::Future;

use bytes::Bytes;

/// The store failed or exceeded its deadline; a write may have happened all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the object store failed: {0}")]
pub struct ObjectsError(pub String);

/// The store's name for one content of one object (an entity tag, a row number). Compared for equality only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub String);

/// The content and version of an object at the time of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The content, at most 32 MiB.
    pub bytes: Bytes,
    /// The version to pass to `put_if` in order to replace exactly this content.
    pub version: Version,
}

/// The condition of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// The key has no object.
    Absent,
    /// The key has the object in this version.
    Version(Version),
}

/// The result of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The object now has the new content.
    Written,
    /// The condition did not hold; nothing was written.
    Conflict,
}

/// An object store.
///
/// *Contract*
/// - `get` returns the bytes of the last completed write of a key and their version, never a mix; a missing key is
///   `Ok(None)`.
/// - `put_if` compares and writes atomically: of any number of concurrent writers with the same condition, in any
///   process, exactly one writes. `Expected::Version` of a removed object is a conflict.
/// - A read that begins after a write has completed sees it or a later one (strong consistency, list included).
/// - Versions of different contents differ. The same content may have the same version again.
/// - If `put_if` fails or its caller dies, the object has either the old content or the new one.
/// - `list` returns at most `limit` keys that begin with `prefix` and are greater than `after`, in ascending byte order
///   and without gaps. `limit` is at most 1,000.
/// - Keys are at most 512 bytes of `[a-zA-Z0-9/._-]`; objects at most 32 MiB. Nothing expires.
pub trait Objects {
    /// The object at `key`.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Object>, ObjectsError>>;

    /// Writes `bytes` at `key` if `expected` holds.
    fn put_if(&self, key: &str, bytes: Bytes, expected: Expected) -> impl Future<Output = Result<Put, ObjectsError>>;

    /// The next keys with `prefix` after `after`, or the first ones.
    fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<String>, ObjectsError>>;
}
