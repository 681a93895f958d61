//! The keys that seal, and the binding of a sealed text to its purpose and its holder.
//!
//! The secret `SEALING_KEYS` is a JWK set of symmetric keys (RFC 7518 §6.4). The first key seals, all keys open:
//!
//! ```text
//! {"keys":[{"kty":"oct","kid":"sealing-2026-11","k":"<base64url of 32 bytes>"},…]}
//! ```

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac_sha256::{HKDF, HMAC};
use serde::Deserialize;

/// The length of a nonce: long enough that random ones don't repeat (draft-irtf-cfrg-xchacha §2.1).
pub(crate) const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;
/// The most keys: one that seals, and older ones during a rotation.
const MAX_KEYS: usize = 4;
/// The most characters of a text, unless its purpose sets another bound; a cursor has about 70.
const MAX_TEXT_BYTES: usize = 1024;

/// The keys that seal. Never printed: no `Debug`.
pub(crate) struct SealingKeys(Vec<[u8; KEY_BYTES]>);

/// The JSON of the secret.
#[derive(Deserialize)]
struct Document {
    keys: Vec<SymmetricKey>,
}

/// One key (RFC 7517 §4, RFC 7518 §6.4); other members are ignored.
#[derive(Deserialize)]
struct SymmetricKey {
    kty: String,
    k: String,
}

impl SealingKeys {
    /// Reads the secret; `None` unless it is one to four keys of 256 bits.
    pub(crate) fn parse(document: &str) -> Option<Self> {
        let document: Document = serde_json::from_str(document).ok()?;
        if document.keys.len() > MAX_KEYS {
            return None;
        }
        let keys: Option<Vec<_>> = document.keys.iter().map(SymmetricKey::bytes).collect();
        keys.filter(|keys| !keys.is_empty()).map(Self)
    }

    /// Seals `content` with the first key; `None` if the text would be longer than its purpose allows.
    pub(super) fn seal(&self, nonce: [u8; NONCE_BYTES], binding: &Binding, content: &[u8]) -> Option<String> {
        let sealed = encrypt(self.0.first()?, nonce, binding, content)?;
        Some(URL_SAFE_NO_PAD.encode(sealed)).filter(|text| text.len() <= binding.max_text_bytes)
    }

