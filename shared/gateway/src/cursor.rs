//! The cursor of `tools/list`: where the next page begins, sealed for one user, virtual server and epoch.
//!
//! Its content is one number: the index, in the registry's order, of the first tool of the next page. What the caller may
//! see and what origins offer can change between two pages; the registry's order under one epoch can't, so no tool comes
//! twice and none is passed over.

use crate::error::{Failure, Fault, Refusal};
use crate::keys::{self, SEALING_KEYS};
use crate::ports::{Entropy, Host};
use crate::principal::Principal;
use crate::sealed::{Binding, NONCE_BYTES};
use crate::virtual_server::VirtualServer;

fn binding(server: &VirtualServer, principal: &Principal) -> Binding {
    let claims = principal.claims();
    Binding::new("tools/list cursor")
        .with(&server.epoch().to_be_bytes())
        .with(server.record().name.as_bytes())
        .with(claims.identity_provider.as_bytes())
        .with(claims.subject.as_bytes())
}

/// The cursor of the page that begins with the tool at `from`.
pub(crate) async fn seal<H: Host>(
    host: &H,
    server: &VirtualServer,
    principal: &Principal,
    from: usize,
) -> Result<String, Fault> {
    let fault = |reason| Fault::Configuration { name: SEALING_KEYS.to_owned(), reason };
    let keys = keys::sealing(host).await?.ok_or_else(|| fault("secret_missing"))?;
    let mut nonce = [0; NONCE_BYTES];
    let failed = |error: crate::ports::EntropyError| Fault::Host { port: "Entropy", detail: error.to_string() };
    host.entropy().fill(&mut nonce).map_err(failed)?;
    let content = (from as u64).to_be_bytes();
    keys.seal(nonce, &binding(server, principal), &content).ok_or_else(|| fault("keys_malformed"))
}

/// Where the page of this cursor begins. Every cursor that wasn't made by [`seal`] for this user, virtual server and epoch
/// gets the same refusal.
pub(crate) async fn open<H: Host>(
    host: &H,
    server: &VirtualServer,
    principal: &Principal,
    cursor: Option<&str>,
) -> Result<usize, Failure> {
    let keys = keys::sealing(host).await?;
    let content = keys.zip(cursor).and_then(|(keys, cursor)| keys.open(&binding(server, principal), cursor));
    let from = content.and_then(|content| <[u8; 8]>::try_from(content).ok()).map(u64::from_be_bytes);
    let from = from.and_then(|from| usize::try_from(from).ok());
    from.ok_or_else(|| Refusal::InvalidParams("`cursor` is not one of this server's").into())
}
