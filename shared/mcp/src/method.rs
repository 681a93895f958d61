//! The methods of MCP 2026-07-28 that a client may call; every other name is unknown.

/// A method of revision 2026-07-28, or of its tasks extension.
///
/// Methods of older revisions (`initialize`, `ping`, `logging/setLevel`, `resources/subscribe`…) are no variants: under
/// this revision they are unknown (HTTP 404, -32601).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `server/discover`: versions, capabilities, instructions.
    ServerDiscover,
    /// `tools/list`
    ToolsList,
    /// `tools/call`
    ToolsCall,
    /// `resources/list`
    ResourcesList,
    /// `resources/templates/list`
    ResourcesTemplatesList,
    /// `resources/read`
    ResourcesRead,
    /// `prompts/list`
    PromptsList,
    /// `prompts/get`
    PromptsGet,
    /// `completion/complete`
    CompletionComplete,
    /// `subscriptions/listen`
    SubscriptionsListen,
    /// `tasks/get`, of the tasks extension.
    TasksGet,
    /// `tasks/update`, of the tasks extension.
    TasksUpdate,
    /// `tasks/cancel`, of the tasks extension.
    TasksCancel,
}

impl Method {
    /// Every method, in the order of the specification.
    pub const ALL: [Self; 13] = [
        Self::ServerDiscover,
        Self::ToolsList,
        Self::ToolsCall,
        Self::ResourcesList,
        Self::ResourcesTemplatesList,
        Self::ResourcesRead,
        Self::PromptsList,
        Self::PromptsGet,
        Self::CompletionComplete,
        Self::SubscriptionsListen,
        Self::TasksGet,
        Self::TasksUpdate,
        Self::TasksCancel,
    ];

    /// The method with this exact name; names are case-sensitive.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ServerDiscover => "server/discover",
            Self::ToolsList => "tools/list",
            Self::ToolsCall => "tools/call",
            Self::ResourcesList => "resources/list",
            Self::ResourcesTemplatesList => "resources/templates/list",
            Self::ResourcesRead => "resources/read",
            Self::PromptsList => "prompts/list",
            Self::PromptsGet => "prompts/get",
            Self::CompletionComplete => "completion/complete",
            Self::SubscriptionsListen => "subscriptions/listen",
            Self::TasksGet => "tasks/get",
            Self::TasksUpdate => "tasks/update",
            Self::TasksCancel => "tasks/cancel",
        }
    }

    /// The member of `params` that the header `Mcp-Name` mirrors, for the methods that require the header (SEP-2243).
    #[must_use]
    pub const fn name_source(self) -> Option<&'static str> {
        match self {
            Self::ToolsCall | Self::PromptsGet => Some("name"),
            Self::ResourcesRead => Some("uri"),
            Self::TasksGet | Self::TasksUpdate | Self::TasksCancel => Some("taskId"),
            Self::ServerDiscover
            | Self::ToolsList
            | Self::ResourcesList
            | Self::ResourcesTemplatesList
            | Self::PromptsList
            | Self::CompletionComplete
            | Self::SubscriptionsListen => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back_to_their_method() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.as_str()), Some(method), "`{}` should parse to itself", method.as_str());
        }
    }

    #[test]
    fn removed_and_unknown_methods_are_unknown() {
        let names = [
            "initialize",
            "ping",
            "logging/setLevel",
            "resources/subscribe",
            "tasks/list",
            "tasks/result",
            "Tools/Call",
            "tools/call ",
            "",
        ];
        for name in names {
            assert_eq!(Method::parse(name), None, "`{name}` should be unknown in 2026-07-28");
        }
    }

    #[test]
    fn mcp_name_mirrors_names_uris_and_tasks() {
        assert_eq!(Method::ToolsCall.name_source(), Some("name"), "tools/call should mirror its tool's name");
        assert_eq!(Method::PromptsGet.name_source(), Some("name"), "prompts/get should mirror its prompt's name");
        assert_eq!(Method::ResourcesRead.name_source(), Some("uri"), "resources/read should mirror its uri");
        assert_eq!(Method::TasksGet.name_source(), Some("taskId"), "tasks/get should mirror its task");
        assert_eq!(Method::ToolsList.name_source(), None, "tools/list should need no Mcp-Name");
    }
}
