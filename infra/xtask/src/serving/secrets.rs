//! The keys and secrets of one run.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use super::{folder::Folder, weir};
use crate::command::{Fault, output};

/// The secrets of the gateway, the ledger and the origins.
pub struct Secrets {
    /// The public half of the key that signs the registry: not secret, but made with the others.
    pub registry_keys: String,
    access_token_keys: String,
    signed_identity_keys: String,
    subject_token_keys: String,
    sealing_keys: String,
    /// The secret of the gateway's own client at the identity provider, for people who sign in.
    pub sign_in_client_secret: String,
    /// The credential that each origin accepts, by the origin's name.
    origins: BTreeMap<&'static str, String>,
    /// The bearer token for reading from the ledger.
    pub ledger_read_token: String,
    /// The bearer token for draining the outbox.
    pub ledger_drain_token: String,
}

impl Secrets {
    /// Makes new secrets; the private key of the registry is written to `folder`, for publishing.
    ///
    /// # Errors
    /// The `weir` command failed, or the system has no random bytes.
    pub fn make(folder: &Folder, origins: &[&'static str]) -> Result<Self, Fault> {
        let publisher = KeyPair::make("publisher")?;
        folder.write("publisher.json", &publisher.private)?;
        Ok(Self {
            registry_keys: publisher.public,
            access_token_keys: KeyPair::make("access-token")?.private,
            signed_identity_keys: KeyPair::make("signed-identity")?.private,
            subject_token_keys: KeyPair::make("subject-token")?.private,
            sealing_keys: made(&["sealing", "sealing"])?["private"].to_string(),
            sign_in_client_secret: random()?,
            origins: origins.iter().map(|&name| Ok((name, random()?))).collect::<Result<_, Fault>>()?,
            ledger_read_token: random()?,
            ledger_drain_token: random()?,
        })
    }

    /// The gateway's secrets, by their names.
    pub fn of_gateway(&self) -> Value {
        let mut secrets = json!({
            "ACCESS_TOKEN_KEYS": self.access_token_keys,
            "SIGNED_IDENTITY_KEYS": self.signed_identity_keys,
            "SUBJECT_TOKEN_KEYS": self.subject_token_keys,
            "SEALING_KEYS": self.sealing_keys,
            "SIGN_IN_CLIENT_SECRET": self.sign_in_client_secret,
        });
        for (name, secret) in &self.origins {
            secrets[format!("ORIGIN_{}_SECRET", name.to_uppercase())] = secret.as_str().into();
        }
        secrets
    }

    /// The credential of the origin `name`; empty if it has none.
    pub fn of_origin(&self, name: &str) -> &str {
        self.origins.get(name).map_or("", String::as_str)
    }

    /// The ledger's secrets, by their names.
    pub fn of_ledger(&self) -> Value {
        json!({ "LEDGER_READ_TOKEN": self.ledger_read_token })
    }
}

/// The private and the public JWK set of one key.
struct KeyPair {
    private: String,
    public: String,
}

impl KeyPair {
    fn make(name: &str) -> Result<Self, Fault> {
        let sets = made(&["new", name])?;
        Ok(Self { private: sets["private"].to_string(), public: sets["public"].to_string() })
    }
}

/// The JSON that `weir key …` prints.
fn made(words: &[&str]) -> Result<Value, Fault> {
    let printed = output(weir().arg("key").args(words).args(["--format", "json"]))?;
    serde_json::from_str(&printed).map_err(|error| Fault::Found(format!("`weir key` printed no JSON: {error}")))
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
