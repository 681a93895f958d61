//! Sealed texts: state that a client keeps for Weir and sends back, so that no store is needed.
//!
//! ```text
//! base64url( nonce 24 │ XChaCha20-Poly1305(content) │ tag 16 )      associated data: purpose, then what it is bound to
//! ```
//!
//! The binding isn't part of the text: opening needs the same binding again. So a text of another purpose, user or
//! epoch fails in the same way as a truncated or an invented one.

pub(crate) mod cursor;
pub(crate) mod question;
mod sealing_keys;
pub(crate) mod session;
pub(crate) mod task;

use std::cell::Cell;
use std::rc::Rc;

use ports::Host;

use crate::error::Fault;
use crate::gateway::Gateway;
use crate::{identifier, keys};
pub(crate) use sealing_keys::{Binding, NONCE_BYTES, SealingKeys};

/// Seals the texts of one request. Each has its own nonce: the request's random bytes, with the number of the text
/// XORed into the last eight.
pub(crate) struct Sealer {
    keys: Rc<SealingKeys>,
    nonce: [u8; NONCE_BYTES],
    sealed: Cell<u64>,
}

impl Sealer {
    /// A sealer with a new random nonce; `None` if the deployment has no sealing keys.
    pub(crate) async fn new<H: Host>(gateway: &Gateway<H>) -> Result<Option<Self>, Fault> {
        let Some(keys) = keys::sealing(gateway).await? else { return Ok(None) };
        Self::of(gateway, keys).map(Some)
    }

    /// The same for whoever can't go on without sealing keys.
    pub(crate) async fn required<H: Host>(gateway: &Gateway<H>) -> Result<Self, Fault> {
        Self::of(gateway, keys::required_sealing(gateway).await?)
    }

    fn of<H: Host>(gateway: &Gateway<H>, keys: Rc<SealingKeys>) -> Result<Self, Fault> {
        Ok(Self { keys, nonce: identifier::bytes(&gateway.host)?, sealed: Cell::new(0) })
    }

    /// Seals `content`; `None` if the text would be longer than its purpose allows.
    pub(crate) fn seal(&self, binding: &Binding, content: &[u8]) -> Option<String> {
        let mut nonce = self.nonce;
        for (byte, of_number) in nonce.iter_mut().rev().zip(self.sealed.get().to_le_bytes()) {
            *byte ^= of_number;
        }
        self.sealed.set(self.sealed.get() + 1);
        self.keys.seal(nonce, binding, content)
    }

    /// The content of a text that was sealed under this binding; `None` for any other text.
    pub(crate) fn open(&self, binding: &Binding, text: &str) -> Option<Vec<u8>> {
        self.keys.open(binding, text)
    }
}

/// The content of a text that was sealed under this binding; `None` for any other text, or without sealing keys.
pub(crate) async fn open<H: Host>(
    gateway: &Gateway<H>,
    binding: &Binding,
    text: &str,
) -> Result<Option<Vec<u8>>, Fault> {
    Ok(keys::sealing(gateway).await?.and_then(|keys| keys.open(binding, text)))
}
