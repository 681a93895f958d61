//! Instances of a component, reused as Spin 4 reuses them.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::time::{Sleep, sleep};
use wasmtime::{Result, Store, StoreContextMut, component::GuestTaskId};
use wasmtime_wasi_http::{
    WasiHttpView,
    handler::{HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus},
    p3::bindings::ServicePre,
};

use crate::guest::{Backends, Component, Guest};

/// The number of requests that an instance serves in its life.
const REQUESTS: usize = 128;

/// The number of requests that an instance serves at once.
const AT_ONCE: usize = 16;

/// The time after which an unused instance ends.
const IDLE: Duration = Duration::from_secs(1);

/// Makes instances of one component.
pub struct Instances {
    component: Arc<Component>,
    backends: Backends,
    service: ServicePre<Guest>,
}

impl Instances {
    /// Without instances: the first request makes one.
    pub fn new(component: Arc<Component>, backends: Backends, service: ServicePre<Guest>) -> Self {
        Self { component, backends, service }
    }
}

impl HandlerState for Instances {
    type StoreData = Guest;
    type WorkerExpiration = Idleness;
    type WorkerState = Reuse;

    async fn instantiate(&self) -> Result<Instance<Guest, Idleness, Reuse>> {
        let mut store = Store::new(self.service.engine(), Guest::new(&self.component, &self.backends));
        let proxy = Proxy::P3(self.service.instantiate_async(&mut store).await?);
        let expiration = Idleness(Box::pin(sleep(IDLE)));
        Ok(Instance { store, proxy, view: |guest| guest.http(), expiration, state: Reuse(self.component.clone()) })
    }
}

/// Ends an unused instance. Requests themselves have no time limit, as in Spin.
pub struct Idleness(Pin<Box<Sleep>>);

impl WorkerExpiration for Idleness {
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>, status: WorkerStatus, start: Instant) -> Poll<()> {
        if status != WorkerStatus::Idle {
            return Poll::Pending;
        }
        let end = (start + IDLE).into();
        if self.0.deadline() != end {
            self.0.as_mut().reset(end);
        }
        self.0.as_mut().poll(context)
    }
}

/// Decides if an instance takes another request.
pub struct Reuse(Arc<Component>);

impl WorkerState for Reuse {
    type StoreData = Guest;
    type RequestData = ();

    fn should_accept_request(&self, concurrent_count: usize, total_count: usize) -> ShouldAccept {
        match (concurrent_count < AT_ONCE, total_count < REQUESTS) {
            (_, false) => ShouldAccept::Never,
            (false, true) => ShouldAccept::No,
            (true, true) => ShouldAccept::Yes,
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, Guest>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(std::future::pending())
    }

    fn drop(&self, _: Store<Guest>, result: Result<()>) {
        if let Err(error) = result {
            eprintln!("spin-test-host: an instance of `{}` is discarded: {error:?}", self.0.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_takes_sixteen_at_once_and_128_in_its_life() {
        let reuse = Reuse(Arc::default());
        assert!(matches!(reuse.should_accept_request(15, 100), ShouldAccept::Yes), "there is room");
        assert!(matches!(reuse.should_accept_request(16, 100), ShouldAccept::No), "later there may be");
        assert!(matches!(reuse.should_accept_request(0, 127), ShouldAccept::Yes), "one more");
        assert!(matches!(reuse.should_accept_request(0, 128), ShouldAccept::Never), "and no other");
    }
}
