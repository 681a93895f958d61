//! The record of one sign-in: what its code, and then its refresh tokens, stand for.
//!
//! | in the store | opened with |
//! |---|---|
//! | who signed in, client, resource, scopes, generation, digest of the current secret, times | nothing |
//! | the identity provider's refresh token | the sealing keys and the current secret, which only the client has |
//! | the last answer | the sealing keys and the secret before |
//!
//! A code or refresh token carries an authentication code, so that invented ones never reach the store, and a genuine
//! one of an older generation is known to have been stolen.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use oauth::refresh_token::{FAMILY_BYTES, Handle, SECRET_BYTES};
use ports::{Clock, Host, ReplaceResult, Timestamp, VersionedStore, VersionedValue};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::client::Client;
use super::failure::SignInFailure;
use super::transaction::Pending;
use crate::deadline::within;
use crate::endpoints::issue::Person;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::identifier;
use crate::keys;
use crate::sealed::{Binding, NONCE_BYTES, SealingKeys};

/// The time that a code counts (OAuth 2.1 §4.1.2 allows ten minutes; a client redeems it in seconds).
const CODE_LIFE: Duration = Duration::from_secs(60);
/// The time that the store may take; then nothing is decided.
const DEADLINE: Duration = Duration::from_secs(5);
/// The random part of a secret; the rest is its authentication code.
const RANDOM_BYTES: usize = 16;

/// The record of a sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Family {
    /// The number of refreshes and of the redemption so far: 0 while there is only a code.
    pub(super) generation: u32,
    /// True for ever once something was used that should not have been.
    pub(super) revoked: bool,
    /// The client.
    pub(super) client_id: String,
    /// True if the client's document says that it signs: then its name alone is not enough.
    #[serde(default)]
    pub(super) signs: bool,
    /// The protected resource.
    pub(super) resource: String,
    /// The scopes.
    pub(super) scope: Vec<String>,
    /// The person, as the provider last vouched for them.
    pub(super) person: Person,
    /// The thumbprint of the key that its refresh tokens are bound to (RFC 9449 §5): of the first proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key_thumbprint: Option<String>,
    /// The facts of the code.
    pub(super) code: CodeFacts,
    /// SHA-256 of the current secret, hex; empty if there is no refresh token.
    pub(super) secret_digest: String,
    provider_token: Option<String>,
    answer: Option<String>,
    /// The time of the last answer, Unix milliseconds.
    pub(super) answered_at: u64,
    /// The end of the refresh that is under way, Unix milliseconds; 0 if there is none.
    pub(super) busy_until: u64,
    /// The time of the sign-in, Unix seconds.
    pub(super) began_at: u64,
    /// The end of the record, Unix milliseconds.
    pub(super) until: u64,
}

/// The request that a code answers.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct CodeFacts {
    /// The client's redirect URI.
    pub(super) redirect_uri: String,
    /// The client's code challenge.
    pub(super) challenge: String,
    /// The thumbprint of the key that must redeem it, if the client named one (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key_thumbprint: Option<String>,
    /// The end of the code, Unix milliseconds.
    pub(super) ends_at: u64,
}

impl Family {
    /// True if this is the current secret.
    pub(super) fn has_secret(&self, handle: &Handle) -> bool {
        // A digest of 256 random bits: its comparison tells nothing of the secret.
        self.secret_digest == digest(&handle.secret)
    }

    /// Makes `next` the current one, with the provider's token under its secret.
    pub(super) fn advance(
        &mut self,
        keys: &SealingKeys,
        nonce: [u8; NONCE_BYTES],
        next: &Handle,
        provider_token: Option<&str>,
    ) {
        self.generation = next.generation;
        self.secret_digest = digest(&next.secret);
        self.busy_until = 0;
        self.set_provider_token(keys, nonce, next, provider_token);
    }

    /// Keeps the provider's token under the secret of `holder`.
    pub(super) fn set_provider_token(
        &mut self,
        keys: &SealingKeys,
        nonce: [u8; NONCE_BYTES],
        holder: &Handle,
        provider_token: Option<&str>,
    ) {
        let seal = |token: &str| keys.seal_under(&holder.secret, nonce, &binding("provider", holder), token.as_bytes());
        self.provider_token = provider_token.and_then(seal).map(|sealed| STANDARD_NO_PAD.encode(sealed));
    }

    /// The provider's token, opened with the current secret.
    pub(super) fn provider_token(&self, keys: &SealingKeys, current: &Handle) -> Option<String> {
        let sealed = STANDARD_NO_PAD.decode(self.provider_token.as_ref()?).ok()?;
        String::from_utf8(keys.open_under(&current.secret, &binding("provider", current), &sealed)?).ok()
    }

    /// Keeps the answer to `asked`, for the same question again.
    pub(super) fn set_answer(&mut self, keys: &SealingKeys, nonce: [u8; NONCE_BYTES], asked: &Handle, answer: &[u8]) {
        let sealed = keys.seal_under(&asked.secret, nonce, &binding("answer", asked), answer);
        self.answer = sealed.map(|sealed| STANDARD_NO_PAD.encode(sealed));
    }

    /// The answer that `asked` got before.
    pub(super) fn answer(&self, keys: &SealingKeys, asked: &Handle) -> Option<Vec<u8>> {
        let sealed = STANDARD_NO_PAD.decode(self.answer.as_ref()?).ok()?;
        keys.open_under(&asked.secret, &binding("answer", asked), &sealed)
    }
}

fn digest(secret: &[u8; SECRET_BYTES]) -> String {
    format!("{:x}", Sha256::digest(secret))
}

