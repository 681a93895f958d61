//! Tasks (facts: MCP tasks extension) of origins, under ids that lead back to them.
//!
//! ```text
//! tools/call ─▶ origin      {"resultType":"task","taskId":"42",…} ─▶ {…,"taskId":sealed{tool, origin, "42"},…}
//! tasks/get sealed ─▶ tasks/get "42" at that origin, if its caller may still call that tool
//! ```
//!
//! A sealed id is bound to the user, the agent and the virtual server, and nothing is remembered for it. It has no end of its own: how long
//! a task can be asked for, its origin says. One that was cut, mixed between users, invented or sealed by a key that is gone is
//! answered as an unknown task.

use std::cell::Cell;
use std::rc::Rc;

use json::RawJson;
use mcp::era::Era;
use mcp::method::Method;
use mcp::result::{ResultType, summarize};
use mcp::task;
use policy::Kind;
use serde::{Deserialize, Serialize};

use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::identifier;
use crate::keys::{self, SEALING_KEYS};
use crate::line::parse::{Message, Target};
use crate::principal::Principal;
use crate::sealed::{Binding, NONCE_BYTES, SealingKeys};
use crate::virtual_server::VirtualServer;
use ports::Host;

/// A task that a client names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    /// As the client names it.
    pub(crate) text: String,
    /// The tool whose call it is, under its exposed name.
    pub(crate) tool: String,
    /// As its origin names it.
    pub(crate) id: String,
    origin: String,
}

impl Task {
    /// The index of its tool, if that is still there and still its origin's.
    pub(crate) fn find(&self, server: &VirtualServer) -> Option<usize> {
        let at = server.find(Kind::Tool, &self.tool)?;
        (server.exposed(at).declaration.origin == self.origin).then_some(at)
    }
}

/// What is sealed: tool, origin, id.
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

/// The tasks that a message names, without those that are none.
pub(crate) async fn open<H: Host>(
    gateway: &Gateway<H>,
    message: &Message,
    server: &VirtualServer,
) -> Result<Vec<Task>, Failure> {
    let texts = match message.target() {
        Target::Task(text) => std::slice::from_ref(text),
        Target::Listen(filter) => &filter.task_ids,
        _ => &[],
    };
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let Some(keys) = keys::sealing(gateway).await? else { return Ok(Vec::new()) };
    let binding = binding(server, message.principal());
    let open = |text: &String| {
        let content = keys.open(&binding, text)?;
        let Content(tool, origin, id) = serde_json::from_slice(&content).ok()?;
        Some(Task { text: text.clone(), tool, id, origin })
    };
    Ok(texts.iter().filter_map(open).collect())
}

/// How the ids in an origin's answer become the client's.
pub(crate) enum Exchange {
    /// There are none.
    None,
    /// The call of a tool may become a task; without a sealer, the deployment seals nothing.
    Seal(Option<Box<Sealer>>),
    /// The answer is about this task.
    Known(Task),
}

/// What seals the id of one task.
pub(crate) struct Sealer {
    keys: Rc<SealingKeys>,
    binding: Binding,
    /// For one id: a second one under it would open the first.
    nonce: Cell<Option<[u8; NONCE_BYTES]>>,
    tool: String,
    origin: String,
}

/// What the answer to this message needs.
pub(crate) async fn exchange<H: Host>(
    gateway: &Gateway<H>,
    message: &Message,
    server: &VirtualServer,
) -> Result<Exchange, Failure> {
    match (message.method(), message.target()) {
        (Method::ToolsCall, Target::Tool(tool)) if message.era() == Era::Modern && declares_tasks(message) => {
            let Some(at) = server.find(Kind::Tool, tool) else { return Ok(Exchange::None) };
            let Some(keys) = keys::sealing(gateway).await? else { return Ok(Exchange::Seal(None)) };
            let nonce = Cell::new(Some(identifier::bytes(&gateway.host)?));
            let (binding, tool) = (binding(server, message.principal()), tool.clone());
            let origin = server.exposed(at).declaration.origin.clone();
            Ok(Exchange::Seal(Some(Box::new(Sealer { keys, binding, nonce, tool, origin }))))
        }
        (_, Target::Task(_)) => Ok(message.tasks().first().cloned().map_or(Exchange::None, Exchange::Known)),
        _ => Ok(Exchange::None),
    }
}

/// Whether an origin may answer this client with a task.
fn declares_tasks(message: &Message) -> bool {
    message.meta().client_capabilities.at(&["extensions", task::EXTENSION]).is_some()
}

impl Exchange {
    /// The result with the client's id; `None` where it names no task.
    pub(crate) fn result(&self, result: &RawJson) -> Result<Option<RawJson>, Fault> {
        let text = match self {
            Self::None => return Ok(None),
            Self::Seal(sealer) => {
                if !summarize(result).is_ok_and(|summary| summary.result_type == ResultType::Task) {
                    return Ok(None);
                }
                let unconfigured = || Fault::Configuration { name: SEALING_KEYS.to_owned(), reason: "secret_missing" };
                sealer.as_ref().ok_or_else(unconfigured)?.seal(&task::id_of(result).ok_or(MALFORMED)?)?
            }
            Self::Known(known) => match task::id_of(result) {
                Some(id) if id == known.id => known.text.clone(),
                Some(_) => return Err(Fault::OriginAnswer { reason: "origin_wrong_task" }),
                // `tasks/update` and `tasks/cancel` are answered with nothing.
                None if result.at(&["taskId"]).is_none() => return Ok(None),
                None => return Err(MALFORMED),
            },
        };
        task::with_id(result, &text).map(Some).map_err(|_| MALFORMED)
    }
}

impl Sealer {
    fn seal(&self, id: &str) -> Result<String, Fault> {
        let content = Content(self.tool.clone(), self.origin.clone(), id.to_owned());
        let nonce = self.nonce.take().ok_or(MALFORMED)?;
        let text = serde_json::to_vec(&content).ok().and_then(|text| self.keys.seal(nonce, &self.binding, &text));
        text.ok_or(Fault::OriginAnswer { reason: "origin_task_id_too_long" })
    }
}

/// An id that is none, or that is there twice.
const MALFORMED: Fault = Fault::OriginAnswer { reason: "origin_task_malformed" };
