//! *guard*: what may travel on: cursors that are Weir's own, headers that agree with the arguments they mirror, calls within
//! their user's limit. Checks on content belong here.

mod calls_per_minute;

use std::rc::Rc;

use mcp::era::Era;
use mcp::method::Method;
use registry::snapshot::Origin;

use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::line::authorize::{Authorized, Permitted};
use crate::line::parse::{Courtesy, Message};
use crate::origin;
use crate::sealed::cursor;
use crate::virtual_server::VirtualServer;
use ports::Host;

/// A permitted message whose content may travel. Only this module makes one.
pub struct Guarded {
    message: Message,
    server: Rc<VirtualServer>,
    permitted: Permitted,
}

impl Guarded {
    /// The origin where something is called, read or got, whose task goes on or is cancelled, or that gets the answer to what it has asked.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        match self.message.answers() {
            Some(answered) => self.server.record().origins.get(&answered.origin),
            None => self.changed().and_then(|at| self.server.origin(at)),
        }
    }

    fn changed(&self) -> Option<usize> {
        match self.permitted {
            Permitted::Task(at) if self.message.method() != Method::TasksGet => Some(at),
            _ => self.permitted.used(),
        }
    }

    pub(crate) fn into_parts(self) -> (Message, Rc<VirtualServer>, Permitted) {
        (self.message, self.server, self.permitted)
    }
}

/// The headers that mirror arguments agree with them, as far as the isolate knows the tool's schema. Where it doesn't, they
/// travel, and the origin says so.
fn agree<H: Host>(gateway: &Gateway<H>, message: &Message, server: &VirtualServer, at: usize) -> Result<(), Refusal> {
    let Some(origin) = server.origin(at).filter(|_| message.era() == Era::Modern) else { return Ok(()) };
    let known = origin::known(gateway, message, server, origin);
    let headers = message.authenticated().inbound().headers();
    match known.as_ref().and_then(|known| known.parameters(&server.exposed(at).declaration.origin_name)) {
        Some(parameters) => parameters.check(headers, message.arguments()).map_err(Refusal::Headers),
        None => Ok(()),
    }
}

/// Whether it takes something of the limit. Of those who bring no token, everything: nobody else stops them.
fn counts(message: &Message, permitted: &Permitted) -> bool {
    match permitted {
        Permitted::Call(_) | Permitted::Read(_) | Permitted::Get(_) | Permitted::Complete(_) | Permitted::Task(_) => {
            true
        }
        // It holds connections for minutes.
        Permitted::Listen(_) => true,
        // So does a GET; and these three may reach every origin, or move a call on.
        Permitted::Discover(_)
            if matches!(
                message.courtesy(),
                Some(Courtesy::Initialize(_) | Courtesy::SetLevel | Courtesy::Answer | Courtesy::Listen)
            ) =>
        {
            true
        }
        Permitted::List { .. } | Permitted::Discover(_) => message.principal().is_anonymous(),
    }
}

/// Checks the content, and last of all takes the call out of its user's limit: what goes no further takes nothing.
pub(crate) async fn guard<H: Host>(gateway: &Gateway<H>, authorized: Authorized) -> Result<Guarded, Failure> {
    let (message, server, mut permitted) = authorized.into_parts();
    match &mut permitted {
        Permitted::List { kind, visible, skip } => {
            if let Some(cursor) = message.params().get("cursor") {
                let cursor = cursor.string();
                let from = cursor::open(gateway, &server, message.principal(), *kind, cursor.as_deref()).await?;
                visible.retain(|&at| at >= from.at);
                // What the page would begin with may not be there any more; then nothing of it is passed over.
                *skip = if visible.first() == Some(&from.at) { from.skip } else { 0 };
            }
        }
        Permitted::Call(_)
        | Permitted::Read(_)
        | Permitted::Get(_)
        | Permitted::Complete(_)
        | Permitted::Discover(_)
        | Permitted::Task(_)
        | Permitted::Listen(_) => {}
    }
    if let Permitted::Call(at) = &permitted {
        agree(gateway, &message, &server, *at)?;
    }
    if counts(&message, &permitted) {
        calls_per_minute::take(gateway, &server, &message).await?;
    }
    Ok(Guarded { message, server, permitted })
}
