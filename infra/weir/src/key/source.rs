//! The place of a private key set: a file, standard input, or an environment variable.

use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, stdin};
use std::path::{Path, PathBuf};

use oauth::jwk::PrivateKeySet;

use crate::failure::Failure;

/// The variable that holds a publisher's set where no file is named, as in CI.
pub const VARIABLE: &str = "WEIR_PUBLISHER_KEY";

/// The longest set that is read, bytes: eight keys take 2 kB.
const SET_BYTES: u64 = 64 << 10;

/// The place of a private key set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file.
    File(PathBuf),
    /// `-`: standard input.
    StandardInput,
    /// The variable [`VARIABLE`].
    Variable,
}

impl KeySource {
    /// The place that a flag names; without one the variable, if it is set.
    pub fn find(flag: Option<&Path>) -> Result<Self, Failure> {
        match flag {
            Some(path) => Ok(Self::named(path)),
            None if env::var_os(VARIABLE).is_some_and(|value| !value.is_empty()) => Ok(Self::Variable),
            None => Err(Failure::Usage(
                "no key: name a file with --key, read standard input with --key -, or put the set into the environment \
                 variable WEIR_PUBLISHER_KEY",
            )),
        }
    }

    /// The place that an argument names.
    pub fn named(path: &Path) -> Self {
        if path == Path::new("-") { Self::StandardInput } else { Self::File(path.to_owned()) }
    }

    /// Reads the set; its text never stands in an error.
    pub fn read(&self) -> Result<PrivateKeySet, Failure> {
        let document = match self {
            Self::File(path) => {
                let failed = |cause| Failure::Read { path: path.clone(), cause };
                File::open(path).and_then(bounded).map_err(failed)?
            }
            Self::StandardInput => bounded(stdin().lock()).map_err(Failure::StandardInput)?,
            Self::Variable => env::var(VARIABLE).unwrap_or_default(),
        };
        PrivateKeySet::parse(&document).map_err(|cause| Failure::Key { place: self.to_string(), cause })
    }
}

fn bounded(input: impl Read) -> io::Result<String> {
    let mut text = String::new();
    input.take(SET_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// `` `PATH` ``, `standard input` or the variable's name.
impl fmt::Display for KeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "`{}`", path.display()),
            Self::StandardInput => formatter.write_str("standard input"),
            Self::Variable => formatter.write_str("the environment variable WEIR_PUBLISHER_KEY"),
        }
    }
}
