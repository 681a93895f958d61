//! `VersionedStore` on Workers: Durable Objects with SQLite storage.
//!
//! One object per first byte of the key's SHA-256, as for [`crate::once`] and for the same reasons. A key always maps
//! to the same object, and an object runs one request at a time, which makes an operation linearizable.
//!
//! ```text
//! POST /
//! get LF KEY                                       200 REVISION LF VALUE, or empty if the key is absent
//! delete LF KEY                                    200
//! replace KEY_BYTES EXPECTED UNTIL LF KEY VALUE    200 REVISION written; 409 with the current value as `get` has it
//! ```
//!
//! EXPECTED is 0 for an absent key; UNTIL is in milliseconds.

use std::time::Duration;

use futures::StreamExt;
use http::StatusCode;
use ports::versioned_store::{MOST_BYTES, within_bounds};
use ports::{Clock, FetchLimits, ReplaceResult, Timestamp, VersionedStore, VersionedStoreError, VersionedValue};
use sha2::{Digest, Sha256};
use wasm_bindgen::JsValue;
use worker::{SqlStorageValue, State};

use crate::bindings::ObjectNamespace;
use crate::clock::WorkersClock;
use crate::fetch::ask;

/// Deadline and response size of one call to an object: a value and its revision.
const CALL: FetchLimits = FetchLimits { deadline: Duration::from_secs(5), body_bytes: MOST_BYTES + 32 };

/// The shortest delay to the alarm that removes ended rows.
const SWEEP: Duration = Duration::from_secs(15 * 60);

/// The longest delay: a row may end long before the one that the alarm was set for.
const LATEST_SWEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// ?1 key  ?2 value  ?3 until  ?4 now. An ended row counts as none.
const CREATE: &str = "INSERT INTO held (key, revision, value, until) VALUES (?1, 1, ?2, ?3) ON CONFLICT (key) DO UPDATE \
                      SET revision = 1, value = excluded.value, until = excluded.until WHERE held.until <= ?4 \
                      RETURNING revision";

/// ?1 key  ?2 value  ?3 until  ?4 now  ?5 expected
const UPDATE: &str = "UPDATE held SET revision = revision + 1, value = ?2, until = ?3 \
                      WHERE key = ?1 AND until > ?4 AND revision = ?5 RETURNING revision";

/// The caller's side: values in Durable Objects.
#[derive(Clone)]
pub struct WorkersVersionedStore(ObjectNamespace);

impl WorkersVersionedStore {
    /// Values in the objects of `namespace`.
    pub fn new(namespace: ObjectNamespace) -> Self {
        Self(namespace)
    }

    /// The response to `store_request` of the object that holds `key`: 200 or 409, and the body.
    async fn ask(&self, key: &str, store_request: Vec<u8>) -> Result<(StatusCode, Vec<u8>), VersionedStoreError> {
        let failed = |error: ports::FetchError| VersionedStoreError(error.to_string());
        let shard = format!("values-{:02x}", Sha256::digest(key)[0]);
        let mut answer = ask(&self.0, &shard, store_request, CALL).await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.body_mut().next().await {
            body.extend_from_slice(&chunk.map_err(failed)?);
        }
        match answer.status() {
            status @ (StatusCode::OK | StatusCode::CONFLICT) => Ok((status, body)),
            status => Err(VersionedStoreError(format!("the Durable Object responded with {status}"))),
        }
    }
}

impl VersionedStore for WorkersVersionedStore {
    async fn get(&self, key: &str) -> Result<Option<VersionedValue>, VersionedStoreError> {
        within_bounds(key, &[])?;
        let (_, body) = self.ask(key, format!("get\n{key}").into()).await?;
        held(&body)
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
        until: Timestamp,
    ) -> Result<ReplaceResult, VersionedStoreError> {
        within_bounds(key, value)?;
        let head = format!("replace {} {} {}\n{key}", key.len(), expected.unwrap_or(0), until.millis());
        let (status, body) = self.ask(key, [head.as_bytes(), value].concat()).await?;
        if status == StatusCode::CONFLICT {
            return held(&body).map(ReplaceResult::Conflict);
        }
        let revision = std::str::from_utf8(&body).ok().and_then(|revision| revision.parse().ok());
        revision.map(ReplaceResult::Written).ok_or_else(unreadable)
    }

    async fn delete(&self, key: &str) -> Result<(), VersionedStoreError> {
        within_bounds(key, &[])?;
        self.ask(key, format!("delete\n{key}").into()).await.map(drop)
    }
}

/// Reads `REVISION LF VALUE`; an empty body is an absent key.
fn held(body: &[u8]) -> Result<Option<VersionedValue>, VersionedStoreError> {
    if body.is_empty() {
        return Ok(None);
    }
    let (revision, value) = split_line(body).ok_or_else(unreadable)?;
    let revision = revision.parse().map_err(|_| unreadable())?;
    Ok(Some(VersionedValue { revision, value: value.to_vec() }))
}

fn unreadable() -> VersionedStoreError {
    VersionedStoreError("the Durable Object's response can't be read".to_owned())
}

/// The first line, and what follows it.
fn split_line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

