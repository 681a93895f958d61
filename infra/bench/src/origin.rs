//! The origin: an MCP server with prepared responses, so that its own time doesn't matter.

mod tool;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, thread};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Either, Full, channel::Channel};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use tokio::net::TcpListener;

use crate::{fault::Fault, message::MODERN};

#[cfg(test)]
pub use tool::PAUSE;
pub use tool::{LONG_BYTES, Tool};

/// The number of tools.
pub const TOOLS: usize = 500;

/// The length of a call's result, bytes of JSON.
pub const RESULT_BYTES: usize = 1024;

/// The name of tool number `at`.
pub fn tool_name(at: usize) -> String {
    format!("tool_{at:03}")
}

/// Starts the origin on a free loopback port, in a thread that lives as long as the process.
pub fn start() -> Result<SocketAddr, Fault> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = Arc::new(Results::new());
    thread::spawn(move || runtime.block_on(serve(listener, results)));
    Ok(address)
}

async fn serve(listener: std::net::TcpListener, results: Arc<Results>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Without it, a kept-alive connection may delay the end of a response by 40 ms.
        let _ = stream.set_nodelay(true);
        let results = results.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, results.clone()));
            // The client notices the end of a connection and counts it.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The results, serialized once.
struct Results {
    call: String,
    list: String,
    discover: String,
}

/// The members of a JSON-RPC request.
#[derive(Deserialize)]
struct JsonRpcRequest<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: &'a str,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// The body of a response: complete, or chunk by chunk.
type Body = Either<Full<Bytes>, Channel<Bytes>>;

async fn answer(request: Request<Incoming>, results: Arc<Results>) -> Result<Response<Body>, Infallible> {
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let message = serde_json::from_slice::<JsonRpcRequest<'_>>(&body).ok();
    let Some((id, method, params)) = message.and_then(|message| Some((message.id?, message.method, message.params)))
    else {
        // A notification, or a body that is no request.
        return Ok(with_status(StatusCode::ACCEPTED, Bytes::new()));
    };
    let result = match method {
        "tools/call" => match Tool::of_call(params) {
            Some(tool) => return Ok(tool.respond(id)),
            None => &results.call,
        },
        "tools/list" => &results.list,
        "server/discover" => &results.discover,
        _ => {
            let error = r#""error":{"code":-32601,"message":"method not found"}"#;
            let text = format!(r#"{{"jsonrpc":"2.0","id":{},{error}}}"#, id.get());
            return Ok(with_status(StatusCode::NOT_FOUND, text.into()));
        }
    };
    Ok(with_status(StatusCode::OK, response(id, result).into()))
}

/// A JSON-RPC response.
fn response(id: &RawValue, result: &str) -> String {
    ["{\"jsonrpc\":\"2.0\",\"id\":", id.get(), ",\"result\":", result, "}"].concat()
}

/// The result of a call with a length of `bytes`.
fn call_result(bytes: usize) -> String {
    let with =
        |text: &str| json!({ "resultType": "complete", "content": [{ "type": "text", "text": text }] }).to_string();
    with(&"x".repeat(bytes.saturating_sub(with("").len())))
}

fn with_status(status: StatusCode, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl Results {
    fn new() -> Self {
        let info = json!({ "name": "bench-origin", "version": "1.0.0" });
        Self {
            call: call_result(RESULT_BYTES),
            list: json!({
                "resultType": "complete", "tools": (0..TOOLS).map(tool).collect::<Vec<_>>(), "ttlMs": 60_000, "cacheScope": "public",
            })
            .to_string(),
            discover: json!({
                "resultType": "complete", "supportedVersions": [MODERN], "capabilities": { "tools": {} }, "ttlMs": 60_000,
                "cacheScope": "public", "_meta": { "io.modelcontextprotocol/serverInfo": info },
            })
            .to_string(),
        }
    }
}

/// A typical tool: one sentence and three arguments.
fn tool(at: usize) -> Value {
    json!({
        "name": tool_name(at),
        "title": format!("Tool {at}"),
        "description": "Searches what it is asked to search and answers with what it found, best first.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "query": { "type": "string", "description": "What to search for" },
                "limit": { "type": "integer", "description": "How many to answer with" },
                "exact": { "type": "boolean" },
            },
        },
        "annotations": { "readOnlyHint": true },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_their_stated_length() {
        let results = Results::new();
        assert_eq!(results.call.len(), RESULT_BYTES);
        let list: Value = serde_json::from_str(&results.list).expect("the list should be JSON");
        assert_eq!(list["tools"].as_array().map(Vec::len), Some(TOOLS));
    }
}
