//! The outbox in Redis: entries of a stream, leased to ledgers by a consumer group.
//!
//! Spin flattens nested replies, so a script returns the entries as one JSON text (`cjson`). No command blocks: a
//! blocking read would delay every other request on the connection.

use std::rc::Rc;
use std::time::Duration;

use ports::outbox::{Handle, OutboxError, OutboxEvent};
use spin_sdk::redis::{RedisParameter, RedisResult};

use super::STREAM;
use crate::audit_sink::STREAM as KEY;
use crate::redis::{Redis, RedisError, text};

/// The consumer group, and the one consumer in it that all ledgers share, so that no consumer name is left behind.
const GROUP: &str = "ledger";

/// The lease of an entry: longer than a drain, so that another taker gets it only if its taker died or could not
/// settle it.
pub const IDLE: Duration = Duration::from_secs(60);

/// Returns entries with an expired lease, oldest first, then new ones. `XAUTOCLAIM` stops after a number of entries
/// that are not idle yet; the script calls it up to 50 times.
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

/// Acknowledges and deletes entries: an entry that is only acknowledged stays in the stream for ever.
const REMOVE: &str = "\
for at = 2, #ARGV do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[at])
  redis.call('XDEL', KEYS[1], ARGV[at])
end
return 0";

/// The stream, read as a consumer group.
pub struct StreamGroup {
    redis: Rc<Redis>,
    idle: Duration,
}

impl StreamGroup {
    /// Reads in `redis`; an entry that is not settled is returned again after `idle`.
    #[must_use]
    pub const fn new(redis: Rc<Redis>, idle: Duration) -> Self {
        Self { redis, idle }
    }

    /// The entries after `after`.
    pub(super) async fn take(&self, after: Option<&str>, limit: usize) -> Result<Vec<OutboxEvent>, OutboxError> {
        let start = after.map_or_else(|| "0-0".to_owned(), |after| format!("({after}"));
        let arguments = [GROUP.to_owned(), self.idle.as_millis().to_string(), start, limit.to_string()];
        let results = self.eval(TAKE, arguments.map(text).to_vec()).await?;
        let Some(RedisResult::Binary(json)) = results.first() else {
            return Err(OutboxError("redis: the script returned no text".to_owned()));
        };
        // An entry of another writer need not be UTF-8, and must not block the others.
        entries(&String::from_utf8_lossy(json))
    }

    /// Removes these entries.
    pub(super) async fn remove(&self, entries: &[&str]) -> Result<(), OutboxError> {
        let arguments = std::iter::once(GROUP).chain(entries.iter().copied());
        self.eval(REMOVE, arguments.map(text).collect()).await.map(drop)
    }

    /// The number of entries.
    pub(super) async fn left(&self) -> Result<u64, OutboxError> {
        match self.redis.execute("XLEN", vec![text(KEY)]).await.map_err(failed)?.first() {
            Some(RedisResult::Int64(length)) => Ok(u64::try_from(*length).unwrap_or_default()),
            _ => Err(OutboxError("redis: `XLEN` returned no number".to_owned())),
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

/// Reads `[[ENTRY, BODY], …]`.
fn entries(json: &str) -> Result<Vec<OutboxEvent>, OutboxError> {
    let entries: Vec<(String, String)> = serde_json::from_str(json)
        .map_err(|_| OutboxError("redis: the script returned no list of entries".to_owned()))?;
    let waiting =
        entries.into_iter().map(|(entry, body)| OutboxEvent { handle: Handle(format!("{STREAM}{entry}")), body });
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
