//! Claims in Redis: one key per claim, set by `SET NX PX`.

use std::rc::Rc;
use std::time::Duration;

use ports::{Claim, Clock, Once, OnceError, Timestamp};
use spin_sdk::redis::{RedisParameter, RedisResult};
use spin_sdk::wasip3::random::random;

use crate::clock::SpinClock;
use crate::redis::{Redis, RedisError, text};
use crate::timer::within;

/// The deadline of a claim.
const CALL: Duration = Duration::from_secs(5);

/// Claims in a Redis server, shared by every replica of the gateway. After a failover to a lagging copy, the newest
/// claims may succeed again.
pub struct RedisOnce(Rc<Redis>);

impl RedisOnce {
    /// Claims in `redis`.
    pub fn new(redis: Rc<Redis>) -> Self {
        Self(redis)
    }

    /// `SET NX`; true if this call has set the key.
    async fn set(&self, key: &str, mark: &str, millis: i64) -> Result<bool, RedisError> {
        let parameters = vec![text(key), text(mark), text("NX"), text("PX"), RedisParameter::Int64(millis)];
        let results = self.0.attempt("SET", parameters).await?;
        Ok(matches!(results.as_slice(), [RedisResult::Status(_)]))
    }

    /// True if the key has the value `mark`.
    async fn holds(&self, key: &str, mark: &str) -> Result<bool, RedisError> {
        let results = self.0.attempt("GET", vec![text(key)]).await?;
        Ok(matches!(results.as_slice(), [RedisResult::Binary(value)] if value == mark.as_bytes()))
    }
}

impl Once for RedisOnce {
    async fn claim(&self, key: &str, until: Timestamp) -> Result<Claim, OnceError> {
        let key = format!("weir:once:{key}");
        let left = until.since(SpinClock.now()).as_millis();
        // Redis refuses a lifetime of 0.
        let millis = i64::try_from(left).unwrap_or(i64::MAX).max(1);
        // Identifies this claim: after a broken connection `GET` shows if the first `SET` succeeded.
        let mark = format!("{:016x}{:016x}", random::get_random_u64(), random::get_random_u64());
        let claimed = within(CALL, async {
            if let Ok(first) = self.set(&key, &mark, millis).await {
                return Ok(first);
            }
            Ok(self.set(&key, &mark, millis).await? || self.holds(&key, &mark).await?)
        });
        match claimed.await {
            Some(Ok(true)) => Ok(Claim::First),
            Some(Ok(false)) => Ok(Claim::Replayed),
            Some(Err::<_, RedisError>(error)) => Err(OnceError(error.to_string())),
            None => Err(OnceError(format!("no response within {} s", CALL.as_secs()))),
        }
    }
}
