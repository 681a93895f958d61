//! Events as entries of a Redis stream, shared out among ledgers by a consumer group.
//!
//! Spin flattens nested answers, so entries come as one JSON text that a script makes (`cjson`). Nothing blocks: a read that
//! waits would hold up every other request on the connection.

use std::rc::Rc;
use std::time::Duration;

use ports::outbox::{Handle, OutboxError, Waiting};
use spin_sdk::redis::{RedisParameter, RedisResult};

use super::STREAM;
use crate::audit_sink::STREAM as KEY;
use crate::redis::{Redis, RedisError, text};

/// Of all ledgers. They are one consumer, too: entries go to whoever asks, and nobody leaves a name behind.
const GROUP: &str = "ledger";

/// How long an entry is kept from other takers: longer than a round, so that they take it only when its taker has died or
/// could not settle it.
pub const IDLE: Duration = Duration::from_secs(60);

/// First entries whose taker has died, oldest first, then new ones. A listing of the pending ends early when it has met many
/// that are not idle yet; it is gone on with for a while.
const TAKE: &str = "\
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
local limit, found = tonumber(ARGV[4]), {}
local function add(entries)
  for _, entry in ipairs(entries) do
    local body = ''
    if entry[2] then
      for at = 1, #entry[2], 2 do if entry[2][at] == 'event' then body = entry[2][at + 1] end end
    end
    found[#found + 1] = { entry[1], body }
  end
end
local cursor = ARGV[3]
for _ = 1, 50 do
  local claimed = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[1], ARGV[2], cursor, 'COUNT', limit - #found)
  add(claimed[2])
  cursor = claimed[1]
  if cursor == '0-0' or #found >= limit then break end
end
if #found < limit then
  local read = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[1], 'COUNT', limit - #found, 'STREAMS', KEYS[1], '>')
  if read then add(read[1][2]) end
end
if #found == 0 then return '[]' end
return cjson.encode(found)";

/// Both at once: an entry that were only acknowledged would stay for ever.
const REMOVE: &str = "\
for at = 2, #ARGV do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[at])
  redis.call('XDEL', KEYS[1], ARGV[at])
end
return 0";

/// The stream, read as a group.
pub struct StreamGroup {
    redis: Rc<Redis>,
    idle: Duration,
}

impl StreamGroup {
    /// Reads in `redis`; an entry that its taker has not settled comes again after `idle`.
    #[must_use]
    pub const fn new(redis: Rc<Redis>, idle: Duration) -> Self {
        Self { redis, idle }
    }

    /// The entries behind `after`.
    pub(super) async fn take(&self, after: Option<&str>, limit: usize) -> Result<Vec<Waiting>, OutboxError> {
        let start = after.map_or_else(|| "0-0".to_owned(), |after| format!("({after}"));
        let arguments = [GROUP.to_owned(), self.idle.as_millis().to_string(), start, limit.to_string()];
        let results = self.eval(TAKE, arguments.map(text).to_vec()).await?;
        let Some(RedisResult::Binary(json)) = results.first() else {
            return Err(OutboxError("redis: the script gave no text".to_owned()));
        };
        // A text that somebody else has put there need not be UTF-8; it must not hold the others up.
        entries(&String::from_utf8_lossy(json))
    }

    /// Removes these entries.
    pub(super) async fn remove(&self, entries: &[&str]) -> Result<(), OutboxError> {
        let arguments = std::iter::once(GROUP).chain(entries.iter().copied());
        self.eval(REMOVE, arguments.map(text).collect()).await.map(drop)
    }

    /// How many entries there are.
    pub(super) async fn left(&self) -> Result<u64, OutboxError> {
        match self.redis.execute("XLEN", vec![text(KEY)]).await.map_err(failed)?.first() {
            Some(RedisResult::Int64(length)) => Ok(u64::try_from(*length).unwrap_or_default()),
            _ => Err(OutboxError("redis: the stream has no length".to_owned())),
        }
    }

    async fn eval(&self, script: &str, arguments: Vec<RedisParameter>) -> Result<Vec<RedisResult>, OutboxError> {
        let parameters = [vec![text(script), RedisParameter::Int64(1), text(KEY)], arguments].concat();
        self.redis.execute("EVAL", parameters).await.map_err(failed)
    }
}

fn failed(error: RedisError) -> OutboxError {
    OutboxError(error.to_string())
}

/// `[[ENTRY, BODY], …]`.
fn entries(json: &str) -> Result<Vec<Waiting>, OutboxError> {
    let entries: Vec<(String, String)> =
        serde_json::from_str(json).map_err(|_| OutboxError("redis: the script gave no list of entries".to_owned()))?;
    let waiting = entries.into_iter().map(|(entry, body)| Waiting { handle: Handle(format!("{STREAM}{entry}")), body });
    Ok(waiting.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_the_script_writes_them() {
        let read = entries(r#"[["1-0","{\"a\":[[1],[\"\\\/\"]]}"],["2-0",""]]"#).expect("it should be a list");
        assert_eq!(read[0].handle, Handle("stream:1-0".to_owned()));
        assert_eq!(read[0].body, r#"{"a":[[1],["\/"]]}"#, "a body should come back character for character");
        assert_eq!(read[1].body, "", "an entry without an event should come as what the ledger rejects");
        assert_eq!(entries("[]"), Ok(Vec::new()));
        assert!(entries("{}").is_err(), "anything else should be no empty stream");
    }
}
