//! An origin that responds as a test scripts it, and records its requests and the connections that the client closed.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use serde_json::{Value, json};

/// The cookie in every response of an origin.
pub const ORIGIN_COOKIE: &str = "session=canary-cookie-of-an-origin";
/// The beginning of every error page of an origin.
pub const ORIGIN_PAGE: &str = "canary-page-of-an-origin";

/// One step of a response's body.
#[derive(Debug, Clone)]
pub enum Step {
    /// These bytes, as one chunk.
    Send(Bytes),
    /// Sends nothing for this long.
    Wait(Duration),
    /// Sends nothing more and never ends.
    Hang,
    /// Breaks the connection in the middle of the body.
    BreakOff,
    /// Refuses the connection, so that no request is sent. Over TCP the connection breaks instead.
    Refuse,
}

/// A response of an origin.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers, besides those that HTTP itself needs.
    pub headers: HeaderMap,
    /// The step before the headers: none, a wait, a hang, or a break.
    pub before: Option<Step>,
    /// The body.
    pub steps: Vec<Step>,
}

impl Reply {
    /// A response with this body and media type.
    pub fn text(status: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, media_type.parse().expect("a media type should be a header value"));
        let status = StatusCode::from_u16(status).expect("a status should be one");
        Self { status, headers, before: None, steps: vec![Step::Send(body.into())] }
    }

    /// A response with one JSON document.
    pub fn json(value: &Value) -> Self {
        Self::text(200, "application/json", value.to_string())
    }

    /// A JSON-RPC result for `received`.
    pub fn result(received: &Received, result: Value) -> Self {
        Self::json(&json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": result }))
    }

    /// A tool's result with one text.
    pub fn tool_text(received: &Received, text: &str) -> Self {
        Self::result(received, json!({ "resultType": "complete", "content": [{ "type": "text", "text": text }] }))
    }

    /// An event stream of these steps; see [`event`].
    pub fn event_stream(steps: impl IntoIterator<Item = Step>) -> Self {
        let mut reply = Self::text(200, "text/event-stream", "");
        reply.steps = steps.into_iter().collect();
        reply
    }

    /// A redirect to `location`.
    pub fn redirect(location: &str) -> Self {
        Self::text(307, "text/plain", "").header("location", location)
    }

    /// A response that never begins.
    pub fn hang() -> Self {
        Self { before: Some(Step::Hang), ..Self::text(200, "application/json", "") }
    }

    /// A connection that breaks before any header.
    pub fn break_off() -> Self {
        Self { before: Some(Step::BreakOff), ..Self::text(200, "application/json", "") }
    }

    /// A refused connection; see [`Step::Refuse`].
    pub fn refuse() -> Self {
        Self { before: Some(Step::Refuse), ..Self::text(200, "application/json", "") }
    }

    /// Replaces the ids of the client's request by those of the request that arrived, in every chunk; see
    /// [`addressed`].
    fn addressed(mut self, received: &Received) -> Self {
        for step in &mut self.steps {
            if let Step::Send(bytes) = step
                && let Ok(text) = std::str::from_utf8(bytes)
            {
                *bytes = addressed(text, received).into();
            }
        }
        self
    }

    /// A JSON document as the last event of a stream that begins with `first`, unless that is empty.
    fn streamed(mut self, first: Vec<Step>) -> Self {
        let is_json = self.headers.get(header::CONTENT_TYPE).is_some_and(|value| value == "application/json");
        if first.is_empty() || !is_json || self.status != StatusCode::OK {
            return self;
        }
        self.headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/event-stream"));
        let last = ["data: ".into()].into_iter().map(Step::Send).chain(std::mem::take(&mut self.steps));
        self.steps = first.into_iter().chain(last).chain([Step::Send("\n\n".into())]).collect();
        self
    }

    /// Adds secrets that only Weir may see: a cookie, the request's credentials, and the text of an error page.
    fn indiscreet(mut self, received: &Received) -> Self {
        let is_page =
            self.headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/"));
        if is_page && self.status.as_u16() >= 400 {
            self.steps.insert(0, Step::Send(ORIGIN_PAGE.into()));
        }
        for name in ["authorization", "weir-identity"] {
            self.headers
                .extend(received.headers.get(name).map(|value| (HeaderName::from_static("x-echo"), value.clone())));
        }
        self.header("set-cookie", ORIGIN_COOKIE)
    }

    /// With this header too.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, value.parse().expect("a header value should be one"));
        self
    }
}

