//! Nonces of DPoP proofs (RFC 9449 §8): a window of time with an authentication code, so that nobody has to keep them.
//!
//! ```text
//! WINDOW.BASE64URL(16 bytes of HMAC-SHA256)      the number of minutes since 1970
//! ```
//!
//! A nonce is good for its own minute and the [`WINDOWS`] after it. The code is of a key that follows from a private
//! key of Weir's: every isolate makes and knows the same, and both live keys of a rotation count.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac_sha256::HMAC;
use subtle::ConstantTimeEq;

use crate::jwk::PrivateKeySet;

/// The length of a window, in seconds.
pub const WINDOW_SECONDS: u64 = 60;

/// The number of windows after its own in which a nonce is good; one ahead counts as well, for clocks of other
/// isolates.
pub const WINDOWS: u64 = 5;

/// The age of a good nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Of this window, or the one ahead.
    Current,
    /// Of an earlier one: the response brings its successor.
    Aging,
}

/// Returns the nonce of this time, which is in Unix seconds.
#[must_use]
pub fn make(keys: &PrivateKeySet, now: u64) -> String {
    let window = now / WINDOW_SECONDS;
    let code = keys.derived().next().map(|key| code(&key, window)).unwrap_or_default();
    format!("{window}.{}", URL_SAFE_NO_PAD.encode(code))
}

/// Returns the age of a nonce; `None` if it is too old, or none of Weir's.
#[must_use]
pub fn check(keys: &PrivateKeySet, nonce: &str, now: u64) -> Option<Age> {
    let (window, presented) = nonce.split_once('.')?;
    let window: u64 = window.parse().ok()?;
    let presented = URL_SAFE_NO_PAD.decode(presented).ok()?;
    let current = now / WINDOW_SECONDS;
    if window > current + 1 || window.saturating_add(WINDOWS) < current {
        return None;
    }
    let is_ours = keys.derived().any(|key| bool::from(code(&key, window)[..].ct_eq(&presented)));
    is_ours.then_some(if window < current { Age::Aging } else { Age::Current })
}

fn code(key: &[u8; 32], window: u64) -> [u8; 16] {
    let mac = HMAC::mac(window.to_be_bytes(), key);
    let mut code = [0; 16];
    code.iter_mut().zip(mac).for_each(|(byte, of_mac)| *byte = of_mac);
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const NOW: u64 = 1_795_132_830;

    #[test]
    fn nonce_counts_for_its_windows() {
        let keys = testing::private_keys(1);
        let nonce = make(&keys, NOW);
        assert!(nonce.len() < 40 && nonce.bytes().all(|byte| byte.is_ascii_graphic()), "{nonce}");
        for (offset, expected) in [
            (-91, None),
            (-90, Some(Age::Current)),
            (0, Some(Age::Current)),
            (29, Some(Age::Current)),
            (30, Some(Age::Aging)),
            (329, Some(Age::Aging)),
            (390, None),
        ] {
            assert_eq!(check(&keys, &nonce, NOW.saturating_add_signed(offset)), expected, "{offset} s later");
        }
    }

    #[test]
    fn nonce_survives_rotation_and_no_other_key() {
        let nonce = make(&testing::private_keys(1), NOW);
        assert!(check(&testing::private_key_set(&[2, 1]), &nonce, NOW).is_some(), "the key before should count");
        assert_eq!(check(&testing::private_keys(2), &nonce, NOW), None, "another key should not");
    }

    #[test]
    fn invented_nonce_is_refused() {
        let keys = testing::private_keys(1);
        let nonce = make(&keys, NOW);
        let (window, code) = nonce.split_once('.').unwrap();
        let next = NOW / WINDOW_SECONDS + 1;
        for invented in [
            String::new(),
            ".".to_owned(),
            window.to_owned(),
            format!("{window}."),
            format!("{window}.AAAA"),
            format!("{next}.{code}"),
            format!("{window}.{code}A"),
            format!("{window}.{}", URL_SAFE_NO_PAD.encode([0; 16])),
            format!("99999999999999999999.{code}"),
            format!("-1.{code}"),
        ] {
            assert_eq!(check(&keys, &invented, NOW), None, "{invented}");
        }
    }
}
