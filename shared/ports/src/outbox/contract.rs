//! The contract suite of `Outbox`; every implementation passes it, inside its host too.

use std::cell::Cell;

use futures::future::join_all;

use super::{Handle, Outbox, OutboxError, OutboxEvent};
use crate::objects::contract::Finding;

/// Attempts to take an event that is leased to another taker, with a pause between two.
const TAKE_ATTEMPTS: usize = 100;

/// Checks every promise on `outbox`, with events that it appends and removes. Other events may be present, but nothing
/// else may take or append meanwhile.
///
/// `append` is the gateway's side: it accepts an event under an id; later ids sort after earlier ones. `pause` waits
/// for a hundredth of the time for which the outbox may lease an event to one taker.
pub async fn outbox_contract(
    outbox: &impl Outbox,
    append: impl AsyncFn(String, String) -> Result<(), String>,
    pause: impl AsyncFn(),
    run_id: &str,
) -> Vec<Finding> {
    let store = Store { outbox, append, pause, run_id, appended: Cell::new(0) };
    vec![
        finding("accepted events are returned unchanged, oldest first", store.round_trip().await),
        finding("a batch keeps its limit, and the next stands behind it", store.batches().await),
        finding("an event that is not removed is returned again", store.again().await),
        finding("a removed event is never returned again, and no other is lost", store.removed().await),
        finding("of many takers at once none loses an event", store.race().await),
        finding("it is counted how many wait", store.counted().await),
    ]
}

fn finding(promise: &'static str, result: Result<(), Fault>) -> Finding {
    let fault = result.err().map(|Fault(fault)| fault);
    Finding { port: "Outbox", promise, kept: fault.is_none(), fault }
}

struct Fault(String);

impl From<OutboxError> for Fault {
    fn from(error: OutboxError) -> Self {
        Self(error.to_string())
    }
}

fn expect(holds: bool, otherwise: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault(otherwise.to_owned())) }
}

struct Store<'a, Q, A, P> {
    outbox: &'a Q,
    append: A,
    pause: P,
    run_id: &'a str,
    appended: Cell<u32>,
}

