//! The `Objects` port in memory, with faults and concurrent writers that a test injects.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::{Expected, Object, Objects, ObjectsError, Put, Version};

/// A fault of one later `put_if`; see [`MemoryObjects::at_put`].
pub enum Fault {
    /// No fault: the write succeeds.
    None,
    /// An error before the write.
    FailsBefore,
    /// An error after the write, like a lost response.
    FailsAfter,
    /// A conflict although the condition holds, as a busy store reports it.
    Conflicts,
    /// Runs this function before the write, for example another consumer's write.
    After(Box<dyn FnOnce(&MemoryObjects)>),
}

/// A map of objects for one thread and any number of tasks.
#[derive(Default)]
pub struct MemoryObjects {
    objects: RefCell<BTreeMap<String, (Bytes, u64)>>,
    writes: Cell<u64>,
    faults: RefCell<VecDeque<Fault>>,
    unreadable: Cell<u32>,
    yields: Cell<bool>,
}

impl MemoryObjects {
    /// An empty store without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Queues a fault; each `put_if` takes the next one from the queue.
    pub fn at_put(&self, fault: Fault) {
        self.faults.borrow_mut().push_back(fault);
    }

    /// Makes the next `times` reads (`get` and `list`) fail.
    pub fn fail_reads(&self, times: u32) {
        self.unreadable.set(times);
    }

    /// Makes every later operation return `Pending` once before it runs, so that tasks polled in turn interleave
    /// between any two steps.
    pub fn yield_between_steps(&self) {
        self.yields.set(true);
    }

    /// Every key and its content, for assertions.
    #[must_use]
    pub fn contents(&self) -> BTreeMap<String, Bytes> {
        self.objects.borrow().iter().map(|(key, (bytes, _))| (key.clone(), bytes.clone())).collect()
    }

    /// The number of writes so far.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes.get()
    }

    fn step(&self) -> Step {
        Step::new(self.yields.get())
    }

    async fn read(&self) -> Result<(), ObjectsError> {
        self.step().await;
        match self.unreadable.get() {
            0 => Ok(()),
            times => {
                self.unreadable.set(times - 1);
                Err(ObjectsError("told to fail".to_owned()))
            }
        }
    }

    fn write(&self, key: &str, bytes: Bytes, expected: &Expected) -> Put {
        let mut objects = self.objects.borrow_mut();
        let agrees = match (objects.get(key), expected) {
            (None, Expected::Absent) => true,
            (Some((_, number)), Expected::Version(version)) => number.to_string() == version.0,
            _ => false,
        };
        if !agrees {
            return Put::Conflict;
        }
        self.writes.set(self.writes.get() + 1);
        objects.insert(key.to_owned(), (bytes, self.writes.get()));
        Put::Written
    }
}

impl Objects for MemoryObjects {
    async fn get(&self, key: &str) -> Result<Option<Object>, ObjectsError> {
        self.read().await?;
        let objects = self.objects.borrow();
        Ok(objects
            .get(key)
            .map(|(bytes, number)| Object { bytes: bytes.clone(), version: Version(number.to_string()) }))
    }

    async fn put_if(&self, key: &str, bytes: Bytes, expected: Expected) -> Result<Put, ObjectsError> {
        self.step().await;
        let fault = self.faults.borrow_mut().pop_front().unwrap_or(Fault::None);
        match fault {
            Fault::None => Ok(self.write(key, bytes, &expected)),
            Fault::FailsBefore => Err(ObjectsError("told to fail before the write".to_owned())),
            Fault::FailsAfter => {
                self.write(key, bytes, &expected);
                Err(ObjectsError("told to fail after the write".to_owned()))
            }
            Fault::Conflicts => Ok(Put::Conflict),
            Fault::After(other) => {
                other(self);
                Ok(self.write(key, bytes, &expected))
            }
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, ObjectsError> {
        self.read().await?;
        let objects = self.objects.borrow();
        let keys = objects.keys().filter(|key| key.starts_with(prefix));
        Ok(keys.filter(|key| after.is_none_or(|after| key.as_str() > after)).take(limit).cloned().collect())
    }
}

/// A future that returns `Pending` at most once and wakes itself.
pub(crate) struct Step {
    pending: bool,
}

impl Step {
    /// A step that returns `Pending` once if `pending`.
    pub(crate) const fn new(pending: bool) -> Self {
        Self { pending }
    }
}

impl Future for Step {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::take(&mut self.pending) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}
