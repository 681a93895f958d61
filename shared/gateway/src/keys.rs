//! Keys: the publishers', Weir's own, and those of the identity providers.
//!
//! | keys | where | effect if they are missing |
//! |---|---|---|
//! | of the registry's publishers | variable `REGISTRY_KEYS` | every request is refused |
//! | for access tokens | secret `ACCESS_TOKEN_KEYS` | every request is refused |
//! | for `signed_identity` | secret `SIGNED_IDENTITY_KEYS` | calls to origins that want it are refused |
//! | for subject tokens | secret `SUBJECT_TOKEN_KEYS` | calls to origins whose authorization server wants one are refused |
//! | for cursors, session ids, ids of tasks and of origins' requests, sign-ins | secret `SEALING_KEYS` | lists of more than one page, calls that become tasks and sign-ins are refused; legacy clients get no session |
//! | of an identity provider | its `jwks_uri` | what is held serves for [`ISSUER_STALE`], then assertions are refused |

use std::rc::Rc;
use std::time::Duration;

use http::header;
use oauth::jwk::{KeySet, PrivateKeySet};
use registry::snapshot::Issuer;

use crate::deadline::within;
use crate::error::Fault;
use crate::fetch;
use crate::gateway::Gateway;
use crate::isolate::keys::IssuerKeys;
use crate::log::logged;
use crate::sealed::SealingKeys;
use crate::user_agent::USER_AGENT;
use ports::{Clock, FetchLimits, Host, Secret, SecretError, Secrets, Timer, Timestamp};

/// The time after which an issuer's keys are read again.
pub const ISSUER_FRESH: Duration = Duration::from_secs(10 * 60);
/// The least time between two reads, after a failure or for an unknown key id: anyone can invent key ids.
pub const ISSUER_RETRY: Duration = Duration::from_secs(30);
/// The time for which keys are used while the issuer can't be reached.
pub const ISSUER_STALE: Duration = Duration::from_secs(60 * 60);

/// The longest time for which requests wait while one of them reads an issuer's keys: the deadline of the read, and a
/// margin.
const ISSUER_READING: Duration = Duration::from_secs(6);
/// The interval at which a waiting request looks for the keys that another one reads. A shared future would not do: a
/// dropped reader never wakes it, and Spin allows no wake-up across requests.
const ISSUER_LOOK: Duration = Duration::from_millis(50);

/// The limits of an issuer's response: a key set of ten RSA keys is 6 kB.
const LIMITS: FetchLimits = FetchLimits { deadline: Duration::from_secs(5), body_bytes: 64 * 1024 };

/// The keys that may sign the registry.
pub(crate) async fn registry_publishers<H: Host>(gateway: &Gateway<H>) -> Result<Rc<KeySet>, Fault> {
    const NAME: &str = "REGISTRY_KEYS";
    if let Some(held) = gateway.isolate.keys.borrow().publishers.clone() {
        return Ok(held);
    }
    let set = secret(gateway, NAME).await?;
    let keys = KeySet::parse(set.expose()).map_err(|_| logged(gateway, unreadable(NAME)))?;
    let keys = Rc::new(keys);
    gateway.isolate.keys.borrow_mut().publishers = Some(keys.clone());
    Ok(keys)
}

/// One of Weir's own key sets: the first key signs, all verify.
pub(crate) async fn own<H: Host>(gateway: &Gateway<H>, name: &'static str) -> Result<Rc<PrivateKeySet>, Fault> {
    own_if_set(gateway, name).await?.ok_or_else(|| logged(gateway, missing(name)))
}

/// One of Weir's own key sets; `None` if the deployment has none.
pub(crate) async fn own_if_set<H: Host>(
    gateway: &Gateway<H>,
    name: &'static str,
) -> Result<Option<Rc<PrivateKeySet>>, Fault> {
    if let Some(held) = gateway.isolate.keys.borrow().own.get(name).cloned() {
        return Ok(Some(held));
    }
    let Some(set) = secret_if_set(gateway, name).await? else { return Ok(None) };
    let keys = PrivateKeySet::parse(set.expose()).map_err(|_| logged(gateway, unreadable(name)))?;
    let keys = Rc::new(keys);
    gateway.isolate.keys.borrow_mut().own.insert(name, keys.clone());
    Ok(Some(keys))
}

/// Signs and verifies access tokens.
pub(crate) const ACCESS_TOKEN_KEYS: &str = "ACCESS_TOKEN_KEYS";
/// Signs `signed_identity`.
pub(crate) const SIGNED_IDENTITY_KEYS: &str = "SIGNED_IDENTITY_KEYS";
/// Signs the subject tokens of token exchanges.
pub(crate) const SUBJECT_TOKEN_KEYS: &str = "SUBJECT_TOKEN_KEYS";
/// Seals cursors, session ids, and the ids of tasks and of origins' requests.
pub(crate) const SEALING_KEYS: &str = "SEALING_KEYS";

/// The keys of sealed texts; `None` if the deployment has none.
pub(crate) async fn sealing<H: Host>(gateway: &Gateway<H>) -> Result<Option<Rc<SealingKeys>>, Fault> {
    if let Some(held) = gateway.isolate.keys.borrow().sealing.clone() {
        return Ok(Some(held));
    }
    let Some(secret) = secret_if_set(gateway, SEALING_KEYS).await? else {
        // Only logged: the caller of this function goes on without sealing where it can.
        logged(gateway, missing(SEALING_KEYS));
        return Ok(None);
    };
    let keys = SealingKeys::parse(secret.expose()).ok_or_else(|| logged(gateway, unreadable(SEALING_KEYS)))?;
    let keys = Rc::new(keys);
    gateway.isolate.keys.borrow_mut().sealing = Some(keys.clone());
    Ok(Some(keys))
}

