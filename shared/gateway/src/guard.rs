//! *guard*: what may travel on. So far a list's cursor; checks on content belong here.

use std::rc::Rc;

use mcp::method::Method;

use crate::authorize::{Authorized, Permitted};
use crate::error::{Failure, Refusal};
use crate::parse::Message;
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
pub(crate) fn guard(authorized: Authorized) -> Result<Guarded, Failure> {
    let message = authorized.message();
    // Lists fit one page, so no cursor was ever handed out: any is invalid (MCP, pagination).
    if message.method() == Method::ToolsList && message.params().get("cursor").is_some() {
        return Err(Refusal::InvalidParams("`cursor` is not one of this server's").into());
    }
    let (message, server, permitted) = authorized.into_parts();
    Ok(Guarded { message, server, permitted })
}
