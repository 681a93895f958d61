//! The memory of consents: one bounded cookie of authentication codes, each for one person, client and redirect host.
//!
//! ```text
//! ENTRY.ENTRY.…      newest first, at most 24; each base64url( day 2 │ HMAC 10 ): 16 characters
//! ```
//!
//! An entry skips the question only if no page led to the sign-in: else a site could start one with a client that the
//! person once allowed, and collect a code without a click (GHSA-6x8h-498w-gv8c).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{HeaderMap, HeaderValue};
use oauth::redirect_uri::RedirectUri;
use ports::{Clock, Host};

use super::browser::{cookie, set_cookie};
use super::site::Site;
use super::transaction::Pending;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::keys;
use crate::sealed::Binding;

/// The most entries: 24 take 408 characters, far below what proxies let pass (fastmcp#3747).
const ENTRIES: usize = 24;
/// The characters of an entry.
const CHARACTERS: usize = 16;
/// The days for which an entry counts.
const DAYS: u64 = 90;
const DAY_SECONDS: u64 = 86_400;

/// True if the person has allowed this client and redirect host in this browser.
pub(super) async fn has<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    headers: &HeaderMap,
    pending: &Pending,
    redirect_uri: &RedirectUri,
) -> Result<bool, Fault> {
    let Some(keys) = keys::sealing(gateway).await? else { return Ok(false) };
    let today = gateway.host.clock().now().seconds() / DAY_SECONDS;
    let counts = |entry: &str| {
        let bytes: [u8; 12] = URL_SAFE_NO_PAD.decode(entry).ok()?.try_into().ok()?;
        let day = u64::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        let young = day <= today && today - day < DAYS;
        (young && keys.has_tag(&binding(site, pending, redirect_uri, day), &bytes[2..])).then_some(())
    };
    Ok(entries(site, headers).iter().any(|entry| counts(entry).is_some()))
}

/// The cookie with an entry for this consent; `None` without sealing keys.
pub(super) async fn add<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    headers: &HeaderMap,
    pending: &Pending,
    redirect_uri: &RedirectUri,
) -> Result<Option<HeaderValue>, Fault> {
    let Some(keys) = keys::sealing(gateway).await? else { return Ok(None) };
    let today = gateway.host.clock().now().seconds() / DAY_SECONDS;
    let day = u16::try_from(today).unwrap_or(u16::MAX);
    let tag = keys.tag(&binding(site, pending, redirect_uri, day.into()));
    let new = URL_SAFE_NO_PAD.encode([&day.to_be_bytes()[..], &tag[..10]].concat());
    let others = entries(site, headers).into_iter().filter(|entry| *entry != new);
    let all: Vec<&str> = std::iter::once(new.as_str()).chain(others).take(ENTRIES).collect();
    Ok(set_cookie(site, name(site), &all.join("."), DAYS * DAY_SECONDS))
}

/// The entries of the cookie that have the right form.
fn entries<'a>(site: &Site<'_>, headers: &'a HeaderMap) -> Vec<&'a str> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let whole = |entry: &&str| entry.len() == CHARACTERS && entry.bytes().all(letter);
    cookie(headers, name(site)).unwrap_or_default().split('.').filter(whole).take(ENTRIES).collect()
}

fn binding(site: &Site<'_>, pending: &Pending, redirect_uri: &RedirectUri, day: u64) -> Binding {
    let binding = Binding::new("sign-in consent given").with(site.url().as_bytes()).with(&day.to_be_bytes());
    let (person, client) = (pending.person.key(), &pending.transaction.client_id);
    let tenant = pending.person.tenant.as_deref().unwrap_or_default();
    [&person, tenant, client, redirect_uri.host()].iter().fold(binding, |binding, part| binding.with(part.as_bytes()))
}

fn name(site: &Site<'_>) -> &'static str {
    if site.is_secure() { "__Host-weir-consent" } else { "weir-consent" }
}
