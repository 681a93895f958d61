//! A client that holds a key and proves it (RFC 9449).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    client::{Answer, Draft},
    jose::{Key, Token, unique},
    weir::{CLIENT, URL, Weir},
};

/// A holder of a key.
pub struct Holder {
    /// Its key.
    pub key: Key,
}

impl Holder {
    /// A holder of the P-256 key that follows from this byte.
    pub fn new(seed: u8) -> Self {
        Self { key: Key::es256([seed; 32]) }
    }

    /// The thumbprint of its key (RFC 7638 §3).
    pub fn thumbprint(&self) -> String {
        let jwk = self.key.public_jwk();
        let text = match &self.key {
            Key::EdDsa(_) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":{}}}"#, jwk["x"]),
            _ => format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]),
        };
        URL_SAFE_NO_PAD.encode(Sha256::digest(text))
    }

    /// An unsigned proof for this method and path, without a nonce.
    pub fn proof(&self, method: &str, path: &str, now: u64) -> Token {
        let claims = json!({ "jti": unique("proof"), "htm": method, "htu": format!("{URL}{path}"), "iat": now });
        let mut token = Token::new("dpop+jwt", "", claims).header("jwk", self.key.public_jwk());
        token.header.remove("kid");
        token
    }

    /// The proof, signed.
    pub fn sign(&self, proof: Token) -> String {
        proof.signed(&self.key)
    }

    /// An unsigned proof for the token endpoint, with a good nonce.
    pub fn token_proof(&self, weir: &Weir) -> Token {
        let nonce = nonce(&weir.send(self.shown(weir, Draft::form(&[("grant_type", "x")]).basic(CLIENT.0, CLIENT.1))));
        self.proof("POST", "/oauth/token", weir.running.now()).claim("nonce", nonce)
    }

    /// An unsigned proof for `/mcp` with this access token, with a good nonce.
    pub fn call_proof(&self, weir: &Weir, token: &str) -> Token {
        let proof = self.proof("POST", "/mcp", weir.running.now()).claim("ath", hash(token));
        let refused = weir.send(Draft::list().bound(token, &self.sign(proof.clone())));
        proof.claim("jti", unique("proof")).claim("nonce", nonce(&refused))
    }

    /// The request with a proof for the token endpoint that has no nonce.
    fn shown(&self, weir: &Weir, draft: Draft) -> Draft {
        draft.header("dpop", &self.sign(self.proof("POST", "/oauth/token", weir.running.now())))
    }
}

/// The nonce of an answer.
#[track_caller]
pub fn nonce(answer: &Answer) -> String {
    answer.header("dpop-nonce").unwrap_or_else(|| panic!("there should be a nonce: {}", answer.text())).to_owned()
}

/// `ath`: the hash of an access token.
pub fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

impl Draft {
    /// Adds this access token with this proof.
    pub fn bound(self, token: &str, proof: &str) -> Self {
        self.header("authorization", &format!("DPoP {token}")).header("dpop", proof)
    }
}
