//! Claims as keys of a Redis server: `SET NX PX` lets only the first of them in.

use std::rc::Rc;
use std::time::Duration;

use ports::{Claim, Clock, Once, OnceError, Timestamp};
use spin_sdk::redis::{RedisParameter, RedisResult};
use spin_sdk::wasip3::random::random;

use crate::clock::SpinClock;
use crate::redis::{Redis, RedisError, text};
use crate::timer::within;

/// How long a claim may take; then it is an error.
const CALL: Duration = Duration::from_secs(5);

/// Claims in a Redis server. It decides for every replica that uses it; where it fails over to a copy that lags behind, a
/// claim of the last moment can be made again.
pub struct RedisOnce(Rc<Redis>);

impl RedisOnce {
    /// Claims in `redis`.
    pub fn new(redis: Rc<Redis>) -> Self {
        Self(redis)
    }

    /// `SET NX`; true when the key is ours now.
    async fn set(&self, key: &str, mark: &str, millis: i64) -> Result<bool, RedisError> {
        let parameters = vec![text(key), text(mark), text("NX"), text("PX"), RedisParameter::Int64(millis)];
        let results = self.0.attempt("SET", parameters).await?;
        Ok(matches!(results.as_slice(), [RedisResult::Status(_)]))
    }

    /// Whether the key holds `mark`.
    async fn holds(&self, key: &str, mark: &str) -> Result<bool, RedisError> {
        let results = self.0.attempt("GET", vec![text(key)]).await?;
        Ok(matches!(results.as_slice(), [RedisResult::Binary(value)] if value == mark.as_bytes()))
    }
}

impl Once for RedisOnce {
    async fn claim(&self, key: &str, until: Timestamp) -> Result<Claim, OnceError> {
        let key = format!("weir:once:{key}");
        let left = until.since(SpinClock.now()).as_millis();
        // The server takes no lifetime of nothing.
        let millis = i64::try_from(left).unwrap_or(i64::MAX).max(1);
        // Whose claim it is: after a broken connection nobody else could tell ours from another's.
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
            None => Err(OnceError(format!("no answer within {} s", CALL.as_secs()))),
        }
    }
}
