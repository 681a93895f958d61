//! A raw MCP client: valid requests unless a test breaks them, and strictly parsed responses.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::target::{Exchange, Head};

/// The revision that the client speaks.
pub const VERSION: &str = "2026-07-28";

/// The cookie of every request that has no other: a secret of the client's.
pub const CLIENT_COOKIE: &str = "session=canary-cookie-of-the-client";

/// A request that is not sent yet. Headers and body agree until a test changes one of them.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The HTTP method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The headers; `Host` is added when it is sent, unless it is here.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Draft {
    /// Nothing but a method and a path.
    pub fn bare(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// A modern MCP request to `/mcp`, with every header that the body asks for.
    pub fn modern(method: &str, mut params: Value) -> Self {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": { "name": "stage-suite", "version": "1.0.0" },
        });
        // The value that the header mirrors, for any method (SEP-2243).
        let mirrored = mcp::method::Method::parse(method).and_then(mcp::method::Method::name_source);
        let name = params[mirrored.unwrap_or("name")].as_str().map(str::to_owned);
        let message = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        let draft = Self::bare(Method::POST, "/mcp")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", VERSION)
            .header("mcp-method", method)
            .body(message.to_string());
        match name {
            Some(name) => draft.header("mcp-name", &name),
            None => draft,
        }
    }

    /// A legacy MCP message to `/mcp`, with `version` in its header if there is one; a notification for the methods of
    /// notifications.
    pub fn legacy(version: Option<&str>, method: &str, params: Value) -> Self {
        let mut message = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        if method.starts_with("notifications/") {
            message.as_object_mut().expect("an object").remove("id");
        }
        let draft = Self::bare(Method::POST, "/mcp")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(message.to_string());
        match version {
            Some(version) => draft.header("mcp-protocol-version", version),
            None => draft,
        }
    }

    /// `tools/call` of `tool`, with the progress token `p`.
    pub fn call(tool: &str, arguments: Value) -> Self {
        Self::modern("tools/call", json!({ "name": tool, "arguments": arguments })).meta("progressToken", "p")
    }

    /// `tools/list`.
    pub fn list() -> Self {
        Self::modern("tools/list", json!({}))
    }

    /// A form to the token endpoint.
    pub fn form(fields: &[(&str, &str)]) -> Self {
        let body = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        Self::bare(Method::POST, "/oauth/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.collect::<Vec<_>>().join("&"))
    }

    /// Sends it to this path instead.
    pub fn to(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Adds this bearer token.
    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Adds `client_secret_basic` credentials (RFC 6749 §2.3.1).
    pub fn basic(self, id: &str, secret: &str) -> Self {
        let pair = STANDARD.encode(format!("{}:{}", encode(id), encode(secret)));
        self.header("authorization", &format!("Basic {pair}"))
    }

    /// Sets this header in place of all of its name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let (name, value) = field(name, value);
        self.headers.insert(name, value);
        self
    }

    /// Adds this header to those of its name.
    pub fn also(mut self, name: &str, value: &str) -> Self {
        let (name, value) = field(name, value);
        self.headers.append(name, value);
        self
    }

    /// Removes every header of this name.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Sets the body and leaves the headers as they are.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Changes the JSON body and leaves the headers as they are.
    pub fn edit(self, change: impl FnOnce(&mut Value)) -> Self {
        let mut message = serde_json::from_slice(&self.body).expect("the body should be JSON before it is edited");
        change(&mut message);
        self.body(message.to_string())
    }

    /// Sets this member of `_meta`.
    pub fn meta(self, name: &str, value: impl Into<Value>) -> Self {
        self.edit(|message| message["params"]["_meta"][name] = value.into())
    }

    /// The HTTP request to `authority`; a `Host` that the test has set stays.
    pub fn request(self, authority: &str) -> http::Request<Bytes> {
        let host = self.headers.get(header::HOST).map_or(authority, |host| host.to_str().expect("a plain host"));
        let uri = format!("http://{host}{}", self.path);
        let mut request = http::Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = uri.parse().expect("a draft should have a valid path");
        let host = HeaderValue::from_str(host).expect("a host should be a header value");
        *request.headers_mut() = self.headers;
        request.headers_mut().insert(header::HOST, host);
        let cookie = HeaderValue::from_static(CLIENT_COOKIE);
        request.headers_mut().entry(header::COOKIE).or_insert(cookie);
        request
    }
}

/// A complete response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its whole body.
    pub body: Bytes,
    /// The error that ended the body early, if one did.
    pub broke_off: Option<String>,
}

impl Answer {
    /// Reads the response of `exchange` to its end.
    pub fn read(mut exchange: Box<dyn Exchange>) -> Self {
        let Head { status, headers } = exchange.head().expect("Weir should answer");
        let (body, broke_off) = read_body(exchange.as_mut());
        Self { status, headers, body, broke_off }
    }

