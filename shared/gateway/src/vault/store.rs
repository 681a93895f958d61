//! Records of the vault in the `VersionedStore`.

use std::time::Duration;

use ports::{Host, ReplaceResult, Timestamp, VersionedStore};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::deadline::within;
use crate::error::Fault;
use crate::gateway::Gateway;

/// The time that the store may take; then nothing is decided.
const DEADLINE: Duration = Duration::from_secs(5);

/// A value of the store, and its revision.
pub(super) async fn get<H: Host, T: DeserializeOwned>(
    gateway: &Gateway<H>,
    key: &str,
) -> Result<Option<(u64, T)>, Fault> {
    let answer = within(&gateway.host, DEADLINE, gateway.host.versioned_store().get(key)).await;
    let held = answer.ok_or_else(|| undecided("no answer in time"))?.map_err(|error| undecided(&error.0))?;
    let malformed = |_| undecided("a record of the vault is malformed");
    held.map(|held| Ok((held.revision, serde_json::from_slice(&held.value).map_err(malformed)?))).transpose()
}

/// Replaces the value that has this revision; `None` if it has another by now.
pub(super) async fn replace<H: Host, T: Serialize>(
    gateway: &Gateway<H>,
    key: &str,
    expected: Option<u64>,
    value: &T,
    until: Timestamp,
) -> Result<Option<u64>, Fault> {
    let value = serde_json::to_vec(value).map_err(|error| Fault::Unwritable { detail: error.to_string() })?;
    let writing = gateway.host.versioned_store().replace(key, expected, &value, until);
    let answer = within(&gateway.host, DEADLINE, writing).await;
    match answer.ok_or_else(|| undecided("no answer in time"))?.map_err(|error| undecided(&error.0))? {
        ReplaceResult::Written(revision) => Ok(Some(revision)),
        ReplaceResult::Conflict(_) => Ok(None),
    }
}

/// The store could not decide: nothing is taken for absent, and nothing is removed.
pub(super) fn undecided(detail: &str) -> Fault {
    Fault::Host { port: "VersionedStore", detail: detail.to_owned() }
}
