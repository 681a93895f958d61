//! A legacy MCP server (2025-11-25), played by an origin: with or without sessions; it refuses modern requests.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::{Value, json};

use crate::origin::{Origin, Received, Reply};

/// The state of a legacy server. Clones share it.
#[derive(Clone)]
pub struct LegacyServer {
    assigns: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    opened: usize,
    /// The text at the end of each session id.
    padding: String,
    /// The credential that opened each live session, by its id.
    sessions: BTreeMap<String, String>,
}

impl LegacyServer {
    /// Makes `origin` a legacy server; with `assigns` it assigns session ids and requires them.
    pub fn play(origin: &Origin, assigns: bool) -> Self {
        let server = Self { assigns, state: Arc::default() };
        let (played, tools) = (server.clone(), origin.tools().clone());
        origin.script(move |received| played.reply(received, &tools));
        server
    }

    /// The number of `initialize` requests so far.
    pub fn opened(&self) -> usize {
        self.state().opened
    }

    /// Makes session ids longer by this many characters from now on.
    pub fn lengthen(&self, characters: usize) {
        self.state().padding = "x".repeat(characters);
    }

    /// Forgets every session, as a restart would.
    pub fn restart(&self) {
        self.state().sessions.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a legacy server should not panic")
    }

    /// The reply of a legacy server; `None` for requests that the origin answers as usual, such as prompts.
    fn reply(&self, received: &Received, tools: &Value) -> Option<Reply> {
        if received.method == http::Method::GET {
            return Some(Reply::text(405, "text/plain", ""));
        }
        let message = received.message();
        let method = message["method"].as_str().unwrap_or_default();
        let version = received.header("mcp-protocol-version");
        if version.is_some_and(|version| !version.starts_with("2025-")) {
            return Some(refusal(400, -32000, "Bad Request: Unsupported protocol version"));
        }
        if method == "initialize" {
            return Some(self.open(received));
        }
        if let Some(refused) = self.refusal(received) {
            return Some(refused);
        }
        Some(match method {
            // A notification, or a response to its own request.
            _ if message["id"].is_null() || method.is_empty() => {
                Reply { steps: Vec::new(), ..Reply::text(202, "text/plain", "") }
            }
            "ping" | "logging/setLevel" | "resources/subscribe" | "resources/unsubscribe" => {
                Reply::result(received, json!({}))
            }
            "tools/list" => Reply::result(received, json!({ "tools": tools })),
            "tools/call" => {
                let text = format!("{} was called", message["params"]["name"].as_str().unwrap_or("nothing"));
                Reply::result(received, json!({ "content": [{ "type": "text", "text": text }] }))
            }
            // The modern era's alone.
            "server/discover" | "subscriptions/listen" => Reply::json(&json!({
                "jsonrpc": "2.0", "id": message["id"], "error": { "code": -32601, "message": "Method not found" }
            })),
            _ => return None,
        })
    }

    fn open(&self, received: &Received) -> Reply {
        let mut state = self.state();
        state.opened += 1;
        let reply = Reply::result(
            received,
            json!({ "protocolVersion": "2025-06-18", "capabilities": { "tools": {} },
                "serverInfo": { "name": "legacy", "version": "1.0.0" } }),
        );
        if !self.assigns {
            return reply;
        }
        let id = format!("session-{}{}", state.opened, state.padding);
        state.sessions.insert(id.clone(), credential(received));
        reply.header("mcp-session-id", &id)
    }

    /// The refusal of a request without a known session, as the official server sends it.
    fn refusal(&self, received: &Received) -> Option<Reply> {
        if !self.assigns {
            return None;
        }
        let Some(id) = received.header("mcp-session-id") else {
            return Some(refusal(400, -32000, "Bad Request: Mcp-Session-Id header is required"));
        };
        match self.state().sessions.get(id) {
            None => Some(refusal(404, -32001, "Session not found")),
            Some(opener) if *opener != credential(received) => {
                panic!("a session of `{opener}` should never be used for `{}`", credential(received))
            }
            Some(_) => None,
        }
    }
}

/// The credential of a request; at origins with signed identities, it identifies the caller.
fn credential(received: &Received) -> String {
    let identity = received.header("weir-identity").map(crate::jose::Token::read);
    identity.and_then(|identity| identity.text("sub").map(str::to_owned)).unwrap_or_default()
}

fn refusal(status: u16, code: i64, message: &str) -> Reply {
    let body = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message } });
    Reply::text(status, "application/json", body.to_string())
}

/// Makes `origin` a modern server that refuses requests of the legacy era.
pub fn modern_only(origin: &Origin) {
    origin.script(|received| {
        let message = received.message();
        let modern = &message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"];
        let body = json!({ "jsonrpc": "2.0", "id": message["id"],
            "error": { "code": -32602, "message": "params._meta lacks the protocol version" } });
        modern.is_null().then(|| Reply::text(400, "application/json", body.to_string()))
    });
}
