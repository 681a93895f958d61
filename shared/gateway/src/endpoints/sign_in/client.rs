//! The client of a sign-in: in the registry, described by a metadata document, or registered by itself.

use oauth::client_metadata::{Authentication, document_host};
use oauth::jwk::KeySet;
use oauth::redirect_uri::RedirectUri;
use ports::Host;
use registry::snapshot::REGISTERED;
use serde::{Deserialize, Serialize};

use super::failure::SignInFailure;
use super::site::Site;
use super::{documents, limits};
use crate::endpoints::issue::Unissued;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::keys;
use crate::sealed::{Binding, Sealer};

/// The most characters of a client id (RFC 6749 sets none; Windows keeps 1,280 for all that a client stores).
const ID_CHARACTERS: usize = 512;

/// A client that may sign people in.
pub(super) struct Client {
    /// Its name for people; may be empty.
    pub(super) name: String,
    /// The proof of the name.
    pub(super) voucher: Voucher,
    /// True if it authenticates at the token endpoint by its signature, as its document says.
    pub(super) signs: bool,
    redirect_uris: Vec<RedirectUri>,
    /// The URIs of private-use schemes that count for it.
    private_use: Vec<String>,
}

/// The proof of a client's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Voucher {
    /// The registry.
    Registry,
    /// The host of its metadata document.
    Document(String),
    /// Nothing.
    Nothing,
}

/// The sealed part of a registered client's id.
#[derive(Serialize, Deserialize)]
pub(super) struct Registered {
    #[serde(rename = "n")]
    pub(super) name: String,
    #[serde(rename = "r")]
    pub(super) redirect_uris: Vec<String>,
}

impl Client {
    /// The redirect URI of a request, if the client has registered it.
    pub(super) fn redirect_uri(&self, requested: Option<&str>) -> Result<RedirectUri, SignInFailure> {
        let missing =
            || SignInFailure::request("redirect_uri_missing", "your program names no address to come back to.");
        let requested = requested.ok_or_else(missing)?;
        let requested = RedirectUri::parse(requested, &self.private_use).map_err(|error| {
            SignInFailure::request(error.reason(), "your program names an address that no sign-in may lead to.")
        })?;
        if self.redirect_uris.iter().any(|registered| registered.permits(&requested)) {
            return Ok(requested);
        }
        let happened = "your program names an address to come back to that it has not registered.";
        Err(SignInFailure::request("redirect_uri_unregistered", happened))
    }
}

/// The client called `client_id`. Every unknown one, and every document that can't be used, looks alike.
pub(super) async fn find<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    client_id: &str,
) -> Result<Client, SignInFailure> {
    if let Some(listed) = site.live.gateway.clients.iter().find(|client| client.id == client_id) {
        let private_use: Vec<String> = listed.redirect_uris.clone();
        let redirect_uris = parse(&listed.redirect_uris, &private_use);
        let (name, voucher) = (listed.title.clone(), Voucher::Registry);
        return Ok(Client { name, voucher, signs: false, redirect_uris, private_use });
    }
    let private_use = site.sign_in.redirect_uris.clone();
    if let Some(host) = document_host(client_id) {
        if !is_listed(site, host) {
            let happened = "programs described at that host are not let in here (`client_hosts` in the registry).";
            return Err(SignInFailure::request("client_host_not_listed", happened));
        }
        let document = documents::read(gateway, client_id, &private_use).await.ok_or_else(unknown)?;
        let name = if document.name.is_empty() { host.to_owned() } else { document.name.clone() };
        let voucher = Voucher::Document(host.to_owned());
        // Parsed again: the registry may list fewer private-use schemes than when the document was read.
        let texts: Vec<String> = document.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect();
        let signs = document.authentication != Authentication::Public;
        return Ok(Client { name, voucher, signs, redirect_uris: parse(&texts, &private_use), private_use });
    }
    let sealed = client_id.strip_prefix(REGISTERED).filter(|_| site.sign_in.registration).ok_or_else(unknown)?;
    let keys = keys::required_sealing(gateway).await?;
    let content = keys.open(&binding(site), sealed).ok_or_else(unknown)?;
    let Registered { name, redirect_uris } = serde_json::from_slice(&content).map_err(|_| unknown())?;
    let (voucher, redirect_uris) = (Voucher::Nothing, parse(&redirect_uris, &private_use));
    Ok(Client { name, voucher, signs: false, redirect_uris, private_use })
}

fn is_listed(site: &Site<'_>, host: &str) -> bool {
    site.sign_in.client_hosts.iter().any(|listed| listed == host)
}

/// The keys of a client that is described by a metadata document; `None` if it has none, or the registry does not list
/// the document's host.
pub(crate) async fn keys<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    client_id: &str,
) -> Result<Option<KeySet>, Unissued> {
    let Some(site) = Site::of(live) else { return Ok(None) };
    if !document_host(client_id).is_some_and(|host| is_listed(&site, host)) {
        return Ok(None);
    }
    // Anybody can name a document that nobody has read yet.
    limits::take_token(gateway).await?;
    let document = documents::read(gateway, client_id, &site.sign_in.redirect_uris).await;
    Ok(document.and_then(|document| match &document.authentication {
        Authentication::Keys(jwks) => KeySet::parse(jwks).ok(),
        Authentication::Public | Authentication::KeysAt(_) => None,
    }))
}

/// The id of a client that registers itself; `None` if it would be too long.
pub(super) async fn register<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    registered: &Registered,
) -> Result<Option<String>, Fault> {
    let sealer = Sealer::required(gateway).await?;
    let content = serde_json::to_vec(registered).map_err(|error| Fault::Unwritable { detail: error.to_string() })?;
    Ok(sealer.seal(&binding(site), &content).map(|sealed| format!("{REGISTERED}{sealed}")))
}

fn binding(site: &Site<'_>) -> Binding {
    Binding::new("sign-in client").up_to(ID_CHARACTERS - REGISTERED.len()).with(site.url().as_bytes())
}

fn parse(texts: &[String], private_use: &[String]) -> Vec<RedirectUri> {
    texts.iter().filter_map(|text| RedirectUri::parse(text, private_use).ok()).collect()
}

fn unknown() -> SignInFailure {
    SignInFailure::request("client_unknown", "this gateway doesn't know your program.")
}
