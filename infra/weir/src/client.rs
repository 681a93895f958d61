//! `weir client`: secrets of OAuth clients.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use oauth::client_authentication;
use serde_json::json;

use crate::entropy;
use crate::failure::Failure;
use crate::output::{Format, print_json};

/// `weir client …`
#[derive(Debug, Subcommand)]
pub enum Client {
    /// Makes a client secret of 256 bits and its hash for the registry
    Secret(Secret),
}

/// `weir client secret`
#[derive(Debug, Args)]
#[command(after_help = "\
The secret belongs to the client and nowhere else; the hash belongs in gateway.toml:
  [[clients]]
  id = \"claude-code\"
  title = \"Claude Code\"
  secret_hashes = [\"sha256:…\"]

To rotate, add the new hash, publish, change the client, then remove the old hash and publish again.

Exit codes:
  0  done
  2  the command can't be run as typed

Examples:
  weir client secret
  weir client secret --format json | jq -r .hash")]
pub struct Secret {
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Client {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Secret(secret) => secret.run(),
        }
    }
}

impl Secret {
    fn run(self) -> Result<(), Failure> {
        let secret = URL_SAFE_NO_PAD.encode(entropy::bits_256()?);
        let hash = client_authentication::hash(&secret);
        match self.format {
            Format::Json => print_json(&json!({ "secret": secret, "hash": hash })),
            Format::Text => {
                println!("secret  {secret}\nhash    {hash}");
                Ok(())
            }
        }
    }
}
