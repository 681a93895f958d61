//! Access tokens of origins' authorization servers, for Weir or for one of its users.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use http::HeaderValue;
use ports::Timestamp;
use registry::snapshot::Origin;
use sha2::{Digest, Sha256};

use super::held::{BoundedMap, Life};
use crate::error::OriginTokenFault;

/// Bytes of tokens, about two thousand common ones.
const CAPACITY_BYTES: usize = 2 * 1024 * 1024;

/// The bytes of an entry beside its token.
const ENTRY_BYTES: usize = 200;

/// The lifetime of a token whose response names none (RFC 6749 §5.1 recommends `expires_in`).
const DEFAULT_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// The longest time for which a token is kept, whatever its response says.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The time before its end in which a token is no longer used; of a short one, half of its life.
const MARGIN: Duration = Duration::from_secs(30);

/// The time for which a refusal counts, of the authorization server or of the origin: many calls of one user ask an
/// authorization server once.
const REFUSED: Duration = Duration::from_secs(10);

/// The user, origin and credential of a token: SHA-256 over all that its request is made of.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenKey([u8; 32]);

impl TokenKey {
    /// The key of whatever `facts` are.
    pub(crate) fn of(facts: &impl Hash) -> Self {
        let mut digest = HashDigest(Sha256::new());
        facts.hash(&mut digest);
        Self(digest.0.finalize().into())
    }

    /// The key of an origin and its credential, without any user.
    pub(crate) fn facts(origin: &Origin) -> Self {
        Self::of(&(&origin.name, &origin.url, &origin.credential))
    }

    /// Its hexadecimal form.
    pub(crate) fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Hands all that a value is hashed by to SHA-256. Derived hashes write every member, each text with its end, so a new
/// setting of a credential can't be forgotten here.
struct HashDigest(Sha256);

impl Hasher for HashDigest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// An access token as it is sent, or the refusal to issue one.
#[derive(Clone)]
pub(crate) enum Kept {
    /// `Bearer …`, marked as sensitive.
    Token(HeaderValue),
    /// One that the origin has refused although it was new: another would fare no better.
    Doubtful(HeaderValue),
    /// A token of a user's grant that the origin has refused; the store may still have it.
    Spent(HeaderValue),
    /// The failure.
    Refused(OriginTokenFault),
}

/// The tokens that the isolate has got.
pub(crate) struct OutboundTokens(pub(super) BoundedMap<TokenKey, Kept>);

impl Default for OutboundTokens {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY_BYTES))
    }
}

impl OutboundTokens {
    /// The token under `key`, if it is not about to end, or a recent refusal.
    pub(crate) fn find(&self, key: &TokenKey, now: Timestamp) -> Option<Kept> {
        self.0.find(key, now).cloned()
    }

    /// Holds a token that was issued at `now`, or not long before.
    pub(crate) fn insert(&mut self, key: TokenKey, token: HeaderValue, lifetime_seconds: Option<u64>, now: Timestamp) {
        let lifetime = lifetime_seconds.map_or(DEFAULT_LIFETIME, Duration::from_secs).min(LONGEST);
        let life = Life::of(now, lifetime - MARGIN.min(lifetime / 2));
        let weight = token.len() + ENTRY_BYTES;
        self.0.insert(key, Kept::Token(token), weight, Some(life));
    }

    /// Holds a refusal.
    pub(crate) fn insert_refusal(&mut self, key: TokenKey, fault: OriginTokenFault, now: Timestamp) {
        self.0.insert(key, Kept::Refused(fault), ENTRY_BYTES, Some(Life::of(now, REFUSED)));
    }

    /// Remembers for a while that the origin has refused `token`, unless another one has taken its place.
    pub(crate) fn spend(&mut self, key: &TokenKey, token: &HeaderValue, now: Timestamp) {
        if matches!(self.0.find(key, now), Some(Kept::Token(held)) if held == token) {
            let weight = token.len() + ENTRY_BYTES;
            self.0.insert(*key, Kept::Spent(token.clone()), weight, Some(Life::of(now, REFUSED)));
        }
    }

    /// Removes `token`, which the origin has refused, unless another one has taken its place.
    pub(crate) fn remove(&mut self, key: &TokenKey, token: &HeaderValue, now: Timestamp) {
        if matches!(self.0.find(key, now), Some(Kept::Token(held)) if held == token) {
            self.0.remove(key);
        }
    }

    /// Holds on to `token`, which is new and yet refused by the origin, unless another one has taken its place.
    pub(crate) fn doubt(&mut self, key: &TokenKey, token: &HeaderValue, now: Timestamp) {
        if matches!(self.0.find(key, now), Some(Kept::Token(held)) if held == token) {
            let weight = token.len() + ENTRY_BYTES;
            self.0.insert(*key, Kept::Doubtful(token.clone()), weight, Some(Life::of(now, REFUSED)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_171_320_000);

    #[test]
    fn token_is_kept_until_shortly_before_its_end() {
        for (lifetime, kept) in [
            (Some(3600), 3570),
            (Some(61), 31),
            (Some(40), 20),
            (Some(2), 1),
            (None, 270),
            (Some(u64::MAX), 24 * 60 * 60 - 30),
        ] {
            let (key, mut tokens) = (TokenKey::of(&1), OutboundTokens::default());
            tokens.insert(key, HeaderValue::from_static("Bearer a"), lifetime, NOW);
            let is_there = |seconds| tokens.find(&key, NOW.after(Duration::from_secs(seconds))).is_some();
            assert!(is_there(kept - 1) && !is_there(kept), "{lifetime:?}");
        }
        let (key, mut tokens) = (TokenKey::of(&1), OutboundTokens::default());
        tokens.insert(key, HeaderValue::from_static("Bearer a"), Some(0), NOW);
        assert!(tokens.find(&key, NOW).is_none(), "a token that has ended should not be used");
    }

    #[test]
    fn only_the_refused_token_is_removed() {
        let (key, mut tokens) = (TokenKey::of(&1), OutboundTokens::default());
        let [first, second] = ["Bearer a", "Bearer b"].map(HeaderValue::from_static);
        tokens.insert(key, second.clone(), None, NOW);
        tokens.remove(&key, &first, NOW);
        assert!(tokens.find(&key, NOW).is_some(), "another request has got a new one meanwhile");
        tokens.remove(&key, &second, NOW);
        assert!(tokens.find(&key, NOW).is_none());
    }

    #[test]
    fn tokens_are_bounded() {
        let mut tokens = OutboundTokens::default();
        let token = HeaderValue::from_str(&"a".repeat(16 * 1024)).unwrap();
        for number in 0..1_000 {
            tokens.insert(TokenKey::of(&number), token.clone(), None, NOW);
            assert!(tokens.0.weight() <= CAPACITY_BYTES);
        }
    }

    #[test]
    fn texts_of_a_key_are_kept_apart() {
        assert!(TokenKey::of(&("ab", "c")) != TokenKey::of(&("a", "bc")));
    }
}
