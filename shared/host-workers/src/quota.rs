//! `Quota` on Workers: Durable Objects with SQLite storage.
//!
//! One object per key, because a key is used again and again: an object lives near its first caller, so a user's takes
//! stay near the user, and no key waits for another. An object runs one request at a time, which makes a take
//! linearizable. After its last window an object deletes its storage.
//!
//! ```text
//! POST /                       200  LEFT        taken
//! AMOUNT LIMIT WINDOW_MS       429  ENDS_IN_MS  exhausted, nothing taken
//! ```

use std::time::Duration;

use futures::StreamExt;
use http::StatusCode;
use ports::quota::Window;
use ports::{Clock, FetchLimits, Quota, QuotaError, TakeResult, Timestamp};
use worker::{SqlStorageValue, State};

use crate::bindings::ObjectNamespace;
use crate::clock::WorkersClock;
use crate::fetch::ask;

/// Deadline and response size of one call to an object.
const CALL: FetchLimits = FetchLimits { deadline: Duration::from_secs(5), body_bytes: 64 };

/// The delay from the first take to the alarm that deletes the storage; repeated while a window runs.
const SWEEP: Duration = Duration::from_secs(15 * 60);

/// The caller's side: takes from Durable Objects.
#[derive(Clone)]
pub struct WorkersQuota(ObjectNamespace);

impl WorkersQuota {
    /// Takes from the objects of `namespace`.
    pub fn new(namespace: ObjectNamespace) -> Self {
        Self(namespace)
    }
}

impl Quota for WorkersQuota {
    async fn take(&self, key: &str, amount: u64, limit: u64, window: Duration) -> Result<TakeResult, QuotaError> {
        let failed = |error: ports::FetchError| QuotaError(error.to_string());
        let take = format!("{amount} {limit} {}", window.as_millis());
        let mut answer = ask(&self.0, &format!("quota-{key}"), take, CALL).await.map_err(failed)?;
        let mut number = Vec::new();
        while let Some(chunk) = answer.body_mut().next().await {
            number.extend_from_slice(&chunk.map_err(failed)?);
        }
        let number = std::str::from_utf8(&number).ok().and_then(|number| number.parse().ok());
        match (answer.status(), number) {
            (StatusCode::OK, Some(left)) => Ok(TakeResult::Left(left)),
            (StatusCode::TOO_MANY_REQUESTS, Some(millis)) => {
                Ok(TakeResult::Exhausted { ends_in: Duration::from_millis(millis) })
            }
            (status, _) => Err(QuotaError(format!("the Durable Object responded with {status}"))),
        }
    }
}

/// The object's side; `functions/gateway-workers` wraps it in the Durable Object class `QuotaObject`.
pub struct QuotaObjectState(State);

impl QuotaObjectState {
    /// Opens the object's storage.
    pub const fn open(state: State) -> Self {
        Self(state)
    }

    /// Handles one take: 200 with the rest, or 429 with the milliseconds until the window ends.
    pub async fn fetch(&self, mut request: worker::Request) -> worker::Result<worker::Response> {
        let body = request.text().await?;
        let mut numbers = body.split(' ').map(str::parse::<u64>);
        let (Some(Ok(amount)), Some(Ok(limit)), Some(Ok(window)), None) =
            (numbers.next(), numbers.next(), numbers.next(), numbers.next())
        else {
            return worker::Response::error("malformed take", 400);
        };
        // Nothing is awaited from here to the write, so the take is atomic.
        let stored = self.read()?;
        let now = WorkersClock.now();
        let (new, taken) = Window::take(stored, amount, limit, Duration::from_millis(window), now);
        if let Some(new) = new {
            self.write(new)?;
        }
        let is_new_window = new.is_some_and(|new| stored.is_none_or(|stored| stored.ends != new.ends));
        if is_new_window && self.0.storage().get_alarm().await?.is_none() {
            self.0.storage().set_alarm(SWEEP).await?;
        }
        Ok(match taken {
            TakeResult::Left(left) => worker::Response::ok(left.to_string())?,
            TakeResult::Exhausted { ends_in } => {
                worker::Response::ok(ends_in.as_millis().to_string())?.with_status(429)
            }
        })
    }

    /// Deletes the storage if the window has ended; otherwise sets the next alarm.
    pub async fn alarm(&self) -> worker::Result<worker::Response> {
        let storage = self.0.storage();
        if self.read()?.is_some_and(|window| window.ends > WorkersClock.now()) {
            storage.set_alarm(SWEEP).await?;
        } else {
            storage.delete_all().await?;
        }
        worker::Response::empty()
    }

    /// The stored window. Creates the table, because `alarm` deletes it.
    fn read(&self) -> worker::Result<Option<Window>> {
        let sql = self.0.storage().sql();
        sql.exec("CREATE TABLE IF NOT EXISTS allowance (one INTEGER PRIMARY KEY, taken INTEGER, ends INTEGER)", None)?;
        let row = sql.exec("SELECT taken, ends FROM allowance WHERE one = 1", None)?.raw().next().transpose()?;
        Ok(row.and_then(|row| match row.as_slice() {
            [taken, ends] => Some(Window { taken: whole(taken)?, ends: Timestamp::from_millis(whole(ends)?) }),
            _ => None,
        }))
    }

    /// Stores the window.
    fn write(&self, window: Window) -> worker::Result<()> {
        let row = [window.taken, window.ends.millis()].map(|number| SqlStorageValue::Float(number as f64));
        let put = "INSERT OR REPLACE INTO allowance (one, taken, ends) VALUES (1, ?1, ?2)";
        self.0.storage().sql().exec(put, row.to_vec()).map(drop)
    }
}

/// The whole number in a column; JavaScript numbers are exact up to 2^53.
fn whole(value: &SqlStorageValue) -> Option<u64> {
    match value {
        SqlStorageValue::Integer(number) => u64::try_from(*number).ok(),
        SqlStorageValue::Float(number) if *number >= 0.0 => Some(*number as u64),
        _ => None,
    }
}