    /// The content of a text that one of the keys has sealed under this binding.
    pub(crate) fn open(&self, binding: &Binding, text: &str) -> Option<Vec<u8>> {
        if text.len() > binding.max_text_bytes {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        self.0.iter().find_map(|key| decrypt(key, binding, &bytes))
    }

    /// Seals `content` under a key that is derived from the first key and a secret of the text's holder. A store that
    /// keeps the text can't open it, not even with these keys.
    pub(crate) fn seal_under(
        &self,
        secret: &[u8],
        nonce: [u8; NONCE_BYTES],
        binding: &Binding,
        content: &[u8],
    ) -> Option<Vec<u8>> {
        encrypt(&derived(self.0.first()?, secret, SEALING), nonce, binding, content)
    }

    /// The content of a text that was sealed under one of the keys and this secret.
    pub(crate) fn open_under(&self, secret: &[u8], binding: &Binding, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.iter().find_map(|key| decrypt(&derived(key, secret, SEALING), binding, sealed))
    }

    /// The authentication code of this binding under the first key: HMAC-SHA256.
    pub(crate) fn tag(&self, binding: &Binding) -> [u8; 32] {
        self.0.first().map_or([0; 32], |key| tag(key, binding))
    }

    /// True if `presented` begins the authentication code of this binding under one of the keys. Compared in constant
    /// time.
    pub(crate) fn has_tag(&self, binding: &Binding, presented: &[u8]) -> bool {
        let differs = |key: &[u8; KEY_BYTES]| {
            tag(key, binding).iter().zip(presented).fold(0, |differs, (own, other)| differs | (own ^ other))
        };
        (8..=32).contains(&presented.len()) && self.0.iter().any(|key| differs(key) == 0)
    }
}

/// The purpose of keys that seal under a secret.
const SEALING: &[u8] = b"weir seal under a secret";
const TAGGING: &[u8] = b"weir tag";

/// A key for one purpose and secret (HKDF, RFC 5869).
fn derived(key: &[u8; KEY_BYTES], secret: &[u8], purpose: &[u8]) -> [u8; KEY_BYTES] {
    let mut derived = [0; KEY_BYTES];
    HKDF::expand(&mut derived, HKDF::extract(secret, key), purpose);
    derived
}

fn tag(key: &[u8; KEY_BYTES], binding: &Binding) -> [u8; 32] {
    HMAC::mac(&binding.parts, derived(key, &[], TAGGING))
}

/// The nonce, and the content encrypted and authenticated with it.
fn encrypt(key: &[u8; KEY_BYTES], nonce: [u8; NONCE_BYTES], binding: &Binding, content: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload { msg: content, aad: &binding.parts };
    let sealed = XChaCha20Poly1305::new(&Key::from(*key)).encrypt(&XNonce::from(nonce), payload).ok()?;
    Some([&nonce[..], &sealed].concat())
}

fn decrypt(key: &[u8; KEY_BYTES], binding: &Binding, bytes: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
    let payload = Payload { msg: sealed, aad: &binding.parts };
    XChaCha20Poly1305::new(&Key::from(*key)).decrypt(&XNonce::from(*nonce), payload).ok()
}

impl SymmetricKey {
    fn bytes(&self) -> Option<[u8; KEY_BYTES]> {
        URL_SAFE_NO_PAD.decode(&self.k).ok().filter(|_| self.kty == "oct")?.try_into().ok()
    }
}

/// The purpose and the holder of a sealed text: a list of parts, encoded so that no two lists have the same bytes.
pub(crate) struct Binding {
    parts: Vec<u8>,
    max_text_bytes: usize,
}

impl Binding {
    /// A binding to this purpose.
    pub(crate) fn new(purpose: &str) -> Self {
        let unbound = Self { parts: Vec::with_capacity(256), max_text_bytes: MAX_TEXT_BYTES };
        unbound.with(purpose.as_bytes())
    }

    /// Sets the most characters of the sealed text.
    #[must_use]
    pub(crate) fn up_to(self, max_text_bytes: usize) -> Self {
        Self { max_text_bytes, ..self }
    }

