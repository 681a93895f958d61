//! *guard*: what may travel on. So far cursors, which must be Weir's own; checks on content belong here.

use std::rc::Rc;

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
    pub(crate) fn into_parts(self) -> (Message, Rc<VirtualServer>, Permitted) {
        (self.message, self.server, self.permitted)
    }
}

/// Checks the content.
pub(crate) async fn guard<H: Host>(host: &H, authorized: Authorized) -> Result<Guarded, Failure> {
    let (message, server, mut permitted) = authorized.into_parts();
    if let Permitted::List(visible) = &mut permitted
        && let Some(cursor) = message.params().get("cursor")
    {
        let from = cursor::open(host, &server, message.principal(), cursor.string().as_deref()).await?;
        visible.retain(|&at| at >= from);
    }
    Ok(Guarded { message, server, permitted })
}