/// One request to an object.
enum StoreRequest<'a> {
    Get { key: &'a str },
    Delete { key: &'a str },
    Replace { key: &'a str, expected: u64, until: u64, value: &'a [u8] },
}

impl<'a> StoreRequest<'a> {
    fn parse(body: &'a [u8]) -> Option<Self> {
        let (head, rest) = split_line(body)?;
        let words: Vec<&str> = head.split(' ').collect();
        match *words {
            ["get"] => Some(Self::Get { key: std::str::from_utf8(rest).ok()? }),
            ["delete"] => Some(Self::Delete { key: std::str::from_utf8(rest).ok()? }),
            ["replace", key_bytes, expected, until] => {
                let (key, value) = rest.split_at_checked(key_bytes.parse().ok()?)?;
                let key = std::str::from_utf8(key).ok()?;
                Some(Self::Replace { key, expected: expected.parse().ok()?, until: until.parse().ok()?, value })
            }
            _ => None,
        }
    }
}

/// The object's side; `functions/gateway-workers` wraps it in the Durable Object class `VersionedStoreObject`.
pub struct Values(State);

impl Values {
    /// Opens the object's storage.
    pub fn open(state: State) -> Self {
        // A failure here recurs at the first request, which reports it.
        let table = "CREATE TABLE IF NOT EXISTS held (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, \
                     value BLOB NOT NULL, until INTEGER NOT NULL)";
        let _ = state.storage().sql().exec(table, None);
        Self(state)
    }

    /// Handles one request, as the module's documentation has it.
    pub async fn fetch(&self, mut request: worker::Request) -> worker::Result<worker::Response> {
        let body = request.bytes().await?;
        let Some(store_request) = StoreRequest::parse(&body) else {
            return worker::Response::error("malformed request", 400);
        };
        // Nothing is awaited from here to the last statement, so all of them see one state.
        let now = WorkersClock.now().millis();
        match store_request {
            StoreRequest::Get { key } => worker::Response::from_bytes(self.current(key, now)?),
            StoreRequest::Delete { key } => {
                self.rows("DELETE FROM held WHERE key = ?1", vec![key.into()])?;
                worker::Response::empty()
            }
            StoreRequest::Replace { key, expected, until, value } => {
                let mut arguments = vec![key.into(), value.to_vec().into(), number(until), number(now)];
                let written = if expected == 0 {
                    self.rows(CREATE, arguments)?
                } else {
                    arguments.push(number(expected));
                    self.rows(UPDATE, arguments)?
                };
                match written.first().map(Vec::as_slice) {
                    Some([revision, ..]) => {
                        self.schedule().await?;
                        worker::Response::from_bytes(whole(revision).to_string().into_bytes())
                    }
                    _ => Ok(worker::Response::from_bytes(self.current(key, now)?)?.with_status(409)),
                }
            }
        }
    }

    /// Removes ended rows and sets the next alarm while rows are left.
    pub async fn alarm(&self) -> worker::Result<worker::Response> {
        self.rows("DELETE FROM held WHERE until <= ?1", vec![number(WorkersClock.now().millis())])?;
        self.schedule().await?;
        worker::Response::empty()
    }

    /// Sets the alarm that removes ended rows, if none is set and there are rows.
    async fn schedule(&self) -> worker::Result<()> {
        let storage = self.0.storage();
        if storage.get_alarm().await?.is_some() {
            return Ok(());
        }
        let rows = self.rows("SELECT until FROM held ORDER BY until LIMIT 1", vec![])?;
        if let Some([until, ..]) = rows.first().map(Vec::as_slice) {
            let left = Timestamp::from_millis(whole(until)).since(WorkersClock.now());
            storage.set_alarm(left.clamp(SWEEP, LATEST_SWEEP)).await?;
        }
        Ok(())
    }

    /// The current value as `REVISION LF VALUE`, or nothing.
    fn current(&self, key: &str, now: u64) -> worker::Result<Vec<u8>> {
        let query = "SELECT revision, value FROM held WHERE key = ?1 AND until > ?2";
        let rows = self.rows(query, vec![key.into(), number(now)])?;
        Ok(match rows.first().map(Vec::as_slice) {
            Some([revision, SqlStorageValue::Blob(value)]) => {
                [format!("{}\n", whole(revision)).as_bytes(), value].concat()
            }
            _ => Vec::new(),
        })
    }

    fn rows(&self, sql: &str, arguments: Vec<SqlStorageValue>) -> worker::Result<Vec<Vec<SqlStorageValue>>> {
        let arguments: Vec<JsValue> = arguments.into_iter().map(JsValue::from).collect();
        self.0.storage().sql().exec_raw(sql, arguments)?.raw().collect()
    }
}

/// A JavaScript number, exact up to 2^53.
fn number(number: u64) -> SqlStorageValue {
    SqlStorageValue::Float(number as f64)
}

/// The whole number in a column.
fn whole(value: &SqlStorageValue) -> u64 {
    match value {
        SqlStorageValue::Integer(number) => u64::try_from(*number).unwrap_or_default(),
        SqlStorageValue::Float(number) => *number as u64,
        _ => 0,
    }
}
