//! The registry's records: read from the key-value store, verified, and kept in the isolate.
//!
//! | when | Weir |
//! |---|---|
//! | a record is unsigned, of another name or epoch | does not take it: keeps what it holds, or refuses |
//! | `head` names an older epoch, or has a lower sequence | keeps the newer one |
//! | a record of the new epoch is not there yet | keeps the old epoch's for [`shelf::PROPAGATION`], then refuses |
//! | the store fails | serves what it holds for [`STALE`], then refuses |
//! | `quarantine` is absent, expired, or unconfirmed for [`QUARANTINE_STALE`] | refuses everything (fails closed) |
//!
//! `head` and `quarantine` are read again after [`REFRESH`]; everything else is immutable under its epoch.

mod record_fault;
mod shelf;
mod standing;

use std::rc::Rc;
use std::time::Duration;

use registry::record::RecordKey;
use registry::snapshot::{Assignments, Gateway as GatewayRecord, Head, Quarantine};

use crate::error::Fault;
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::keys;
use crate::virtual_server::VirtualServer;
use ports::{Clock, Host};
use record_fault::fault;

/// The time after which `head` and `quarantine` are read again. Workers KV itself caches a value for at least 30 s, so
/// a change is live everywhere within about a minute.
pub const REFRESH: Duration = Duration::from_secs(30);
/// The time for which records are served while the store can't confirm them.
pub const STALE: Duration = Duration::from_secs(60 * 60);
/// The same for the quarantine, whose point is to be current.
pub const QUARANTINE_STALE: Duration = Duration::from_secs(5 * 60);

/// The live epoch with its gateway record.
pub(crate) async fn live<H: Host>(gateway: &Gateway<H>) -> Result<Live, Fault> {
    let now = gateway.host.clock().now();
    let held = gateway.isolate.records.borrow().head.clone();
    let head = match held.as_ref().filter(|held| held.is_current(now, REFRESH)) {
        Some(current) => current.clone(),
        None => {
            let fresh = standing::refresh::<H, Head>(gateway, &RecordKey::Head, held, STALE, false).await?;
            fresh.put(&mut gateway.isolate.records.borrow_mut().head)
        }
    };
    let epoch = head.value.epoch;
    let (live, behind) = {
        let records = gateway.isolate.records.borrow();
        (records.live.clone(), records.behind)
    };
    if let Some(live) = live.as_ref() {
        let tried = behind.is_some_and(|(behind, at)| behind == epoch && now.since(at) < REFRESH);
        // An epoch never goes back: undoing a publication is publishing again.
        if live.epoch >= epoch || (tried && shelf::may_be_on_its_way(epoch, now)) {
            return Ok(live.clone());
        }
    }
    let key = RecordKey::Gateway { epoch };
    match read_gateway(gateway, &key).await {
        Ok(record) => {
            let new = Live { epoch, gateway: Rc::new(record) };
            let mut records = gateway.isolate.records.borrow_mut();
            // Another request may have seen a newer epoch while this one waited.
            let newer = records.live.clone().filter(|live| live.epoch > epoch);
            let live = newer.unwrap_or(new);
            records.live = Some(live.clone());
            records.behind = None;
            Ok(live)
        }
        Err(error) => {
            let Some(live) = live.filter(|_| shelf::may_be_on_its_way(epoch, now)) else { return Err(error) };
            gateway.isolate.records.borrow_mut().behind = Some((epoch, now));
            Ok(live)
        }
    }
}

async fn read_gateway<H: Host>(gateway: &Gateway<H>, key: &RecordKey<'_>) -> Result<GatewayRecord, Fault> {
    let publishers = keys::registry_publishers(gateway).await?;
    let bytes = standing::read(gateway, key).await?.ok_or_else(|| fault(key, "record_missing"))?;
    let opened = registry::record::open(&bytes, &publishers, key).map_err(|error| fault(key, error.reason()))?;
    opened.decode().map_err(|error| fault(key, error.reason()))
}

/// The current quarantine. Fails closed.
pub(crate) async fn quarantine<H: Host>(gateway: &Gateway<H>) -> Result<Rc<Quarantine>, Fault> {
    let now = gateway.host.clock().now();
    let held = gateway.isolate.records.borrow().quarantine.clone();
    if let Some(current) = held.as_ref().filter(|held| held.is_current(now, REFRESH)) {
        return Ok(current.value.clone());
    }
    let fresh = standing::refresh(gateway, &RecordKey::Quarantine, held, QUARANTINE_STALE, true).await?;
    Ok(fresh.put(&mut gateway.isolate.records.borrow_mut().quarantine).value)
}

/// The virtual server called `name`; `None` when this epoch has none.
pub(crate) async fn virtual_server<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    name: &str,
) -> Result<Option<Rc<VirtualServer>>, Fault> {
    let key = RecordKey::VirtualServer { epoch: live.epoch, name };
    let found = shelf::find(
        gateway,
        |records| &mut records.virtual_servers,
        &key,
        live.epoch,
        |opened| Ok(VirtualServer::new(opened.decode()?, opened.statement.epoch)),
    );
    found.await
}

/// The assignments of the groups in `shard`.
pub(crate) async fn assignments<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    shard: u32,
) -> Result<Rc<Assignments>, Fault> {
    let key = RecordKey::Assignments { epoch: live.epoch, shard };
    let found = shelf::find(gateway, |records| &mut records.assignments, &key, live.epoch, |opened| opened.decode());
    found.await?.ok_or_else(|| fault(&key, "record_missing"))
}
