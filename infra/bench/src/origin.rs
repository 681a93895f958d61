//! The origin: as fast as an MCP server can be, so that it is never what is measured.

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

/// How many tools it offers.
pub const TOOLS: usize = 500;

/// How long the result of a call is, bytes of JSON.
pub const RESULT_BYTES: usize = 1024;

/// The name of its tool number `at`.
pub fn tool_name(at: usize) -> String {
    format!("tool_{at:03}")
}

/// Starts it on a free port of loopback, in a thread of its own that lives as long as this process.
pub fn start() -> Result<SocketAddr, Fault> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answers = Arc::new(Answers::new());
    thread::spawn(move || runtime.block_on(serve(listener, answers)));
    Ok(address)
}

async fn serve(listener: std::net::TcpListener, answers: Arc<Answers>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // Without it a kept-alive connection may hold the end of an answer back for 40 ms.
        let _ = stream.set_nodelay(true);
        let answers = answers.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, answers.clone()));
            // Whatever ends a connection, the other side notices too and counts it.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The results, written once.
struct Answers {
    call: String,
    list: String,
    discover: String,
}

#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: &'a str,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// What an answer is made of: all at once, or bit by bit.
type Body = Either<Full<Bytes>, Channel<Bytes>>;

async fn answer(request: Request<Incoming>, answers: Arc<Answers>) -> Result<Response<Body>, Infallible> {
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let asked = serde_json::from_slice::<Asked<'_>>(&body).ok();
    let Some((id, method, params)) = asked.and_then(|asked| Some((asked.id?, asked.method, asked.params))) else {
        // A notification, or nothing that has an answer.
        return Ok(with_status(StatusCode::ACCEPTED, Bytes::new()));
    };
    let result = match method {
        "tools/call" => match Tool::called(params) {
            Some(tool) => return Ok(tool.answer(id)),
            None => &answers.call,
        },
        "tools/list" => &answers.list,
        "server/discover" => &answers.discover,
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

/// The result of a call, so many bytes of JSON.
fn called(bytes: usize) -> String {
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

impl Answers {
    fn new() -> Self {
        let info = json!({ "name": "bench-origin", "version": "1.0.0" });
        Self {
            call: called(RESULT_BYTES),
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

/// A tool as tools are: a sentence and three arguments.
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
    fn results_are_as_long_as_they_say() {
        let answers = Answers::new();
        assert_eq!(answers.call.len(), RESULT_BYTES);
        let list: Value = serde_json::from_str(&answers.list).expect("the list should be JSON");
        assert_eq!(list["tools"].as_array().map(Vec::len), Some(TOOLS));
    }
}
