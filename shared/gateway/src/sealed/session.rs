//! Sessions of legacy clients, kept by the client alone: its `Mcp-Session-Id` is sealed and holds the session's state
//! (facts: MCP 2025-11-25, transports).
//!
//! ```text
//! initialize ─▶ sessions are opened at legacy origins with the client's capabilities
//!            ◀─ Mcp-Session-Id: sealed { version, capabilities, expiry, per origin: version and session id }
//! tools/call, Mcp-Session-Id ─▶ goes on in the origin's own session
//! ```
//!
//! It is bound to the user, the agent and the virtual server. A truncated, mixed or expired one, or one sealed by a
//! removed key, gets the same plain 404, upon which a client opens a new session. A client without a session is served,
//! but receives no requests. No session is opened if it would hold no origin.

use std::rc::Rc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{HeaderMap, HeaderValue};
use mcp::input_request::InputRequest;
use mcp::json_rpc::RequestId;
use mcp::legacy::{ClientCapabilities, MAX_SESSION_ID_BYTES, SESSION_ID, known_version};
use registry::snapshot::Origin;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::digest;
use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::principal::Principal;
use crate::sealed::{self, Binding, Sealer};
use crate::virtual_server::VirtualServer;
use ports::{Clock, Host};

/// The longest life of a session: a working day. Each of its requests carries a token, and an origin may end it sooner.
const LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);

/// The most characters of a session id: hosts accept 8 to 16 KiB of headers in all.
const MAX_TEXT_BYTES: usize = 4096;

/// The content of a client's session id.
pub(crate) struct Session {
    /// The sealed text, as the client sends it.
    text: String,
    capabilities: ClientCapabilities,
    origins: Vec<OriginSession>,
}

/// The session at one origin: its protocol version and its session id.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OriginSession {
    name: String,
    tag: u64,
    pub(crate) version: &'static str,
    pub(crate) id: HeaderValue,
}

impl OriginSession {
    /// The session at `origin`.
    pub(crate) fn new(origin: &Origin, version: &'static str, id: HeaderValue) -> Self {
        Self { name: origin.name.clone(), tag: tag(origin), version, id }
    }

    fn is_of(&self, origin: &Origin) -> bool {
        self.name == origin.name && self.tag == tag(origin)
    }
}

/// A digest of the origin's URL: another URL under the same name is another origin.
fn tag(origin: &Origin) -> u64 {
    let digest = Sha256::digest(origin.url.as_bytes());
    digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

impl Session {
    /// The session id as the client sends it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The id of the client's request `id` at the session's origins. Every isolate derives the same id, so that a
    /// cancellation finds its request. No other request has it.
    pub(crate) fn request_id(&self, id: &RequestId) -> RequestId {
        let mut digest = Sha256::new();
        digest::add(&mut digest, &self.text);
        match id.as_raw().string() {
            Some(text) => digest::add(&mut digest, &text),
            // The number 7 and the text "7" are different ids.
            None => digest.update(id.as_raw().as_bytes()),
        }
        let digest = digest.finalize();
        RequestId::from_text(&URL_SAFE_NO_PAD.encode(digest.first_chunk::<16>().unwrap_or(&[0; 16])))
    }

    /// The client's capabilities: the requests that it can be sent.
    pub(crate) const fn capabilities(&self) -> ClientCapabilities {
        self.capabilities
    }

    /// The session at this origin, and its index.
    pub(crate) fn with(&self, origin: &Origin) -> Option<(u8, &OriginSession)> {
        let at = self.origins.iter().position(|session| session.is_of(origin))?;
        Some((u8::try_from(at).ok()?, self.origins.get(at)?))
    }

    /// The origins of `server` that have a session in this one.
    pub(crate) fn origins<'a>(&'a self, server: &'a VirtualServer) -> impl Iterator<Item = &'a Origin> {
        self.origins.iter().filter_map(move |session| session.origin(server))
    }

    pub(super) fn origin_at<'a>(&self, at: u8, server: &'a VirtualServer) -> Option<&'a Origin> {
        self.origins.get(usize::from(at))?.origin(server)
    }
}

