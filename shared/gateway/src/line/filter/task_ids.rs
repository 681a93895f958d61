//! Replaces the task ids in an origin's response by the client's.

use json::RawJson;
use mcp::era::Era;
use mcp::result::{ResultType, summarize};
use mcp::task;
use policy::Kind;
use ports::Host;

use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::keys::SEALING_KEYS;
use crate::line::parse::{Message, Target};
use crate::line::resolve::Resolved;
use crate::sealed::task::{Task, TaskSealer};

/// The exchange of an origin's task ids for the client's.
pub(crate) enum TaskIds {
    /// The answer names no task.
    None,
    /// The call of a tool may become a task; `None` where the deployment has no sealing keys.
    New(Option<Box<TaskSealer>>),
    /// The answer is about this task.
    Known(Task),
}

/// The exchange that the answer to a call needs.
pub(super) async fn of_answer<H: Host>(gateway: &Gateway<H>, resolved: &Resolved) -> Result<TaskIds, Failure> {
    let (message, server) = (resolved.message(), resolved.server());
    match message.target() {
        Target::Tool(tool) if message.era() == Era::Modern && declares_tasks(message) => {
            let Some(at) = server.find(Kind::Tool, tool) else { return Ok(TaskIds::None) };
            let origin = &server.exposed(at).declaration.origin;
            let sealer = TaskSealer::new(gateway, server, message.principal(), (tool, origin)).await?;
            Ok(TaskIds::New(sealer.map(Box::new)))
        }
        Target::Task(_) => Ok(resolved.tasks().first().cloned().map_or(TaskIds::None, TaskIds::Known)),
        _ => Ok(TaskIds::None),
    }
}

/// True if an origin may answer this client with a task.
fn declares_tasks(message: &Message) -> bool {
    let declared = message.meta().client_capabilities.at(&["extensions", task::EXTENSION]);
    declared.is_some_and(|settings| settings.kind() != json::Kind::Null)
}

impl TaskIds {
    /// The result with the client's id; `None` where it names no task.
    pub(crate) fn result(&self, result: &RawJson) -> Result<Option<RawJson>, Fault> {
        let text = match self {
            Self::None => return Ok(None),
            Self::New(sealer) => {
                if !summarize(result).is_ok_and(|summary| summary.result_type == ResultType::Task) {
                    return Ok(None);
                }
                let unconfigured = || Fault::Configuration { name: SEALING_KEYS.to_owned(), reason: "secret_missing" };
                sealer.as_ref().ok_or_else(unconfigured)?.seal(&task::id_of(result).ok_or(MALFORMED)?)?
            }
            Self::Known(known) => match task::id_of(result) {
                Some(id) if id == known.id => known.text.clone(),
                Some(_) => return Err(Fault::OriginAnswer { reason: "origin_wrong_task" }),
                // `tasks/update` and `tasks/cancel` have an empty result.
                None if result.at(&["taskId"]).is_none() => return Ok(None),
                None => return Err(MALFORMED),
            },
        };
        task::with_id(result, &text).map(Some).map_err(|_| MALFORMED)
    }
}

/// The fault of a response whose task id is missing, malformed or there twice.
const MALFORMED: Fault = Fault::OriginAnswer { reason: "origin_task_malformed" };