    /// Adds a part to bind to.
    #[must_use]
    pub(crate) fn with(mut self, part: &[u8]) -> Self {
        self.parts.extend_from_slice(&(part.len() as u64).to_be_bytes());
        self.parts.extend_from_slice(part);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(keys: &[u8]) -> String {
        let key =
            |byte: &u8| format!(r#"{{"kty":"oct","kid":"{byte}","k":"{}"}}"#, URL_SAFE_NO_PAD.encode([*byte; 32]));
        format!(r#"{{"keys":[{}]}}"#, keys.iter().map(key).collect::<Vec<_>>().join(","))
    }

    fn keys(keys: &[u8]) -> SealingKeys {
        SealingKeys::parse(&document(keys)).unwrap()
    }

    fn binding() -> Binding {
        Binding::new("test").with(b"alice")
    }

    #[test]
    fn seal_comes_back_under_the_same_keys_and_binding_alone() {
        let sealed = keys(&[1]).seal([9; NONCE_BYTES], &binding(), b"content").unwrap();
        assert_eq!(keys(&[1]).open(&binding(), &sealed).as_deref(), Some(&b"content"[..]));
        let others = [
            Binding::new("test").with(b"bob"),
            Binding::new("other").with(b"alice"),
            Binding::new("test"),
            Binding::new("test").with(b"alice").with(b""),
            Binding::new("test").with(b"ali").with(b"ce"),
        ];
        for other in &others {
            assert_eq!(keys(&[1]).open(other, &sealed), None, "another binding should not open it");
        }
        assert_eq!(keys(&[2]).open(&binding(), &sealed), None, "another key should not open it");
    }

    #[test]
    fn seal_survives_a_rotation() {
        let sealed = keys(&[1]).seal([9; NONCE_BYTES], &binding(), b"content").unwrap();
        assert!(keys(&[2, 1]).open(&binding(), &sealed).is_some(), "the previous key should open its own text");
        let sealed = keys(&[2, 1]).seal([9; NONCE_BYTES], &binding(), b"content").unwrap();
        assert!(keys(&[2]).open(&binding(), &sealed).is_some(), "the first key should seal");
    }

    #[test]
    fn text_under_a_secret_needs_key_secret_and_binding() {
        let sealed = keys(&[1]).seal_under(b"secret", [9; NONCE_BYTES], &binding(), b"content").unwrap();
        assert_eq!(keys(&[2, 1]).open_under(b"secret", &binding(), &sealed).as_deref(), Some(&b"content"[..]));
        assert_eq!(keys(&[1]).open_under(b"other", &binding(), &sealed), None, "another secret should not open it");
        assert_eq!(keys(&[2]).open_under(b"secret", &binding(), &sealed), None, "another key should not open it");
        assert_eq!(keys(&[1]).open_under(b"secret", &Binding::new("other"), &sealed), None);
        assert_eq!(keys(&[1]).open(&binding(), &URL_SAFE_NO_PAD.encode(&sealed)), None, "the key alone should not");
    }

    #[test]
    fn tag_is_of_its_binding_and_survives_a_rotation() {
        let tag = keys(&[1]).tag(&binding());
        assert!(keys(&[1]).has_tag(&binding(), &tag) && keys(&[2, 1]).has_tag(&binding(), &tag[..10]));
        assert!(!keys(&[2]).has_tag(&binding(), &tag), "of another key");
        assert!(!keys(&[1]).has_tag(&Binding::new("test").with(b"bob"), &tag), "of another binding");
        assert!(!keys(&[1]).has_tag(&binding(), &tag[..7]) && !keys(&[1]).has_tag(&binding(), b""), "too short");
        let mut changed = tag;
        changed[31] ^= 1;
        assert!(!keys(&[1]).has_tag(&binding(), &changed), "every bit should count");
    }

    #[test]
    fn each_purpose_has_its_longest_text() {
        let keys = keys(&[1]);
        let seal = |binding: &Binding, bytes| keys.seal([9; NONCE_BYTES], binding, &vec![7; bytes]);
        assert!(seal(&binding(), 1024).is_none(), "more than usual should not be sealed");
        let long = seal(&binding().up_to(4096), 1024).unwrap();
        assert!(keys.open(&binding().up_to(4096), &long).is_some(), "where there is room, it should open");
        assert_eq!(keys.open(&binding(), &long), None, "and nowhere else");
    }

    #[test]
    fn open_refuses_every_change() {
        let keys = keys(&[1]);
        let sealed = keys.seal([9; NONCE_BYTES], &binding(), b"content").unwrap();
        for length in 0..sealed.len() {
            assert_eq!(keys.open(&binding(), &sealed[..length]), None, "{length} of its characters should not open");
        }
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(keys.open(&binding(), &URL_SAFE_NO_PAD.encode(changed)), None, "byte {at} should count");
        }
        for text in [format!("{sealed}="), format!("{sealed}AAAA"), "A".repeat(MAX_TEXT_BYTES + 1), String::new()] {
            assert_eq!(keys.open(&binding(), &text), None, "`{text}` should not open");
        }
    }

    #[test]
    fn parse_refuses_what_is_no_set_of_symmetric_keys() {
        let k = |bytes: usize| URL_SAFE_NO_PAD.encode(vec![7; bytes]);
        let of = |kty: &str, k: &str| format!(r#"{{"keys":[{{"kty":"{kty}","kid":"x","k":"{k}"}}]}}"#);
        for text in [
            String::new(),
            r#"{"keys":[]}"#.to_owned(),
            of("OKP", &k(32)),
            of("oct", &k(31)),
            of("oct", &k(33)),
            of("oct", "***"),
            document(&[1, 2, 3, 4, 5]),
        ] {
            assert!(SealingKeys::parse(&text).is_none(), "`{text}` should be refused");
        }
        assert!(SealingKeys::parse(&of("oct", &k(32))).is_some(), "a key of 256 bits should be taken");
    }
}
