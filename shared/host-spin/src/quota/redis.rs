//! Windows in Redis: one counter per window, which expires with it.

use std::rc::Rc;
use std::time::Duration;

use ports::{Quota, QuotaError, TakeResult};
use spin_sdk::redis::{RedisParameter, RedisResult};

use super::{MIN_ENDS_IN, millis, signed};
use crate::redis::{Redis, text};

/// KEYS: the window. ARGV: amount, limit, length of a window in milliseconds. Returns the rest and 0, or -1 and the
/// milliseconds until the window ends. Redis runs a script atomically and by its own clock.
const TAKE: &str = "\
local held = redis.call('GET', KEYS[1])
local taken = tonumber(held or '0') + tonumber(ARGV[1])
if taken > tonumber(ARGV[2]) then
  return {-1, held and redis.call('PTTL', KEYS[1]) or tonumber(ARGV[3])}
elseif held then
  redis.call('INCRBY', KEYS[1], ARGV[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
end
return {tonumber(ARGV[2]) - taken, 0}";

/// Windows in a Redis server.
pub struct RedisQuota(Rc<Redis>);

impl RedisQuota {
    /// The windows in `redis`.
    pub fn new(redis: Rc<Redis>) -> Self {
        Self(redis)
    }
}

impl Quota for RedisQuota {
    async fn take(&self, key: &str, amount: u64, limit: u64, window: Duration) -> Result<TakeResult, QuotaError> {
        let mut parameters = vec![text(TAKE), RedisParameter::Int64(1), text(format!("weir:quota:{key}"))];
        parameters.extend([signed(amount), signed(limit), millis(window)].map(RedisParameter::Int64));
        // A take whose reply was lost may count twice: then less is left, but never more than the limit.
        let results = self.0.execute("EVAL", parameters).await.map_err(|error| QuotaError(error.to_string()))?;
        match results.as_slice() {
            [RedisResult::Int64(-1), RedisResult::Int64(ends)] => {
                let ends_in = Duration::from_millis(u64::try_from(*ends).unwrap_or_default());
                Ok(TakeResult::Exhausted { ends_in: ends_in.max(MIN_ENDS_IN) })
            }
            [RedisResult::Int64(left), RedisResult::Int64(_)] => {
                Ok(TakeResult::Left(u64::try_from(*left).unwrap_or_default()))
            }
            _ => Err(QuotaError("redis: the script returned no two numbers".to_owned())),
        }
    }
}
