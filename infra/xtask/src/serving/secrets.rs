//! The keys and secrets of one run of the demo.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{folder::Folder, weir};
use crate::command::{Fault, output};

/// What the gateway, the ledger and the origins must not share with anybody.
pub struct Secrets {
    /// The public half of the key that signs the registry: no secret, but made with them.
    pub registry_keys: String,
    access_token_keys: String,
    signed_identity_keys: String,
    /// What `documents` wants to see.
    pub origin_documents: String,
    /// What `everything` wants to see.
    pub origin_everything: String,
    /// What the ledger wants to see of whoever reads it.
    pub ledger_read_token: String,
    /// What it wants to see of whoever drains the outbox.
    pub ledger_drain_token: String,
}

impl Secrets {
    /// New ones; the private key of the registry goes into the folder, for publishing.
    pub fn make(folder: &Folder) -> Result<Self, Fault> {
        let publisher = KeyPair::make("publisher")?;
        folder.write("publisher.json", &publisher.private)?;
        Ok(Self {
            registry_keys: publisher.public,
            access_token_keys: KeyPair::make("access-token")?.private,
            signed_identity_keys: KeyPair::make("signed-identity")?.private,
            origin_documents: random()?,
            origin_everything: random()?,
            ledger_read_token: random()?,
            ledger_drain_token: random()?,
        })
    }

    /// The gateway's, under the names that it asks for.
    pub fn of_gateway(&self) -> Value {
        json!({
            "ACCESS_TOKEN_KEYS": self.access_token_keys,
            "SIGNED_IDENTITY_KEYS": self.signed_identity_keys,
            "ORIGIN_DOCUMENTS_SECRET": self.origin_documents,
            "ORIGIN_EVERYTHING_SECRET": self.origin_everything,
        })
    }

    /// The ledger's.
    pub fn of_ledger(&self) -> Value {
        json!({ "LEDGER_READ_TOKEN": self.ledger_read_token })
    }
}

/// Two JWK sets of one key.
struct KeyPair {
    private: String,
    public: String,
}

impl KeyPair {
    fn make(name: &str) -> Result<Self, Fault> {
        let printed = output(weir().args(["key", "new", name, "--format", "json"]))?;
        let sets: Value = serde_json::from_str(&printed)
            .map_err(|error| Fault::Found(format!("`weir key new` printed no JSON: {error}")))?;
        Ok(Self { private: sets["private"].to_string(), public: sets["public"].to_string() })
    }
}

/// 32 random bytes as hex.
fn random() -> Result<String, Fault> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| Fault::Found(format!("no random bytes: {error}")))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String never fails.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_different() {
        let (one, other) = (random().expect("randomness"), random().expect("randomness"));
        assert_eq!(one.len(), 64, "32 bytes should be 64 hex digits");
        assert_ne!(one, other, "two secrets should differ");
    }
}
