//! Target `memory`: `gateway::serve` on the memory ports.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc::Receiver;
use gateway::{Gateway, Isolate};
use ports::{Background, Body, Host, Timestamp, memory::Memory};
use serde_json::Value;

use crate::{
    network::in_memory,
    target::{self, Head, Work},
    wanted::{Queue, Store, Wanted},
};

/// The time at which every test in memory begins: 2026-11-20T10:42:00Z.
pub const BEGINNING: u64 = 1_795_171_320;

/// Weir on the memory ports; `OUTLIVES` as [`Memory`] has it.
pub struct Running<const OUTLIVES: bool> {
    host: Memory<OUTLIVES>,
    isolate: RefCell<Rc<Isolate>>,
}

impl<const OUTLIVES: bool> Running<OUTLIVES> {
    /// Starts a host with everything in `wanted`.
    pub fn start(wanted: Wanted) -> Self {
        let sites: HashMap<_, _> = wanted.sites.into_iter().collect();
        let host = Memory::new(Timestamp::from_millis(BEGINNING * 1000), in_memory(sites));
        for (key, value) in wanted.key_value {
            host.key_value.set(&key, value);
        }
        for (name, value) in wanted.secrets.into_iter().chain(wanted.variables) {
            host.secrets.set(&name, value);
        }
        host.once.fail(wanted.once != Store::Real);
        host.quota.fail(wanted.quota != Store::Real);
        host.versioned_store.fail(wanted.versioned_store != Store::Real);
        host.audit_sink.fail(wanted.queue == Queue::Refuse);
        if let Queue::Slow(delay) = wanted.queue {
            host.audit_sink.delay(delay);
        }
        Self { host, isolate: RefCell::default() }
    }
}

impl<const OUTLIVES: bool> target::Running for Running<OUTLIVES> {
    fn begin(&self, request: http::Request<Bytes>) -> Box<dyn target::Exchange> {
        let mut host = self.host.new_client();
        // The address in the header that Cloudflare's edge sets. A test's own `X-Forwarded-For` is forged, as on
        // Workers.
        let address = request.headers().get("cf-connecting-ip").and_then(|value| value.to_str().ok()?.parse().ok());
        host.caller.address = address;
        let slot = Rc::new(RefCell::new(None));
        let cancelled = Rc::new(Cell::new(false));
        let serving = {
            let (slot, cancelled) = (slot.clone(), cancelled.clone());
            let gateway = Gateway::with(host.clone(), self.isolate.borrow().clone());
            async move {
                let mut served = pin!(gateway::serve(gateway, request));
                // As in workerd: after its client's reset, a request's own future is never polled again.
                let response = poll_fn(|context| match cancelled.get() {
                    true => Poll::Pending,
                    false => served.as_mut().poll(context),
                });
                *slot.borrow_mut() = Some(response.await);
            }
        };
        host.background().spawn(serving);
        host.settle();
        Box::new(Exchange { host, slot, cancelled, body: Body::Empty })
    }

    fn authority(&self) -> String {
        "127.0.0.1:8787".to_owned()
    }

    fn now(&self) -> u64 {
        self.host.clock.at().seconds()
    }

    fn pass(&self, duration: Duration) {
        self.host.pass(duration);
    }

    fn events(&self) -> Vec<Value> {
        self.host.settle();
        let parse = |event: &String| serde_json::from_str(event).expect("an audit event should be JSON");
        self.host.audit_sink.events().iter().map(parse).collect()
    }

    fn break_sink(&self, broken: bool) {
        self.host.audit_sink.fail(broken);
    }

    fn outbox(&self) -> Vec<Value> {
        Vec::new()
    }

    fn work(&self) -> Work {
        let (reads, takes) = (self.host.key_value.reads(), self.host.quota.takes());
        let (decisions, searches) = self.isolate.borrow().work();
        Work { reads, takes, decisions, searches }
    }

    fn log(&self) -> String {
        self.host.log.lines().join("\n")
    }

    fn put(&self, key: &str, value: &[u8]) {
        self.host.key_value.set(key, value.to_vec());
    }

    fn delete(&self, key: &str) {
        self.host.key_value.remove(key);
    }

    fn break_store(&self, broken: bool) {
        self.host.key_value.fail(broken);
    }

    fn set_variable(&self, name: &str, value: &str) {
        self.host.secrets.set(name, value);
    }

    fn forget(&self) {
        self.isolate.replace(Rc::default());
    }

    fn break_versioned_store(&self, broken: bool) {
        self.host.versioned_store.fail(broken);
    }
}

struct Exchange<const OUTLIVES: bool> {
    host: Memory<OUTLIVES>,
    slot: Rc<RefCell<Option<http::Response<Body>>>>,
    cancelled: Rc<Cell<bool>>,
    body: Body,
}

impl<const OUTLIVES: bool> target::Exchange for Exchange<OUTLIVES> {
    fn head(&mut self) -> Result<Head, String> {
        loop {
            self.host.settle();
            if let Some(response) = self.slot.borrow_mut().take() {
                let (head, body) = response.into_parts();
                self.body = body;
                return Ok(Head { status: head.status, headers: head.headers });
            }
            if !self.host.timer.advance_to_next() {
                return Err("Weir never answered: nothing can move any more".to_owned());
            }
        }
    }

    fn chunk(&mut self) -> Result<Option<Bytes>, String> {
        match std::mem::replace(&mut self.body, Body::Empty) {
            Body::Empty => Ok(None),
            Body::Full(bytes) => Ok(Some(bytes)),
            Body::Stream(mut receiver) => loop {
                self.host.settle();
                if let Some(item) = ready(&mut receiver) {
                    self.body = Body::Stream(receiver);
                    return Ok(item);
                }
                if !self.host.timer.advance_to_next() {
                    return Err("the body never ends: nothing can move any more".to_owned());
                }
            },
        }
    }

    fn reset(self: Box<Self>) {
        self.cancelled.set(true);
        self.host.client_gone.leave();
        let Self { host, .. } = *self;
        host.settle();
    }
}

/// The receiver's next item without waiting: `Some(None)` at the end, `None` if there is nothing yet.
fn ready(receiver: &mut Receiver<Bytes>) -> Option<Option<Bytes>> {
    let mut context = Context::from_waker(Waker::noop());
    match receiver.poll_next_unpin(&mut context) {
        Poll::Ready(item) => Some(item),
        Poll::Pending => None,
    }
}
