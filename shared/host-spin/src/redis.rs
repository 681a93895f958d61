//! A Redis server: one connection per instance, made when it is first needed and again after a failure.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};

use crate::fault::Fault;
use crate::timer::within;

/// How long one attempt may take, connecting included. Two of them stay below the five seconds that a claim has.
const ATTEMPT: Duration = Duration::from_secs(2);

/// The server did not do what it was told, or nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("redis: {0}")]
pub struct RedisError(pub String);

/// A Redis server. Spin shares the connection between the requests of an instance, but never mends one that has broken, so
/// whatever fails lets go of it.
pub struct Redis {
    url: String,
    held: RefCell<Option<Rc<Connection>>>,
}

impl Redis {
    /// The server at `url`; it need not be up now, but the manifest must allow it.
    pub async fn new(url: String) -> Result<Self, Fault> {
        let redis = Self { url, held: RefCell::default() };
        match within(ATTEMPT, Connection::open(&redis.url)).await {
            Some(Ok(connection)) => *redis.held.borrow_mut() = Some(Rc::new(connection)),
            Some(Err(Error::InvalidAddress)) => return Err(Fault::RedisAddress),
            // A server that is down is no fault of the deployment: calls that need it will say so.
            Some(Err(_)) | None => {}
        }
        Ok(redis)
    }

    /// Runs `command`, once more on a fresh connection when it fails: for commands that may run twice.
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

    /// Runs `command` once. An error says nothing about whether it ran.
    pub async fn attempt(
        &self,
        command: &str,
        parameters: Vec<RedisParameter>,
    ) -> Result<Vec<RedisResult>, RedisError> {
        let held = self.held.borrow().clone();
        let outcome = within(ATTEMPT, async {
            let connection = match held.clone() {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            connection.execute(command, parameters).await
        });
        let failure = match outcome.await {
            Some(Ok(results)) => return Ok(results),
            Some(Err(error)) => error.to_string(),
            None => format!("no answer within {} s", ATTEMPT.as_secs()),
        };
        // Another request of this instance may have connected anew meanwhile; that connection stays.
        self.held.borrow_mut().take_if(|now| held.as_ref().is_none_or(|used| Rc::ptr_eq(now, used)));
        Err(RedisError(failure))
    }

    async fn connect(&self) -> Result<Rc<Connection>, Error> {
        let connection = Rc::new(Connection::open(&self.url).await?);
        *self.held.borrow_mut() = Some(connection.clone());
        Ok(connection)
    }
}

/// Text or bytes as a parameter.
pub fn text(value: impl Into<Vec<u8>>) -> RedisParameter {
    RedisParameter::Binary(value.into())
}
