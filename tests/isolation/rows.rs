//! The rows of the table: every path that the gateway lists, with every HTTP method, and MCP endpoints with every
//! message.

use gateway::endpoints::Endpoint;
use harness::Draft;
use http::Method;
use mcp::legacy::{INITIALIZE, INITIALIZED, PING, SET_LEVEL, VERSIONS};
use mcp::method::Method as McpMethod;
use serde_json::{Value, json};

/// The right team's virtual server.
pub const OWN: &str = "support";
/// A virtual server with public access, in which neither team has anything.
pub const PUBLIC: &str = "open";
/// A name that no virtual server has.
pub const UNKNOWN: &str = "nothing-here";
/// A tool, a resource and a prompt that the right team may use.
pub const TOOL: &str = "tickets_find";
const RESOURCE: &str = "queue://open/1";
const PROMPT: &str = "tickets_triage";
/// A tool, a resource and a prompt of the same virtual server that no caller may see.
const HIDDEN: [&str; 3] = ["tickets_close", "queue://closed/1", "tickets_leak"];
/// A tool, a resource and a prompt that exist nowhere.
const NONE: [&str; 3] = ["no_such_tool", "queue://nothing/1", "no_such_prompt"];
/// Messages about hidden items; responses must not differ from those about unknown items.
pub const HIDDEN_MESSAGES: [&str; 4] = [
    "tools/call (hidden tool)",
    "resources/read (hidden resource)",
    "prompts/get (hidden prompt)",
    "completion/complete (hidden prompt)",
];
/// The marks in a message's name: replacing the first by the second gives the message about an unknown item.
pub const HIDDEN_AND_UNKNOWN: (&str, &str) = ("(hidden", "(unknown");

/// The methods of RFC 9110 §9 and RFC 5789.
pub const METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
    Method::CONNECT,
];

/// One request, without a credential.
#[derive(Debug)]
pub struct Row {
    pub path: String,
    pub method: Method,
    /// The name of the MCP message with its revision if it is a legacy one; `None` for other requests.
    pub message: Option<String>,
    pub revision: Option<&'static str>,
    /// True for a request that a browser makes to show a page.
    pub browses: bool,
    pub endpoint: Option<Endpoint>,
    pub draft: Draft,
}

impl Row {
    fn new(path: &str, draft: Draft) -> Self {
        let (method, endpoint) = (draft.method.clone(), Endpoint::at(path));
        Self {
            path: path.to_owned(),
            method,
            message: None,
            revision: None,
            browses: false,
            endpoint,
            draft: draft.to(path),
        }
    }

    /// True for a token request, which carries an assertion instead of an access token.
    pub fn redeems(&self) -> bool {
        self.endpoint == Some(Endpoint::Token) && self.method == Method::POST
    }

    /// True if the response may depend on the caller.
    pub fn asks_who(&self) -> bool {
        self.message.is_some() || self.redeems()
    }

    /// True for `server/discover` and `initialize`. An instance remembers the virtual server's capabilities, and Spin
    /// has several instances.
    pub fn overviews(&self) -> bool {
        let is = |method: &str| self.message.as_deref().is_some_and(|message| message.starts_with(method));
        is(McpMethod::ServerDiscover.as_str()) || is(INITIALIZE)
    }

    /// The virtual server that the path names.
    pub fn server(&self) -> Option<&str> {
        match &self.endpoint {
            Some(Endpoint::Mcp(resource)) => resource.name(),
            _ => None,
        }
    }

    /// True if the request is allowed without a credential.
    pub fn is_public(&self) -> bool {
        self.message.is_some() && self.server() == Some(PUBLIC)
    }

    /// The name of the row in a failed rule.
    pub fn title(&self) -> String {
        let what = if self.browses { "by a browser" } else { self.message.as_deref().unwrap_or_default() };
        format!("{} {} {what}", self.method, self.path).trim_end().to_owned()
    }
}

/// All rows, in the order of the table.
pub fn rows() -> Vec<Row> {
    let mut paths = Vec::new();
    for (own, unknown) in Endpoint::paths(OWN).into_iter().zip(Endpoint::paths(UNKNOWN)) {
        let named = own != unknown;
        paths.push(own);
        paths.extend(named.then_some(unknown));
    }
    paths.push(format!("/mcp/{PUBLIC}"));
    paths.push(format!("/{UNKNOWN}"));
    let mut rows = Vec::new();
    for path in &paths {
        for method in METHODS.into_iter().filter(can_be_sent) {
            if method == Method::POST && matches!(Endpoint::at(path), Some(Endpoint::Mcp(_))) {
                let message =
                    |(message, revision, draft)| Row { message: Some(message), revision, ..Row::new(path, draft) };
                rows.extend(messages().into_iter().map(message));
                let page = Draft::bare(Method::GET, path).header("accept", "text/html,*/*;q=0.8");
                rows.push(Row { browses: true, ..Row::new(path, page) });
            } else {
                rows.push(Row::new(path, Draft::bare(method, path)));
            }
        }
    }
    rows
}

