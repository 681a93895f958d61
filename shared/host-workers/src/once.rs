//! `Once` on Workers: Durable Objects with SQLite storage.
//!
//! One object per first byte of the key's SHA-256, so 256 objects. One object for all would take every redemption of the
//! world in one place; one object per key would be created cold for each claim and leave thousands of storages to sweep.
//! 256 stay warm under load, keep their few rows swept by one alarm each, and take some hundred claims a second apiece.
//! The same key always meets the same object, and an object does one thing at a time: that is what makes a claim
//! linearizable. Objects live where they were first asked for; a claim from elsewhere pays the way, once per redemption.
//!
//! ```text
//! POST /                       200  first       nobody had claimed it
//! UNTIL LF KEY                 409  replayed    somebody had
//! ```

use std::time::Duration;

use http::StatusCode;
use ports::{Claim, Clock, FetchLimits, Once, OnceError, Timestamp};
use sha2::{Digest, Sha256};
use wasm_bindgen::JsValue;
use worker::{SqlStorageValue, State};

use crate::bindings::ObjectNamespace;
use crate::clock::WorkersClock;
use crate::fetch::ask;

/// How long a claim may take on the caller's side; then it is an error.
const CALL: Duration = Duration::from_secs(5);

/// How long after a claim an object sweeps, and then again as long as rows are left.
const SWEEP: Duration = Duration::from_secs(15 * 60);

/// The caller's side.
#[derive(Clone)]
pub struct WorkersOnce(ObjectNamespace);

impl WorkersOnce {
    /// Claims in the objects of `namespace`.
    pub fn new(namespace: ObjectNamespace) -> Self {
        Self(namespace)
    }
}

impl Once for WorkersOnce {
    async fn claim(&self, key: &str, until: Timestamp) -> Result<Claim, OnceError> {
        let shard = format!("claims-{:02x}", Sha256::digest(key)[0]);
        let claim = format!("{}\n{key}", until.millis());
        let limits = FetchLimits { deadline: CALL, body_bytes: 0 };
        let answer = ask(&self.0, &shard, claim, limits).await.map_err(|error| OnceError(error.to_string()))?;
        match answer.status() {
            StatusCode::OK => Ok(Claim::First),
            StatusCode::CONFLICT => Ok(Claim::Replayed),
            status => Err(OnceError(format!("the object answered {status}"))),
        }
    }
}

/// The object's side: the Worker that deploys it wraps this in a class of its own (see `functions/gateway-workers`).
pub struct Claims(State);

impl Claims {
    /// Opens the object's storage.
    pub fn open(state: State) -> Self {
        // A failure here would come again at the first claim, which then answers it.
        let table = "CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID";
        let _ = state.storage().sql().exec(table, None);
        Self(state)
    }

    /// One claim: 200 first, 409 replayed.
    pub async fn fetch(&self, mut request: worker::Request) -> worker::Result<worker::Response> {
        let body = request.text().await?;
        let parsed = body.split_once('\n').and_then(|(until, key)| Some((until.parse::<u64>().ok()?, key)));
        let Some((until, key)) = parsed else { return worker::Response::error("malformed claim", 400) };
        // A row whose time has passed counts as none. One statement, so nothing can come in between.
        let claim = "INSERT INTO claims (key, until) VALUES (?1, ?2) \
                     ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE claims.until <= ?3 RETURNING 1";
        let arguments = [key.into(), number(until), number(WorkersClock.now().millis())];
        let storage = self.0.storage();
        let first = storage.sql().exec_raw(claim, arguments.map(JsValue::from).to_vec())?.raw().next().is_some();
        if first && storage.get_alarm().await?.is_none() {
            storage.set_alarm(SWEEP).await?;
        }
        Ok(worker::Response::empty()?.with_status(if first { 200 } else { 409 }))
    }

    /// Removes what has expired, and comes again while anything is left.
    pub async fn alarm(&self) -> worker::Result<worker::Response> {
        let storage = self.0.storage();
        let sql = storage.sql();
        sql.exec("DELETE FROM claims WHERE until <= ?1", vec![number(WorkersClock.now().millis())])?;
        if sql.exec("SELECT 1 FROM claims LIMIT 1", None)?.raw().next().is_some() {
            storage.set_alarm(SWEEP).await?;
        }
        worker::Response::empty()
    }
}

/// As JavaScript's number, exact up to 2^53 milliseconds.
fn number(millis: u64) -> SqlStorageValue {
    SqlStorageValue::Float(millis as f64)
}
