//! Failure: why a command didn't do what it was asked, and its exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use oauth::jwk::{KeySetError, PrivateKeySetError};
use registry::record::RecordError;
use thiserror::Error;

use crate::ledger::endpoint::NoAnswer;
use crate::ledger::token::{TokenFault, TokenSource};
use crate::spin::failure::SpinFailure;

/// Why a command failed.
#[derive(Debug, Error)]
pub enum Failure {
    /// The faults are printed already.
    #[error("the registry has faults")]
    Faults,
    /// A file or folder can't be read.
    #[error("can't read `{}`: {cause}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A file or folder can't be written.
    #[error("can't write `{}`: {cause}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Not a private key set.
    #[error("`{}` holds no keys to sign with: {cause}; `weir key new` makes some", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: PrivateKeySetError,
    },
    /// A record can't be sealed.
    #[error("can't seal the registry: {0}")]
    Seal(#[from] RecordError),
    /// The output can't be written as JSON.
    #[error("can't write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The system has no randomness.
    #[error("the system gives no randomness")]
    Entropy,
    /// The system's clock can't be right.
    #[error("the system's clock stands before 1970")]
    Clock,
    /// The name isn't one.
    #[error(
        "`{0}` can't be the name of a key: lower-case letters, digits and `-`, at most 63, beginning with a letter"
    )]
    KeyName(String),
    /// Wrangler isn't there.
    #[error("can't run `{program}`: {cause}; `npm install wrangler`, or name it in WRANGLER")]
    WranglerMissing {
        /// What was tried.
        program: String,
        /// Why.
        cause: io::Error,
    },
    /// Wrangler can't read a value.
    #[error("wrangler can't read `{0}`")]
    WranglerRead(String),
    /// A record is missing, not genuine or out of date.
    #[error("the live registry is of no use, and its gateway refuses what needs it: `{record}`: {cause}")]
    Live {
        /// Its key in the store.
        record: String,
        /// Why it doesn't count.
        cause: String,
    },
    /// Not a public key set.
    #[error("`{}` holds no keys to verify with: {cause}; `weir key public` prints them", path.display())]
    PublicKeys {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: KeySetError,
    },
    /// A combination that means nothing.
    #[error("{0}")]
    Usage(&'static str),
    /// Not where a token may be sent.
    #[error("`{0}` must be `https://HOST`, or `http://` with a loopback host: a token travels there")]
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
    /// The ledger can't be reached, or refused.
    #[error("the ledger gave no report: {0}")]
    Ledger(NoAnswer),
    /// The same, when it should have drained.
    #[error("the ledger drained nothing: {0}")]
    Drain(NoAnswer),
    /// Some events are not where they belong yet.
    #[error("{0} events could not be kept, and wait for the next round; the ledger's log says why")]
    Undrained(u64),
    /// Wrangler said no.
    #[error("wrangler failed at step {step}; {left}")]
    Wrangler {
        /// Which of the steps.
        step: String,
        /// What is in the store now.
        left: &'static str,
    },
    /// A deployment on Spin can't be read or written.
    #[error(transparent)]
    Spin(#[from] SpinFailure),
}

impl Failure {
    /// Prints what a person needs to go on.
    pub fn print(&self) {
        // The faults say it all.
        if !matches!(self, Self::Faults) {
            eprintln!("error: {self}");
        }
    }

    /// 1 for a registry with faults or that couldn't be published and for a ledger that gave or kept nothing, 2 for a command that can't be run as typed.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Faults
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