/// One server-sent event that carries `message`.
pub fn event(message: &Value) -> Step {
    Step::Send(format!("event: message\ndata: {message}\n\n").into())
}

/// Rewrites messages about the draft's request 7 and progress token `p` for the request that arrived: Weir sends its
/// own ids.
pub fn addressed(text: &str, received: &Received) -> String {
    let message = received.message();
    let (id, token) = (&message["id"], &message["params"]["_meta"]["progressToken"]);
    if id.is_null() {
        return text.to_owned();
    }
    let text = text.replace("\"id\":7,", &format!("\"id\":{id},")).replace("\"id\":7}", &format!("\"id\":{id}}}"));
    text.replace("\"progressToken\":\"p\"", &format!("\"progressToken\":{token}"))
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its method.
    pub method: Method,
    /// Its path and query.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    aborted: Arc<AtomicBool>,
}

impl Received {
    /// Records `request`.
    pub fn new(request: http::Request<Bytes>) -> Self {
        let (head, body) = request.into_parts();
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Self { method: head.method, path, headers: head.headers, body, aborted: Arc::default() }
    }

    /// The body as JSON; `null` if it is not JSON.
    pub fn message(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The single value of a header; `None` without one.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        assert!(values.next().is_none(), "`{name}` should arrive once");
        Some(value)
    }

    /// True if the client closed the connection before the response's end.
    pub fn aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    /// Records that the client closed the connection.
    pub fn abort(&self) {
        self.aborted.store(true, Ordering::Release);
    }
}

/// A response in place of the usual one; `None` for the usual one.
pub type Script = Arc<dyn Fn(&Received) -> Option<Reply> + Send + Sync>;

/// A modern MCP origin. Clones share its state.
#[derive(Clone)]
pub struct Origin {
    url: String,
    tools: Value,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    script: Option<Script>,
    received: Vec<Received>,
    /// The items of its other lists, by the member of the result.
    offered: BTreeMap<String, Value>,
    /// See [`Origin::stream_after`].
    first: Vec<Step>,
}

impl Origin {
    /// An origin with its MCP endpoint at `url` and `tools`, the array of a `tools/list` result.
    pub fn new(url: &str, tools: Value) -> Self {
        Self { url: url.to_owned(), tools, state: Arc::default() }
    }

    /// Its MCP endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its tools: the array of a `tools/list` result.
    pub const fn tools(&self) -> &Value {
        &self.tools
    }

    /// Sets the items of another list: the array under `member` of its result (`resources`, `resourceTemplates`,
    /// `prompts`).
    pub fn offer(&self, member: &str, items: Value) {
        self.state.lock().expect("a script should not panic").offered.insert(member.to_owned(), items);
    }

    fn offered(&self, member: &str) -> Option<Value> {
        self.state.lock().expect("a script should not panic").offered.get(member).cloned()
    }

    /// Responds to requests by `script` from now on; for `None` with the usual response.
    pub fn script(&self, script: impl Fn(&Received) -> Option<Reply> + Send + Sync + 'static) {
        self.state.lock().expect("a script should not panic").script = Some(Arc::new(script));
    }

    /// From now on it answers with streams instead of JSON, and each begins with `first`.
    pub fn stream_after(&self, first: impl IntoIterator<Item = Step>) {
        self.state.lock().expect("a script should not panic").first = first.into_iter().collect();
    }

    /// Its present script, if it doesn't answer as usual.
    pub fn scripted(&self) -> Option<Script> {
        self.state.lock().expect("a script should not panic").script.clone()
    }

    /// Responds to every `tools/call` by `script` from now on.
    pub fn on_call(&self, script: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
        self.script(move |received| (received.message()["method"] == "tools/call").then(|| script(received)));
    }

