//! `head` and `quarantine`: rewritten in place, so each is protected against an older version and against expiry.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join;
use registry::record::{Freshness, RecordError, RecordKey};
use serde::de::DeserializeOwned;

use super::propagation::may_be_on_its_way;
use super::record_fault::fault;
use crate::deadline::within;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::isolate::records::Standing;
use crate::keys;
use crate::log::{self, logged};
use ports::{Clock, Host, KeyValue, Timestamp};

/// The time that one read may take.
const READ_DEADLINE: Duration = Duration::from_secs(5);

/// The bytes under `key`.
pub(super) async fn read<H: Host>(gateway: &Gateway<H>, key: &RecordKey<'_>) -> Result<Option<Bytes>, Fault> {
    let name = key.to_string();
    let answer = within(&gateway.host, READ_DEADLINE, gateway.host.key_value().get(&name)).await;
    answer.ok_or_else(|| fault(key, "store_too_slow"))?.map_err(|_| fault(key, "store_failed"))
}

/// The rules of one record.
pub(super) struct Rules {
    /// The longest that a record serves while the store does not confirm it.
    pub(super) stale: Duration,
    /// True if a missing record is refused at once.
    pub(super) absent_refuses: bool,
}

/// Reads the record from the store; uses `held` within the `rules` if that fails. `floor` is the lowest valid sequence,
/// read at the same time; a record below it is an older one that was put back.
pub(super) async fn refresh<H: Host, T: DeserializeOwned>(
    gateway: &Gateway<H>,
    key: &RecordKey<'_>,
    held: Option<Standing<T>>,
    rules: Rules,
    floor: impl Future<Output = u64>,
) -> Result<Standing<T>, Fault> {
    let publishers = keys::registry_publishers(gateway).await?;
    let (answer, floor) = join(read(gateway, key), floor).await;
    let now = gateway.host.clock().now();
    let newest = held.as_ref().map_or(0, |held| held.freshness.sequence).max(floor);
    let mut signed_by = None;
    let reason = match answer {
        Ok(Some(bytes)) => {
            signed_by = registry::record::unverified_key_id(&bytes);
            let opened = registry::record::open(&bytes, &publishers, key);
            let taken = opened.and_then(|opened| Ok((opened.fresh(now.seconds(), Some(newest))?, opened.decode()?)));
            match taken {
                Ok((freshness, value)) => {
                    warn_early(gateway, key, freshness, now);
                    let (value, key_id) = (Rc::new(value), signed_by.unwrap_or_default().into());
                    return Ok(Standing { value, freshness, asked: now, confirmed: now, key_id, refused: None });
                }
                Err(error) => error.reason(),
            }
        }
        Ok(None) if rules.absent_refuses => return Err(logged(gateway, fault(key, "record_missing"))),
        Ok(None) => "record_missing",
        Err(error) => error.reason(),
    };
    // A store may give an older record for a while after a publication.
    let late = reason == RecordError::OlderSequence.reason() && may_be_on_its_way(newest, now);
    if !late {
        log::error(gateway, reason, &key.to_string(), signed_by.as_deref());
    }
    let usable = held.filter(|held| {
        let Freshness { sequence, valid_until } = held.freshness;
        now.seconds() < valid_until && now.is_within(rules.stale, held.confirmed) && sequence >= floor
    });
    let mut held = usable.ok_or_else(|| fault(key, reason))?;
    held.asked = now;
    held.refused = (!late).then_some(reason);
    Ok(held)
}

/// Logs a record that should have been renewed: from half of its validity on.
fn warn_early<H: Host>(gateway: &Gateway<H>, key: &RecordKey<'_>, freshness: Freshness, now: Timestamp) {
    if now.seconds() >= freshness.half() {
        log::expires_soon(gateway, &key.to_string(), freshness.valid_until);
    }
}