    /// The single value of a header; `None` without one.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().expect("a header should be visible ASCII");
        assert!(values.next().is_none(), "`{name}` should be answered once");
        Some(value)
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body should be UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("the body should be JSON ({error}): {} {}", self.status, self.text()))
    }

    /// The JSON-RPC messages: every one of an event stream, else the one of the body.
    pub fn messages(&self) -> Vec<Value> {
        if !self.header("content-type").unwrap_or_default().starts_with("text/event-stream") {
            return vec![self.json()];
        }
        let parse = |line: &str| serde_json::from_str(line).expect("each event should carry JSON");
        self.text().lines().filter_map(|line| line.strip_prefix("data:")).map(|line| parse(line.trim())).collect()
    }

    /// The last JSON-RPC message, which is the response.
    pub fn message(&self) -> Value {
        self.messages().pop().expect("there should be a message")
    }

    /// The result; fails the test if there is none.
    pub fn result(&self) -> Value {
        let message = self.message();
        assert_eq!(self.status, 200, "the request should be answered with a result: {message}");
        assert!(message.get("error").is_none(), "the request should be answered with a result: {message}");
        assert_eq!(refusal_in(&message), Value::Null, "the call should be neither refused nor failed: {message}");
        message["result"].clone()
    }

    /// The code of a JSON-RPC error, or of a refusal in a result, if the body is one.
    pub fn error_code(&self) -> Option<i64> {
        let streamed = self.header("content-type").unwrap_or_default().starts_with("text/event-stream");
        let json = streamed || serde_json::from_slice::<Value>(&self.body).is_ok();
        let message = if json { self.message() } else { return None };
        message["error"]["code"].as_i64().or_else(|| refusal_in(&message)["code"].as_i64())
    }

    /// The part of a refused or failed call's result for programs: `_meta["dev.weir/refusal"]`.
    #[track_caller]
    pub fn refusal(&self) -> Value {
        let message = self.message();
        let (result, refusal) = (&message["result"], refusal_in(&message));
        assert!(refusal.is_object(), "the call should be refused in a result: {message}");
        assert_eq!(self.status, 200, "such a result is an answer like any other: {message}");
        assert_eq!(result["isError"], true, "a refused call should be an error to its model: {message}");
        refusal
    }

    /// The text for the model in the result of a refused or failed call.
    #[track_caller]
    pub fn refusal_text(&self) -> String {
        self.refusal();
        let content = &self.message()["result"]["content"];
        assert_eq!(content.as_array().map(Vec::len), Some(1), "there should be one text: {content}");
        assert_eq!(content[0]["type"], "text", "there should be one text: {content}");
        content[0]["text"].as_str().expect("a text should be one").to_owned()
    }

    /// Fails the test unless this is the result of a call that was refused, or failed, with this code.
    #[track_caller]
    pub fn should_be_refused(&self, code: i64, why: &str) {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.error_code(), Some(code), "{why}: the code should be {code}; body {body}");
        assert!(!self.refusal_text().is_empty(), "{why}: the model should get a text; body {body}");
    }

    /// The names in a `tools/list` result.
    pub fn tool_names(&self) -> Vec<String> {
        self.listed("tools", "name")
    }

    /// The identities (`name`, `uri`, `uriTemplate`) of the items in the list `member` of the result.
    pub fn listed(&self, member: &str, identity: &str) -> Vec<String> {
        let result = self.result();
        let items = result[member].as_array().unwrap_or_else(|| panic!("there should be `{member}`: {result}"));
        items
            .iter()
            .map(|item| item[identity].as_str().expect("an item should be called something").to_owned())
            .collect()
    }

    /// Fails the test unless this is the refusal with `status` and `code`.
    #[track_caller]
    pub fn should_be(&self, status: u16, code: i64, why: &str) {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{why}: the status should be {status}; body {body}");
        assert_eq!(self.error_code(), Some(code), "{why}: the error code should be {code}; body {body}");
        assert!(self.message().get("error").is_some(), "{why}: it should be a JSON-RPC error; body {body}");
    }
}

fn refusal_in(message: &Value) -> Value {
    message["result"]["_meta"]["dev.weir/refusal"].clone()
}

/// Reads the rest of a body; also returns the error that ended it early, if one did.
pub fn read_body(exchange: &mut dyn Exchange) -> (Bytes, Option<String>) {
    let mut body = Vec::new();
    loop {
        match exchange.chunk() {
            Ok(Some(bytes)) => body.extend_from_slice(&bytes),
            Ok(None) => return (body.into(), None),
            Err(error) => return (body.into(), Some(error)),
        }
    }
}

fn field(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name should be one");
    (name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value should be one"))
}

/// Encodes for `application/x-www-form-urlencoded`: all but letters, digits, `-`, `_` and `.` as `%XX`.
pub fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modern_draft_mirrors_its_body() {
        let draft = Draft::call("documents_search", json!({ "query": "x" }));
        assert_eq!(draft.headers["mcp-method"], "tools/call");
        assert_eq!(draft.headers["mcp-name"], "documents_search");
        let message: Value = serde_json::from_slice(&draft.body).expect("the body should be JSON");
        assert_eq!(message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], VERSION);
    }

    #[test]
    fn messages_of_event_stream_keep_their_order() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("text/event-stream"));
        let body =
            Bytes::from_static(b": hello\n\ndata: {\"id\":1}\n\nevent: message\ndata: {\"error\":{\"code\":-5}}\n\n");
        let answer = Answer { status: StatusCode::OK, headers, body, broke_off: None };
        assert_eq!(answer.messages().len(), 2);
        assert_eq!(answer.error_code(), Some(-5));
    }

    #[test]
    fn forms_are_encoded() {
        let draft = Draft::form(&[("a b", "ü&=")]);
        assert_eq!(&draft.body[..], b"a%20b=%C3%BC%26%3D");
    }
}
