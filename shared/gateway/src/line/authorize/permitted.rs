//! The permissions that *authorize* gives.

use mcp::list::ListKind;
use mcp::method::Method;
use mcp::subscription::Filter;

use crate::sealed::task::Task;

/// A permitted request. Indexes point into the items that the virtual server exposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Permitted {
    /// `server/discover`; the caller sees these items.
    Discover(Vec<usize>),
    /// `initialize`; the session is opened with the origins of the visible items.
    Initialize {
        visible: Vec<usize>,
        /// The version of MCP that is agreed on.
        version: &'static str,
    },
    /// `ping`.
    Ping,
    /// A list of these items, in registry order, without the first `skip` items of the first one: earlier pages had
    /// them.
    List { kind: ListKind, visible: Vec<usize>, skip: usize },
    /// `tools/call` of this tool.
    Call(usize),
    /// `resources/read` of a resource under this index.
    Read(usize),
    /// `prompts/get` of this prompt.
    Get(usize),
    /// `completion/complete` of an argument of this prompt or resource.
    Complete(usize),
    /// `tasks/get`, `tasks/update` or `tasks/cancel` of a task of this tool.
    Task { method: Method, at: usize },
    /// `subscriptions/listen`: the notifications that the caller may receive, by origin.
    Listen(Vec<SubscriptionFilter>),
    /// `resources/subscribe` to a resource under this index.
    Subscribe(usize),
    /// `resources/unsubscribe` from a resource under this index.
    Unsubscribe(usize),
    /// `logging/setLevel` at the session's origins of these items.
    SetLevel(Vec<usize>),
    /// A response to a request of one of the origins of these items.
    Respond(Vec<usize>),
    /// `notifications/cancelled` to the session's origins of these items.
    Cancel(Vec<usize>),
    /// `notifications/roots/list_changed` to the session's origins of these items.
    RootsChanged(Vec<usize>),
    /// The server-initiated stream of the session's origins of these items.
    OpenStream(Vec<usize>),
}

impl Permitted {
    /// The index of the item whose use may change or cost something at its origin.
    pub(crate) const fn used(&self) -> Option<usize> {
        match self {
            Self::Call(at) | Self::Read(at) | Self::Get(at) | Self::Subscribe(at) | Self::Unsubscribe(at) => Some(*at),
            Self::Discover(_)
            | Self::Initialize { .. }
            | Self::Ping
            | Self::List { .. }
            | Self::Complete(_)
            | Self::Task { .. }
            | Self::Listen(_)
            | Self::SetLevel(_)
            | Self::Respond(_)
            | Self::Cancel(_)
            | Self::RootsChanged(_)
            | Self::OpenStream(_) => None,
        }
    }
}

/// The notifications that one origin is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubscriptionFilter {
    pub(crate) origin: String,
    /// The filter with the origin's own task ids.
    pub(crate) asked: Filter,
    /// The tasks in `asked`.
    pub(crate) tasks: Vec<Task>,
}
