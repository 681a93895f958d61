//! The official Rust SDK: `rmcp-client URL ERA` makes the same calls as tests/conformance/clients/walk.mjs and prints
//! the responses.

use std::{
    env,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use rmcp::{
    ClientHandler, ClientLifecycleMode, ErrorData, RoleClient, ServiceError,
    model::{
        CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult,
        ElicitationAction, ElicitationCapability, GetPromptRequestParams, Implementation, JsonObject,
        ProgressNotificationParam, ProtocolVersion, ReadResourceRequestParams, ResourceContents,
    },
    service::{
        ClientInitializeError, NotificationContext, RequestContext, RunningService, serve_client_with_lifecycle,
    },
    transport::StreamableHttpClientTransport,
};
use serde_json::{Map, Value, json};

/// The reason for which the walk ended early.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("usage: rmcp-client URL modern|legacy")]
    Usage,
    #[error("connecting: {0}")]
    Connecting(#[from] Box<ClientInitializeError>),
    #[error("{0}")]
    Asking(#[from] Box<ServiceError>),
}

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Self {
        Self::Asking(Box::new(error))
    }
}

/// The handler of a client whose user is called Ada; it counts progress notifications.
#[derive(Clone, Default)]
struct Ada {
    steps: Arc<Mutex<Vec<u8>>>,
}

impl ClientHandler for Ada {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        capabilities.elicitation = Some(ElicitationCapability::default());
        ClientConfig::new(capabilities, Implementation::new("conformance", "1.0.0"))
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let ElicitRequestParams::FormElicitationParams { requested_schema, .. } = request else {
            return Ok(ElicitResult::new(ElicitationAction::Decline));
        };
        let content: Map<_, _> = requested_schema.properties.into_keys().map(|name| (name, json!("Ada"))).collect();
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(Value::Object(content)))
    }

    async fn on_progress(&self, params: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).push(params.progress as u8);
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match walk().await {
        Ok(seen) => {
            println!("{seen}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("rmcp-client: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn walk() -> Result<Value, Fault> {
    let mut arguments = env::args().skip(1);
    let (Some(url), Some(era)) = (arguments.next(), arguments.next()) else { return Err(Fault::Usage) };
    let lifecycle = match era.as_str() {
        "modern" => ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] },
        "legacy" => ClientLifecycleMode::Initialize,
        _ => return Err(Fault::Usage),
    };
    let ada = Ada::default();
    let transport = StreamableHttpClientTransport::from_uri(url);
    let client = serve_client_with_lifecycle(ada.clone(), transport, lifecycle).await.map_err(Box::new)?;
    let seen = seen(&client, &ada).await?;
    drop(client.cancel().await);
    Ok(seen)
}

async fn seen(client: &RunningService<RoleClient, Ada>, ada: &Ada) -> Result<Value, Fault> {
    let tools = client.list_all_tools().await?;
    let asking = ["test_input_required_result_elicitation", "test_elicitation"]
        .into_iter()
        .find(|name| tools.iter().any(|tool| tool.name == *name))
        .unwrap_or_default();
    let templates = client.list_all_resource_templates().await?;
    let templated: Value = serde_json::from_str(&read(client, "test://template/7/data").await?).unwrap_or_default();
    let two = JsonObject::from_iter([("arg1".to_owned(), json!("one")), ("arg2".to_owned(), json!("two"))]);
    let prompt = GetPromptRequestParams::new("test_prompt_with_arguments").with_arguments(two);
    let prompted = client.get_prompt(prompt).await?;
    let reported = call(client, "test_tool_with_progress", json!({})).await?;
    Ok(json!({
        "version": client.peer().peer_info().map(|server| server.protocol_version.clone()),
        "tools": tools.len(),
        "resources": client.list_all_resources().await?.len(),
        "templates": templates.iter().map(|template| &template.uri_template).collect::<Vec<_>>(),
        "prompts": client.list_all_prompts().await?.len(),
        "called": call(client, "test_simple_text", json!({})).await?,
        "reported": reported,
        "steps": ada.steps.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        "read": read(client, "test://static-text").await?,
        "templated": templated["id"],
        "prompted": prompted.messages.iter().filter_map(|message| message.content.as_text()).map(|text| &*text.text).collect::<String>(),
        "completed": client.complete_prompt_simple("test_prompt_with_arguments", "arg1", "par").await?,
        "asked": outcome(call(client, asking, json!({ "message": "Who is there?" })).await)?,
        "unknown": outcome(call(client, "no_such_tool", json!({})).await)?,
    }))
}

async fn call(
    client: &RunningService<RoleClient, Ada>,
    name: &'static str,
    arguments: Value,
) -> Result<String, ServiceError> {
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    client.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await.map(|result| told(&result))
}

/// The text of a result; the code, if it is a refusal.
fn told(result: &CallToolResult) -> String {
    match result.meta.as_ref().and_then(|meta| meta.get("dev.weir/refusal")) {
        Some(refusal) => format!("refused {}", refusal["code"]),
        None => text(result),
    }
}

fn text(result: &CallToolResult) -> String {
    result.content.iter().filter_map(|part| part.as_text()).map(|part| part.text.as_str()).collect()
}

async fn read(client: &RunningService<RoleClient, Ada>, uri: &str) -> Result<String, ServiceError> {
    let result = client.read_resource(ReadResourceRequestParams::new(uri)).await?;
    Ok(match result.contents.into_iter().next() {
        Some(ResourceContents::TextResourceContents { text, .. }) => text,
        _ => String::new(),
    })
}

/// The text of a response; for a JSON-RPC error its code.
fn outcome(answer: Result<String, ServiceError>) -> Result<String, Fault> {
    match answer {
        Ok(text) => Ok(text),
        Err(ServiceError::McpError(refused)) => Ok(format!("error {}", refused.code.0)),
        Err(other) => Err(other.into()),
    }
}
