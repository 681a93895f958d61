//! The record of a grant, and the list of a user's origins.
//!
//! | in the store | opened with |
//! |---|---|
//! | origin, scopes, times, endpoints, Weir's client id | nothing |
//! | access and refresh token | a key derived from a sealing key, the user and the origin |
//!
//! A record that has ended for good stays for a while without tokens, so that a refresh under way can't bring it back.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ports::{Clock, Host, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::client::ClientKind;
use super::store::{get, replace, undecided};
use crate::digest;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::identifier;
use crate::sealed::{Binding, SealingKeys};

/// The life of a grant that is not refreshed.
const LIFE: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// The life of a record that has ended: longer than a refresh.
const ENDED_LIFE: Duration = Duration::from_secs(60 * 60);
/// The life of the list of a user's origins.
const LIST_LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
/// The most grants of one user.
const MAX_GRANTS: usize = 256;
/// The attempts to write a record that others write, too.
const ATTEMPTS: usize = 8;

/// The user and the origin of a grant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// `ISSUER|SUBJECT`.
    pub(crate) user: String,
    /// The origin's name.
    pub(crate) origin: String,
}

/// The record of a grant.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// Digest of the origin's URL and credential: after a change of either the grant no longer counts.
    pub(crate) facts: String,
    /// The third party's issuer identifier.
    pub(crate) issuer: String,
    /// Its token endpoint.
    pub(crate) token_endpoint: String,
    /// Its revocation endpoint (RFC 7009), if it has one.
    pub(crate) revocation_endpoint: Option<String>,
    /// `resource` of the token requests, if they have it.
    pub(crate) resource: Option<String>,
    /// Weir's client there.
    pub(crate) client: ClientKind,
    /// The granted scopes.
    pub(crate) scope: Vec<String>,
    /// The virtual server whose record had the origin.
    pub(crate) server: String,
    /// The beginning of its consent, Unix seconds: what ends the user's sign-ins after it ends the grant.
    pub(crate) since: u64,
    /// The time of its last tokens, Unix seconds.
    pub(crate) renewed_at: u64,
    /// The tokens, sealed; `None` once the grant has ended.
    tokens: Option<String>,
    /// The end of the refresh that is under way, Unix milliseconds; 0 if there is none.
    pub(crate) busy_until: u64,
    /// The end of the record, Unix milliseconds.
    until: u64,
}

/// The tokens of a grant.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Tokens {
    /// The access token.
    pub(crate) access: String,
    /// The refresh token.
    pub(crate) refresh: Option<String>,
    /// The end of the access token, Unix milliseconds; `None` if it counts until it is refused.
    pub(crate) ends_at: Option<u64>,
    /// The time from which it is renewed, Unix milliseconds.
    pub(crate) renew_at: Option<u64>,
}

impl Holder {
    fn key(&self) -> String {
        let mut texts = Sha256::new();
        digest::add(&mut texts, &self.user);
        digest::add(&mut texts, &self.origin);
        digest::key("vault", texts)
    }

    fn binding(&self) -> Binding {
        Binding::new("vault tokens").with(self.user.as_bytes()).with(self.origin.as_bytes())
    }

    /// The secret that tokens are sealed under, beside a sealing key.
    fn secret(&self) -> [u8; 32] {
        let mut texts = Sha256::new();
        digest::add(&mut texts, "vault");
        digest::add(&mut texts, &self.user);
        digest::add(&mut texts, &self.origin);
        texts.finalize().into()
    }
}

impl Grant {
    /// A record without tokens, of an origin of `server`, whose consent began at `since`, Unix seconds.
    pub(crate) fn begin(
        since: u64,
        (server, facts): (String, String),
        (issuer, token_endpoint, revocation_endpoint): (String, String, Option<String>),
        (client, resource, scope): (ClientKind, Option<String>, Vec<String>),
    ) -> Self {
        Self {
            facts,
            issuer,
            token_endpoint,
            revocation_endpoint,
            resource,
            client,
            scope,
            server,
            since,
            renewed_at: since,
            tokens: None,
            busy_until: 0,
            until: 0,
        }
    }

    /// The tokens; `None` if the grant has ended, or if the key that has sealed them is gone.
    pub(crate) fn tokens(&self, keys: &SealingKeys, holder: &Holder) -> Option<Tokens> {
        let sealed = STANDARD_NO_PAD.decode(self.tokens.as_ref()?).ok()?;
        serde_json::from_slice(&keys.open_under(&holder.secret(), &holder.binding(), &sealed)?).ok()
    }

    /// The same record, busy until this time, Unix milliseconds.
    pub(super) fn busy(self, until: u64) -> Self {
        Self { busy_until: until, ..self }
    }

