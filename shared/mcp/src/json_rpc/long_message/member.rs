//! The members of a long message that are read.

/// The members that are read, of the message and of its result or error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    JsonRpc,
    Id,
    Method,
    Result,
    Error,
    IsError,
    ResultType,
    CacheScope,
    InputRequests,
    Code,
    Message,
}

impl Member {
    pub(super) fn of_message(name: &str) -> Option<Self> {
        Some(match name {
            "jsonrpc" => Self::JsonRpc,
            "id" => Self::Id,
            "method" => Self::Method,
            "result" => Self::Result,
            "error" => Self::Error,
            _ => return None,
        })
    }

    pub(super) fn of(self, name: &str) -> Option<Self> {
        Some(match (self, name) {
            (Self::Result, "isError") => Self::IsError,
            (Self::Result, "resultType") => Self::ResultType,
            (Self::Result, "cacheScope") => Self::CacheScope,
            (Self::Result, "inputRequests") => Self::InputRequests,
            (Self::Error, "code") => Self::Code,
            (Self::Error, "message") => Self::Message,
            _ => return None,
        })
    }
}
