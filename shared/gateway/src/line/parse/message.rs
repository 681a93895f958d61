//! A message that was read: its era, its operation, and its target.

use http::header::{HeaderName, HeaderValue};
use json::{Members, RawJson};
use mcp::completion::Reference;
use mcp::era::Era;
use mcp::headers::MCP_PARAM_PREFIX;
use mcp::json_rpc::{self, RequestId};
use mcp::meta::RequestMeta;
use mcp::method::Method;
use mcp::subscription::Filter;
use policy::Kind;

use crate::endpoints::Resource;
use crate::isolate::records::Live;
use crate::line::authenticate::Authenticated;
use crate::principal::Principal;

/// One message whose headers and body agree. Only `parse` makes one.
///
/// No other crate can make one:
///
/// ```
/// use gateway::line::parse::Message;
/// ```
///
/// ```compile_fail,E0451
/// use gateway::line::parse::Message;
///
/// fn forge() -> Message {
///     Message { authenticated: loop {}, id: loop {}, params: loop {}, asked: loop {} }
/// }
/// ```
pub struct Message {
    authenticated: Authenticated,
    id: RequestId,
    params: Members,
    asked: ParsedParts,
}

/// The parts that were read from a message.
pub(super) struct ParsedParts {
    pub(super) era: Era,
    pub(super) operation: Operation,
    pub(super) meta: RequestMeta,
    pub(super) target: Target,
}

/// The operation that a message requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A method of MCP 2026-07-28; of the legacy era, one that both eras have.
    Method(Method),
    /// A message that exists only before 2026-07-28.
    Legacy(LegacyRequest),
}

impl Message {
    pub(super) const fn new(authenticated: Authenticated, id: RequestId, params: Members, asked: ParsedParts) -> Self {
        Self { authenticated, id, params, asked }
    }

    /// The request's id, as the answer must echo it.
    pub const fn id(&self) -> &RequestId {
        &self.id
    }

    /// The era that the client speaks.
    pub const fn era(&self) -> Era {
        self.asked.era
    }

    /// The operation that it requests.
    pub const fn operation(&self) -> Operation {
        self.asked.operation
    }

    /// Its parameters, `_meta` included.
    pub const fn params(&self) -> &Members {
        &self.params
    }

    /// Its `_meta`, read; of a legacy client, as a modern one would have written it.
    pub const fn meta(&self) -> &RequestMeta {
        &self.asked.meta
    }

    /// The client's `Mcp-Param-*` headers (MCP 2026-07-28, standard headers).
    pub fn parameter_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        let headers = self.authenticated.inbound().headers().iter();
        headers.filter(|(name, _)| name.as_str().starts_with(MCP_PARAM_PREFIX))
    }

    /// The tool, resource, prompt, task or filter that it names.
    pub const fn target(&self) -> &Target {
        &self.asked.target
    }

    /// The arguments of a `tools/call` or a `prompts/get`.
    pub fn arguments(&self) -> Option<&RawJson> {
        self.params.get("arguments").filter(|_| matches!(self.asked.target, Target::Tool(_) | Target::Prompt(_)))
    }

    /// The verified caller.
    pub fn principal(&self) -> &Principal {
        self.authenticated.principal()
    }

    /// The protected resource that is requested.
    pub const fn resource(&self) -> &Resource {
        self.authenticated.inbound().resource()
    }

    pub(crate) const fn authenticated(&self) -> &Authenticated {
        &self.authenticated
    }

    pub(crate) const fn live(&self) -> &Live {
        self.authenticated.inbound().live()
    }
}

/// A request, notification or response that exists only before MCP 2026-07-28.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegacyRequest {
    /// `initialize`, and the version that its response agrees on.
    Initialize(&'static str),
    /// `ping`: its response is empty.
    Ping,
    /// `logging/setLevel`: passed on to the origins of the session.
    SetLevel,
    /// `resources/subscribe`: answered by the origin of the resource.
    Subscribe,
    /// `resources/unsubscribe`: answered by the origin of the resource.
    Unsubscribe,
    /// The client's response to a request of an origin; its id is a sealed one.
    Response,
    /// `notifications/cancelled`: passed on to the origins of the session.
    Cancelled,
    /// `notifications/roots/list_changed`: passed on to the origins of the session.
    RootsChanged,
    /// A GET that opens the server-initiated stream (MCP 2025-11-25, transports).
    OpenStream,
}

/// The tool, resource, prompt, task or filter that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// No target: the request is for a list, or for the virtual server itself.
    None,
    /// The tool of this exposed name is called.
    Tool(String),
    /// The resource of this URI is read.
    Resource(String),
    /// The prompt of this exposed name is requested.
    Prompt(String),
    /// An argument of this prompt or resource is completed.
    Completion(Reference),
    /// The task of this id is requested, updated or cancelled.
    Task(String),
    /// The notifications of this filter are requested.
    Listen(Filter),
}

impl Target {
    /// The kind and the name of an item that the registry can expose; `None` for any other target.
    pub fn named(&self) -> Option<(Kind, &str)> {
        match self {
            Self::None | Self::Task(_) | Self::Listen(_) => None,
            Self::Tool(name) => Some((Kind::Tool, name)),
            Self::Resource(uri) | Self::Completion(Reference::Resource(uri)) => Some((Kind::Resource, uri)),
            Self::Prompt(name) | Self::Completion(Reference::Prompt(name)) => Some((Kind::Prompt, name)),
        }
    }
}

/// The readable parts of a message, even of a refused one: the response echoes its id, the event names its method.
#[derive(Debug, Default)]
pub(crate) struct Sighting {
    pub(crate) id: Option<RequestId>,
    pub(crate) method: Option<String>,
    pub(crate) protocol_version: Option<String>,
}

impl Sighting {
    /// Reads the id of a message that was refused before it was parsed.
    pub(crate) fn peek(&mut self, body: &[u8]) {
        if self.id.is_none() && self.method.is_none() {
            self.id = json_rpc::peek_id(body);
        }
    }
}
