//! The errors of the command, their texts and exit codes.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use oauth::jwk::{KeySetError, PrivateKeySetError};
use registry::record::RecordError;
use thiserror::Error;

use crate::ledger::endpoint::LedgerError;
use crate::ledger::token::{TokenFault, TokenSource};
use crate::output::legible_lines;
use crate::spin::failure::SpinFailure;

/// The reason why a command failed.
#[derive(Debug, Error)]
pub enum Failure {
    /// The registry folder has errors, which are printed already.
    #[error("the registry has faults")]
    Faults,
    /// The registry folder has warnings that it doesn't accept, which are printed already.
    #[error("{0} warnings: mend each, or accept it with a reason")]
    Warnings(usize),
    /// A file or folder can't be read.
    #[error("can't read `{}`: {cause}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// A file or folder can't be written.
    #[error("can't write `{}`: {cause}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// The gateway's evaluator and Cedar decide differently.
    #[error("{0}")]
    Disagreement(String),
    /// The input is no private key set.
    #[error("{place} holds no signing keys: {cause}; make one with `weir key new`")]
    Key {
        /// The file, standard input or the variable.
        place: String,
        /// The fault in the key set.
        cause: PrivateKeySetError,
    },
    /// A record can't be signed.
    #[error("can't seal the registry: {0}")]
    Seal(#[from] RecordError),
    /// The output can't be written as JSON.
    #[error("can't write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The system's random source failed.
    #[error("the system's random source failed")]
    Entropy,
    /// The system's clock is before 1970.
    #[error("the system's clock is before 1970; set it")]
    Clock,
    /// The name of a key is malformed.
    #[error("`{0}` is no name of a key: use lower-case letters, digits and `-`, at most 63, beginning with a letter")]
    KeyName(String),
    /// Wrangler can't be started.
    #[error("can't run `{program}`: {cause}; install it with `npm install wrangler`, or name it in WRANGLER")]
    WranglerMissing {
        /// The program that was tried.
        program: String,
        /// The system's error.
        cause: io::Error,
    },
    /// Wrangler failed to read the value of a key.
    #[error("wrangler can't read `{0}`")]
    WranglerRead(String),
    /// A live record is missing, not authentic or expired.
    #[error("the live registry can't be used, and gateways refuse calls that need it: `{record}`: {cause}")]
    Live {
        /// The record's key in the store.
        record: String,
        /// The fault in the record.
        cause: String,
    },
    /// The file is no public key set.
    #[error("`{}` holds no public keys: {cause}; print them with `weir key public`", path.display())]
    PublicKeys {
        /// The file.
        path: PathBuf,
        /// The fault in the key set.
        cause: KeySetError,
    },
    /// The quarantine has no such entry.
    #[error("quarantine.toml has no {kind} `{name}`; `weir quarantine list` shows what it has")]
    NotQuarantined {
        /// The kind.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The publication would lift freezes that nobody asked to lift.
    #[error(
        "nothing was published: the live quarantine has what this folder lacks: {}; write it into quarantine.toml, or \
         lift it with --thaw", .0.join(", ")
    )]
    Thaws(Vec<String>),
    /// Wrangler's configuration doesn't have the namespace.
    #[error("`{}`: {fault}", path.display())]
    Namespace {
        /// The configuration.
        path: PathBuf,
        /// The fault, and what is known.
        fault: String,
    },
    /// A combination of flags without a meaning.
    #[error("{0}")]
    Usage(&'static str),
    /// The address is not one to which a token may be sent.
    #[error("`{0}` must be `https://HOST`, or `http://` with a loopback host: the request carries a token")]
    LedgerUrl(String),
    /// The address does not belong to a gateway.
    #[error("`{0}` must be `https://HOST`, or `http://` with a loopback host; name the gateway's address with --url")]
    GatewayUrl(String),
    /// The deployment does not trust the publisher's key.
    #[error(
        "nothing was published: the gateway does not trust the key `{key_id}`: {cause}; sign with a key that it trusts, or \
         deploy it with the public half of this one first (`weir key public`)"
    )]
    UntrustedKey {
        /// The id of the key.
        key_id: String,
        /// The place of REGISTRY_KEYS, and the keys in it.
        cause: String,
    },
    /// The records are in the store, and the deployment does not serve them.
    #[error("the records are in the store, but {url} does not serve {wanted}: {cause}")]
    Unserved {
        /// The gateway's address.
        url: String,
        /// The epoch or the quarantine, for people.
        wanted: String,
        /// The last answer, and advice.
        cause: String,
    },
    /// Standard input can't be read.
    #[error("can't read standard input: {0}")]
    StandardInput(io::Error),
    /// The file or standard input holds no token.
    #[error("{place} holds no token: {fault}")]
    Token {
        /// The value of `--token-file`.
        place: TokenSource,
        /// The first rule that the input breaks.
        fault: TokenFault,
    },
    /// The request for a report failed.
    #[error("the ledger returned no report: {0}")]
    Ledger(LedgerError),
    /// The request to drain failed.
    #[error("the ledger drained nothing: {0}")]
    Drain(LedgerError),
    /// Some events could not be stored.
    #[error("{0} events could not be stored and wait for the next round; the ledger's log has the reason")]
    Undrained(u64),
    /// Wrangler failed to write.
    #[error("wrangler failed at step {step}; {left}")]
    Wrangler {
        /// The step, as `1/2`.
        step: String,
        /// The state of the store now.
        left: &'static str,
    },
    /// A deployment on Spin can't be read or written.
    #[error(transparent)]
    Spin(#[from] SpinFailure),
}

impl Failure {
    /// Prints the error to standard error.
    pub fn print(&self) {
        // The faults are printed already.
        if !matches!(self, Self::Faults) {
            eprintln!("error: {}", legible_lines(&self.to_string()));
        }
    }

    /// 1 if the registry has faults or was not published, nothing to free was found, or the ledger refused or failed; 2
    /// if the command can't be run as typed; 4 if the gateway does not trust the key; 5 if it does not serve what is in
    /// its store; 7 if the store can't be read. The help of each command and the manual's *operating* list them.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::UntrustedKey { .. } => ExitCode::from(4),
            Self::Unserved { .. } => ExitCode::from(5),
            Self::Faults
            | Self::Warnings(_)
            | Self::Disagreement(_)
            | Self::Seal(_)
            | Self::NotQuarantined { .. }
            | Self::Thaws(_)
            | Self::Wrangler { .. }
            | Self::Ledger(_)
            | Self::Drain(_)
            | Self::Undrained(_)
            | Self::Live { .. } => ExitCode::from(1),
            Self::WranglerRead(_) => ExitCode::from(7),
            Self::Spin(failure) if failure.is_unread() => ExitCode::from(7),
            Self::Spin(failure) if failure.is_unwritten() => ExitCode::from(1),
            _ => ExitCode::from(2),
        }
    }
}
