//! Tasks of origins (facts: MCP tasks extension), under sealed ids that lead back to their origin.
//!
//! ```text
//! tools/call ─▶ origin      {"resultType":"task","taskId":"42",…} ─▶ {…,"taskId":sealed{tool, origin, "42"},…}
//! tasks/get sealed ─▶ tasks/get "42" at that origin, if its caller may still call that tool
//! ```
//!
//! A sealed id is bound to the user, the agent and the virtual server, and nothing is remembered for it. It has no
//! expiry: the task's origin decides how long the task can be requested. A truncated, mixed or invented id, or one
//! sealed by a removed key, is an unknown task.

use mcp::task;
use policy::Kind;
use serde::{Deserialize, Serialize};

use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::keys;
use crate::principal::Principal;
use crate::sealed::{Binding, Sealer};
use crate::virtual_server::VirtualServer;
use ports::Host;

/// A task that a client names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    /// The client's id of the task: the sealed text.
    pub(crate) text: String,
    /// The exposed name of the tool that was called.
    pub(crate) tool: String,
    /// The origin's id of the task.
    pub(crate) id: String,
    origin: String,
}

impl Task {
    /// The index of its tool, if the tool is still exposed and still of the same origin.
    pub(crate) fn find(&self, server: &VirtualServer) -> Option<usize> {
        let at = server.find(Kind::Tool, &self.tool)?;
        (server.exposed(at).declaration.origin == self.origin).then_some(at)
    }
}

/// The sealed JSON: tool, origin, id.
#[derive(Serialize, Deserialize)]
struct Content(String, String, String);

fn binding(server: &VirtualServer, principal: &Principal) -> Binding {
    let claims = principal.claims();
    Binding::new("task")
        .up_to(task::MAX_ID_BYTES)
        .with(server.record().name.as_bytes())
        .with(claims.identity_provider.as_bytes())
        .with(claims.subject.as_bytes())
        .with(claims.client_id.as_bytes())
}

/// The tasks of these sealed ids; an id that can't be opened is left out.
pub(crate) async fn open<H: Host>(
    gateway: &Gateway<H>,
    server: &VirtualServer,
    principal: &Principal,
    texts: &[String],
) -> Result<Vec<Task>, Failure> {
    let mut tasks = Vec::new();
    // Most messages name no task and need no binding.
    if texts.is_empty() {
        return Ok(tasks);
    }
    // Read once for all ids: if there are no keys, the isolate doesn't remember that and asks the host each time.
    let Some(keys) = keys::sealing(gateway).await? else { return Ok(tasks) };
    let binding = binding(server, principal);
    for text in texts {
        let content = keys.open(&binding, text);
        let content = content.and_then(|content| serde_json::from_slice(&content).ok());
        tasks.extend(content.map(|Content(tool, origin, id)| Task { text: text.clone(), tool, id, origin }));
    }
    Ok(tasks)
}

/// Seals the id of the task that a call of this tool may become.
pub(crate) struct TaskSealer {
    sealer: Sealer,
    binding: Binding,
    tool: String,
    origin: String,
}

impl TaskSealer {
    /// A sealer for a call of the exposed `tool` at `origin`; `None` if the deployment has no sealing keys.
    pub(crate) async fn new<H: Host>(
        gateway: &Gateway<H>,
        server: &VirtualServer,
        principal: &Principal,
        (tool, origin): (&str, &str),
    ) -> Result<Option<Self>, Fault> {
        let binding = binding(server, principal);
        let (tool, origin) = (tool.to_owned(), origin.to_owned());
        Ok(Sealer::new(gateway).await?.map(|sealer| Self { sealer, binding, tool, origin }))
    }

    /// The client's id for the task that its origin calls `id`.
    pub(crate) fn seal(&self, id: &str) -> Result<String, Fault> {
        let content = Content(self.tool.clone(), self.origin.clone(), id.to_owned());
        let text = serde_json::to_vec(&content).ok().and_then(|content| self.sealer.seal(&self.binding, &content));
        text.ok_or(Fault::OriginAnswer { reason: "origin_task_id_too_long" })
    }
}
