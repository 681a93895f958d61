//! `--url`: the same load on another MCP endpoint of this machine.

use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::{
    Effort,
    address::Address,
    fault::Fault,
    figures::{Cell, Subject},
    load,
    message::{self, Protocol, RequestTemplate},
    report,
    run::{self, Endpoint},
};

/// The last protocol version with an `initialize` handshake.
const LEGACY: &str = "2025-11-25";

/// Measures `url`; returns the number of errors.
pub async fn run(
    url: &str,
    headers: &[(HeaderName, HeaderValue)],
    tool: Option<&str>,
    effort: Effort,
) -> Result<usize, Fault> {
    let address = Address::parse(url)?;
    let modern = RequestTemplate::new(&address, Protocol::Modern, "tools/list", json!({}), headers)?;
    let (list, pages) = match load::once(&modern).await {
        Ok((pages, _)) => (modern, pages),
        Err(fault) => {
            println!("bench: no result in MCP {}, trying {LEGACY}: {fault}", message::MODERN);
            let (version, session) = initialize(&address, headers).await?;
            let protocol = Protocol::Legacy { version: &version, session: session.as_deref() };
            let list = RequestTemplate::new(&address, protocol, "tools/list", json!({}), headers)?;
            let (pages, _) = load::once(&list).await?;
            return measure(&address, protocol, headers, list, &pages, tool, effort).await;
        }
    };
    measure(&address, Protocol::Modern, headers, list, &pages, tool, effort).await
}

async fn measure(
    address: &Address,
    protocol: Protocol<'_>,
    headers: &[(HeaderName, HeaderValue)],
    list: RequestTemplate,
    listed: &[Value],
    tool: Option<&str>,
    effort: Effort,
) -> Result<usize, Fault> {
    let params = call_params(listed, tool)?;
    println!("bench: calling `{}` with {}", params["name"].as_str().unwrap_or_default(), params["arguments"]);
    let template = RequestTemplate::new(address, protocol, "tools/call", params, headers)?;
    let mut subjects = [Endpoint::with(Subject::Url, [template, list])];
    let cells = run::measure(&mut subjects, None, effort).await?;
    report::table(&cells.iter().map(Cell::figures).collect::<Vec<_>>());
    report::write(&cells, std::path::Path::new("url.json"))?;
    Ok(cells.iter().map(|cell| cell.errors).sum())
}

/// Runs the handshake; returns the negotiated protocol version and the session id, if there is one.
async fn initialize(
    address: &Address,
    headers: &[(HeaderName, HeaderValue)],
) -> Result<(String, Option<String>), Fault> {
    let protocol = Protocol::Legacy { version: LEGACY, session: None };
    let params = json!({
        "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": { "name": "weir-bench", "version": "1.0.0" },
    });
    let template = RequestTemplate::new(address, protocol, "initialize", params, headers)?;
    let answer = load::answer(&template).await?;
    let result = answer.result()?;
    let version = result["protocolVersion"].as_str().unwrap_or(LEGACY).to_owned();
    let session = answer.headers.get("mcp-session-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let protocol = Protocol::Legacy { version: &version, session: session.as_deref() };
    let mut notification = RequestTemplate::new(address, protocol, "notifications/initialized", json!({}), headers)?;
    notification.body = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.into();
    // A notification has no result to check.
    load::answer(&notification).await?;
    Ok((version, session))
}

/// The params of a call of `tool`, or of the first tool in the list, with the required arguments of its schema.
fn call_params(pages: &[Value], tool: Option<&str>) -> Result<Value, Fault> {
    let mut tools = pages.iter().filter_map(|page| page["tools"].as_array()).flatten();
    let found = match tool {
        Some(name) => tools.find(|one| one["name"] == name),
        None => tools.next(),
    };
    let found =
        found.ok_or_else(|| Fault::Found("the endpoint lists no such tool; name another with --tool".to_owned()))?;
    let schema = &found["inputSchema"];
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let arguments: serde_json::Map<String, Value> =
        required.map(|name| (name.to_owned(), simplest(&schema["properties"][name]))).collect();
    Ok(json!({ "name": found["name"], "arguments": arguments }))
}

/// The simplest value of a schema's type.
fn simplest(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("weir"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_has_required_arguments() {
        let schema = json!({
            "properties": { "a": { "type": "integer" }, "b": { "type": "string" }, "c": { "enum": ["x"] } }, "required": ["a", "c"],
        });
        let tools = json!([{ "name": "first", "inputSchema": {} }, { "name": "second", "inputSchema": schema }]);
        let listed = [json!({ "tools": tools })];
        let params = call_params(&listed, Some("second")).expect("the tool should be found");
        assert_eq!(params, json!({ "name": "second", "arguments": { "a": 1, "c": "x" } }));
        let params = call_params(&listed, None).expect("there should be a first tool");
        assert_eq!(params["name"], "first");
        assert!(call_params(&listed, Some("third")).is_err(), "an unknown tool should be told");
    }
}
