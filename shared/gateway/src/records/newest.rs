//! The newest registry that any isolate has seen, so that an isolate that starts takes no older one.
//!
//! An isolate reads the value once when it starts, beside the first read of `head`; the isolates that first see a newer
//! record write it. A warm call never reads it. If the store fails, Weir serves without it and asks again after
//! [`super::REFRESH`]: *decisions* says why.

use std::time::Duration;

use ports::{Clock, Host, ReplaceResult, Timestamp, VersionedStore, VersionedStoreError};
use registry::record::{RecordError, RecordKey};

use super::propagation::{REFRESH, is_ahead, may_be_on_its_way};
use super::record_fault::fault;
use crate::deadline::within;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::isolate::records::{Mark, Marks, Newest};
use crate::log::{self, logged};

/// The key of the value.
pub(crate) const KEY: &str = "registry/newest";

/// The reason in log and health while the store fails.
pub(crate) const FAILED: &str = "versioned_store_failed";

/// The time that reading or writing may take: a request waits for it.
const DEADLINE: Duration = Duration::from_secs(2);

/// The attempts to write. Each failed attempt lost to an isolate that wrote the same or a newer value.
const ATTEMPTS: usize = 5;

/// The lifetime of the value: longer than any record is valid.
const KEPT: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

impl Mark {
    /// The lowest number that may be served.
    pub(super) fn floor(self, now: Timestamp) -> u64 {
        if may_be_on_its_way(self.newest, now) { self.settled } else { self.newest }
    }

    /// Takes `seen` into account. A number in the future is ignored: if it were kept, it would refuse all later
    /// records.
    fn see(&mut self, seen: u64, now: Timestamp) {
        if seen <= self.newest || is_ahead(seen, now) {
            return;
        }
        self.settled = self.floor(now);
        self.newest = seen;
    }
}

/// The marks, from the isolate's memory or the store; zeros while the store fails.
pub(super) async fn marks<H: Host>(gateway: &Gateway<H>) -> Marks {
    let now = gateway.host.clock().now();
    let held = gateway.isolate.records.borrow().newest;
    if held.is_known || failed_lately(held, now) {
        return held.marks;
    }
    let read = async {
        let found = gateway.host.versioned_store().get(KEY).await?;
        Ok(found.map_or((None, Marks::default()), |found| (Some(found.revision), parse(&found.value))))
    };
    if let Some((revision, marks)) = settled(gateway, within(&gateway.host, DEADLINE, read).await, now) {
        let mut records = gateway.isolate.records.borrow_mut();
        // Another request may have read or written it meanwhile.
        if !records.newest.is_known || records.newest.revision < revision {
            records.newest = Newest { is_known: true, revision, marks, failed: None };
        }
    }
    gateway.isolate.records.borrow().newest.marks
}

/// Writes the isolate's numbers, if they are newer than the stored value.
///
/// # Errors
/// The store has newer numbers, so the isolate's records must not be served: they are dropped.
pub(super) async fn note<H: Host>(gateway: &Gateway<H>) -> Result<(), Fault> {
    let now = gateway.host.clock().now();
    let (held, wanted) = {
        let records = gateway.isolate.records.borrow();
        let (head, quarantine) = (records.head.as_ref(), records.quarantine.as_ref());
        let seen = [
            head.map_or(0, |head| head.value.epoch),
            head.map_or(0, |head| head.freshness.sequence),
            quarantine.map_or(0, |quarantine| quarantine.freshness.sequence),
        ];
        (records.newest, move |mut marks: Marks| {
            let each = [&mut marks.epoch, &mut marks.head, &mut marks.quarantine];
            each.into_iter().zip(seen).for_each(|(mark, seen)| mark.see(seen, now));
            marks
        })
    };
    if wanted(held.marks) == held.marks || failed_lately(held, now) {
        return Ok(());
    }
    let write = async {
        let mut known = held;
        for _ in 0..ATTEMPTS {
            let marks = wanted(known.marks);
            if marks == known.marks && known.revision.is_some() {
                return Ok(known);
            }
            let value = serde_json::to_vec(&marks).map_err(|error| VersionedStoreError(error.to_string()))?;
            let until = now.after(KEPT);
            (known.revision, known.marks) =
                match gateway.host.versioned_store().replace(KEY, known.revision, &value, until).await? {
                    ReplaceResult::Written(revision) => (Some(revision), marks),
                    ReplaceResult::Conflict(Some(current)) => (Some(current.revision), parse(&current.value)),
                    ReplaceResult::Conflict(None) => (None, Marks::default()),
                };
        }
        Ok(known)
    };
    match settled(gateway, within(&gateway.host, DEADLINE, write).await, now) {
        Some(Newest { revision, marks, .. }) => {
            gateway.isolate.records.borrow_mut().newest = Newest { is_known: true, revision, marks, failed: None };
            drop_older(gateway, marks, now).map_err(|fault| logged(gateway, fault))
        }
        None => Ok(()),
    }
}

