//! `spin:key-value`: the stores that the manifest grants to a component.

use wasmtime::{
    Result,
    component::{Accessor, FutureReader, Resource, StreamReader},
};

use super::Imports;
use crate::{
    bindings::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore},
    guest::{Backends, Guest},
};

/// An open store; its label is its name in the file.
#[derive(Clone)]
pub struct Store(String);

impl Host for Guest {}

impl HostStore for Guest {
    async fn drop(&mut self, store: Resource<Store>) -> Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

/// The label of a store and the backends.
fn find<T: Send>(accessor: &Accessor<T, Imports>, store: &Resource<Store>) -> Result<(String, Backends)> {
    accessor.with(|mut access| {
        let guest = access.get();
        Ok((guest.table.get(store)?.0.clone(), guest.backends.clone()))
    })
}

/// Runs `work` unless a test has ordered a fault.
async fn work<T>(backends: &Backends, work: impl Future<Output = Result<T, String>>) -> Result<T, Error> {
    backends.faults.key_value().await.map_err(|failure| Error::Other(failure.to_string()))?;
    work.await.map_err(Error::Other)
}

impl<T: Send> HostStoreWithStore<T> for Imports {
    async fn open(accessor: &Accessor<T, Self>, label: String) -> Result<Result<Resource<Store>, Error>> {
        let (component, backends) = accessor.with(|mut access| {
            let guest = access.get();
            (guest.component.clone(), guest.backends.clone())
        });
        if !component.key_value_stores.contains(&label) {
            return Ok(Err(Error::AccessDenied));
        }
        if let Err(error) = backends.key_value.open().await {
            return Ok(Err(Error::Other(error)));
        }
        accessor.with(|mut access| Ok(Ok(access.get().table.push(Store(label))?)))
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> Result<Result<Option<Vec<u8>>, Error>> {
        let (label, backends) = find(accessor, &store)?;
        Ok(work(&backends, backends.key_value.get(label, key)).await)
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> Result<Result<(), Error>> {
        let (label, backends) = find(accessor, &store)?;
        Ok(work(&backends, backends.key_value.set(label, key, value)).await)
    }

    async fn delete(accessor: &Accessor<T, Self>, store: Resource<Store>, key: String) -> Result<Result<(), Error>> {
        let (label, backends) = find(accessor, &store)?;
        Ok(work(&backends, backends.key_value.delete(label, key)).await)
    }

    async fn exists(accessor: &Accessor<T, Self>, store: Resource<Store>, key: String) -> Result<Result<bool, Error>> {
        let (label, backends) = find(accessor, &store)?;
        Ok(work(&backends, backends.key_value.get(label, key)).await.map(|value| value.is_some()))
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
    ) -> Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let (label, backends) = find(accessor, &store)?;
        let found = work(&backends, backends.key_value.keys(label)).await;
        let (keys, end) = found.map_or_else(|error| (Vec::new(), Err(error)), |keys| (keys, Ok(())));
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let end = FutureReader::new(&mut access, async move { Ok::<_, wasmtime::Error>(end) })?;
            Ok((keys, end))
        })
    }
}