    /// Every request so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.lock().expect("a script should not panic").received.clone()
    }

    /// Every request so far whose JSON-RPC method is `tools/call`.
    pub fn calls(&self) -> Vec<Received> {
        self.asked("tools/call")
    }

    /// Every request so far of this JSON-RPC method.
    pub fn asked(&self, method: &str) -> Vec<Received> {
        self.received().into_iter().filter(|received| received.message()["method"] == method).collect()
    }

    /// Records the request and returns its response.
    pub fn reply(&self, received: &Received) -> Reply {
        let (script, first) = {
            let mut state = self.state.lock().expect("a script should not panic");
            state.received.push(received.clone());
            (state.script.clone(), state.first.clone())
        };
        let reply = script.and_then(|script| script(received)).unwrap_or_else(|| self.usual_reply(received));
        reply.addressed(received).streamed(first).indiscreet(received)
    }

    fn usual_reply(&self, received: &Received) -> Reply {
        let message = received.message();
        let params = &message["params"];
        let list = |member: &str, items: Value| {
            let mut result = json!({ "resultType": "complete", "ttlMs": 60_000, "cacheScope": "public" });
            result[member] = items;
            Reply::result(received, result)
        };
        let (resources, templates) = (self.offered("resources"), self.offered("resourceTemplates"));
        match (message["method"].as_str(), self.offered("prompts")) {
            (Some("resources/list"), _) if resources.is_some() => return list("resources", json!(resources)),
            (Some("resources/templates/list"), _) if templates.is_some() => {
                return list("resourceTemplates", json!(templates));
            }
            (Some("resources/read"), _) if resources.is_some() || templates.is_some() => {
                let contents = json!([{ "uri": params["uri"], "mimeType": "text/plain", "text": "as it is" }]);
                return list("contents", contents);
            }
            (Some("prompts/list"), Some(prompts)) => return list("prompts", prompts),
            (Some("prompts/get"), Some(_)) => {
                let text = format!("{} was got", params["name"].as_str().unwrap_or("nothing"));
                let message = json!({ "role": "user", "content": { "type": "text", "text": text } });
                return Reply::result(received, json!({ "resultType": "complete", "messages": [message] }));
            }
            (Some("completion/complete"), _) => {
                let values = json!([format!("{} and more", params["argument"]["value"].as_str().unwrap_or_default())]);
                let completion = json!({ "values": values, "total": 1, "hasMore": false });
                return Reply::result(received, json!({ "resultType": "complete", "completion": completion }));
            }
            _ => {}
        }
        match message["method"].as_str() {
            Some("server/discover") => {
                let mut capabilities = json!({ "tools": {} });
                for (capability, offered) in
                    [("resources", resources.or(templates)), ("prompts", self.offered("prompts"))]
                {
                    if offered.is_some() {
                        capabilities[capability] = json!({ "listChanged": true });
                        capabilities["completions"] = json!({});
                    }
                }
                let versions = json!(["2026-07-28"]);
                Reply::result(
                    received,
                    json!({ "resultType": "complete", "supportedVersions": versions, "capabilities": capabilities,
                        "ttlMs": 60_000, "cacheScope": "public" }),
                )
            }
            Some("tools/list") => list("tools", self.tools.clone()),
            Some("tools/call") => {
                let text = format!("{} was called", message["params"]["name"].as_str().unwrap_or("nothing"));
                Reply::tool_text(received, &text)
            }
            _ => Reply::json(&json!({
                "jsonrpc": "2.0", "id": message["id"], "error": { "code": -32601, "message": "method not found" }
            })),
        }
    }
}

/// One tool of a `tools/list` result, with a text argument `query` and a whole number `limit`.
pub fn tool(name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "title": name,
        "description": description,
        "inputSchema": {
            "type": "object",
            "properties": { "query": { "type": "string" }, "limit": { "type": "integer" } },
        },
        "annotations": { "readOnlyHint": true },
        "_meta": { "com.example/kept": [1, 2.50, "as it is"] },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(body: &Value) -> Received {
        Received::new(
            http::Request::post("http://127.0.0.1:1/mcp?x=1").body(body.to_string().into()).expect("a request"),
        )
    }

    #[test]
    fn script_takes_precedence_over_usual_response() {
        let origin = Origin::new("http://127.0.0.1:1/mcp", json!([tool("search", "Searches")]));
        let received = call(&json!({ "id": 4, "method": "tools/call", "params": { "name": "search" } }));
        origin.on_call(|_| Reply::redirect("http://127.0.0.1:2/"));
        assert_eq!(origin.reply(&received).status, 307);
        let listed = origin.reply(&call(&json!({ "id": 5, "method": "tools/list" })));
        assert_eq!(listed.status, 200, "other methods should be answered as usual");
        assert_eq!(origin.calls().len(), 1);
        assert_eq!(origin.received().len(), 2);
        assert_eq!(received.path, "/mcp?x=1");
    }
}
