//! The bounds of everything that others can make large.

/// The bounds of everything that others can make large.
pub struct Limits;

impl Limits {
    /// Bytes of a request's body. Hosts stop reading here; arguments are the largest part of a message.
    pub const REQUEST_BODY_BYTES: usize = 1024 * 1024;
    /// Bytes of the arguments of one call, which policy parses.
    pub const ARGUMENTS_BYTES: usize = policy::request::arguments::MAXIMUM_BYTES;
    /// Bytes of an origin's response: a JSON body, or one event of a stream. An isolate has 128 MiB for all its
    /// requests.
    pub const ANSWER_BYTES: usize = 8 * 1024 * 1024;
    /// Bytes of a message that is held whole. A longer message from a modern origin to a modern client is passed on as
    /// it arrives.
    pub const HELD_BYTES: usize = 256 * 1024;
    /// Bytes of all events of one stream together. It is high, because a call may report progress for hours.
    pub const STREAM_BYTES: usize = 256 * 1024 * 1024;
}
