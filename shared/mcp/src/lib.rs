//! The Model Context Protocol on the wire: pure, no I/O.
//!
//! Every function takes bytes, headers or parsed values and returns values, bytes or a named error. No function awaits,
//! reads a clock or keeps state between messages.
//!
//! # Scope
//!
//! - JSON that passes through unchanged is the crate [`json`]: it validates once and cuts slices of the same buffer.
//! - JSON-RPC messages in both directions ([`json_rpc`]) and their error codes ([`error_code`]).
//! - The methods of revision 2026-07-28 ([`method`]), the era of a message ([`era`]) and its `_meta` ([`meta`]).
//! - Streamable HTTP: mirrored headers ([`headers`]) and arguments ([`parameter_headers`]), media types
//!   ([`streamable_http`]), server-sent events in both directions ([`event_stream`]).
//! - Lists of tools, resources, resource templates and prompts, read and written: [`list`]. The result of
//!   `server/discover`: [`discover`], with the merged [`capabilities`] of several origins.
//! - The params of requests: [`params`], [`tool`], [`resource`], [`prompt`], [`completion`], [`subscription`],
//!   [`task`]; the members that all results share: [`result`]; the requests of servers for input: [`input_request`].
//! - The legacy era, MCP 2025-03-26 to 2025-11-25 ([`legacy`]): `initialize`, session ids, requests from server to
//!   client, the batches of 2025-03-26 ([`legacy::batch`]), and the translation of messages between the eras.
//!
//! # Out of scope
//!
//! - Authentication and authorization: crates `oauth` and `policy`.
//! - HTTP status codes, the order of the checks, and the content of a session id: crate `gateway`.
//! - The meaning of arguments, results and schemas, except for the annotations that [`parameter_headers`] reads.
//! - Revisions before 2025-03-26, the stdio transport, resumption of a stream.
//!
//! # Limits on hostile input
//!
//! | subject | limit |
//! |---|---|
//! | nesting of one JSON text | [`json::MAX_DEPTH`], checked without recursion |
//! | members of an object that is interpreted | [`json::MAX_MEMBERS`], none twice |
//! | elements of an array that is interpreted | [`json::MAX_ELEMENTS`] |
//! | messages of one batch | [`legacy::batch::MAX_MESSAGES`] |
//! | session id of an origin | [`legacy::MAX_SESSION_ID_BYTES`] |
//! | request id | [`json_rpc::MAX_ID_BYTES`] |
//! | method name | [`json_rpc::MAX_METHOD_BYTES`] |
//! | name of a tool or a prompt | [`tool::MAX_NAME_BYTES`] |
//! | URI of a resource | [`resource::MAX_URI_BYTES`] |
//! | id of a task | [`task::MAX_ID_BYTES`] |
//! | resources and tasks of one subscription | [`subscription::MAX_RESOURCES`], [`subscription::MAX_TASKS`] |
//! | extensions of a server | [`capabilities::MAX_EXTENSIONS`] |
//! | arguments in headers, their names | [`parameter_headers::MAX_PARAMETERS`], [`parameter_headers::MAX_NAME_BYTES`] |
//! | event on a stream | set by the caller of [`event_stream::Decoder::new`] |
//!
//! The caller bounds the size of a whole message before it passes the bytes.

pub mod capabilities;
pub mod completion;
pub mod discover;
pub mod era;
pub mod error_code;
pub mod event_stream;
pub mod headers;
pub mod input_request;
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
