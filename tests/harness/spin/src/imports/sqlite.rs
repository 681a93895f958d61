//! `spin:sqlite`: the database `default`.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::sync::mpsc;
use wasmtime::{
    Result, StoreContextMut,
    component::{Accessor, Destination, FutureReader, Resource, StreamProducer, StreamReader, StreamResult},
};

use super::Imports;
use crate::{
    bindings::sqlite::sqlite::{Error, Host, HostConnection, HostConnectionWithStore, RowResult, Value},
    database::{self, Connection},
    faults::Failure,
    guest::Guest,
};

/// The return value of `execute`: names, rows and outcome.
type Rows = (Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>);

impl Host for Guest {}

impl HostConnection for Guest {
    async fn drop(&mut self, connection: Resource<Connection>) -> Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

fn find<T: Send>(accessor: &Accessor<T, Imports>, connection: &Resource<Connection>) -> Result<Connection> {
    accessor.with(|mut access| Ok(access.get().table.get(connection)?.clone()))
}

impl<T: Send> HostConnectionWithStore<T> for Imports {
    async fn open_async(accessor: &Accessor<T, Self>, database: String) -> Result<Result<Resource<Connection>, Error>> {
        let (component, backends) = accessor.with(|mut access| {
            let guest = access.get();
            (guest.component.clone(), guest.backends.clone())
        });
        if !component.sqlite_databases.contains(&database) {
            return Ok(Err(Error::AccessDenied));
        }
        if database != database::LABEL {
            return Ok(Err(Error::NoSuchDatabase));
        }
        match Connection::open(database::path(&backends.state)).await {
            Ok(connection) => accessor.with(|mut access| Ok(Ok(access.get().table.push(connection)?))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<Result<Rows, Error>> {
        let connection = find(accessor, &connection)?;
        let backends = accessor.with(|mut access| access.get().backends.clone());
        match backends.faults.sqlite(&statement).await {
            Ok(()) => {}
            Err(Failure::Trap) => return Err(Failure::Trap.into()),
            Err(failure) => return Ok(Err(Error::Io(failure.to_string()))),
        }
        let answer = match connection.execute(statement, parameters).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, Producer(answer.rows))?;
            let end = FutureReader::new(&mut access, answer.end)?;
            Ok(Ok((answer.columns, rows, end)))
        })
    }

    async fn last_insert_rowid_async(accessor: &Accessor<T, Self>, connection: Resource<Connection>) -> Result<i64> {
        Ok(find(accessor, &connection)?.last_insert_rowid().await?)
    }

    async fn changes_async(accessor: &Accessor<T, Self>, connection: Resource<Connection>) -> Result<u64> {
        Ok(find(accessor, &connection)?.changes().await?)
    }
}

/// Streams rows one by one, as SQLite finds them.
struct Producer(mpsc::Receiver<RowResult>);

impl<D> StreamProducer<D> for Producer {
    type Item = RowResult;
    type Buffer = Option<RowResult>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<Result<StreamResult>> {
        // A read of zero rows asks for readiness only.
        if destination.remaining(store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let next = match self.0.poll_recv(context) {
            Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
            next => ready!(next),
        };
        Poll::Ready(Ok(match next {
            None => StreamResult::Dropped,
            Some(row) => {
                destination.set_buffer(Some(row));
                StreamResult::Completed
            }
        }))
    }
}
