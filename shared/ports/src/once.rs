//! The `Once` port: a claim that only one caller can make.

use crate::Timestamp;

/// The result of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The key was free, and is now the caller's.
    First,
    /// The key was claimed before, and that claim has not expired.
    Replayed,
}

/// The store could not decide; the caller must refuse its request.
#[derive(Debug, thiserror::Error)]
#[error("the claim could not be decided: {0}")]
pub struct OnceError(pub String);

/// A claim that only one caller can make.
///
/// *Contract*
/// - Linearizable: of any number of concurrent claims of a key, wherever they run, exactly one is [`Claim::First`].
/// - A claim holds until `until` at least; after that the key may be forgotten, and claimed again.
/// - Keys are at most 512 bytes of UTF-8; different keys don't affect each other.
/// - Bounded in time by the host (at most 5 s), then an error. An error says nothing about whether the claim was made.
pub trait Once {
    /// Claims `key` until `until`.
    fn claim(&self, key: &str, until: Timestamp) -> impl Future<Output = Result<Claim, OnceError>>;
}
