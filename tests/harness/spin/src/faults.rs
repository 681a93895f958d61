//! Faults that a test orders: stores that refuse, are locked or don't respond, and an instance that traps.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The delay of a slow store, longer than any time limit of a caller.
const SLOW: Duration = Duration::from_secs(60);

/// The kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The call fails.
    Throw,
    /// Another writer holds the lock; only for SQLite.
    Locked,
    /// The call takes [`SLOW`].
    Slow,
    /// The instance ends with all its requests, once, as by a guest's panic; only for SQLite.
    Trap,
}

/// The way in which a call fails.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// An error with this message.
    #[error("{0}")]
    Message(&'static str),
    /// A trap of the instance.
    #[error("the test ordered a trap")]
    Trap,
}

/// A fault, and the share of calls that it hits.
#[derive(Debug)]
struct Fault {
    kind: Kind,
    share: f64,
    calls: u32,
}

/// The faults in force.
#[derive(Debug, Default)]
pub struct Faults {
    key_value: Mutex<Option<Fault>>,
    /// By a text that the statement contains; the empty text is in each.
    sqlite: Mutex<BTreeMap<String, Fault>>,
}

impl Fault {
    fn new(kind: Kind, share: f64) -> Self {
        Self { kind, share, calls: 0 }
    }

    /// Spreads the hits evenly over the calls, so that a test does not depend on chance.
    fn hits(&mut self) -> Option<Kind> {
        let due = |calls: u32| (f64::from(calls) * self.share).floor();
        let hit = due(self.calls.saturating_add(1)) > due(self.calls);
        self.calls = self.calls.saturating_add(1);
        hit.then_some(self.kind)
    }
}

impl Faults {
    /// Makes a share of key-value calls fail; `None` ends it.
    pub fn order_key_value(&self, kind: Option<Kind>, share: f64) {
        *lock(&self.key_value) = kind.map(|kind| Fault::new(kind, share));
    }

    /// Makes a share of the statements that contain a text fail; `None` ends it.
    pub fn order_sqlite(&self, containing: &str, kind: Option<Kind>, share: f64) {
        let mut faults = lock(&self.sqlite);
        match kind {
            Some(kind) => drop(faults.insert(containing.to_owned(), Fault::new(kind, share))),
            None => drop(faults.remove(containing)),
        }
    }

    /// Applies faults before a key-value call.
    pub async fn key_value(&self) -> Result<(), Failure> {
        let hit = lock(&self.key_value).as_mut().and_then(Fault::hits);
        suffer(hit).await
    }

    /// Applies faults before a statement.
    pub async fn sqlite(&self, statement: &str) -> Result<(), Failure> {
        let hit = {
            let mut faults = lock(&self.sqlite);
            let concerned = faults.iter_mut().filter(|(part, _)| statement.contains(part.as_str()));
            let hit = concerned.filter_map(|(_, fault)| fault.hits()).next();
            if hit == Some(Kind::Trap) {
                faults.retain(|_, fault| fault.kind != Kind::Trap);
            }
            hit
        };
        suffer(hit).await
    }
}

async fn suffer(hit: Option<Kind>) -> Result<(), Failure> {
    match hit {
        None => Ok(()),
        Some(Kind::Throw) => Err(Failure::Message("the test ordered a failure")),
        Some(Kind::Locked) => Err(Failure::Message("database is locked")),
        Some(Kind::Trap) => Err(Failure::Trap),
        Some(Kind::Slow) => {
            tokio::time::sleep(SLOW).await;
            Ok(())
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A fault is plain data and valid after every write, so a poisoned lock can be used.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn share_of_calls_fails_evenly() {
        let faults = Faults::default();
        faults.order_key_value(Some(Kind::Throw), 0.3);
        let mut failed = 0;
        for _ in 0..100 {
            failed += u32::from(faults.key_value().await.is_err());
        }
        assert_eq!(failed, 30, "three of ten should fail");
        faults.order_key_value(None, 1.0);
        assert!(faults.key_value().await.is_ok(), "`none` should end it");
    }

    #[tokio::test]
    async fn statement_fails_by_its_text() {
        let faults = Faults::default();
        faults.order_sqlite("outbox", Some(Kind::Throw), 1.0);
        faults.order_sqlite("once_claims", Some(Kind::Locked), 1.0);
        assert!(faults.sqlite("INSERT INTO outbox VALUES (1)").await.is_err(), "the outbox should refuse");
        let locked = faults.sqlite("INSERT INTO once_claims VALUES (1)").await;
        assert_eq!(locked, Err(Failure::Message("database is locked")));
        assert!(faults.sqlite("SELECT 1").await.is_ok(), "nothing else should fail");
        faults.order_sqlite("outbox", None, 1.0);
        assert!(faults.sqlite("INSERT INTO outbox VALUES (1)").await.is_ok(), "`none` should end it");
    }

    #[tokio::test]
    async fn trap_ends_one_instance() {
        let faults = Faults::default();
        faults.order_sqlite("once_claims", Some(Kind::Trap), 1.0);
        assert!(faults.sqlite("SELECT 1").await.is_ok(), "only what is named should trap");
        assert_eq!(faults.sqlite("INSERT INTO once_claims VALUES (1)").await, Err(Failure::Trap));
        assert!(faults.sqlite("INSERT INTO once_claims VALUES (1)").await.is_ok(), "the next instance should live");
    }
}
