//! The `Entropy` port: unpredictable bytes.

/// The host gave no random bytes; the caller must refuse its request.
#[derive(Debug, thiserror::Error)]
#[error("the host gave no random bytes")]
pub struct EntropyError;

/// Unpredictable bytes.
///
/// *Contract*
/// - On success every byte of `buffer` is from a cryptographically secure source.
/// - Never blocks for longer than a system call.
pub trait Entropy {
    /// Fills `buffer`.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}
