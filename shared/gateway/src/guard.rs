//! *guard*: what may travel on: cursors that are Weir's own, calls within their user's limit. Checks on content belong here.

mod rate;

use std::rc::Rc;

use registry::snapshot::Origin;

use crate::authorize::{Authorized, Permitted};
use crate::cursor;
use crate::error::Failure;
use crate::parse::Message;
use crate::ports::Host;
use crate::virtual_server::VirtualServer;

/// A permitted message whose content may travel. Only this module makes one.
pub struct Guarded {
    message: Message,
    server: Rc<VirtualServer>,
    permitted: Permitted,
}

impl Guarded {
    /// The origin that a call goes to.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        match self.permitted {
            Permitted::Call(at) => self.server.origin(at),
            Permitted::Discover | Permitted::List(_) => None,
        }
    }

    pub(crate) fn into_parts(self) -> (Message, Rc<VirtualServer>, Permitted) {
        (self.message, self.server, self.permitted)
    }
}

/// Checks the content, and last of all takes the call out of its user's limit: what goes no further takes nothing.
pub(crate) async fn guard<H: Host>(host: &H, authorized: Authorized) -> Result<Guarded, Failure> {
    let (message, server, mut permitted) = authorized.into_parts();
    if let Permitted::List(visible) = &mut permitted
        && let Some(cursor) = message.params().get("cursor")
    {
        let from = cursor::open(host, &server, message.principal(), cursor.string().as_deref()).await?;
        visible.retain(|&at| at >= from);
    }
    if let Permitted::Call(_) = permitted {
        rate::take(host, &server, message.principal()).await?;
    }
    Ok(Guarded { message, server, permitted })
}
