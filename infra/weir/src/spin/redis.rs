//! Spin's key-value store in Redis: plain keys in the database of the address, whatever the store's label.

use std::time::Duration;

use redis::{Client, Connection, ConnectionAddr, RedisError, RedisResult};

use super::failure::SpinFailure;

/// The deadline of the connection and of each reply.
const DEADLINE: Duration = Duration::from_secs(10);

/// Records per transaction: some kilobytes each, 8 MiB at most.
const BATCH: usize = 16;

/// A Redis server.
#[derive(Debug)]
pub struct Server(Box<Client>);

impl Server {
    /// The Redis server at `url`; not connected yet.
    pub fn new(url: &str) -> Result<Self, SpinFailure> {
        Client::open(url).map(|client| Self(Box::new(client))).map_err(|error| SpinFailure::RedisUrl(error.to_string()))
    }

    /// The server's name for people: host and database, without user and password.
    pub fn label(&self) -> String {
        let info = self.0.get_connection_info();
        let host = match info.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => format!("{host}:{port}"),
            other => other.to_string(),
        };
        format!("the Redis at {host}, database {}", info.redis_settings().db())
    }

    /// Writes `records` batch by batch, and then `standing` in one transaction.
    pub fn put(&self, records: &[(String, Vec<u8>)], standing: &[(String, Vec<u8>)]) -> Result<(), SpinFailure> {
        let failed =
            |left| move |error: RedisError| SpinFailure::Write { store: self.label(), cause: error.to_string(), left };
        let mut connection = self.connect().map_err(failed("nothing was changed"))?;
        for batch in records.chunks(BATCH) {
            put(&mut connection, batch).map_err(failed("gateways stay on the old epoch"))?;
        }
        let left = "gateways stay as they are, or take all of it";
        put(&mut connection, standing).map_err(failed(left))
    }

    /// The value of `key`; `None` if it is missing.
    pub fn value(&self, key: &str) -> Result<Option<Vec<u8>>, SpinFailure> {
        let read = || redis::cmd("GET").arg(key).query(&mut self.connect()?);
        read().map_err(|error: RedisError| SpinFailure::Read { store: self.label(), cause: error.to_string() })
    }

    fn connect(&self) -> RedisResult<Connection> {
        let connection = self.0.get_connection_with_timeout(DEADLINE)?;
        connection.set_read_timeout(Some(DEADLINE))?;
        connection.set_write_timeout(Some(DEADLINE))?;
        Ok(connection)
    }
}

/// Writes all of `records` or none.
fn put(connection: &mut Connection, records: &[(String, Vec<u8>)]) -> RedisResult<()> {
    let mut transaction = redis::pipe();
    transaction.atomic();
    for (key, bytes) in records {
        transaction.cmd("SET").arg(key).arg(bytes).ignore();
    }
    transaction.exec(connection)
}
