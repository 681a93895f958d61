//! The members of a long message that are read, and the names of an object that must not have one twice.

use json::{MAX_MEMBERS, RawJsonError, decode_string};

/// The members that are read, of the message and of its result or error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    JsonRpc,
    Id,
    Method,
    Params,
    Result,
    Error,
    IsError,
    ResultType,
    CacheScope,
    TtlMs,
    InputRequests,
    Code,
    Message,
}

impl Member {
    /// The member of the message with this name.
    pub(super) fn of_message(name: &str) -> Option<Self> {
        Some(match name {
            "jsonrpc" => Self::JsonRpc,
            "id" => Self::Id,
            "method" => Self::Method,
            "params" => Self::Params,
            "result" => Self::Result,
            "error" => Self::Error,
            _ => return None,
        })
    }

    /// The member with this name inside this one.
    pub(super) fn of(self, name: &str) -> Option<Self> {
        Some(match (self, name) {
            (Self::Result, "isError") => Self::IsError,
            (Self::Result, "resultType") => Self::ResultType,
            (Self::Result, "cacheScope") => Self::CacheScope,
            (Self::Result, "ttlMs") => Self::TtlMs,
            (Self::Result, "inputRequests") => Self::InputRequests,
            (Self::Error, "code") => Self::Code,
            (Self::Error, "message") => Self::Message,
            _ => return None,
        })
    }
}

/// The digests of the names of one object so far, sorted: at most [`MAX_MEMBERS`].
#[derive(Debug, Default)]
pub(super) struct Names(Vec<u64>);

impl Names {
    /// Adds a name by the rules of [`json::Members`]; `None` is a name that no Unicode string has.
    pub(super) fn insert(&mut self, digest: Option<u64>) -> Result<(), RawJsonError> {
        let digest = digest.ok_or(RawJsonError::InvalidName)?;
        match self.0.binary_search(&digest) {
            Ok(_) => Err(RawJsonError::DuplicateMember),
            Err(_) if self.0.len() == MAX_MEMBERS => Err(RawJsonError::TooManyMembers),
            Err(at) => {
                self.0.insert(at, digest);
                Ok(())
            }
        }
    }
}

/// The text of a name given as JSON text; `None` if it is no string of Unicode characters.
pub(super) fn decoded(name: &[u8]) -> Option<String> {
    decode_string(std::str::from_utf8(name).ok()?).map(std::borrow::Cow::into_owned)
}
