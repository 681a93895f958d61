//! Digests of texts, and the keys of records in stores that are made of them.

use sha2::{Digest, Sha256};

/// Adds a text, its length first, so that no two lists of texts have the same bytes.
pub(crate) fn add(digest: &mut Sha256, text: &str) {
    digest.update((text.len() as u64).to_be_bytes());
    digest.update(text.as_bytes());
}

/// A store's key `KIND/HEX`, for names that may be longer than a key.
pub(crate) fn key(kind: &str, digest: Sha256) -> String {
    format!("{kind}/{:x}", digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_the_digest_in_lower_case() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(key("id-jag", Sha256::new().chain_update("abc")), format!("id-jag/{abc}"));
    }

    #[test]
    fn texts_are_kept_apart() {
        let digest = |texts: [&str; 2]| {
            let mut digest = Sha256::new();
            texts.iter().for_each(|text| add(&mut digest, text));
            digest.finalize()
        };
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]), "where one text ends should count");
    }
}
