//! The same load on any other MCP endpoint of this machine.

use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::{
    Effort,
    address::Address,
    fault::Fault,
    figures::{Cell, Subject},
    load,
    message::{self, Dress, Shot},
    report,
    run::{self, Asked},
};

/// The last revision with a handshake.
const LEGACY: &str = "2025-11-25";

/// Measures `url`; the number of errors.
pub async fn run(
    url: &str,
    headers: &[(HeaderName, HeaderValue)],
    tool: Option<&str>,
    effort: Effort,
) -> Result<usize, Fault> {
    let address = Address::parse(url)?;
    let modern = Shot::new(&address, Dress::Modern, "tools/list", json!({}), headers)?;
    let (list, pages) = match load::once(&modern).await {
        Ok((pages, _)) => (modern, pages),
        Err(why) => {
            println!("bench: no answer in MCP {}, so in {LEGACY}: {why}", message::MODERN);
            let (version, session) = initialize(&address, headers).await?;
            let dress = Dress::Legacy { version: &version, session: session.as_deref() };
            let list = Shot::new(&address, dress, "tools/list", json!({}), headers)?;
            let (pages, _) = load::once(&list).await?;
            return measure(&address, dress, headers, list, &pages, tool, effort).await;
        }
    };
    measure(&address, Dress::Modern, headers, list, &pages, tool, effort).await
}

async fn measure(
    address: &Address,
    dress: Dress<'_>,
    headers: &[(HeaderName, HeaderValue)],
    list: Shot,
    listed: &[Value],
    tool: Option<&str>,
    effort: Effort,
) -> Result<usize, Fault> {
    let params = call(listed, tool)?;
    println!("bench: calling `{}` with {}", params["name"].as_str().unwrap_or_default(), params["arguments"]);
    let shot = Shot::new(address, dress, "tools/call", params, headers)?;
    let mut subjects = [Asked::with(Subject::Url, [shot, list])];
    let cells = run::measure(&mut subjects, None, effort).await?;
    report::table(&cells.iter().map(Cell::figures).collect::<Vec<_>>());
    report::write(&cells, std::path::Path::new("url.json"))?;
    Ok(cells.iter().map(|cell| cell.errors).sum())
}

/// The agreed revision and the session, if there is one.
async fn initialize(
    address: &Address,
    headers: &[(HeaderName, HeaderValue)],
) -> Result<(String, Option<String>), Fault> {
    let dress = Dress::Legacy { version: LEGACY, session: None };
    let params = json!({
        "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": { "name": "weir-bench", "version": "1.0.0" },
    });
    let shot = Shot::new(address, dress, "initialize", params, headers)?;
    let answer = load::answer(&shot).await?;
    let result = answer.result()?;
    let version = result["protocolVersion"].as_str().unwrap_or(LEGACY).to_owned();
    let session = answer.headers.get("mcp-session-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let dress = Dress::Legacy { version: &version, session: session.as_deref() };
    let mut told = Shot::new(address, dress, "notifications/initialized", json!({}), headers)?;
    told.body = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.into();
    // A notification has no answer worth reading.
    load::answer(&told).await?;
    Ok((version, session))
}

/// The params of a call: `tool`, or the first in the list, with the least arguments that its schema asks for.
fn call(pages: &[Value], tool: Option<&str>) -> Result<Value, Fault> {
    let mut tools = pages.iter().filter_map(|page| page["tools"].as_array()).flatten();
    let found = match tool {
        Some(name) => tools.find(|one| one["name"] == name),
        None => tools.next(),
    };
    let found = found.ok_or_else(|| Fault::Found("the endpoint lists no such tool".to_owned()))?;
    let schema = &found["inputSchema"];
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let arguments: serde_json::Map<String, Value> =
        required.map(|name| (name.to_owned(), least(&schema["properties"][name]))).collect();
    Ok(json!({ "name": found["name"], "arguments": arguments }))
}

/// The plainest value of a schema's type.
fn least(schema: &Value) -> Value {
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
    fn calls_have_the_arguments_that_are_required() {
        let schema = json!({
            "properties": { "a": { "type": "integer" }, "b": { "type": "string" }, "c": { "enum": ["x"] } }, "required": ["a", "c"],
        });
        let tools = json!([{ "name": "first", "inputSchema": {} }, { "name": "second", "inputSchema": schema }]);
        let listed = [json!({ "tools": tools })];
        let params = call(&listed, Some("second")).expect("the tool should be found");
        assert_eq!(params, json!({ "name": "second", "arguments": { "a": 1, "c": "x" } }));
        let params = call(&listed, None).expect("there should be a first tool");
        assert_eq!(params["name"], "first");
        assert!(call(&listed, Some("third")).is_err(), "an unknown tool should be told");
    }
}
