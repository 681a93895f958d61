//! The texts of authorization codes and refresh tokens, which a record of their family completes.
//!
//! ```text
//! code            FAMILY.SECRET               22 + 1 + 43 characters
//! refresh token   FAMILY.GENERATION.SECRET    about 70: Windows keeps 1,280 characters for everything that a client stores
//! ```
//!
//! A family is everything that comes of one sign-in. Each refresh raises the generation by one.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The bytes of a family's identifier: nobody can guess 128 random bits.
pub const FAMILY_BYTES: usize = 16;

/// The bytes of a secret.
pub const SECRET_BYTES: usize = 32;

/// An authorization code or a refresh token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Handle {
    /// The identifier of its family.
    pub family: [u8; FAMILY_BYTES],
    /// 0 for the code, then the number of the refresh token, from 1 on.
    pub generation: u32,
    /// The part that only the holder has.
    pub secret: [u8; SECRET_BYTES],
}

impl Handle {
    /// Reads an authorization code; `None` for any other text.
    #[must_use]
    pub fn parse_code(text: &str) -> Option<Self> {
        let (family, secret) = text.split_once('.')?;
        Some(Self { family: decode(family)?, generation: 0, secret: decode(secret)? })
    }

    /// Reads a refresh token; `None` for any other text.
    #[must_use]
    pub fn parse_refresh_token(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (family, generation, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let plain = !generation.starts_with('0') && generation.bytes().all(|digit| digit.is_ascii_digit());
        let generation = generation.parse().ok().filter(|_| plain && parts.next().is_none())?;
        Some(Self { family: decode(family)?, generation, secret: decode(secret)? })
    }

    /// Returns the text that the client keeps.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (family, secret) = (URL_SAFE_NO_PAD.encode(self.family), URL_SAFE_NO_PAD.encode(self.secret));
        match self.generation {
            0 => format!("{family}.{secret}"),
            generation => format!("{family}.{generation}.{secret}"),
        }
    }
}

impl fmt::Debug for Handle {
    /// Omits the secret, and the family, which belongs to what only the client has.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handle").field("generation", &self.generation).finish_non_exhaustive()
    }
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Longer texts are not decoded at all.
    if text.len() > N * 2 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CODE: Handle = Handle { family: [1; 16], generation: 0, secret: [2; 32] };

    #[test]
    fn texts_are_short_and_read_back() {
        assert_eq!(CODE.to_text().len(), 66);
        assert_eq!(Handle::parse_code(&CODE.to_text()), Some(CODE));
        for generation in [1, 10, u32::MAX] {
            let token = Handle { generation, ..CODE };
            assert!(token.to_text().len() <= 77, "{}", token.to_text());
            assert_eq!(Handle::parse_refresh_token(&token.to_text()), Some(token));
        }
        assert!(!format!("{CODE:?}").contains("AQEB"), "a log should not contain it");
    }

    #[test]
    fn other_texts_are_refused() {
        let token = Handle { generation: 7, ..CODE }.to_text();
        assert_eq!(Handle::parse_code(&token), None, "a refresh token is no code");
        assert_eq!(Handle::parse_refresh_token(&CODE.to_text()), None, "a code is no refresh token");
        for (from, to) in [(".7.", ".07."), (".7.", ".0."), (".7.", ".-7."), (".7.", ".+7."), (".7.", "..")] {
            assert_eq!(Handle::parse_refresh_token(&token.replace(from, to)), None, "{to}");
        }
        for text in
            [format!("{token}."), format!("{token}="), format!(" {token}"), token.replace(".7.", ".4294967296.")]
        {
            assert_eq!(Handle::parse_refresh_token(&text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in any::<String>()) {
            let _ = (Handle::parse_code(&text), Handle::parse_refresh_token(&text));
        }
    }
}