    /// True if it has not ended.
    pub(crate) const fn has_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    /// Keeps new `tokens`, and ends the refresh.
    pub(crate) fn keep<H: Host>(
        &mut self,
        gateway: &Gateway<H>,
        keys: &SealingKeys,
        holder: &Holder,
        tokens: &Tokens,
    ) -> Result<(), Fault> {
        let unwritable = |detail: String| Fault::Unwritable { detail };
        let content = serde_json::to_vec(tokens).map_err(|error| unwritable(error.to_string()))?;
        let nonce = identifier::bytes(&gateway.host)?;
        let sealed = keys.seal_under(&holder.secret(), nonce, &holder.binding(), &content);
        self.tokens =
            Some(STANDARD_NO_PAD.encode(sealed.ok_or_else(|| unwritable("tokens can't be sealed".to_owned()))?));
        let now = gateway.host.clock().now();
        (self.busy_until, self.renewed_at) = (0, now.seconds());
        self.until = now.after(LIFE).millis();
        Ok(())
    }
}

/// The record and its revision; `None` if there is none.
pub(crate) async fn read<H: Host>(gateway: &Gateway<H>, holder: &Holder) -> Result<Option<(u64, Grant)>, Fault> {
    get(gateway, &holder.key()).await
}

/// Replaces the record that has this revision; `None` if it has another by now.
pub(crate) async fn write<H: Host>(
    gateway: &Gateway<H>,
    holder: &Holder,
    expected: Option<u64>,
    grant: &Grant,
) -> Result<Option<u64>, Fault> {
    replace(gateway, &holder.key(), expected, grant, Timestamp::from_millis(grant.until)).await
}

/// Keeps a new grant in place of an older one, and its origin in the user's list.
pub(crate) async fn give<H: Host>(gateway: &Gateway<H>, holder: &Holder, grant: &Grant) -> Result<(), Fault> {
    list(gateway, &holder.user, |origins| {
        origins.insert(holder.origin.clone());
    })
    .await?;
    for _ in 0..ATTEMPTS {
        let revision = read(gateway, holder).await?.map(|(revision, _)| revision);
        if write(gateway, holder, revision, grant).await?.is_some() {
            return Ok(());
        }
    }
    Err(undecided("the record of a grant changes too often"))
}

/// Ends the grant, whatever writes it meanwhile, and returns it as it was; `None` if there is none.
pub(crate) async fn end<H: Host>(gateway: &Gateway<H>, holder: &Holder) -> Result<Option<Grant>, Fault> {
    for _ in 0..ATTEMPTS {
        let Some((revision, grant)) = read(gateway, holder).await?.filter(|(_, grant)| grant.has_tokens()) else {
            return Ok(None);
        };
        let until = gateway.host.clock().now().after(ENDED_LIFE).millis();
        let ended = Grant { tokens: None, busy_until: 0, until, ..grant.clone() };
        if write(gateway, holder, Some(revision), &ended).await?.is_some() {
            return Ok(Some(grant));
        }
    }
    Err(undecided("the record of a grant changes too often"))
}

/// Ends the grant if it still has this revision: the third party doesn't honour it any more.
pub(crate) async fn end_at<H: Host>(
    gateway: &Gateway<H>,
    holder: &Holder,
    revision: u64,
    grant: Grant,
) -> Result<(), Fault> {
    let until = gateway.host.clock().now().after(ENDED_LIFE).millis();
    let ended = Grant { tokens: None, busy_until: 0, until, ..grant };
    write(gateway, holder, Some(revision), &ended).await.map(drop)
}

/// The origins for which this user has, or had, a grant.
pub(crate) async fn origins_of<H: Host>(gateway: &Gateway<H>, user: &str) -> Result<BTreeSet<String>, Fault> {
    Ok(get(gateway, &list_key(user)).await?.map(|(_, origins)| origins).unwrap_or_default())
}

/// Removes an origin from the user's list.
pub(crate) async fn unlist<H: Host>(gateway: &Gateway<H>, holder: &Holder) -> Result<(), Fault> {
    list(gateway, &holder.user, |origins| {
        origins.remove(&holder.origin);
    })
    .await
}

fn list_key(user: &str) -> String {
    let mut texts = Sha256::new();
    digest::add(&mut texts, user);
    digest::key("vault-of", texts)
}

/// Changes the user's list.
async fn list<H: Host>(gateway: &Gateway<H>, user: &str, change: impl Fn(&mut BTreeSet<String>)) -> Result<(), Fault> {
    let key = list_key(user);
    for _ in 0..ATTEMPTS {
        let held: Option<(u64, BTreeSet<String>)> = get(gateway, &key).await?;
        let (revision, mut origins) = held.map_or((None, BTreeSet::new()), |(revision, held)| (Some(revision), held));
        let before = origins.clone();
        change(&mut origins);
        if origins == before {
            return Ok(());
        }
        if origins.len() > MAX_GRANTS {
            return Err(undecided("the user has too many grants"));
        }
        let until = gateway.host.clock().now().after(LIST_LIFE);
        if replace(gateway, &key, revision, &origins, until).await?.is_some() {
            return Ok(());
        }
    }
    Err(undecided("the list of a user's grants changes too often"))
}
