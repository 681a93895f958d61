//! The audit sink in Redis: events as entries of a stream.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use ports::{Clock, Timestamp};
use spin_sdk::redis::{RedisParameter, RedisResult};

use crate::clock::SpinClock;
use crate::redis::{Redis, RedisError, text};

/// The stream that the ledger's consumer group reads.
pub const STREAM: &str = "weir:audit";

/// The sorted set of expected events: their ids, scored by the Unix milliseconds after which they are lost.
const EXPECTED: &str = "weir:owed";

/// KEYS: the stream, the set. ARGV: the id, the event.
const APPEND: &str = "\
redis.call('XADD', KEYS[1], '*', 'id', ARGV[1], 'event', ARGV[2])
return redis.call('ZREM', KEYS[2], ARGV[1])";

/// KEYS: the set. ARGV: now. Returns the number of members that it removes, at most 1,000.
const TAKE: &str = "\
local lost = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1000)
if #lost > 0 then redis.call('ZREM', KEYS[1], unpack(lost)) end
return #lost";

/// A Redis stream: one entry per event, with the fields `id` and `event`.
pub struct RedisStream {
    redis: Rc<Redis>,
    /// The events that this instance has noted; the other events need no second command.
    noted: RefCell<HashSet<String>>,
}

impl RedisStream {
    /// Appends to the stream [`STREAM`] in `redis`.
    pub fn new(redis: Rc<Redis>) -> Self {
        Self { redis, noted: RefCell::default() }
    }

    /// Returns when the server has accepted the event; its durability is the server's setting `appendfsync`.
    pub async fn append(&self, id: &str, event: &str) -> Result<(), RedisError> {
        if self.noted.borrow_mut().remove(id) {
            let keys = [text(APPEND), RedisParameter::Int64(2), text(STREAM), text(EXPECTED)];
            return self.redis.execute("EVAL", [&keys[..], &[text(id), text(event)]].concat()).await.map(drop);
        }
        let parameters = vec![text(STREAM), text("*"), text("id"), text(id), text("event"), text(event)];
        self.redis.execute("XADD", parameters).await.map(drop)
    }

    /// Notes that the event `id` is expected before `until`. After a lost reply the note may be there, too.
    pub async fn note_expected(&self, id: &str, until: Timestamp) -> Result<(), RedisError> {
        self.noted.borrow_mut().insert(id.to_owned());
        let until = until.millis().to_string();
        self.redis.attempt("ZADD", vec![text(EXPECTED), text(until), text(id)]).await.map(drop)
    }

    /// Removes the notes that are past their `until`, and returns their number.
    pub async fn remove_lost(&self) -> Result<u64, RedisError> {
        let now = SpinClock.now().millis().to_string();
        let parameters = vec![text(TAKE), RedisParameter::Int64(1), text(EXPECTED), text(now)];
        match self.redis.attempt("EVAL", parameters).await?.as_slice() {
            [RedisResult::Int64(lost)] => Ok(u64::try_from(*lost).unwrap_or_default()),
            _ => Err(RedisError("the script returned no number".to_owned())),
        }
    }
}
