//! `head` and `quarantine`: rewritten in place, so kept from going back and from growing old.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use registry::record::RecordKey;
use serde::de::DeserializeOwned;

use super::record_fault::fault;
use crate::deadline::within;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::isolate::records::Standing;
use crate::keys;
use ports::{Clock, Host, KeyValue};

/// The time that one read may take.
const READ_DEADLINE: Duration = Duration::from_secs(5);

/// The bytes under `key`.
pub(super) async fn read<H: Host>(gateway: &Gateway<H>, key: &RecordKey<'_>) -> Result<Option<Bytes>, Fault> {
    let name = key.to_string();
    let answer = within(&gateway.host, READ_DEADLINE, gateway.host.key_value().get(&name)).await;
    answer.ok_or_else(|| fault(key, "store_too_slow"))?.map_err(|_| fault(key, "store_failed"))
}

/// Reads the record from the store; falls back on `held` for as long as `stale` allows. With `absent_refuses`, a record
/// that the store doesn't have is a fault at once.
pub(super) async fn refresh<H: Host, T: DeserializeOwned>(
    gateway: &Gateway<H>,
    key: &RecordKey<'_>,
    held: Option<Standing<T>>,
    stale: Duration,
    absent_refuses: bool,
) -> Result<Standing<T>, Fault> {
    let publishers = keys::registry_publishers(gateway).await?;
    let answer = read(gateway, key).await;
    let now = gateway.host.clock().now();
    let newest = held.as_ref().map(|held| held.freshness.sequence);
    let reason = match answer {
        Ok(Some(bytes)) => {
            let opened = registry::record::open(&bytes, &publishers, key);
            let taken = opened.and_then(|opened| Ok((opened.fresh(now.seconds(), newest)?, opened.decode()?)));
            match taken {
                Ok((freshness, value)) => {
                    return Ok(Standing { value: Rc::new(value), freshness, asked: now, confirmed: now });
                }
                Err(error) => error.reason(),
            }
        }
        Ok(None) if absent_refuses => return Err(fault(key, "record_missing")),
        Ok(None) => "record_missing",
        Err(error) => error.reason(),
    };
    let usable = held.filter(|held| now.seconds() < held.freshness.valid_until && now.since(held.confirmed) < stale);
    let mut held = usable.ok_or_else(|| fault(key, reason))?;
    held.asked = now;
    Ok(held)
}
