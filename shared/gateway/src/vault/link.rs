//! The link to the page where a user gives a grant: sealed, for one user and origin, for a short time.
//!
//! ```text
//! https://HOST/connect/tickets?ticket=…
//! ```
//!
//! The link signs nobody in. The person who opens it must sign in as its user: else a victim's grant would serve an
//! attacker, or an attacker's grant a victim.

use std::time::Duration;

use ports::{Clock, Host};
use serde::{Deserialize, Serialize};

use super::grant::Holder;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::identifier;
use crate::sealed::{self, Binding, Sealer};

/// The path before the origin's name.
pub(crate) const CONNECT: &str = "/connect/";
/// The life of a link.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// The sealed content of a link. Short names: it is part of a URL.
#[derive(Serialize, Deserialize)]
pub(crate) struct Ticket {
    /// A random identifier: a link counts once.
    #[serde(rename = "i")]
    pub(crate) id: String,
    /// The virtual server whose record has the origin.
    #[serde(rename = "s")]
    pub(crate) server: String,
    /// The user.
    #[serde(rename = "u")]
    pub(crate) user: String,
    /// Its end, Unix seconds.
    #[serde(rename = "e")]
    pub(crate) ends_at: u64,
}

fn binding(url: &str, origin: &str) -> Binding {
    Binding::new("vault link").up_to(2048).with(url.as_bytes()).with(origin.as_bytes())
}

/// A new link for the holder, and its identifier; `None` without sealing keys.
pub(crate) async fn make<H: Host>(
    gateway: &Gateway<H>,
    url: &str,
    holder: &Holder,
    server: &str,
) -> Result<Option<(String, String)>, Fault> {
    let Some(sealer) = Sealer::new(gateway).await? else { return Ok(None) };
    let ends_at = gateway.host.clock().now().after(LIFE).seconds();
    let id = identifier::random(&gateway.host)?;
    let ticket = Ticket { id: id.clone(), server: server.to_owned(), user: holder.user.clone(), ends_at };
    let content = serde_json::to_vec(&ticket).map_err(|error| Fault::Unwritable { detail: error.to_string() })?;
    let sealed = sealer.seal(&binding(url, &holder.origin), &content);
    Ok(sealed.map(|sealed| (format!("{url}{CONNECT}{}?ticket={sealed}", holder.origin), id)))
}

/// The content of a link to this origin that has not ended.
pub(crate) async fn open<H: Host>(
    gateway: &Gateway<H>,
    url: &str,
    origin: &str,
    text: &str,
) -> Result<Option<Ticket>, Fault> {
    let content = sealed::open(gateway, &binding(url, origin), text).await?;
    let ticket: Option<Ticket> = content.and_then(|content| serde_json::from_slice(&content).ok());
    let now = gateway.host.clock().now().seconds();
    Ok(ticket.filter(|ticket| now < ticket.ends_at))
}
