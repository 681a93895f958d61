//! Proof Key for Code Exchange (RFC 7636), with `S256` as the only method: `plain` protects nothing that is seen.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The value of `code_challenge_methods_supported` (RFC 8414 §2).
pub const METHODS: [&str; 1] = ["S256"];

/// The code challenge of an authorization request: 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(String);

/// The reason for refusing a code challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    /// No `code_challenge`: OAuth 2.1 §4.1.1 requires one of every client.
    #[error("`code_challenge` is missing")]
    Missing,
    /// `code_challenge_method` is absent, which means `plain`, or another than `S256`.
    #[error("`code_challenge_method` must be `S256`")]
    NotS256,
    /// Not the base64url form of 32 bytes.
    #[error("`code_challenge` is malformed")]
    Malformed,
}

impl PkceError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "code_challenge_missing",
            Self::NotS256 => "code_challenge_not_s256",
            Self::Malformed => "code_challenge_malformed",
        }
    }
}

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method` (RFC 7636 §4.3).
    ///
    /// # Errors
    /// [`PkceError`] unless they are the `S256` challenge of some verifier.
    pub fn parse(challenge: Option<&str>, method: Option<&str>) -> Result<Self, PkceError> {
        let challenge = challenge.ok_or(PkceError::Missing)?;
        if method != Some("S256") {
            return Err(PkceError::NotS256);
        }
        let bytes = URL_SAFE_NO_PAD.decode(challenge).map_err(|_| PkceError::Malformed)?;
        if bytes.len() == 32 { Ok(Self(challenge.to_owned())) } else { Err(PkceError::Malformed) }
    }

    /// Returns the challenge of a verifier of ours.
    #[must_use]
    pub fn of(verifier: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)))
    }

    /// True if `verifier` has this challenge; compared in constant time. A verifier that RFC 7636 §4.1 doesn't allow
    /// (43 to 128 unreserved characters) never has.
    #[must_use]
    pub fn matches(&self, verifier: &str) -> bool {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        (43..=128).contains(&verifier.len())
            && verifier.bytes().all(unreserved)
            && bool::from(self.0.as_bytes().ct_eq(Self::of(verifier).0.as_bytes()))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn challenge_matches_its_verifier_alone() {
        let challenge = Challenge::parse(Some(CHALLENGE), Some("S256")).unwrap();
        assert!(challenge.matches(VERIFIER), "the example of RFC 7636 should match");
        assert_eq!(Challenge::of(VERIFIER), challenge);
        let other = VERIFIER.replace('d', "e");
        for verifier in [other.as_str(), &VERIFIER[1..], "", CHALLENGE, &format!("{VERIFIER} ")] {
            assert!(!challenge.matches(verifier), "{verifier:?} should not match");
        }
        let short = "a".repeat(42);
        assert!(!Challenge::of(&short).matches(&short), "a verifier should have 43 characters");
        let long = "a".repeat(129);
        assert!(!Challenge::of(&long).matches(&long), "and at most 128");
    }

    #[test]
    fn downgrade_is_refused() {
        for (challenge, method, error) in [
            (None, None, PkceError::Missing),
            (None, Some("S256"), PkceError::Missing),
            (Some(CHALLENGE), None, PkceError::NotS256),
            (Some(CHALLENGE), Some("plain"), PkceError::NotS256),
            (Some(CHALLENGE), Some("s256"), PkceError::NotS256),
            (Some(""), Some("S256"), PkceError::Malformed),
            (Some("abc"), Some("S256"), PkceError::Malformed),
            (Some(&CHALLENGE[1..]), Some("S256"), PkceError::Malformed),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="), Some("S256"), PkceError::Malformed),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), Some("S256"), PkceError::Malformed),
        ] {
            assert_eq!(Challenge::parse(challenge, method), Err(error), "{challenge:?} {method:?}");
        }
    }
}
