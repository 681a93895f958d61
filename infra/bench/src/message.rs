//! The requests that the load is made of, and what counts as their answer.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use crate::{address::Address, fault::Fault};

/// The revision that the bench speaks first.
pub const MODERN: &str = "2026-07-28";

/// One request, to be sent again and again.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Where it goes.
    pub address: Address,
    /// Its headers, `Host` among them.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// The same, to be changed.
    message: Value,
}

/// How a request is dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dress<'a> {
    /// MCP 2026-07-28: every request says everything.
    Modern,
    /// An earlier revision, with the session that `initialize` gave.
    Legacy {
        /// What was agreed.
        version: &'a str,
        /// `Mcp-Session-Id`, where the server wants one.
        session: Option<&'a str>,
    },
}

impl Shot {
    /// `method` with `params`, and `extra` headers on top.
    pub fn new(
        address: &Address,
        dress: Dress<'_>,
        method: &str,
        mut params: Value,
        extra: &[(HeaderName, HeaderValue)],
    ) -> Result<Self, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, value(&address.authority)?);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        match dress {
            Dress::Modern => {
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
            Dress::Legacy { version, session } => {
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

    /// Whether its answer may come in pages.
    pub fn has_pages(&self) -> bool {
        self.message["method"] == "tools/list"
    }

    /// The body that asks for the page at `cursor`.
    pub fn page(&self, cursor: &str) -> Bytes {
        let mut message = self.message.clone();
        message["params"]["cursor"] = json!(cursor);
        message.to_string().into()
    }

    /// Ready for the wire, with this body.
    pub fn request(&self, body: Bytes) -> Result<http::Request<http_body_util::Full<Bytes>>, Fault> {
        let mut request = http::Request::post(self.address.path.as_str())
            .body(http_body_util::Full::new(body))
            .map_err(|error| Fault::Found(error.to_string()))?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }
}

/// A header's value from text.
pub fn value(text: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(text).map_err(|_| Fault::Found(format!("`{text}` can't be a header's value")))
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Seen {
    #[serde(default, rename = "isError")]
    is_error: bool,
}

/// The result in an answer to our request; else one sentence about what came instead.
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
        return Err(format!("the answer to another request: {}", shown()));
    }
    let result = envelope.result.ok_or_else(|| format!("neither result nor error: {}", shown()))?;
    if serde_json::from_str::<Seen>(result.get()).is_ok_and(|seen| seen.is_error) {
        return Err(format!("the tool failed: {}", shown()));
    }
    Ok(result)
}

/// The cursor in a list's answer, found without reading the tools: this is done while the clock runs. In a text inside the
/// JSON the quotes would be escaped.
pub fn next_cursor(body: &[u8]) -> Option<String> {
    const MEMBER: &str = r#""nextCursor":"#;
    let text = std::str::from_utf8(body).ok()?;
    let value = text.get(text.rfind(MEMBER)? + MEMBER.len()..)?;
    serde_json::Deserializer::from_str(value).into_iter::<Option<String>>().next()?.ok()?
}

/// The data of the last event that has any: the response, after whatever was told on the way.
fn last_event(body: &[u8]) -> &[u8] {
    let lines = body.split(|byte| *byte == b'\n').rev();
    lines.filter_map(|line| line.strip_prefix(b"data:")).map(<[u8]>::trim_ascii).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modern_requests_mirror_their_body() {
        let address = Address::parse("http://127.0.0.1:1/mcp").expect("loopback should be taken");
        let shot = Shot::new(&address, Dress::Modern, "tools/call", json!({ "name": "a", "arguments": {} }), &[])
            .expect("a call should be one");
        assert_eq!(shot.headers["mcp-name"], "a");
        let body: Value = serde_json::from_slice(&shot.body).expect("the body should be JSON");
        assert_eq!(body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], MODERN);
    }

    #[test]
    fn cursors_are_found_and_asked_for() {
        let answer =
            json!({ "id": 1, "result": { "tools": [{ "name": "\"nextCursor\":\"no\"" }], "nextCursor": "a\"b" } });
        assert_eq!(next_cursor(answer.to_string().as_bytes()).as_deref(), Some("a\"b"));
        for last in [r#"{"result":{"tools":[{"title":"\"nextCursor\":\"no\""}]}}"#, r#"{"result":{"nextCursor":null}}"#]
        {
            assert_eq!(next_cursor(last.as_bytes()), None, "{last} has no next page");
        }
        let address = Address::parse("http://127.0.0.1:1/mcp").expect("loopback should be taken");
        let shot = Shot::new(&address, Dress::Modern, "tools/list", json!({}), &[]).expect("a list should be one");
        let page: Value = serde_json::from_slice(&shot.page("next")).expect("the body should be JSON");
        assert_eq!(page["params"]["cursor"], "next");
    }

    #[test]
    fn only_a_result_counts() {
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