/// Drops the isolate's records that are too old to be served.
fn drop_older<H: Host>(gateway: &Gateway<H>, marks: Marks, now: Timestamp) -> Result<(), Fault> {
    let mut records = gateway.isolate.records.borrow_mut();
    let (epoch, head, quarantine) = (marks.epoch.floor(now), marks.head.floor(now), marks.quarantine.floor(now));
    let old_live = records.live.take_if(|live| live.epoch < epoch).is_some();
    let old_head = records.head.take_if(|held| held.freshness.sequence < head).is_some();
    let old_quarantine = records.quarantine.take_if(|held| held.freshness.sequence < quarantine).is_some();
    let reason = RecordError::OlderSequence.reason();
    match (old_live || old_head, old_quarantine) {
        (true, _) => Err(fault(&RecordKey::Head, reason)),
        (false, true) => Err(fault(&RecordKey::Quarantine, reason)),
        (false, false) => Ok(()),
    }
}

/// The store's answer; a failure is noted and logged.
fn settled<H: Host, T>(
    gateway: &Gateway<H>,
    answer: Option<Result<T, VersionedStoreError>>,
    now: Timestamp,
) -> Option<T> {
    let answer = answer.and_then(Result::ok);
    if answer.is_none() {
        gateway.isolate.records.borrow_mut().newest.failed = Some(now);
        log::error(gateway, FAILED, KEY, None);
    }
    answer
}

fn failed_lately(newest: Newest, now: Timestamp) -> bool {
    newest.failed.is_some_and(|failed| now.is_within(REFRESH, failed))
}

/// A value that can't be parsed counts as empty, and is overwritten.
fn parse(value: &[u8]) -> Marks {
    serde_json::from_slice(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_171_320_000);

    fn published(seconds_ago: u64) -> u64 {
        NOW.millis() - seconds_ago * 1000
    }

    #[test]
    fn older_number_may_be_served_only_while_newest_is_on_its_way() {
        let mut mark = Mark::default();
        mark.see(published(3600), NOW);
        assert_eq!(mark.floor(NOW), published(3600));
        mark.see(published(30), NOW);
        mark.see(published(10), NOW);
        assert_eq!(mark.floor(NOW), published(3600), "the new ones may not be everywhere");
        assert_eq!(mark.floor(NOW.after(Duration::from_secs(120))), published(10), "they should be by now");
        mark.see(published(7200), NOW);
        assert_eq!(mark.newest, published(10), "an older one should change nothing");
    }

    #[test]
    fn wrongly_dated_number_is_not_noted() {
        let mut mark = Mark::default();
        mark.see(NOW.millis() + 59_000, NOW);
        assert_eq!(mark.newest, NOW.millis() + 59_000, "clocks differ");
        mark.see(NOW.millis() + 86_400_000, NOW);
        assert_eq!(mark.newest, NOW.millis() + 59_000, "it would refuse all records of a day");
    }
}
