//! *resolve*: which virtual server. The one that the path names, or the one assigned to the caller's groups; and what the client
//! brings of it: a legacy client's session, the ids of tasks.

use std::rc::Rc;

use registry::assignment;
use registry::snapshot::{GroupAssignment, assignment_shard};

use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::line::parse::Message;
use crate::records;
use crate::sealed::task;
use crate::sealed::{question, session};
use crate::virtual_server::VirtualServer;
use ports::Host;

/// A message and the virtual server it is for. Only this module makes one.
pub struct Resolved {
    message: Message,
    server: Rc<VirtualServer>,
}

impl Resolved {
    pub(crate) fn server_shared(&self) -> Rc<VirtualServer> {
        self.server.clone()
    }

    pub(crate) const fn message(&self) -> &Message {
        &self.message
    }

    pub(crate) fn into_parts(self) -> (Message, Rc<VirtualServer>) {
        (self.message, self.server)
    }
}

/// Finds the virtual server.
pub(crate) async fn resolve<H: Host>(gateway: &Gateway<H>, message: Message) -> Result<Resolved, Failure> {
    let live = message.live();
    let server = match message.resource().name() {
        Some(name) => records::virtual_server(gateway, live, name).await?.ok_or(Refusal::UnknownVirtualServer)?,
        None => {
            let groups = &message.principal().claims().groups;
            let assigned = decisive(gateway, live, groups, |assignment| assignment.virtual_server.is_some()).await?;
            let name = assigned.and_then(|assignment| assignment.virtual_server).ok_or(Refusal::NoVirtualServer)?;
            records::virtual_server(gateway, live, &name).await?.ok_or(Refusal::NoVirtualServer)?
        }
    };
    let session = session::open(gateway, &message, &server).await?;
    let tasks = task::open(gateway, &message, &server).await?;
    let message = message.in_session(session).about(tasks);
    let answers = question::answered(gateway, &message, &server).await?;
    Ok(Resolved { message: message.answering(answers), server })
}

/// The assignment of the caller's group that comes first in the registry among those that `speak` to the question.
pub(crate) async fn decisive<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    groups: &[String],
    speaks: fn(&GroupAssignment) -> bool,
) -> Result<Option<GroupAssignment>, Failure> {
    let mut shards = Vec::new();
    for group in groups {
        let shard = assignment_shard(group, live.gateway.assignment_shards);
        shards.push((group.as_str(), records::assignments(gateway, live, shard).await?));
    }
    let held = shards.iter().filter_map(|(group, shard)| Some((*group, shard.groups.get(*group)?)));
    Ok(assignment::decisive(held, speaks).map(|(_, assignment)| assignment.clone()))
}