/// The keys of sealed texts, for whoever can't go on without them.
pub(crate) async fn required_sealing<H: Host>(gateway: &Gateway<H>) -> Result<Rc<SealingKeys>, Fault> {
    sealing(gateway).await?.ok_or_else(|| missing(SEALING_KEYS))
}

/// The secret called `name`.
pub(crate) async fn secret<H: Host>(gateway: &Gateway<H>, name: &str) -> Result<Secret, Fault> {
    secret_if_set(gateway, name).await?.ok_or_else(|| logged(gateway, missing(name)))
}

/// The secret called `name`; `None` if it is not set.
pub(crate) async fn secret_if_set<H: Host>(gateway: &Gateway<H>, name: &str) -> Result<Option<Secret>, Fault> {
    match gateway.host.secrets().get(name).await {
        Ok(secret) => Ok(Some(secret)),
        Err(SecretError::Missing(_)) => Ok(None),
        Err(SecretError::Unreadable(_)) => {
            let fault = Fault::Configuration { name: name.to_owned(), reason: "secret_unreadable" };
            Err(logged(gateway, fault))
        }
    }
}

fn missing(name: &str) -> Fault {
    Fault::Configuration { name: name.to_owned(), reason: "secret_missing" }
}

fn unreadable(name: &str) -> Fault {
    Fault::Configuration { name: name.to_owned(), reason: "keys_malformed" }
}

/// The keys of `issuer`, read again when they lack `key_id` (see [`ISSUER_RETRY`]). One request reads; others that
/// need the same keys meanwhile wait for it.
pub(crate) async fn of_issuer<H: Host>(
    gateway: &Gateway<H>,
    issuer: &Issuer,
    key_id: Option<&str>,
) -> Result<Rc<KeySet>, Fault> {
    // An issuer with a new `jwks_uri` is another one: keys from the old address no longer count.
    let name = format!("{} {}", issuer.issuer, issuer.jwks_uri);
    let held = loop {
        let now = gateway.host.clock().now();
        let held = gateway.isolate.keys.borrow().issuer(&name);
        if let Some(held) = held.as_ref().filter(|held| is_current(held, key_id, now)) {
            return held.keys.clone().ok_or_else(|| issuer_fault(issuer, "failed less than 30 s ago".to_owned()));
        }
        // Noted before the request leaves: any number of assertions with invented key ids make one request.
        if gateway.isolate.keys.borrow_mut().begin_reading(&name, now, ISSUER_READING) {
            break held;
        }
        // Keys that are due to be read again, but not stale, are used meanwhile.
        if let Some(keys) = held.and_then(|held| held.serving(key_id, now, ISSUER_STALE)) {
            return Ok(keys);
        }
        gateway.host.timer().sleep(ISSUER_LOOK).await;
    };
    let late = || Err("not read in time".to_owned());
    let answer = within(&gateway.host, LIMITS.deadline, read(gateway, issuer)).await.unwrap_or_else(late);
    let now = gateway.host.clock().now();
    let (new, error) = match answer {
        Ok(keys) => (IssuerKeys { keys: Some(Rc::new(keys)), asked: now, confirmed: now }, None),
        Err(error) => {
            let held = held.filter(|held| now.is_within(ISSUER_STALE, held.confirmed));
            let confirmed = held.as_ref().map_or(now, |held| held.confirmed);
            (IssuerKeys { keys: held.and_then(|held| held.keys), asked: now, confirmed }, Some(error))
        }
    };
    let keys = new.keys.clone();
    gateway.isolate.keys.borrow_mut().insert_issuer(name, new);
    keys.ok_or_else(|| issuer_fault(issuer, error.unwrap_or_default()))
}

/// True if `held` has the key `key_id` and is fresh, or was read too recently to be read again.
fn is_current(held: &IssuerKeys, key_id: Option<&str>, now: Timestamp) -> bool {
    now.is_within(ISSUER_RETRY, held.asked) || (now.is_within(ISSUER_FRESH, held.asked) && !held.lacks(key_id))
}

fn issuer_fault(issuer: &Issuer, detail: String) -> Fault {
    Fault::IssuerKeys { issuer: issuer.name.clone(), detail }
}

async fn read<H: Host>(gateway: &Gateway<H>, issuer: &Issuer) -> Result<KeySet, String> {
    let request = http::Request::get(&issuer.jwks_uri)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, USER_AGENT);
    let request = request.body(bytes::Bytes::new()).map_err(|error| error.to_string())?;
    let response = fetch::send(&gateway.host, request, LIMITS).await.map_err(|error| error.to_string())?;
    if response.status() != http::StatusCode::OK {
        return Err(format!("status {}", response.status().as_u16()));
    }
    let text = fetch::whole(response.into_body()).await.map_err(|error| error.to_string())?;
    let text = String::from_utf8(text).map_err(|_| "not UTF-8".to_owned())?;
    KeySet::parse(&text).map_err(|error| error.to_string())
}
