//! The request methods of MCP 2026-07-28; every other name is unknown.

/// A request method of MCP 2026-07-28 or of the tasks extension (`io.modelcontextprotocol/tasks`).
///
/// Methods of older revisions (`initialize`, `ping`, `logging/setLevel`, `resources/subscribe`…) have no variant: this
/// revision answers them with -32601 and HTTP 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `server/discover`: supported versions, capabilities, instructions.
    ServerDiscover,
    /// `tools/list`: the tools, in pages.
    ToolsList,
    /// `tools/call`: runs a tool.
    ToolsCall,
    /// `resources/list`: the resources, in pages.
    ResourcesList,
    /// `resources/templates/list`: the resource templates, in pages.
    ResourcesTemplatesList,
    /// `resources/read`: the contents of a resource.
    ResourcesRead,
    /// `prompts/list`: the prompts, in pages.
    PromptsList,
    /// `prompts/get`: the messages of a prompt.
    PromptsGet,
    /// `completion/complete`: suggested values of an argument.
    CompletionComplete,
    /// `subscriptions/listen`: a stream of requested notifications.
    SubscriptionsListen,
    /// `tasks/get`, of the tasks extension: the status or result of a task.
    TasksGet,
    /// `tasks/update`, of the tasks extension: input for a task.
    TasksUpdate,
    /// `tasks/cancel`, of the tasks extension: the end of a task.
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

    /// Returns the method with this name, compared with case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// Returns the name on the wire.
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

    /// Returns the member of `params` that the header `Mcp-Name` mirrors; `None` for a method without the header
    /// (SEP-2243).
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
    fn method_names_round_trip() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.as_str()), Some(method), "`{}` should parse to itself", method.as_str());
        }
    }

    #[test]
    fn removed_method_is_unknown() {
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
    fn mcp_name_mirrors_name_uri_or_task_id() {
        assert_eq!(Method::ToolsCall.name_source(), Some("name"), "tools/call should mirror its tool's name");
        assert_eq!(Method::PromptsGet.name_source(), Some("name"), "prompts/get should mirror its prompt's name");
        assert_eq!(Method::ResourcesRead.name_source(), Some("uri"), "resources/read should mirror its uri");
        assert_eq!(Method::TasksGet.name_source(), Some("taskId"), "tasks/get should mirror its task");
        assert_eq!(Method::ToolsList.name_source(), None, "tools/list should need no Mcp-Name");
    }
}
