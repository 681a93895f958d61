//! The Model Context Protocol on the wire: pure, no I/O.
//!
//! Every function here takes bytes, headers or parsed values and gives back values, bytes or a named error. Nothing
//! awaits, reads a clock or keeps state between messages.
//!
//! # Scope
//!
//! - JSON that passes through unchanged is the crate [`json`]: it validates once and cuts slices of the same buffer.
//! - One JSON-RPC message in each direction: [`json_rpc`], with the codes in [`error_code`].
//! - The methods of revision 2026-07-28 ([`method`]), the era of a message ([`era`]) and its `_meta` ([`meta`]).
//! - Streamable HTTP: mirrored headers ([`headers`]) and arguments ([`parameter_headers`]), media types ([`streamable_http`]),
//!   SSE in both directions ([`event_stream`]).
//! - Lists of tools, resources, templates and prompts, an origin's and ours: [`list`]; the answer to `server/discover`: [`discover`],
//!   with the [`capabilities`] of several origins as one.
//! - What a request asks for: [`params`], [`tool`], [`resource`], [`prompt`], [`completion`], [`subscription`], [`task`]; and what
//!   every result has in common: [`result`].
//! - The legacy era without sessions, and what changes between the eras: [`legacy`].
//!
//! # Out of scope
//!
//! - Who the caller is and what the caller may do: crates `oauth` and `policy`.
//! - HTTP status codes and the order of the checks: the gateway's line.
//! - The meaning of arguments, results and schemas, but for what [`parameter_headers`] reads.
//! - Legacy revisions before 2025-03-26, and of the later ones everything that needs a session ([`legacy`]).
//! - stdio, resuming a stream, JSON-RPC batches.
//!
//! # Limits on hostile input
//!
//! | what | limit |
//! |---|---|
//! | nesting of one JSON text | [`json::MAX_DEPTH`], checked without recursion |
//! | members of an object that we interpret | [`json::MAX_MEMBERS`], none twice |
//! | elements of an array that we interpret | [`json::MAX_ELEMENTS`] |
//! | request id | [`json_rpc::MAX_ID_BYTES`] |
//! | method name | [`json_rpc::MAX_METHOD_BYTES`] |
//! | name of a tool or a prompt | [`tool::MAX_NAME_BYTES`] |
//! | URI of a resource | [`resource::MAX_URI_BYTES`] |
//! | id of a task | [`task::MAX_ID_BYTES`] |
//! | resources and tasks of one subscription | [`subscription::MAX_RESOURCES`], [`subscription::MAX_TASKS`] |
//! | extensions of a server | [`capabilities::MAX_EXTENSIONS`] |
//! | arguments in headers, and their names | [`parameter_headers::MAX_PARAMETERS`], [`parameter_headers::MAX_NAME_BYTES`] |
//! | event on a stream | set by the caller of [`event_stream::Decoder::new`] |
//!
//! The size of a whole message is the caller's to bound, before it hands the bytes over.

pub mod capabilities;
pub mod completion;
pub mod discover;
pub mod era;
pub mod error_code;
pub mod event_stream;
pub mod headers;
pub mod json_rpc;
pub mod legacy;
pub mod list;
pub mod meta;
pub mod method;
pub mod parameter_headers;
pub mod params;
pub mod prompt;
pub mod resource;
pub mod result;
pub mod streamable_http;
pub mod subscription;
pub mod task;
pub mod tool;
