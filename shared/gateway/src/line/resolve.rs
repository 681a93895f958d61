//! *resolve*: finds the virtual server that the path names or that is assigned to the caller's groups. It also opens
//! the sealed texts that the client keeps: its session, task ids, and the id of an answered request.

use std::rc::Rc;
use std::time::Duration;

use futures::future::{Either, select};
use futures::pin_mut;
use mcp::era::Era;

use crate::assignment;
use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::line::admit::Admitted;
use crate::line::parse::{LegacyRequest, Message, Operation, Target};
use crate::outcome::InputRequestCounts;
use crate::records;
use crate::sealed::question::{self, Answered};
use crate::sealed::session::{self, Session};
use crate::sealed::task::{self, Task};
use crate::virtual_server::VirtualServer;
use ports::{Clock, Host, Timer};

/// A message, its virtual server, and the session, tasks and request that it refers to. Only this module makes one.
///
/// No other crate can make one:
///
/// ```
/// use gateway::line::resolve::Resolved;
/// ```
///
/// ```compile_fail,E0451
/// use gateway::line::resolve::Resolved;
///
/// fn forge() -> Resolved {
///     Resolved { message: loop {}, server: loop {}, session: loop {}, tasks: loop {}, answered: loop {}, input_requests: loop {} }
/// }
/// ```
pub struct Resolved {
    message: Message,
    server: Rc<VirtualServer>,
    session: Option<Rc<Session>>,
    tasks: Vec<Task>,
    answered: Option<Answered>,
    input_requests: Rc<InputRequestCounts>,
}

impl Resolved {
    pub(crate) const fn message(&self) -> &Message {
        &self.message
    }

    pub(crate) fn server(&self) -> &VirtualServer {
        &self.server
    }

    pub(crate) fn server_shared(&self) -> Rc<VirtualServer> {
        self.server.clone()
    }

    /// The session that a legacy client brings.
    pub(crate) const fn session(&self) -> Option<&Rc<Session>> {
        self.session.as_ref()
    }

    /// The tasks that it names; an id that can't be opened is left out.
    pub(crate) fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// The request of an origin that it answers, if it is a response.
    pub(crate) const fn answered(&self) -> Option<&Answered> {
        self.answered.as_ref()
    }

    /// The requests for input that origins make of the caller meanwhile.
    pub(crate) fn input_requests(&self) -> Rc<InputRequestCounts> {
        self.input_requests.clone()
    }
}

/// Finds the virtual server, and opens the session and the ids that the message brings.
pub(crate) async fn resolve<H: Host>(gateway: &Gateway<H>, admitted: Admitted) -> Result<Resolved, Failure> {
    let message = admitted.into_message();
    let live = message.live();
    let server = match message.resource().name() {
        Some(name) => named(gateway, &message, name).await?,
        None => {
            let groups = &message.principal().claims().groups;
            let assigned = assignment::virtual_server(gateway, live, groups).await?;
            assigned.ok_or(Refusal::NoVirtualServer)?
        }
    };
    let (principal, operation) = (message.principal(), message.operation());
    let brings_session =
        message.era() == Era::Legacy && !matches!(operation, Operation::Legacy(LegacyRequest::Initialize(_)));
    let session = match brings_session {
        true => session::open(gateway, &server, principal, message.authenticated().inbound().headers()).await?,
        false => None,
    };
    let texts = match message.target() {
        Target::Task(text) => std::slice::from_ref(text),
        Target::Listen(filter) => &filter.task_ids,
        _ => &[],
    };
    let tasks = task::open(gateway, &server, principal, texts).await?;
    let answered = match operation {
        Operation::Legacy(LegacyRequest::Response) => {
            Some(question::answered(gateway, &server, session.as_deref(), message.id()).await?)
        }
        _ => None,
    };
    Ok(Resolved { message, server, session, tasks, answered, input_requests: Rc::default() })
}

/// The minimum time of the first refusal of a name in half a minute: reading and verifying the record of a hidden
/// virtual server takes a few milliseconds, and must not tell it from an unknown one.
const LEAST_OF_FIRST_REFUSAL: Duration = Duration::from_millis(30);

/// The virtual server called `name`. An unknown name and a virtual server without a rule for this caller are refused
/// after the same time and work: one read of the store per half minute, and no decision.
async fn named<H: Host>(gateway: &Gateway<H>, message: &Message, name: &str) -> Result<Rc<VirtualServer>, Failure> {
    let (live, now) = (message.live(), gateway.host.clock().now());
    let caller = (message.authenticated().entitlement(), live.epoch);
    if gateway.isolate.unseen.borrow().has(caller, name, now) {
        return Err(Refusal::UnknownVirtualServer.into());
    }
    let (found, least) = (open_to(gateway, message, name), gateway.host.timer().sleep(LEAST_OF_FIRST_REFUSAL));
    pin_mut!(found, least);
    let found = match select(found, least).await {
        Either::Left((Ok(None), least)) => {
            least.await;
            None
        }
        Either::Left((found, _)) => found?,
        Either::Right(((), found)) => found.await?,
    };
    if found.is_none() {
        gateway.isolate.unseen.borrow_mut().note(caller, name, now);
    }
    found.ok_or(Refusal::UnknownVirtualServer.into())
}

/// The virtual server called `name`, if it has a rule for this caller.
async fn open_to<H: Host>(
    gateway: &Gateway<H>,
    message: &Message,
    name: &str,
) -> Result<Option<Rc<VirtualServer>>, Failure> {
    let asked = records::virtual_server(gateway, message.live(), name).await?;
    let found = asked.found.filter(|server| server.is_open_to(message.principal()));
    if found.is_none() && !asked.has_read {
        records::read_and_discard(gateway, message.live(), name).await?;
    }
    Ok(found)
}
