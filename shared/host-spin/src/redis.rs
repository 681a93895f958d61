//! A Redis server: one connection per instance, opened on demand and again after a failure.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};

use crate::fault::Fault;
use crate::timer::within;

/// The deadline of one attempt, including the connection. Two attempts stay below the 5 s of a claim.
const ATTEMPT: Duration = Duration::from_secs(2);

/// A command failed, or its reply was lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("redis: {0}")]
pub struct RedisError(pub String);

/// A Redis server. The requests of an instance share one connection. Spin never repairs a broken one, so a failed
/// command drops it.
pub struct Redis {
    url: String,
    connection: RefCell<Option<Rc<Connection>>>,
}

impl Redis {
    /// The server at `url`, which may be unreachable now, but must be allowed by the manifest.
    pub async fn new(url: String) -> Result<Self, Fault> {
        let redis = Self { url, connection: RefCell::default() };
        match within(ATTEMPT, Connection::open(&redis.url)).await {
            Some(Ok(connection)) => *redis.connection.borrow_mut() = Some(Rc::new(connection)),
            Some(Err(Error::InvalidAddress)) => return Err(Fault::RedisAddress),
            // An unreachable server is no fault of the deployment; calls that need it fail.
            Some(Err(_)) | None => {}
        }
        Ok(redis)
    }

    /// Runs `command`, and again on a new connection if it fails: for commands that may run twice.
    pub async fn execute(
        &self,
        command: &str,
        parameters: Vec<RedisParameter>,
    ) -> Result<Vec<RedisResult>, RedisError> {
        match self.attempt(command, parameters.clone()).await {
            Ok(results) => Ok(results),
            Err(_) => self.attempt(command, parameters).await,
        }
    }

    /// Runs `command` once. After an error it may have run all the same.
    pub async fn attempt(
        &self,
        command: &str,
        parameters: Vec<RedisParameter>,
    ) -> Result<Vec<RedisResult>, RedisError> {
        let current = self.connection.borrow().clone();
        let result = within(ATTEMPT, async {
            let connection = match current.clone() {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            connection.execute(command, parameters).await
        });
        let failure = match result.await {
            Some(Ok(results)) => return Ok(results),
            Some(Err(error)) => error.to_string(),
            None => format!("no response within {} s", ATTEMPT.as_secs()),
        };
        // Another request may have connected again meanwhile; that connection stays.
        self.connection.borrow_mut().take_if(|now| current.as_ref().is_none_or(|used| Rc::ptr_eq(now, used)));
        Err(RedisError(failure))
    }

    async fn connect(&self) -> Result<Rc<Connection>, Error> {
        let connection = Rc::new(Connection::open(&self.url).await?);
        *self.connection.borrow_mut() = Some(connection.clone());
        Ok(connection)
    }
}

/// A parameter of text or bytes.
pub fn text(value: impl Into<Vec<u8>>) -> RedisParameter {
    RedisParameter::Binary(value.into())
}