/// A CONNECT request has an authority where others have a path (RFC 9110 §9.3.6), so it is for no endpoint.
pub fn can_be_sent(method: &Method) -> bool {
    *method != Method::CONNECT
}

/// Every message, served or not, with its name and revision.
fn messages() -> Vec<(String, Option<&'static str>, Draft)> {
    let mut messages: Vec<(String, Option<&'static str>, Draft)> =
        McpMethod::ALL.into_iter().map(|method| (method.as_str().to_owned(), None, modern(method))).collect();
    let (hidden, unknown) = HIDDEN_AND_UNKNOWN;
    for (word, [tool, uri, prompt]) in [(hidden, HIDDEN), (unknown, NONE)] {
        let reference = json!({ "ref": { "type": "ref/prompt", "name": prompt }, "argument": argument() });
        let drafts = [
            Draft::call(tool, json!({})),
            Draft::modern("resources/read", json!({ "uri": uri })),
            Draft::modern("prompts/get", json!({ "name": prompt })),
            Draft::modern("completion/complete", reference),
        ];
        let named = HIDDEN_MESSAGES.map(|message| message.replace(hidden, word));
        messages.extend(named.into_iter().zip(drafts).map(|(name, draft)| (name, None, draft)));
    }
    messages.push(("no/such/method".to_owned(), None, Draft::modern("no/such/method", json!({}))));
    let both = ["tools/list", "tools/call", "resources/list", "resources/read", "prompts/get"];
    for method in [INITIALIZE, INITIALIZED, PING, SET_LEVEL].into_iter().chain(both) {
        let legacy = |revision| (format!("{method} {revision}"), Some(revision), legacy(method, revision));
        messages.extend(VERSIONS.map(legacy));
    }
    messages
}

/// A valid request of the modern era: a method without parameters here does not compile.
fn modern(method: McpMethod) -> Draft {
    let params = match method {
        McpMethod::ToolsCall => json!({ "name": TOOL, "arguments": {} }),
        McpMethod::ResourcesRead => json!({ "uri": RESOURCE }),
        McpMethod::PromptsGet => json!({ "name": PROMPT }),
        McpMethod::CompletionComplete => {
            json!({ "ref": { "type": "ref/prompt", "name": PROMPT }, "argument": argument() })
        }
        McpMethod::ServerDiscover
        | McpMethod::ToolsList
        | McpMethod::ResourcesList
        | McpMethod::ResourcesTemplatesList
        | McpMethod::PromptsList => json!({}),
        McpMethod::SubscriptionsListen => json!({ "notifications": {} }),
        McpMethod::TasksGet | McpMethod::TasksUpdate | McpMethod::TasksCancel => json!({ "taskId": "task-1" }),
    };
    let mirrored = method.name_source().and_then(|source| params[source].as_str().map(str::to_owned));
    let draft = Draft::modern(method.as_str(), params);
    match mirrored {
        Some(name) => draft.header("mcp-name", &name),
        None => draft,
    }
}

fn argument() -> Value {
    json!({ "name": "ticket", "value": "1" })
}

/// A request of a legacy revision, without a session.
fn legacy(method: &str, revision: &str) -> Draft {
    let params: Value = match method {
        INITIALIZE => {
            let client = json!({ "name": "stage-suite", "version": "1.0.0" });
            json!({ "protocolVersion": revision, "capabilities": {}, "clientInfo": client })
        }
        "tools/call" => json!({ "name": TOOL, "arguments": {} }),
        "resources/read" => json!({ "uri": RESOURCE }),
        "prompts/get" => json!({ "name": PROMPT }),
        SET_LEVEL => json!({ "level": "info" }),
        _ => json!({}),
    };
    let mut message = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    if method == INITIALIZED {
        message.as_object_mut().expect("an object literal").remove("id");
    }
    let draft = Draft::bare(Method::POST, "/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(message.to_string());
    // `initialize` is sent before a version is negotiated.
    if method == INITIALIZE { draft } else { draft.header("mcp-protocol-version", revision) }
}
