//! Access tokens that the isolate has verified: a signature check costs up to a millisecond in wasm.

use std::rc::Rc;
use std::time::Duration;

use oauth::jws::TOLERANCE_SECONDS;
use ports::Timestamp;
use sha2::{Digest, Sha256};

use super::held::{BoundedMap, Life};
use crate::principal::Principal;

/// Bytes of tokens, about three thousand common ones: the principal takes about as much room as the token.
const CAPACITY_BYTES: usize = 2 * 1024 * 1024;

/// SHA-256 of a token, so that no usable token is kept in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of `token`.
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

/// The principals of verified tokens.
pub(crate) struct Tokens(pub(super) BoundedMap<TokenDigest, Rc<Principal>>);

impl Default for Tokens {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY_BYTES))
    }
}

impl Tokens {
    /// The principal of the token, if it was verified for `audience` and has not expired.
    pub(crate) fn find(&self, digest: &TokenDigest, audience: &str, now: Timestamp) -> Option<Rc<Principal>> {
        self.0.find(digest, now).filter(|principal| principal.claims().audience == audience).cloned()
    }

    /// Holds the principal of a token of `bytes` that was verified at `now`.
    pub(crate) fn insert(&mut self, digest: TokenDigest, principal: Rc<Principal>, bytes: usize, now: Timestamp) {
        // The same tolerance as when it was verified.
        let seconds = principal.claims().expires_at.saturating_add(TOLERANCE_SECONDS);
        let until = Timestamp::from_millis(0).after(Duration::from_secs(seconds));
        self.0.insert(digest, principal, bytes, Some(Life::until(now, until)));
    }
}
