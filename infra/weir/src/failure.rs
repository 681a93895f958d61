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
    /// The file is no private key set.
    #[error("`{}` holds no signing keys: {cause}; make one with `weir key new`", path.display())]
    Key {
        /// The file.
        path: PathBuf,
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
    /// A combination of flags without a meaning.
    #[error("{0}")]
    Usage(&'static str),
    /// The address is not one to which a token may be sent.
    #[error("`{0}` must be `https://HOST`, or `http://` with a loopback host: the request carries a token")]
    LedgerUrl(String),
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

    /// 1 if the registry has faults or was not published, or the ledger refused or failed; 2 if the command can't be
    /// run as typed.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Faults
            | Self::Warnings(_)
            | Self::Seal(_)
            | Self::Wrangler { .. }
            | Self::Ledger(_)
            | Self::Drain(_)
            | Self::Undrained(_)
            | Self::WranglerRead(_)
            | Self::Live { .. } => ExitCode::from(1),
            Self::Spin(failure) if failure.is_of_the_store() => ExitCode::from(1),
            _ => ExitCode::from(2),
        }
    }
}