impl<Q: Outbox, A: AsyncFn(String, String) -> Result<(), String>, P: AsyncFn()> Store<'_, Q, A, P> {
    /// A text that is unique to this run, with characters that encodings often break.
    fn body(&self, name: &str) -> String {
        format!("{{\"contract\":\"{}/{name}\",\"text\":\"tab\\t 'quote' 水 𝔘 \u{7f} [[1],[[2]]]\"}}", self.run_id)
    }

    async fn append(&self, names: &[&str]) -> Result<(), Fault> {
        for name in names {
            self.appended.set(self.appended.get() + 1);
            let id = format!("contract-{}-{:03}", self.run_id, self.appended.get());
            (self.append)(id, self.body(name)).await.map_err(Fault)?;
        }
        Ok(())
    }

    /// Every event that this taker gets now, in batches of `limit`.
    async fn waiting(&self, limit: usize) -> Result<Vec<OutboxEvent>, Fault> {
        let mut found: Vec<OutboxEvent> = Vec::new();
        loop {
            let batch = self.outbox.take(found.last().map(|last| &last.handle), limit).await?;
            expect(batch.len() <= limit, "a batch should keep its limit")?;
            if batch.is_empty() {
                return Ok(found);
            }
            found.extend(batch);
        }
    }

    /// The handles of the named events; retries until all are returned.
    async fn take(&self, names: &[&str]) -> Result<Vec<Handle>, Fault> {
        let wanted: Vec<String> = names.iter().map(|name| self.body(name)).collect();
        let mut handles = vec![None; names.len()];
        for _ in 0..TAKE_ATTEMPTS {
            for waiting in self.waiting(1000).await? {
                if let Some(at) = wanted.iter().position(|body| *body == waiting.body) {
                    handles[at] = Some(waiting.handle);
                }
            }
            if handles.iter().all(Option::is_some) {
                return Ok(handles.into_iter().flatten().collect());
            }
            (self.pause)().await;
        }
        Err(Fault(format!("{names:?} should be given, as they were accepted")))
    }

    async fn round_trip(&self) -> Result<(), Fault> {
        let names = ["first", "second", "third"];
        self.append(&names).await?;
        let wanted = names.map(|name| self.body(name));
        let given = self.waiting(1000).await?;
        let bodies: Vec<&String> = given.iter().map(|one| &one.body).filter(|body| wanted.contains(body)).collect();
        expect(bodies == wanted.iter().collect::<Vec<_>>(), &format!("{wanted:?} should be given, not {bodies:?}"))?;
        let ours = given.into_iter().filter(|one| wanted.contains(&one.body)).map(|one| one.handle);
        Ok(self.outbox.remove(&ours.collect::<Vec<_>>()).await?)
    }

    async fn batches(&self) -> Result<(), Fault> {
        let names = ["one", "two", "three", "four", "five"];
        self.append(&names).await?;
        let wanted = names.map(|name| self.body(name));
        let ours: Vec<OutboxEvent> =
            self.waiting(2).await?.into_iter().filter(|one| wanted.contains(&one.body)).collect();
        let bodies: Vec<&String> = ours.iter().map(|one| &one.body).collect();
        expect(
            bodies == wanted.iter().collect::<Vec<_>>(),
            &format!("{wanted:?} should be given once, not {bodies:?}"),
        )?;
        Ok(self.outbox.remove(&ours.into_iter().map(|one| one.handle).collect::<Vec<_>>()).await?)
    }

    async fn again(&self) -> Result<(), Fault> {
        self.append(&["again"]).await?;
        self.take(&["again"]).await?;
        let handles = self.take(&["again"]).await?;
        Ok(self.outbox.remove(&handles).await?)
    }

    async fn removed(&self) -> Result<(), Fault> {
        self.append(&["kept-1", "removed", "kept-2"]).await?;
        let handles = self.take(&["removed"]).await?;
        self.outbox.remove(&handles).await?;
        self.outbox.remove(&handles).await?;
        self.outbox.remove(&[]).await?;
        let kept = self.take(&["kept-1", "kept-2"]).await?;
        (self.pause)().await;
        let gone = self.body("removed");
        expect(self.waiting(1000).await?.iter().all(|one| one.body != gone), "a removed event should not be returned")?;
        Ok(self.outbox.remove(&kept).await?)
    }

    async fn race(&self) -> Result<(), Fault> {
        let names: Vec<String> = (0..20).map(|number| format!("race-{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.append(&names).await?;
        let wanted: Vec<String> = names.iter().map(|name| self.body(name)).collect();
        let taken = join_all((0..4).map(|_| self.waiting(3))).await;
        let mut handles = Vec::new();
        for waiting in taken.into_iter().collect::<Result<Vec<_>, _>>()?.concat() {
            if wanted.contains(&waiting.body) {
                handles.push(waiting);
            }
        }
        expect(wanted.iter().all(|body| handles.iter().any(|one| one.body == *body)), "every event should be given")?;
        let handles: Vec<Handle> = handles.into_iter().map(|one| one.handle).collect();
        join_all((0..4).map(|_| self.outbox.remove(&handles))).await.into_iter().collect::<Result<Vec<()>, _>>()?;
        let left = self.waiting(1000).await?;
        expect(left.iter().all(|one| !wanted.contains(&one.body)), "a removed event should be gone for every taker")
    }

    async fn counted(&self) -> Result<(), Fault> {
        let before = self.outbox.left().await?;
        self.append(&["counted-1", "counted-2"]).await?;
        expect(self.outbox.left().await? == before + 2, "two more should wait")?;
        let handles = self.take(&["counted-1", "counted-2"]).await?;
        expect(self.outbox.left().await? == before + 2, "a taken event should still be counted")?;
        self.outbox.remove(&handles).await?;
        expect(self.outbox.left().await? == before, "a removed event should not be counted")
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::outbox::memory::MemoryOutbox;

    async fn findings(outbox: &impl Outbox, memory: &MemoryOutbox) -> Vec<Finding> {
        let append = async |_, body: String| {
            memory.append(body);
            Ok(())
        };
        outbox_contract(outbox, append, async || (), "memory").await
    }

    #[test]
    fn memory_keeps_the_contract() {
        let memory = MemoryOutbox::new();
        memory.append("somebody else's");
        let findings = findings(&memory, &memory).now_or_never().expect("memory should never wait");
        let faults: Vec<Finding> = findings.into_iter().filter(|finding| !finding.kept).collect();
        assert_eq!(faults, [], "every promise should be kept");
        assert_eq!(memory.bodies(), ["somebody else's"], "other events should stay");
    }

    /// An outbox that removes an event when it is taken, as a queue without acknowledgements does.
    struct Careless<'a>(&'a MemoryOutbox);

    impl Outbox for Careless<'_> {
        async fn take(&self, _: Option<&Handle>, limit: usize) -> Result<Vec<OutboxEvent>, OutboxError> {
            let given = self.0.take(None, limit).await?;
            let handles: Vec<Handle> = given.iter().map(|one| one.handle.clone()).collect();
            self.0.remove(&handles).await?;
            Ok(given)
        }

        async fn remove(&self, _: &[Handle]) -> Result<(), OutboxError> {
            Ok(())
        }

        async fn left(&self) -> Result<u64, OutboxError> {
            self.0.left().await
        }
    }

    #[test]
    fn careless_outbox_fails_the_contract() {
        let memory = MemoryOutbox::new();
        let findings = findings(&Careless(&memory), &memory).now_or_never().expect("memory should never wait");
        let broken: Vec<&str> = findings.iter().filter(|finding| !finding.kept).map(|one| one.promise).collect();
        assert_eq!(broken.len(), 3, "losing what was given should be found: {broken:?}");
    }
}
