//! `spin:redis`: a real client to a real server on loopback.

use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, Value, aio::MultiplexedConnection, cmd};
use url::Url;
use wasmtime::{
    Result,
    component::{Accessor, Resource},
};

use super::Imports;
use crate::{
    bindings::redis::redis::{Error, Host, HostConnection, HostConnectionWithStore, RedisParameter, RedisResult},
    guest::{Component, Guest},
    loopback,
};

impl Host for Guest {}

impl HostConnection for Guest {
    async fn drop(&mut self, connection: Resource<MultiplexedConnection>) -> Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

/// Connects to a server that the manifest allows.
async fn open(component: &Component, address: &str) -> Result<MultiplexedConnection, Error> {
    let url = Url::parse(address).map_err(|_| Error::InvalidAddress)?;
    let host = url.host_str().ok_or(Error::InvalidAddress)?;
    if !component.allowed.allow(url.scheme(), host, url.port()) {
        return Err(Error::InvalidAddress);
    }
    // Other schemes, such as a Unix socket, would circumvent the next check.
    if url.scheme() != "redis" {
        return Err(Error::InvalidAddress);
    }
    loopback::resolve(host, url.port().unwrap_or(6379)).await.map_err(|error| Error::Other(error.to_string()))?;
    let client = Client::open(address).map_err(|_| Error::InvalidAddress)?;
    // Spin's client waits for a reply without a limit.
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    client.get_multiplexed_async_connection_with_config(&config).await.map_err(failed)
}

/// Sends one command.
async fn ask<T: Send, R: FromRedisValue>(
    accessor: &Accessor<T, Imports>,
    connection: Resource<MultiplexedConnection>,
    command: &Cmd,
) -> Result<Result<R, Error>> {
    let mut connection = accessor.with(|mut access| access.get().table.get(&connection).cloned())?;
    Ok(command.query_async(&mut connection).await.map_err(failed))
}

fn failed(error: redis::RedisError) -> Error {
    Error::Other(error.to_string())
}

impl<T: Send> HostConnectionWithStore<T> for Imports {
    async fn open(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> Result<Result<Resource<MultiplexedConnection>, Error>> {
        let component = accessor.with(|mut access| access.get().component.clone());
        match open(&component, &address).await {
            Ok(connection) => accessor.with(|mut access| Ok(Ok(access.get().table.push(connection)?))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn publish(
        accessor: &Accessor<T, Self>,
        connection: Resource<MultiplexedConnection>,
        channel: String,
        payload: Vec<u8>,
    ) -> Result<Result<(), Error>> {
        ask(accessor, connection, cmd("PUBLISH").arg(channel).arg(payload)).await
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        connection: Resource<MultiplexedConnection>,
        key: String,
    ) -> Result<Result<Option<Vec<u8>>, Error>> {
        ask(accessor, connection, cmd("GET").arg(key)).await
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        connection: Resource<MultiplexedConnection>,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), Error>> {
        ask(accessor, connection, cmd("SET").arg(key).arg(value)).await
    }

    async fn incr(
        accessor: &Accessor<T, Self>,
        connection: Resource<MultiplexedConnection>,
        key: String,
    ) -> Result<Result<i64, Error>> {
        ask(accessor, connection, cmd("INCRBY").arg(key).arg(1)).await
    }

    async fn del(
        accessor: &Accessor<T, Self>,
        connection: Resource<MultiplexedConnection>,
        keys: Vec<String>,
    ) -> Result<Result<u32, Error>> {
        ask(accessor, connection, cmd("DEL").arg(keys)).await
    }

    async fn sadd(
        accessor: &Accessor<T, Self>,
        connection: Resource<MultiplexedConnection>,
        key: String,
        values: Vec<String>,
    ) -> Result<Result<u32, Error>> {
        ask(accessor, connection, cmd("SADD").arg(key).arg(values)).await
    }

    async fn smembers(
        accessor: &Accessor<T, Self>,
        connection: Resource<MultiplexedConnection>,
        key: String,
    ) -> Result<Result<Vec<String>, Error>> {
        ask(accessor, connection, cmd("SMEMBERS").arg(key)).await
    }

    async fn srem(
        accessor: &Accessor<T, Self>,
        connection: Resource<MultiplexedConnection>,
        key: String,
        values: Vec<String>,
    ) -> Result<Result<u32, Error>> {
        ask(accessor, connection, cmd("SREM").arg(key).arg(values)).await
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        connection: Resource<MultiplexedConnection>,
        command: String,
        arguments: Vec<RedisParameter>,
    ) -> Result<Result<Vec<RedisResult>, Error>> {
        let mut words = cmd(&command);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => words.arg(number),
                RedisParameter::Binary(bytes) => words.arg(bytes),
            };
        }
        let answer = ask::<T, Value>(accessor, connection, &words).await?;
        Ok(answer.and_then(|value| {
            let mut flat = Vec::new();
            flatten(value, &mut flat)?;
            Ok(flat)
        }))
    }
}

/// Flattens a nested reply into one list, as Spin does.
fn flatten(value: Value, flat: &mut Vec<RedisResult>) -> Result<(), Error> {
    flat.push(match value {
        Value::Nil => RedisResult::Nil,
        Value::Int(number) => RedisResult::Int64(number),
        Value::BulkString(bytes) => RedisResult::Binary(bytes),
        Value::SimpleString(text) => RedisResult::Status(text),
        Value::Okay => RedisResult::Status("OK".to_owned()),
        Value::Double(number) => RedisResult::Binary(number.to_string().into_bytes()),
        Value::Boolean(yes) => RedisResult::Int64(yes.into()),
        Value::Array(values) | Value::Set(values) => {
            return values.into_iter().try_for_each(|value| flatten(value, flat));
        }
        Value::ServerError(error) => return Err(Error::Other(format!("Server error: {error:?}"))),
        other => return Err(Error::Other(format!("Could not convert Redis response: {other:?}"))),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_replies_are_flattened() {
        let entry = |id: &str| Value::Array(vec![Value::BulkString(id.into()), Value::Array(vec![Value::Int(1)])]);
        let mut flat = Vec::new();
        flatten(Value::Array(vec![entry("a"), Value::Nil, Value::Okay]), &mut flat).expect("all of it has a place");
        assert!(
            matches!(
                flat.as_slice(),
                [RedisResult::Binary(_), RedisResult::Int64(1), RedisResult::Nil, RedisResult::Status(_)]
            ),
            "the nesting should be gone: {flat:?}"
        );
    }
}
