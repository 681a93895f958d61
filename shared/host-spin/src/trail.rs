//! The ledger on Spin: requests that drain the outbox or read the trail and the books.

use std::cell::RefCell;
use std::rc::Rc;

use ledger::Ledger;
use ports::Clock;
use ports::Secret;
use spin_sdk::wasip3::http::types;

use crate::answer::{failed, interrupted};
use crate::clock::SpinClock;
use crate::database::SpinDatabase;
use crate::fault::Fault;
use crate::host::redis;
use crate::objects::SpinObjects;
use crate::outbox::{IDLE, SpinOutbox, SqliteRows, StreamGroup};
use crate::secrets::SpinSecrets;
use crate::{incoming, outgoing};

/// The path that shows faults: on an address shared with a gateway, `/healthz` is the gateway's.
const HEALTH: &str = "/ledger/healthz";

/// The state that all requests of an instance share.
struct Shared {
    objects: SpinObjects,
    database: SpinDatabase,
    outbox: SpinOutbox,
    read_token: Secret,
    drain_token: Secret,
}

thread_local! {
    /// Set by the first request that finds no fault; several requests may check at once.
    static SHARED: RefCell<Option<Rc<Shared>>> = const { RefCell::new(None) };
}

impl Shared {
    async fn open() -> Result<Rc<Self>, Vec<Fault>> {
        if let Some(shared) = SHARED.with_borrow(Clone::clone) {
            return Ok(shared);
        }
        let secrets = SpinSecrets::default();
        let read_token = secrets.require(ledger::READ_TOKEN).await;
        let drain_token = secrets.require(ledger::DRAIN_TOKEN).await;
        let redis = redis(&secrets).await;
        let stores = stores().await;
        match (read_token, drain_token, redis, stores) {
            (Ok(read_token), Ok(drain_token), Ok(redis), Ok((database, objects, rows))) => {
                let stream = redis.map(|redis| StreamGroup::new(Rc::new(redis), IDLE));
                let outbox = SpinOutbox::new(stream, rows);
                let shared = Rc::new(Self { objects, database, outbox, read_token, drain_token });
                // Another request may have been faster; its state is kept.
                Ok(SHARED.with_borrow_mut(|first| first.get_or_insert(shared).clone()))
            }
            // All faults at once, so that one request shows them all.
            (read_token, drain_token, redis, stores) => {
                Err([read_token.err(), drain_token.err(), redis.err(), stores.err()].into_iter().flatten().collect())
            }
        }
    }
}

/// Opens the stores; creates missing tables.
async fn stores() -> Result<(SpinDatabase, SpinObjects, SqliteRows), Fault> {
    let database = SpinDatabase::open().await?;
    let objects = SpinObjects::open(database.clone()).await?;
    let rows = SqliteRows::open(database.clone()).await?;
    ledger::migrate(&database).await.map_err(|error| Fault::store("default", "database", error))?;
    Ok((database, objects, rows))
}

/// Responds to one request of an auditor, of finance or of a drain.
pub async fn answer(request: types::Request) -> types::Response {
    // No request of the ledger has a body.
    let request = match incoming::read(request, 0).await {
        Ok(request) => request,
        Err(unread) => return interrupted(unread),
    };
    let shared = match Shared::open().await {
        Ok(shared) => shared,
        Err(faults) => return failed(request.uri().path() == HEALTH, &faults),
    };
    let ledger = Ledger {
        objects: &shared.objects,
        database: &shared.database,
        outbox: Some(&shared.outbox),
        read_token: Some(shared.read_token.expose()),
        drain_token: Some(shared.drain_token.expose()),
        log: |line| eprintln!("{line}"),
    };
    outgoing::whole(ledger::serve(&ledger, || SpinClock.now().millis(), &request).await)
}
