//! `Once` on Workers: Durable Objects with SQLite storage.
//!
//! One object per first byte of the key's SHA-256, so 256 objects. A single object would be the bottleneck of all
//! redemptions; one object per key would start cold for each claim and leave thousands of storages to clean up. 256
//! objects stay warm under load, each with one alarm for cleaning, and handle some hundred claims per second each.
//! A key always maps to the same object, and an object runs one request at a time, which makes a claim linearizable. An
//! object lives near its first caller; a distant claim pays that round trip once per redemption.
//!
//! ```text
//! POST /                       200  first       the key had no claim
//! UNTIL LF KEY                 409  replayed    the key had a claim
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

/// The deadline of a claim on the caller's side.
const CALL: Duration = Duration::from_secs(5);

/// The delay from a claim to the alarm that removes expired rows; repeated while rows are left.
const SWEEP: Duration = Duration::from_secs(15 * 60);

/// The caller's side: claims keys in Durable Objects.
#[derive(Clone)]
pub struct WorkersOnce(ObjectNamespace);

impl WorkersOnce {
    /// Claims keys in the objects of `namespace`.
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
            status => Err(OnceError(format!("the Durable Object responded with {status}"))),
        }
    }
}

/// The object's side; `functions/gateway-workers` wraps it in the Durable Object class `OnceObject`.
pub struct Claims(State);

impl Claims {
    /// Opens the object's storage.
    pub fn open(state: State) -> Self {
        // A failure here recurs at the first claim, which reports it.
        let table = "CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID";
        let _ = state.storage().sql().exec(table, None);
        Self(state)
    }

    /// Handles one claim: 200 first, 409 replayed.
    pub async fn fetch(&self, mut request: worker::Request) -> worker::Result<worker::Response> {
        let body = request.text().await?;
        let parsed = body.split_once('\n').and_then(|(until, key)| Some((until.parse::<u64>().ok()?, key)));
        let Some((until, key)) = parsed else { return worker::Response::error("malformed claim", 400) };
        // An expired row counts as none. One statement, so it is atomic.
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

    /// Removes expired rows and sets the next alarm while rows are left.
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

/// A JavaScript number, exact up to 2^53 milliseconds.
fn number(millis: u64) -> SqlStorageValue {
    SqlStorageValue::Float(millis as f64)
}
