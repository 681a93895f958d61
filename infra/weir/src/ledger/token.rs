//! The bearer token for the ledger: read from a file or from standard input.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, stdin};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The longest input that is read, bytes: above every token, below the 16 KiB that servers commonly allow for headers.
const INPUT_BYTES: usize = 8 << 10;

/// The place that a token is read from: the value of `--token-file`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// A file; white space around the token is ignored.
    File(PathBuf),
    /// `-`: standard input; one line end after the token is ignored.
    StandardInput,
}

/// The reason why an input holds no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Nothing, or white space alone.
    #[error("it is empty")]
    Empty,
    /// A line end inside or, on standard input, more than one after the token.
    #[error("it has more than one line")]
    SeveralLines,
    /// A space, a control character or a character outside ASCII: none may stand in an HTTP bearer token (RFC 6750
    /// §2.1).
    #[error("a token is visible ASCII without spaces")]
    Characters,
    /// More than [`INPUT_BYTES`].
    #[error("it is longer than {INPUT_BYTES} bytes")]
    TooLong,
}

impl TokenSource {
    /// Reads the value of `--token-file`.
    pub fn parse(value: &Path) -> Self {
        if value == Path::new("-") { Self::StandardInput } else { Self::File(value.to_owned()) }
    }

    /// Reads the token; its text never stands in an error.
    pub fn read(&self) -> Result<String, Failure> {
        let failed = |cause| match self {
            Self::File(path) => Failure::Read { path: path.clone(), cause },
            Self::StandardInput => Failure::StandardInput(cause),
        };
        let bytes = match self {
            Self::File(path) => File::open(path).and_then(bounded),
            Self::StandardInput => bounded(stdin().lock()),
        };
        let bytes = bytes.map_err(failed)?;
        token(&bytes, self).map_err(|fault| Failure::Token { place: self.clone(), fault })
    }
}

/// `` `PATH` `` or `standard input`.
impl fmt::Display for TokenSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "`{}`", path.display()),
            Self::StandardInput => formatter.write_str("standard input"),
        }
    }
}

/// Reads at most one byte more than [`INPUT_BYTES`], so that a device or a pipe without an end is refused.
fn bounded(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(INPUT_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The token in the bytes of `source`.
fn token(bytes: &[u8], source: &TokenSource) -> Result<String, TokenFault> {
    if bytes.len() > INPUT_BYTES {
        return Err(TokenFault::TooLong);
    }
    let token = match source {
        TokenSource::File(_) => bytes.trim_ascii(),
        TokenSource::StandardInput => {
            let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            line.strip_suffix(b"\r").unwrap_or(line)
        }
    };
    if token.trim_ascii().is_empty() {
        return Err(TokenFault::Empty);
    }
    if token.contains(&b'\n') {
        return Err(TokenFault::SeveralLines);
    }
    match std::str::from_utf8(token) {
        Ok(text) if token.iter().all(u8::is_ascii_graphic) => Ok(text.to_owned()),
        _ => Err(TokenFault::Characters),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_input_loses_one_line_end() {
        for input in ["a-secret-token", "a-secret-token\n", "a-secret-token\r\n"] {
            assert_eq!(
                token(input.as_bytes(), &TokenSource::StandardInput),
                Ok("a-secret-token".to_owned()),
                "{input:?}"
            );
        }
    }

    #[test]
    fn other_standard_input_is_refused_with_its_reason() {
        let long = "x".repeat(INPUT_BYTES + 1);
        for (input, fault) in [
            ("", TokenFault::Empty),
            ("\n", TokenFault::Empty),
            (" \r\n", TokenFault::Empty),
            ("a-secret-token\n\n", TokenFault::SeveralLines),
            ("\na-secret-token", TokenFault::SeveralLines),
            ("a-secret-token\nanother\n", TokenFault::SeveralLines),
            ("two words", TokenFault::Characters),
            (" a-secret-token", TokenFault::Characters),
            ("töken", TokenFault::Characters),
            (long.as_str(), TokenFault::TooLong),
        ] {
            assert_eq!(token(input.as_bytes(), &TokenSource::StandardInput), Err(fault), "{:.40?}", input);
        }
    }

    #[test]
    fn file_may_have_white_space_around_its_token() {
        let file = TokenSource::parse(Path::new("ledger.token"));
        assert_eq!(token(b" a-secret-token \n\n", &file), Ok("a-secret-token".to_owned()));
        for (input, fault) in [("\n", TokenFault::Empty), ("one\ntwo\n", TokenFault::SeveralLines)] {
            assert_eq!(token(input.as_bytes(), &file), Err(fault), "{input:?}");
        }
        assert_eq!(TokenSource::parse(Path::new("./-")), TokenSource::File("./-".into()), "a file may be named `-`");
    }
}
