//! The audit sink in Redis: events as entries of a stream.

use std::rc::Rc;

use crate::redis::{Redis, RedisError, text};

/// The stream that the ledger's consumer group reads.
pub const STREAM: &str = "weir:audit";

/// A Redis stream: one entry per event, with the fields `id` and `event`.
pub struct RedisStream(Rc<Redis>);

impl RedisStream {
    /// Appends to the stream [`STREAM`] in `redis`.
    pub fn new(redis: Rc<Redis>) -> Self {
        Self(redis)
    }

    /// Returns when the server has accepted the event; its durability is the server's setting `appendfsync`.
    pub async fn append(&self, id: &str, event: &str) -> Result<(), RedisError> {
        let parameters = vec![text(STREAM), text("*"), text("id"), text(id), text("event"), text(event)];
        self.0.execute("XADD", parameters).await.map(drop)
    }
}
