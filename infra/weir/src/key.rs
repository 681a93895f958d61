//! `weir key`: makes signing keys and sealing keys.

pub mod source;

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use oauth::jwk::{PrivateKeySet, generate};
use serde_json::{Value, json};

use crate::entropy;
use crate::failure::Failure;
use crate::output::{Format, print_json, write_secret};
use source::KeySource;

/// `weir key …`
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Makes an Ed25519 signing key and prints its private and its public JWK set
    New(New),
    /// Makes a symmetric key that seals the state that clients keep for a gateway: cursors, session ids, request ids,
    /// task ids
    Sealing(Sealing),
    /// Prints the public JWK set of a private JWK set
    Public(Public),
}

/// `weir key sealing`
#[derive(Debug, Args)]
#[command(after_help = "\
The set is the gateway's secret SEALING_KEYS. It has no public half.

To rotate, add the new key as the second of `keys` and deploy: the first key seals, every key opens. When every instance
has the new key, move it to the first place; remove the old key a day later. Values sealed by the old key are then
refused, and clients start their lists, sessions and tasks again.

Exit codes:
  0  done
  2  the command can't be run as typed, or a file can't be read or written

Examples:
  weir key sealing sealing-2026-11 --output sealing.json
  weir key sealing sealing-2026-11 --format json | jq -c .private | wrangler secret put SEALING_KEYS")]
pub struct Sealing {
    /// The key's id (`kid`); include the month, because a rotation needs a new id
    name: String,
    /// Write the set into this new file with mode 0600 and don't print it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// `weir key public`
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  done
  2  the command can't be run as typed, or a file can't be read or written

Examples:
  weir key public publisher.json   the value of the gateway's variable REGISTRY_KEYS
  pass show weir-publisher | weir key public -")]
pub struct Public {
    /// The private JWK set; `-` reads standard input
    file: PathBuf,
}

/// `weir key new`
#[derive(Debug, Args)]
#[command(after_help = "\
Signing keys, each with its own purpose and place; never use one key for two:
  registry          the publisher keeps the private set; the public set is the gateway's variable REGISTRY_KEYS
  access tokens     the private set is the gateway's secret ACCESS_TOKEN_KEYS
  signed identity   the private set is the gateway's secret SIGNED_IDENTITY_KEYS
  subject tokens    the private set is the gateway's secret SUBJECT_TOKEN_KEYS

To rotate, add the new key as the second of `keys` and deploy: the first key signs, every key verifies. When every
verifier has the new key (five minutes for /oauth/jwks), move it to the first place; remove the old key when its tokens
or records have expired.

Exit codes:
  0  done
  2  the command can't be run as typed, or a file can't be read or written

Examples:
  weir key new publisher-2026-11 --output publisher.json
  weir key new access-2026-11 --format json | jq -c .private | wrangler secret put ACCESS_TOKEN_KEYS")]
pub struct New {
    /// The key's id (`kid`); include the month, because a rotation needs a new id
    name: String,
    /// Write the private set into this new file with mode 0600 and don't print it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Key {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::New(new) => new.run(),
            Self::Sealing(sealing) => sealing.run(),
            Self::Public(public) => {
                println!("{}", KeySource::named(&public.file).read()?.public_json());
                Ok(())
            }
        }
    }
}

impl New {
    fn run(self) -> Result<(), Failure> {
        if !registry::name::is_name(&self.name) {
            return Err(Failure::KeyName(self.name));
        }
        let (private, public) = key_sets(&self.name)?;
        if let Some(path) = &self.output {
            write_secret(path, &format!("{private}\n"))?;
        }
        match (self.format, self.output) {
            (Format::Json, Some(_)) => print_json(&json!({ "public": public })),
            (Format::Json, None) => print_json(&json!({ "private": private, "public": public })),
            (Format::Text, Some(path)) => {
                println!("private set written to {} (only you may read it)\n", path.display());
                println!("public set:\n{public}");
                Ok(())
            }
            (Format::Text, None) => {
                println!("private set (a secret; with --output it goes into a file instead):\n{private}\n");
                println!("public set:\n{public}");
                Ok(())
            }
        }
    }
}

impl Sealing {
    fn run(self) -> Result<(), Failure> {
        if !registry::name::is_name(&self.name) {
            return Err(Failure::KeyName(self.name));
        }
        let set = sealing_set(&self.name)?;
        if let Some(path) = &self.output {
            write_secret(path, &format!("{set}\n"))?;
        }
        match (self.format, self.output) {
            (Format::Json, Some(_)) => print_json(&json!({})),
            (Format::Json, None) => print_json(&json!({ "private": set })),
            (Format::Text, Some(path)) => {
                println!("set written to {} (only you may read it)", path.display());
                Ok(())
            }
            (Format::Text, None) => {
                println!("set (a secret; with --output it goes into a file instead):\n{set}");
                Ok(())
            }
        }
    }
}

/// A new Ed25519 key with the `kid` `name`, as private and as public JWK set.
fn key_sets(name: &str) -> Result<(Value, Value), Failure> {
    let failed = |cause| Failure::Key { place: format!("`{name}`"), cause };
    let key = generate(entropy::bits_256()?).map_err(failed)?;
    let mut key: Value = serde_json::from_str(&key)?;
    if let Some(members) = key.as_object_mut() {
        members.insert("kid".to_owned(), name.into());
    }
    let private = json!({ "keys": [key] });
    let public = PrivateKeySet::parse(&private.to_string()).map_err(failed)?.public_json();
    Ok((private, serde_json::from_str(&public)?))
}

/// A new symmetric key with the `kid` `name`, as JWK set (RFC 7518 §6.4).
fn sealing_set(name: &str) -> Result<Value, Failure> {
    let key = URL_SAFE_NO_PAD.encode(entropy::bits_256()?);
    Ok(json!({ "keys": [{ "kty": "oct", "kid": name, "k": key }] }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealing_set_is_new_key_of_256_bits() {
        let (set, other) = (sealing_set("sealing").expect("a key is made"), sealing_set("sealing").expect("another"));
        let key = &set["keys"][0];
        assert_eq!((&key["kty"], &key["kid"]), (&json!("oct"), &json!("sealing")));
        let bytes = URL_SAFE_NO_PAD.decode(key["k"].as_str().unwrap_or_default()).expect("base64url");
        assert_eq!(bytes.len(), 32, "the key should have 256 bits");
        assert_ne!(key["k"], other["keys"][0]["k"], "each key should be new");
    }

    #[test]
    fn key_sets_are_one_pair_with_name_as_id() {
        let (private, public) = key_sets("publisher").expect("a key is made");
        assert_eq!(private["keys"][0]["kid"], "publisher");
        assert_eq!(public["keys"][0]["kid"], "publisher");
        assert_eq!(private["keys"][0]["x"], public["keys"][0]["x"], "both halves should be of one key");
        assert_eq!(public["keys"][0].get("d"), None, "the public half should hold no secret");
        let (other, _) = key_sets("publisher").expect("another key is made");
        assert_ne!(other["keys"][0]["x"], private["keys"][0]["x"], "each key should be new");
    }
}