impl OriginSession {
    fn origin<'a>(&self, server: &'a VirtualServer) -> Option<&'a Origin> {
        server.record().origins.get(&self.name).filter(|origin| self.is_of(origin))
    }
}

/// The sealed JSON; short names save characters of the header.
#[derive(Serialize, Deserialize)]
struct Content {
    /// The client's capabilities, as bits.
    c: u8,
    /// Expiry, Unix seconds: the first second after the session's end.
    e: u64,
    /// The origins' sessions.
    o: Vec<Entry>,
}

/// Name, tag, version, session id.
#[derive(Serialize, Deserialize)]
struct Entry(String, u64, String, String);

fn binding(server: &VirtualServer, principal: &Principal) -> Binding {
    let claims = principal.claims();
    Binding::new("legacy session")
        .up_to(MAX_TEXT_BYTES)
        .with(server.record().name.as_bytes())
        .with(claims.identity_provider.as_bytes())
        .with(claims.subject.as_bytes())
        .with(claims.client_id.as_bytes())
}

/// The session id in the response to `initialize`; `None` if it would contain no origin and Weir itself has nothing to
/// ask of the client (a link of a vault), or without sealing keys.
/// Origins that don't fit are left out; they are opened later, without the client's capabilities.
pub(crate) async fn seal<H: Host>(
    gateway: &Gateway<H>,
    server: &VirtualServer,
    principal: &Principal,
    capabilities: ClientCapabilities,
    origins: &[OriginSession],
) -> Result<Option<HeaderValue>, Failure> {
    let Some(sealer) = Sealer::new(gateway).await? else { return Ok(None) };
    let entry = |origin: &OriginSession| {
        let id = origin.id.to_str().ok()?.to_owned();
        Some(Entry(origin.name.clone(), origin.tag, origin.version.to_owned(), id))
    };
    let mut content = Content {
        c: capabilities.bits(),
        e: gateway.host.clock().now().after(LIFETIME).seconds(),
        o: origins.iter().take(usize::from(u8::MAX)).filter_map(entry).collect(),
    };
    let binding = binding(server, principal);
    let asks = capabilities.allow(InputRequest::ElicitationUrl, None)
        && server.record().origins.values().any(|origin| origin.credential.vault().is_some());
    while asks || !content.o.is_empty() {
        let text = serde_json::to_vec(&content).ok().and_then(|text| sealer.seal(&binding, &text));
        if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
            return Ok(Some(value));
        }
        if content.o.pop().is_none() {
            break;
        }
    }
    Ok(None)
}

/// The session of a legacy client's request; `None` if its headers name none.
pub(crate) async fn open<H: Host>(
    gateway: &Gateway<H>,
    server: &VirtualServer,
    principal: &Principal,
    headers: &HeaderMap,
) -> Result<Option<Rc<Session>>, Failure> {
    let mut values = headers.get_all(SESSION_ID).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| values.next().is_none()).ok_or(Refusal::SessionEnded)?;
    let content = sealed::open(gateway, &binding(server, principal), text).await?;
    let content: Option<Content> = content.and_then(|content| serde_json::from_slice(&content).ok());
    let content =
        content.filter(|content| gateway.host.clock().now().seconds() < content.e).ok_or(Refusal::SessionEnded)?;
    let origins: Option<Vec<OriginSession>> = content.o.into_iter().map(Entry::read).collect();
    Ok(Some(Rc::new(Session {
        text: text.to_owned(),
        capabilities: ClientCapabilities::from_bits(content.c),
        origins: origins.ok_or(Refusal::SessionEnded)?,
    })))
}

impl Entry {
    /// The session at the origin; `None` if another version of Weir has sealed it.
    fn read(self) -> Option<OriginSession> {
        let Self(name, tag, version, id) = self;
        let mut id = HeaderValue::try_from(id).ok().filter(|id| id.len() <= MAX_SESSION_ID_BYTES)?;
        id.set_sensitive(true);
        Some(OriginSession { name, tag, version: known_version(&version)?, id })
    }
}
