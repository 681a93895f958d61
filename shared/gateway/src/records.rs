//! The registry's records: read from the key-value store, verified, and kept in the isolate.
//!
//! | when | Weir |
//! |---|---|
//! | a record is unsigned, of another name or epoch | does not take it: keeps what it holds, or refuses |
//! | `head` names an older epoch, or has a lower sequence | keeps the newer one |
//! | a record of the new epoch is not there yet | keeps the old epoch's for [`propagation::PROPAGATION`], then refuses |
//! | the store fails | serves what it holds for [`STALE`], then refuses |
//! | `quarantine` is absent, expired, or unconfirmed for [`QUARANTINE_STALE`] | refuses everything (fails closed) |
//! | `quarantine` is older than the epoch that `head` names | does not take it, once [`propagation::PROPAGATION`] has passed |
//! | `head` or `quarantine` is older than the newest that any isolate has seen | does not take it, likewise: [`newest`] |
//! | `head` or `quarantine` has passed half of its validity | serves, and warns: health, log |
//!
//! `head` and `quarantine` are read again after [`REFRESH`]; everything else is immutable under its epoch.

mod epoch_records;
pub(crate) mod newest;
mod propagation;
mod record_fault;
mod standing;

use std::rc::Rc;
use std::time::Duration;

use registry::record::RecordKey;
use registry::snapshot::{Assignments, Gateway as GatewayRecord, Head, Needs, Quarantine};

use crate::error::Fault;
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::keys;
use crate::log::logged;
use crate::virtual_server::VirtualServer;
pub(crate) use epoch_records::Found;
use ports::{Clock, Host};
pub use propagation::REFRESH;
use propagation::may_be_on_its_way;
use record_fault::fault;
use standing::Rules;

/// The time for which records are served while the store can't confirm them.
pub const STALE: Duration = Duration::from_secs(60 * 60);
/// The time for which a quarantine is served while the store can't confirm it; short, because a freeze must act soon.
pub const QUARANTINE_STALE: Duration = Duration::from_secs(5 * 60);

/// The live epoch with its gateway record.
pub(crate) async fn live<H: Host>(gateway: &Gateway<H>) -> Result<Live, Fault> {
    let now = gateway.host.clock().now();
    let held = gateway.isolate.records.borrow().head.clone();
    let head = match held.as_ref().filter(|held| held.is_current(now, REFRESH)) {
        Some(current) => current.clone(),
        None => {
            let rules = Rules { stale: STALE, absent_refuses: false };
            let floor = async { newest::marks(gateway).await.head.floor(now) };
            let fresh = standing::refresh::<H, Head>(gateway, &RecordKey::Head, held, rules, floor).await?;
            fresh.put(&mut gateway.isolate.records.borrow_mut().head)
        }
    };
    let epoch = head.value.epoch;
    let (live, behind) = {
        let records = gateway.isolate.records.borrow();
        (records.live.clone(), records.behind)
    };
    if let Some(live) = live.as_ref() {
        let tried = behind.is_some_and(|(behind, at)| behind == epoch && now.is_within(REFRESH, at));
        // An epoch never goes back: undoing a publication is publishing again.
        if live.epoch >= epoch || (tried && may_be_on_its_way(epoch, now)) {
            return Ok(live.clone());
        }
    }
    if epoch < gateway.isolate.records.borrow().newest.marks.epoch.floor(now) {
        return Err(logged(gateway, fault(&RecordKey::Head, "record_older_epoch")));
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
            let error = logged(gateway, error);
            let Some(live) = live.filter(|_| may_be_on_its_way(epoch, now)) else { return Err(error) };
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
    // A publication signs both with one instant; a freeze signs only the quarantine, with a later one. A quarantine
    // older than this head was put back, unless the new one is still on its way.
    let epoch = gateway.isolate.records.borrow().head.as_ref().map(|head| head.value.epoch);
    let epoch_floor = epoch.filter(|&epoch| !may_be_on_its_way(epoch, now)).unwrap_or(0);
    let floor = async { newest::marks(gateway).await.quarantine.floor(now).max(epoch_floor) };
    let rules = Rules { stale: QUARANTINE_STALE, absent_refuses: true };
    let mut fresh = standing::refresh(gateway, &RecordKey::Quarantine, held, rules, floor).await?;
    // An ended entry freezes for at most one more [`REFRESH`], and no check has to ask for the time.
    if fresh.value.has_ended_entries(now.seconds()) {
        fresh.value = Rc::new(fresh.value.without_ended(now.seconds()));
    }
    let fresh = fresh.put(&mut gateway.isolate.records.borrow_mut().quarantine);
    newest::note(gateway).await?;
    Ok(fresh.value)
}

/// The secrets that `epoch` needs. If the record can't be read, or an older publisher has written none, those that
/// every epoch needs.
pub(crate) async fn needs<H: Host>(gateway: &Gateway<H>, epoch: u64) -> Needs {
    let key = RecordKey::Needs { epoch };
    let opened: Result<Option<Needs>, Fault> = async {
        let publishers = keys::registry_publishers(gateway).await?;
        let Some(bytes) = standing::read(gateway, &key).await? else { return Ok(None) };
        let opened = registry::record::open(&bytes, &publishers, &key);
        opened.and_then(|opened| opened.decode()).map(Some).map_err(|error| fault(&key, error.reason()))
    }
    .await;
    let found = opened.map_err(|fault| logged(gateway, fault)).unwrap_or_default();
    found.unwrap_or_else(|| Needs { secrets: ["ACCESS_TOKEN_KEYS", "SEALING_KEYS"].map(str::to_owned).into() })
}

/// The virtual server called `name`; not found when this epoch has none.
pub(crate) async fn virtual_server<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    name: &str,
) -> Result<Found<VirtualServer>, Fault> {
    let key = RecordKey::VirtualServer { epoch: live.epoch, name };
    let found = epoch_records::find(
        gateway,
        |records| &mut records.virtual_servers,
        &key,
        live.epoch,
        |opened| Ok(VirtualServer::new(opened.decode()?, opened.statement.epoch)),
    );
    found.await
}

/// Reads the virtual server called `name` and ignores it. A caller who may see nothing of a virtual server that the
/// isolate holds then waits as long as for an unknown name.
pub(crate) async fn read_and_discard<H: Host>(gateway: &Gateway<H>, live: &Live, name: &str) -> Result<(), Fault> {
    let key = RecordKey::VirtualServer { epoch: live.epoch, name };
    standing::read(gateway, &key).await.map(drop)
}

/// The assignments of the groups in `shard`.
pub(crate) async fn assignments<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    shard: u32,
) -> Result<Rc<Assignments>, Fault> {
    let key = RecordKey::Assignments { epoch: live.epoch, shard };
    let found =
        epoch_records::find(gateway, |records| &mut records.assignments, &key, live.epoch, |opened| opened.decode());
    found.await?.found.ok_or_else(|| fault(&key, "record_missing"))
}
