//! The `Objects` port: bytes by key, replaced only by whoever has seen what they replace.

pub mod contract;
pub mod memory;

use std::future::Future;

use bytes::Bytes;

/// The store could not answer, or not in time; says nothing about whether a write happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the object store failed: {0}")]
pub struct ObjectsError(pub String);

/// Names one state of one object, as the store does (an entity tag, a row's number). Only equality means anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub String);

/// An object as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its content.
    pub bytes: Bytes,
    /// What to name in order to replace exactly this content.
    pub version: Version,
}

/// What a writer takes to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// The object in this version.
    Version(Version),
}

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The object now has the new content.
    Written,
    /// Something else is there than was expected; nothing was written.
    Conflict,
}

/// Bytes by key.
///
/// *Contract*
/// - `get` gives the bytes of the last completed write of a key and their version, never a mix; a missing key is `Ok(None)`.
/// - `put_if` compares and writes in one step: of any number of concurrent writers with the same expectation, wherever
///   they run, exactly one writes. `Expected::Version` of an object that is gone is a conflict.
/// - A read that begins after a write has completed sees it or a later one (strong consistency, list included).
/// - Versions of different content differ. The same content may get the same version again.
/// - `put_if` is atomic: when it fails or its caller dies, the object has the old content or the new one.
/// - `list` gives at most `limit` keys that begin with `prefix` and are greater than `after`, in ascending order of their
///   bytes, and leaves none out between the first and the last. `limit` is at most 1,000.
/// - Keys are at most 512 bytes of `[a-zA-Z0-9/._-]`; objects at most 32 MiB. Nothing expires.
pub trait Objects {
    /// The object at `key`.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Object>, ObjectsError>>;

    /// Writes `bytes` at `key` if what is there is `expected`.
    fn put_if(&self, key: &str, bytes: Bytes, expected: Expected) -> impl Future<Output = Result<Put, ObjectsError>>;

    /// The next keys with `prefix`, after `after`.
    fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<String>, ObjectsError>>;
}
