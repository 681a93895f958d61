//! The last event of a stream that its origin broke: the response that the client still waits for.

use bytes::Bytes;
use mcp::era::Era;
use mcp::json_rpc::RequestId;

use super::{FailedRequest, ToolCall, response_parts};
use crate::error::Failure;
use crate::line::parse::Target;
use crate::line::resolve::Resolved;

/// The parts of that response that are known when the stream begins.
pub(crate) struct BrokenStream {
    id: RequestId,
    event_id: String,
    server: String,
    /// The tool that is called, if one is.
    tool: Option<String>,
    era: Era,
}

impl BrokenStream {
    /// For the stream that responds to the `resolved` message; `event_id` is the id of its audit event.
    pub(crate) fn new(resolved: &Resolved, event_id: &str) -> Self {
        let message = resolved.message();
        let tool = match message.target() {
            Target::Tool(name) => Some(name.clone()),
            _ => None,
        };
        let (id, era, server) = (message.id().clone(), message.era(), resolved.server().record().name.clone());
        Self { id, event_id: event_id.to_owned(), server, tool, era }
    }

    /// The response because of `failure`.
    pub(crate) fn response(&self, failure: &Failure) -> Bytes {
        let server = Some(self.server.as_str());
        let call = self.tool.as_deref().map(|tool| ToolCall { tool, era: self.era, server, may_have_run: true });
        let request =
            FailedRequest { id: Some(&self.id), event_id: Some(&self.event_id), call, ..FailedRequest::default() };
        response_parts(failure, &request).1
    }
}
