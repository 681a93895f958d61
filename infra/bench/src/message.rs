//! The requests of the load, and the check of their responses.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use crate::{address::Address, fault::Fault};

/// The protocol version that the bench tries first.
pub const MODERN: &str = "2026-07-28";

/// A request that is sent repeatedly.
#[derive(Debug, Clone)]
pub struct RequestTemplate {
    /// The endpoint.
    pub address: Address,
    /// The headers, including `Host`.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The body as a value, for other pages.
    message: Value,
}

/// The protocol version of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol<'a> {
    /// MCP 2026-07-28: every request is self-contained.
    Modern,
    /// An earlier version, after `initialize`.
    Legacy {
        /// The negotiated version.
        version: &'a str,
        /// `Mcp-Session-Id`, if the server assigned one.
        session: Option<&'a str>,
    },
}

impl RequestTemplate {
    /// A request of `method` with `params` and `extra` headers.
    pub fn new(
        address: &Address,
        protocol: Protocol<'_>,
        method: &str,
        mut params: Value,
        extra: &[(HeaderName, HeaderValue)],
    ) -> Result<Self, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, value(&address.authority)?);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        match protocol {
            Protocol::Modern => {
                headers.insert("mcp-protocol-version", HeaderValue::from_static(MODERN));
                headers.insert("mcp-method", value(method)?);
                if let Some(name) = params["name"].as_str() {
                    headers.insert("mcp-name", value(name)?);
                }
                let meta = &mut params["_meta"];
                meta["io.modelcontextprotocol/protocolVersion"] = json!(MODERN);
                meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
                meta["io.modelcontextprotocol/clientInfo"] = json!({ "name": "weir-bench", "version": "1.0.0" });
            }
            Protocol::Legacy { version, session } => {
                headers.insert("mcp-protocol-version", value(version)?);
                if let Some(session) = session {
                    headers.insert("mcp-session-id", value(session)?);
                }
            }
        }
        headers.extend(extra.iter().cloned());
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        Ok(Self { address: address.clone(), headers, body: message.to_string().into(), message })
    }

    /// True if the response may have several pages.
    pub fn has_pages(&self) -> bool {
        self.message["method"] == "tools/list"
    }

    /// The body of the request for the page at `cursor`.
    pub fn page(&self, cursor: &str) -> Bytes {
        let mut message = self.message.clone();
        message["params"]["cursor"] = json!(cursor);
        message.to_string().into()
    }

    /// The HTTP request with this body.
    pub fn request(&self, body: Bytes) -> Result<http::Request<http_body_util::Full<Bytes>>, Fault> {
        let mut request = http::Request::post(self.address.path.as_str())
            .body(http_body_util::Full::new(body))
            .map_err(|error| Fault::Found(error.to_string()))?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }
}

/// Reads a header value.
pub fn value(text: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(text).map_err(|_| Fault::Found(format!("`{text}` is no value of a header")))
}

/// The members of a JSON-RPC response that are checked.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// The member of a tool's result that is checked.
#[derive(Deserialize)]
struct ToolResult {
    #[serde(default, rename = "isError")]
    is_error: bool,
}

/// The JSON-RPC result in a response; otherwise one sentence about the response.
pub fn result(status: u16, event_stream: bool, body: &[u8]) -> Result<&RawValue, String> {
    let shown = || String::from_utf8_lossy(body.get(..body.len().min(200)).unwrap_or_default()).into_owned();
    if status != 200 {
        return Err(format!("status {status}: {}", shown()));
    }
    let message = if event_stream { last_event(body) } else { body };
    let envelope: Envelope<'_> =
        serde_json::from_slice(message).map_err(|_| format!("not a JSON-RPC message: {}", shown()))?;
    if let Some(error) = envelope.error {
        return Err(format!("JSON-RPC error: {}", error.get()));
    }
    if envelope.id.map(RawValue::get) != Some("1") {
        return Err(format!("a response to another request: {}", shown()));
    }
    let result = envelope.result.ok_or_else(|| format!("neither result nor error: {}", shown()))?;
    if serde_json::from_str::<ToolResult>(result.get()).is_ok_and(|result| result.is_error) {
        return Err(format!("the tool failed: {}", shown()));
    }
    Ok(result)
}

/// The cursor in a list's response, found without parsing the tools, because the time is measured. Inside a JSON text
/// the quotes would be escaped.
pub fn next_cursor(body: &[u8]) -> Option<String> {
    const MEMBER: &str = r#""nextCursor":"#;
    let text = std::str::from_utf8(body).ok()?;
    let value = text.get(text.rfind(MEMBER)? + MEMBER.len()..)?;
    serde_json::Deserializer::from_str(value).into_iter::<Option<String>>().next()?.ok()?
}

/// The data of the last event that has any: the response, after notifications.
fn last_event(body: &[u8]) -> &[u8] {
    let lines = body.split(|byte| *byte == b'\n').rev();
    lines.filter_map(|line| line.strip_prefix(b"data:")).map(<[u8]>::trim_ascii).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modern_request_mirrors_its_body() {
        let address = Address::parse("http://127.0.0.1:1/mcp").expect("loopback should be taken");
        let template = RequestTemplate::new(
            &address,
            Protocol::Modern,
            "tools/call",
            json!({ "name": "a", "arguments": {} }),
            &[],
        )
        .expect("a call should be one");
        assert_eq!(template.headers["mcp-name"], "a");
        let body: Value = serde_json::from_slice(&template.body).expect("the body should be JSON");
        assert_eq!(body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], MODERN);
    }

    #[test]
    fn cursor_is_found_and_sent() {
        let answer =
            json!({ "id": 1, "result": { "tools": [{ "name": "\"nextCursor\":\"no\"" }], "nextCursor": "a\"b" } });
        assert_eq!(next_cursor(answer.to_string().as_bytes()).as_deref(), Some("a\"b"));
        for last in [r#"{"result":{"tools":[{"title":"\"nextCursor\":\"no\""}]}}"#, r#"{"result":{"nextCursor":null}}"#]
        {
            assert_eq!(next_cursor(last.as_bytes()), None, "{last} has no next page");
        }
        let address = Address::parse("http://127.0.0.1:1/mcp").expect("loopback should be taken");
        let template = RequestTemplate::new(&address, Protocol::Modern, "tools/list", json!({}), &[])
            .expect("a list should be one");
        let page: Value = serde_json::from_slice(&template.page("next")).expect("the body should be JSON");
        assert_eq!(page["params"]["cursor"], "next");
    }

    #[test]
    fn only_result_counts() {
        let good = br#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#;
        assert_eq!(result(200, false, good).map(RawValue::get), Ok(r#"{"tools":[]}"#));
        let streamed = b"event: message\ndata: {\"method\":\"x\"}\n\ndata: {\"id\":1,\"result\":{}}\n\n";
        assert!(result(200, true, streamed).is_ok(), "the last event should be the answer");
        let bad: [(u16, &[u8]); 6] = [
            (503, good),
            (200, br#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}"#),
            (200, br#"{"jsonrpc":"2.0","id":2,"result":{}}"#),
            (200, br#"{"jsonrpc":"2.0","id":1,"result":{"isError":true}}"#),
            (200, br#"{"jsonrpc":"2.0","id":1}"#),
            (200, b"hello"),
        ];
        for (status, body) in bad {
            assert!(
                result(status, false, body).is_err(),
                "{status} {} should not count",
                String::from_utf8_lossy(body)
            );
        }
    }
}
