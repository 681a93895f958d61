//! What a legacy client asks, in the words of this era. Such a client is known by nothing but its token: Weir hands out
//! no session id, so each of its messages stands alone like a modern one.

use mcp::era::Era;
use mcp::json_rpc::Request;
use mcp::legacy::{self, INITIALIZE, PING};
use mcp::meta::RequestMeta;
use mcp::method::Method;

use super::{Asked, Sighting};
use crate::error::Refusal;

/// What only legacy clients ask and Weir answers by itself. It walks the line as `server/discover` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Courtesy {
    /// `initialize`: answered with this version.
    Initialize(&'static str),
    /// `ping`: answered with nothing.
    Ping,
}

/// Reads a legacy request. `initialize` agrees on a version in its body, every other request names it in `header`.
pub(super) fn read(request: &Request, header: Option<&str>, sighting: &mut Sighting) -> Result<Asked, Refusal> {
    let params = request.params.as_ref();
    let (version, client_info) = if request.method == INITIALIZE {
        let version = legacy::negotiate(params).ok_or(Refusal::InvalidParams("`protocolVersion` must be a string"))?;
        (version, legacy::client_info(params))
    } else {
        (legacy::version(header).map_err(Refusal::UnsupportedVersion)?, None)
    };
    sighting.protocol_version = Some(version.to_owned());
    let meta = RequestMeta::legacy(params, version, client_info.as_ref()).map_err(Refusal::Meta)?;
    let (method, courtesy) = match request.method.as_str() {
        INITIALIZE => (Method::ServerDiscover, Some(Courtesy::Initialize(version))),
        PING => (Method::ServerDiscover, Some(Courtesy::Ping)),
        "tools/list" => (Method::ToolsList, None),
        "tools/call" => (Method::ToolsCall, None),
        _ => return Err(Refusal::UnknownMethod(Era::Legacy)),
    };
    Ok(Asked { era: Era::Legacy, method, courtesy, meta })
}
