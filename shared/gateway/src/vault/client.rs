//! Weir's client at the third party of a grant: of the registry, by Weir's metadata document, or registered once.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::header;
use oauth::grant_server::GrantServer;
use oauth::openid_token_request::Method;
use oauth::own_client::{EncodedRequest, OwnClient};
use oauth::own_registration::{self, MAX_REGISTRATION_BYTES, Registered};
use ports::{Clock, Host, Timestamp};
use registry::name::origin_secret_name;
use registry::snapshot::{Vault, VaultClient};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::server;
use super::store::{get, replace, undecided};
use crate::digest;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::identifier;
use crate::keys;
use crate::sealed::{Binding, SealingKeys};

/// The life of a registration whose secret doesn't end.
const LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
/// The time before the end of a secret from which Weir registers anew.
const MARGIN_SECONDS: u64 = 24 * 60 * 60;

/// The place that has Weir's client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ClientKind {
    /// The registry; its secret is that of the origin.
    Registry(VaultClient),
    /// Weir's client-id metadata document.
    Document,
    /// A registration, kept for the origin and the issuer.
    Registered,
}

/// Weir as a client, ready to authenticate.
pub(crate) struct Client {
    /// The client id.
    pub(crate) id: String,
    secret: String,
    authentication: Method,
}

/// The gateway and the third party that a client belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Between<'a> {
    /// The gateway's own address.
    pub(crate) url: &'a str,
    /// The origin's name.
    pub(crate) origin: &'a str,
    /// The issuer identifier.
    pub(crate) issuer: &'a str,
}

impl Client {
    /// A token request with these parameters.
    pub(crate) fn write(&self, parameters: &[(&str, &str)]) -> EncodedRequest {
        OwnClient { id: &self.id, proof: self.authentication.proof(&self.secret) }.write(parameters)
    }
}

/// The client for a new grant. Registers where the server takes nothing else, and never twice for one origin.
pub(crate) async fn choose<H: Host>(
    gateway: &Gateway<H>,
    between: Between<'_>,
    vault: &Vault,
    server: &GrantServer,
) -> Result<(ClientKind, Client), Fault> {
    let kind = match (&vault.client, &server.registration) {
        (Some(client), _) => ClientKind::Registry(client.clone()),
        // A document is fetched from the internet, so a gateway of development has none that others can read.
        (None, _) if server.takes_documents && between.url.starts_with("https:") => ClientKind::Document,
        (None, Some(endpoint)) => {
            if registered(gateway, between).await?.is_none() {
                register(gateway, between, endpoint).await?;
            }
            ClientKind::Registered
        }
        (None, None) => {
            return Err(server::unusable("the server takes neither client-id metadata documents nor registrations"));
        }
    };
    let client = recall(gateway, between, &kind).await?;
    Ok((kind, client.ok_or_else(|| undecided("a registration is not there yet"))?))
}

/// The client of an earlier grant; `None` if its registration is over.
pub(crate) async fn recall<H: Host>(
    gateway: &Gateway<H>,
    between: Between<'_>,
    kind: &ClientKind,
) -> Result<Option<Client>, Fault> {
    match kind {
        ClientKind::Registry(VaultClient { id, authentication }) => {
            let secret = match authentication {
                Method::None => String::new(),
                Method::Basic | Method::Post => {
                    keys::secret(gateway, &origin_secret_name(between.origin)).await?.expose().to_owned()
                }
            };
            Ok(Some(Client { id: id.clone(), secret, authentication: *authentication }))
        }
        ClientKind::Document => {
            let id = own_registration::document_url(between.url, between.origin);
            Ok(Some(Client { id, secret: String::new(), authentication: Method::None }))
        }
        ClientKind::Registered => Ok(registered(gateway, between).await?.map(|(_, registered)| {
            let Registered { client_id: id, client_secret: secret, authentication, .. } = registered;
            Client { id, secret, authentication }
        })),
    }
}

/// The key of a registration, and the binding of its sealed text.
fn place(between: Between<'_>) -> (String, Binding) {
    let Between { url, origin, issuer } = between;
    let mut texts = Sha256::new();
    [url, origin, issuer].into_iter().for_each(|text| digest::add(&mut texts, text));
    let binding = Binding::new("vault client").with(url.as_bytes()).with(origin.as_bytes()).with(issuer.as_bytes());
    (digest::key("vault-client", texts), binding)
}

/// The kept registration and its revision, unless its secret is about to end.
async fn registered<H: Host>(gateway: &Gateway<H>, between: Between<'_>) -> Result<Option<(u64, Registered)>, Fault> {
    let (key, binding) = place(between);
    let Some((revision, sealed)) = get::<H, String>(gateway, &key).await? else { return Ok(None) };
    let keys = keys::required_sealing(gateway).await?;
    let registered = open(&keys, &binding, &sealed);
    let now = gateway.host.clock().now().seconds();
    let counts = |one: &Registered| one.ends_at == 0 || one.ends_at > now + MARGIN_SECONDS;
    Ok(registered.filter(counts).map(|registered| (revision, registered)))
}

fn open(keys: &SealingKeys, binding: &Binding, sealed: &str) -> Option<Registered> {
    let sealed = STANDARD_NO_PAD.decode(sealed).ok()?;
    serde_json::from_slice(&keys.open_under(&[], binding, &sealed)?).ok()
}

/// Registers (RFC 7591), and keeps the client unless another isolate has kept one meanwhile.
async fn register<H: Host>(gateway: &Gateway<H>, between: Between<'_>, endpoint: &str) -> Result<(), Fault> {
    let (key, binding) = place(between);
    let held = get::<H, String>(gateway, &key).await?.map(|(revision, _)| revision);
    let request = http::Request::post(endpoint)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .body(Bytes::from(own_registration::registration(between.url, between.origin)));
    let (status, body) = server::ask(gateway, request, MAX_REGISTRATION_BYTES).await?;
    let refused = || server::unusable(&format!("registration: status {}", status.as_u16()));
    let registered = own_registration::read_registration(status.as_u16(), &body).ok_or_else(refused)?;
    let unwritable = |detail: String| Fault::Unwritable { detail };
    let content = serde_json::to_vec(&registered).map_err(|error| unwritable(error.to_string()))?;
    let keys = keys::required_sealing(gateway).await?;
    let sealed = keys.seal_under(&[], identifier::bytes(&gateway.host)?, &binding, &content);
    let sealed = STANDARD_NO_PAD.encode(sealed.ok_or_else(|| unwritable("a client can't be sealed".to_owned()))?);
    let until = match registered.ends_at {
        0 => gateway.host.clock().now().after(LIFE),
        seconds => Timestamp::from_millis(seconds.saturating_mul(1000)),
    };
    replace(gateway, &key, held, &sealed, until).await.map(drop)
}
