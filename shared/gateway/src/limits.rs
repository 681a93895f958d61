//! The bounds of everything that others can make large.

/// The bounds of everything that others can make large.
pub struct Limits;

impl Limits {
    /// Of a request's body. Hosts stop reading here; arguments are the largest part of a message.
    pub const REQUEST_BODY_BYTES: usize = 1024 * 1024;
    /// Of the arguments of one call: what policy parses.
    pub const ARGUMENTS_BYTES: usize = policy::request::arguments::MAXIMUM_BYTES;
    /// Of an origin's answer: a JSON body, or one event of a stream. An isolate has 128 MiB for all its requests.
    pub const ANSWER_BYTES: usize = 8 * 1024 * 1024;
    /// Of a message that is held though it could flow: a longer one, of a modern origin to a modern client, passes as
    /// it comes.
    pub const HELD_BYTES: usize = 256 * 1024;
    /// Of all events of one stream together: a call that reports progress for hours is no reason to cut it.
    pub const STREAM_BYTES: usize = 256 * 1024 * 1024;
}
