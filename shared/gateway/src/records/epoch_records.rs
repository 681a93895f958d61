//! Records under an epoch: immutable, so kept until the epoch changes or the cache is full.

use std::rc::Rc;

use registry::record::{RecordError, RecordKey, VerifiedRecord};

use super::propagation::may_be_on_its_way;
use super::record_fault::fault;
use super::standing;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::isolate::records::{RecordCache, Records};
use crate::keys;
use crate::log::logged;
use ports::{Clock, Host};

/// The result of looking for a record.
pub(crate) struct Found<T> {
    /// `None` if the epoch has no such record.
    pub(crate) found: Option<Rc<T>>,
    /// True if the store was asked.
    pub(crate) has_read: bool,
}

impl<T> Found<T> {
    const fn held(found: Option<Rc<T>>) -> Self {
        Self { found, has_read: false }
    }

    const fn read(found: Option<Rc<T>>) -> Self {
        Self { found, has_read: true }
    }
}

/// The record `key` of `epoch`, from the cache or the store.
pub(super) async fn find<H: Host, T>(
    gateway: &Gateway<H>,
    cache: fn(&mut Records) -> &mut RecordCache<T>,
    key: &RecordKey<'_>,
    epoch: u64,
    decode: impl FnOnce(&VerifiedRecord<'_>) -> Result<T, RecordError>,
) -> Result<Found<T>, Fault> {
    let name = key.name();
    let now = gateway.host.clock().now();
    let older = {
        let mut records = gateway.isolate.records.borrow_mut();
        let cache = cache(&mut records);
        match cache.find(&name) {
            Some((held_epoch, value)) if held_epoch == epoch => return Ok(Found::held(Some(value))),
            held => {
                // A shard of another epoch may hold other groups, when the number of shards has changed.
                let may_serve = matches!(key, RecordKey::VirtualServer { .. });
                let older = held.filter(|_| may_serve).map(|(_, value)| value);
                if cache.is_missing(&name, epoch, now) {
                    return Ok(Found::held(older.filter(|_| may_be_on_its_way(epoch, now))));
                }
                older
            }
        }
    };
    let publishers = keys::registry_publishers(gateway).await?;
    let answer = standing::read(gateway, key).await;
    let mut records = gateway.isolate.records.borrow_mut();
    let cache = cache(&mut records);
    let failed = match answer {
        Ok(Some(bytes)) => match registry::record::open(&bytes, &publishers, key).and_then(|opened| decode(&opened)) {
            Ok(value) => {
                let value = Rc::new(value);
                cache.insert(name, epoch, value.clone());
                return Ok(Found::read(Some(value)));
            }
            Err(error) => Some(logged(gateway, fault(key, error.reason()))),
        },
        Ok(None) => {
            cache.insert_missing(name, epoch, now);
            None
        }
        Err(error) => Some(logged(gateway, error)),
    };
    match (older.filter(|_| may_be_on_its_way(epoch, now)), failed) {
        (Some(older), _) => Ok(Found::read(Some(older))),
        (None, Some(fault)) => Err(fault),
        (None, None) => Ok(Found::read(None)),
    }
}
