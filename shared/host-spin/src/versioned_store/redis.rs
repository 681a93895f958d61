//! Values in Redis: one hash per key, which expires with its value.

use std::rc::Rc;
use std::time::Duration;

use ports::versioned_store::within_bounds;
use ports::{ReplaceResult, Timestamp, VersionedStore, VersionedStoreError, VersionedValue};
use spin_sdk::redis::{RedisParameter, RedisResult};
use spin_sdk::wasip3::random::random;

use crate::redis::{Redis, RedisError, text};
use crate::timer::within;

/// KEYS: the hash. ARGV: the expected revision (0: absent), the value, its end in milliseconds, the mark. Returns 1 and
/// the revision that was written; or 0, the revision and the value that are there, if any. Redis runs a script
/// atomically, and ends values by its own clock. A revision is compared as text: Lua's numbers end at 2^53.
const REPLACE: &str = "\
local held = redis.call('HMGET', KEYS[1], 'revision', 'value', 'mark')
local revision = held[1] or '0'
if held[3] == ARGV[4] then
  return {1, revision}
elseif revision ~= ARGV[1] then
  if held[1] then return {0, revision, held[2]} else return {0} end
end
redis.call('HSET', KEYS[1], 'value', ARGV[2], 'mark', ARGV[4])
revision = redis.call('HINCRBY', KEYS[1], 'revision', 1)
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
return {1, tostring(revision)}";

/// The deadline of a call.
const CALL: Duration = Duration::from_secs(5);

/// The latest end, Unix milliseconds, about the year 287,000: beyond it Redis' arithmetic would overflow.
const LATEST: u64 = 1 << 53;

/// Values in a Redis server, shared by every replica of the gateway. After a failover to a lagging copy, the newest
/// replacements may be undone.
pub struct RedisVersionedStore(Rc<Redis>);

impl RedisVersionedStore {
    /// The values in `redis`.
    pub fn new(redis: Rc<Redis>) -> Self {
        Self(redis)
    }

    async fn attempt(&self, parameters: Vec<RedisParameter>) -> Result<ReplaceResult, RedisError> {
        let results = self.0.attempt("EVAL", parameters).await?;
        match results.as_slice() {
            [RedisResult::Int64(1), RedisResult::Binary(revision)] => Ok(ReplaceResult::Written(number(revision)?)),
            [RedisResult::Int64(0)] => Ok(ReplaceResult::Conflict(None)),
            [RedisResult::Int64(0), RedisResult::Binary(revision), RedisResult::Binary(value)] => {
                Ok(ReplaceResult::Conflict(Some(VersionedValue { revision: number(revision)?, value: value.clone() })))
            }
            _ => Err(unreadable()),
        }
    }
}

impl VersionedStore for RedisVersionedStore {
    async fn get(&self, key: &str) -> Result<Option<VersionedValue>, VersionedStoreError> {
        within_bounds(key, &[])?;
        let parameters = vec![text(name(key)), text("revision"), text("value")];
        let results = in_time(self.0.execute("HMGET", parameters)).await?;
        match results.as_slice() {
            [RedisResult::Nil, RedisResult::Nil] => Ok(None),
            [RedisResult::Binary(revision), RedisResult::Binary(value)] => {
                let revision = number(revision).map_err(|error| VersionedStoreError(error.to_string()))?;
                Ok(Some(VersionedValue { revision, value: value.clone() }))
            }
            _ => Err(VersionedStoreError(unreadable().to_string())),
        }
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
        until: Timestamp,
    ) -> Result<ReplaceResult, VersionedStoreError> {
        within_bounds(key, value)?;
        // Identifies this replacement: after a broken connection it shows if the first attempt has written.
        let mark = format!("{:016x}{:016x}", random::get_random_u64(), random::get_random_u64());
        let parameters = vec![
            text(REPLACE),
            RedisParameter::Int64(1),
            text(name(key)),
            text(expected.unwrap_or(0).to_string()),
            text(value),
            text(until.millis().min(LATEST).to_string()),
            text(mark),
        ];
        in_time(async {
            if let Ok(replaced) = self.attempt(parameters.clone()).await {
                return Ok(replaced);
            }
            match self.attempt(parameters).await? {
                // The first attempt may have written a value that another caller has replaced since.
                ReplaceResult::Conflict(_) => {
                    Err(RedisError("the reply was lost, and the value is another now".to_owned()))
                }
                written => Ok(written),
            }
        })
        .await
    }

    async fn delete(&self, key: &str) -> Result<(), VersionedStoreError> {
        within_bounds(key, &[])?;
        in_time(self.0.execute("DEL", vec![text(name(key))])).await.map(drop)
    }
}

async fn in_time<T>(call: impl Future<Output = Result<T, RedisError>>) -> Result<T, VersionedStoreError> {
    match within(CALL, call).await {
        Some(result) => result.map_err(|error| VersionedStoreError(error.to_string())),
        None => Err(VersionedStoreError(format!("no response within {} s", CALL.as_secs()))),
    }
}

fn name(key: &str) -> String {
    format!("weir:versioned:{key}")
}

fn number(digits: &[u8]) -> Result<u64, RedisError> {
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or_else(unreadable)
}

fn unreadable() -> RedisError {
    RedisError("a value of another shape".to_owned())
}
