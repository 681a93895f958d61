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

/// The longest time for which a token of an identity provider is remembered: as long as its keys count as fresh. A key
/// that the provider withdraws must not serve for the day that its tokens may last.
const OF_PROVIDER: Duration = Duration::from_secs(10 * 60);

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
pub(crate) struct Tokens(pub(super) BoundedMap<TokenDigest, Held>);

/// The principal of one token.
pub(crate) struct Held {
    principal: Rc<Principal>,
    /// The epoch whose registry settings mapped an identity provider's token to the principal; `None` for a token of
    /// Weir's own, whose claims need no mapping.
    epoch: Option<u64>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY_BYTES))
    }
}

impl Tokens {
    /// The principal of the token, if it was verified for `audience`, by the settings of `epoch` where it depends on
    /// them, and has not expired.
    pub(crate) fn find(
        &self,
        digest: &TokenDigest,
        audience: &str,
        epoch: u64,
        now: Timestamp,
    ) -> Option<Rc<Principal>> {
        let held = self.0.find(digest, now)?;
        let is_current = held.epoch.is_none_or(|of| of == epoch) && held.principal.claims().audience == audience;
        is_current.then(|| held.principal.clone())
    }

    /// Holds the principal of a token of `bytes` that was verified at `now`.
    pub(crate) fn insert(
        &mut self,
        digest: TokenDigest,
        principal: Rc<Principal>,
        epoch: Option<u64>,
        bytes: usize,
        now: Timestamp,
    ) {
        // The same tolerance as when it was verified.
        let seconds = principal.claims().expires_at.saturating_add(TOLERANCE_SECONDS);
        let until = Timestamp::from_millis(0).after(Duration::from_secs(seconds));
        let until = if epoch.is_some() { until.min(now.after(OF_PROVIDER)) } else { until };
        self.0.insert(digest, Held { principal, epoch }, bytes, Some(Life::until(now, until)));
    }
}

#[cfg(test)]
mod tests {
    use oauth::access_token::Claims;

    use super::*;
    use crate::principal::testing::claims;

    #[test]
    fn principal_that_settings_made_is_of_their_epoch() {
        let (mut tokens, now) = (Tokens::default(), Timestamp::from_millis(1_000));
        let (own, theirs) = (TokenDigest::of("own"), TokenDigest::of("theirs"));
        let principal = Rc::new(Principal::new(Claims { expires_at: 3_600, ..claims() }));
        tokens.insert(own, principal.clone(), None, 3, now);
        tokens.insert(theirs, principal, Some(7), 6, now);
        let has = |digest, epoch| tokens.find(digest, "https://mcp.example.com/mcp", epoch, now).is_some();
        assert!(has(&own, 7) && has(&own, 8), "a token of Weir's own says itself who its principal is");
        assert!(has(&theirs, 7) && !has(&theirs, 8), "a new epoch may map it otherwise");
        let later = now.after(OF_PROVIDER);
        let lives = |digest| tokens.find(digest, "https://mcp.example.com/mcp", 7, later).is_some();
        assert!(lives(&own) && !lives(&theirs), "its key may have been withdrawn");
        assert!(tokens.find(&own, "https://mcp.example.com/mcp/support", 7, now).is_none(), "another audience");
    }
}
