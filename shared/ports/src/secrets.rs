//! The `Secrets` port: secrets by name.

use crate::secret::Secret;

/// The reason why a secret can't be read. Neither variant ever carries a value.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The deployment has not set it.
    #[error("the secret `{0}` is not set")]
    Missing(String),
    /// The host failed while reading it.
    #[error("the secret `{0}` can't be read")]
    Unreadable(String),
}

/// Secrets by name.
///
/// *Contract*
/// - Names are `[A-Z][A-Z0-9_]*`.
/// - A secret that is not set is [`SecretError::Missing`], never an empty value.
/// - Values reach Weir only inside [`Secret`], which can't be printed.
pub trait Secrets {
    /// The secret with this name.
    fn get(&self, name: &str) -> impl Future<Output = Result<Secret, SecretError>>;
}