fn binding(purpose: &str, handle: &Handle) -> Binding {
    let binding = Binding::new("sign-in family").with(purpose.as_bytes()).with(&handle.family);
    binding.with(&handle.generation.to_be_bytes())
}

/// The key in the store.
fn key(family: &[u8; FAMILY_BYTES]) -> String {
    let hex: String = family.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sign-in/{hex}")
}

/// A new code or refresh token of the family.
pub(super) fn handle<H: Host>(
    gateway: &Gateway<H>,
    keys: &SealingKeys,
    family: [u8; FAMILY_BYTES],
    generation: u32,
) -> Result<Handle, Fault> {
    let mut handle = Handle { family, generation, secret: [0; SECRET_BYTES] };
    let random: [u8; RANDOM_BYTES] = identifier::bytes(&gateway.host)?;
    handle.secret[..RANDOM_BYTES].copy_from_slice(&random);
    let tag = keys.tag(&binding("handle", &handle).with(&random));
    handle.secret[RANDOM_BYTES..].copy_from_slice(&tag[..SECRET_BYTES - RANDOM_BYTES]);
    Ok(handle)
}

/// True if Weir has made it, some time.
pub(super) fn is_genuine(keys: &SealingKeys, handle: &Handle) -> bool {
    let (random, tag) = handle.secret.split_at(RANDOM_BYTES);
    keys.has_tag(&binding("handle", handle).with(random), tag)
}

/// Writes the record of a person who has consented, and returns the code. A second answer to one question is refused.
pub(super) async fn begin<H: Host>(
    gateway: &Gateway<H>,
    pending: &Pending,
    client: &Client,
) -> Result<String, SignInFailure> {
    let keys = keys::required_sealing(gateway).await?;
    let Pending { transaction, person, provider_token } = pending;
    let code = handle(gateway, &keys, transaction.family(), 0)?;
    let now = gateway.host.clock().now();
    let ends_at = now.after(CODE_LIFE);
    // Until no answer to this question is accepted any more, so that it can't be answered twice.
    let until = transaction.ends_at().max(ends_at).after(CODE_LIFE);
    let mut family = Family {
        generation: 0,
        revoked: false,
        client_id: transaction.client_id.clone(),
        signs: client.signs,
        resource: transaction.resource.clone(),
        scope: transaction.scope.clone(),
        person: person.clone(),
        key_thumbprint: None,
        code: CodeFacts {
            redirect_uri: transaction.redirect_uri.clone(),
            challenge: transaction.challenge.clone(),
            key_thumbprint: transaction.key_thumbprint.clone(),
            ends_at: ends_at.millis(),
        },
        secret_digest: digest(&code.secret),
        provider_token: None,
        answer: None,
        answered_at: 0,
        busy_until: 0,
        began_at: transaction.began_at(),
        until: until.millis(),
    };
    family.set_provider_token(&keys, identifier::bytes(&gateway.host)?, &code, provider_token.as_deref());
    match write(gateway, &code.family, None, &family).await? {
        Some(_) => Ok(code.to_text()),
        None => Err(SignInFailure::over("consent_answered", "this question was already answered.")),
    }
}

/// The record and its revision; `None` if there is none, or it has ended.
pub(super) async fn read<H: Host>(
    gateway: &Gateway<H>,
    family: &[u8; FAMILY_BYTES],
) -> Result<Option<(u64, Family)>, Fault> {
    let answer = within(&gateway.host, DEADLINE, gateway.host.versioned_store().get(&key(family))).await;
    let held = answer.ok_or_else(|| undecided("no answer in time"))?.map_err(|error| undecided(&error.0))?;
    held.map(|VersionedValue { revision, value }| {
        let family = serde_json::from_slice(&value).map_err(|_| undecided("the record of a sign-in is malformed"))?;
        Ok((revision, family))
    })
    .transpose()
}

/// Replaces the record that has this revision; `None` if it has another by now.
pub(super) async fn write<H: Host>(
    gateway: &Gateway<H>,
    family: &[u8; FAMILY_BYTES],
    expected: Option<u64>,
    record: &Family,
) -> Result<Option<u64>, Fault> {
    let value = serde_json::to_vec(record).map_err(|error| Fault::Unwritable { detail: error.to_string() })?;
    let (key, until) = (key(family), Timestamp::from_millis(record.until));
    let writing = gateway.host.versioned_store().replace(&key, expected, &value, until);
    let answer = within(&gateway.host, DEADLINE, writing).await;
    match answer.ok_or_else(|| undecided("no answer in time"))?.map_err(|error| undecided(&error.0))? {
        ReplaceResult::Written(revision) => Ok(Some(revision)),
        ReplaceResult::Conflict(_) => Ok(None),
    }
}

/// Ends the family for good. It stays until its end, so that nothing of it begins again.
pub(super) async fn revoke<H: Host>(gateway: &Gateway<H>, family: &[u8; FAMILY_BYTES]) -> Result<(), Fault> {
    // A refresh under way writes once more at most.
    for _ in 0..8 {
        let Some((revision, mut record)) = read(gateway, family).await? else { return Ok(()) };
        if record.revoked {
            return Ok(());
        }
        record.revoked = true;
        (record.provider_token, record.answer) = (None, None);
        if write(gateway, family, Some(revision), &record).await?.is_some() {
            return Ok(());
        }
    }
    Err(undecided("the record of a sign-in changes too often"))
}

/// The store could not decide: 503, and nothing is taken for absent or replayed.
pub(super) fn undecided(detail: &str) -> Fault {
    Fault::Host { port: "VersionedStore", detail: detail.to_owned() }
}
