//! The contract of `VersionedStore`.

use std::time::Duration;

use futures::future::join_all;

use super::report::Report;
use crate::versioned_store::{MOST_BYTES, MOST_KEY_BYTES};
use crate::{Clock, Host, ReplaceResult, Timer, Timestamp, VersionedStore, VersionedStoreError, VersionedValue};

/// The name of the port in the findings.
const PORT: &str = "VersionedStore";
/// A life that doesn't end during the suite.
const LONG: Duration = Duration::from_secs(600);
/// A life that the suite waits for; hosts round their clocks, and a store may be far away.
const SHORT: Duration = Duration::from_millis(1500);
/// The number of concurrent replacements.
const RIVALS: u8 = 50;

type Result<T> = std::result::Result<T, VersionedStoreError>;

fn is_absent(got: &Result<Option<VersionedValue>>) -> bool {
    matches!(got, Ok(None))
}

fn is(got: &Result<Option<VersionedValue>>, revision: u64, value: &[u8]) -> bool {
    matches!(got, Ok(Some(held)) if held.revision == revision && held.value == value)
}

fn is_written(replaced: &Result<ReplaceResult>, revision: u64) -> bool {
    matches!(replaced, Ok(ReplaceResult::Written(written)) if *written == revision)
}

fn conflicts_with(replaced: &Result<ReplaceResult>, revision: u64, value: &[u8]) -> bool {
    matches!(replaced, Ok(ReplaceResult::Conflict(Some(held))) if held.revision == revision && held.value == value)
}

fn conflicts_with_absence(replaced: &Result<ReplaceResult>) -> bool {
    matches!(replaced, Ok(ReplaceResult::Conflict(None)))
}

pub(super) async fn check<H: Host>(host: &H, report: &mut Report, run_id: &str) {
    let until = host.clock().now().after(LONG);
    revisions(host, report, run_id, until).await;
    bounds(host, report, run_id, until).await;
    races(host, report, run_id, until).await;
    ends(host, report, run_id, until).await;
}

async fn revisions<H: Host>(host: &H, report: &mut Report, run_id: &str, until: Timestamp) {
    let (store, key, other) = (host.versioned_store(), format!("held/{run_id}"), format!("other\n/{run_id}"));
    report.note(PORT, "a missing key is absent", is_absent(&store.get(&key).await));
    let early = store.replace(&key, Some(1), b"early", until).await;
    report.note(
        PORT,
        "an absent key has no revision to replace",
        conflicts_with_absence(&early) && is_absent(&store.get(&key).await),
    );
    let bytes: Vec<u8> = (0..=255).chain([b'\n', 0]).collect();
    report.note(PORT, "the first value has revision 1", {
        is_written(&store.replace(&key, None, &bytes, until).await, 1)
    });
    report.note(PORT, "returns the bytes that were written", is(&store.get(&key).await, 1, &bytes));
    report.note(PORT, "a key that is there is not written as absent", {
        conflicts_with(&store.replace(&key, None, b"again", until).await, 1, &bytes)
    });
    report.note(PORT, "the next value has the next revision", {
        is_written(&store.replace(&key, Some(1), b"second", until).await, 2) && is(&store.get(&key).await, 2, b"second")
    });
    let stale = store.replace(&key, Some(1), b"stale", until).await;
    let ahead = store.replace(&key, Some(3), b"ahead", until).await;
    report.note(
        PORT,
        "another revision is a conflict that names the current value, and writes nothing",
        conflicts_with(&stale, 2, b"second")
            && conflicts_with(&ahead, 2, b"second")
            && is(&store.get(&key).await, 2, b"second"),
    );
    let apart = store.replace(&other, None, b"", until).await;
    report.note(
        PORT,
        "another key is another value, and a value may be empty",
        is_written(&apart, 1) && is(&store.get(&other).await, 1, b"") && is(&store.get(&key).await, 2, b"second"),
    );
    report.note(PORT, "deletes", store.delete(&key).await.is_ok() && is_absent(&store.get(&key).await));
    report.note(PORT, "deleting a missing key succeeds", store.delete(&key).await.is_ok());
    report.note(
        PORT,
        "the revisions of a deleted key begin again",
        conflicts_with_absence(&store.replace(&key, Some(2), b"gone", until).await)
            && is_written(&store.replace(&key, None, b"anew", until).await, 1),
    );
}

async fn bounds<H: Host>(host: &H, report: &mut Report, run_id: &str, until: Timestamp) {
    let store = host.versioned_store();
    let key = |bytes: usize| format!("{:=>bytes$}", format!("/{run_id}"));
    let (longest, longer) = (key(MOST_KEY_BYTES), key(MOST_KEY_BYTES + 1));
    let (largest, larger) = (vec![255; MOST_BYTES], vec![255; MOST_BYTES + 1]);
    report.note(
        PORT,
        "takes the longest key with the largest value, and returns it in a conflict",
        is_written(&store.replace(&longest, None, &largest, until).await, 1)
            && is(&store.get(&longest).await, 1, &largest)
            && conflicts_with(&store.replace(&longest, None, &largest, until).await, 1, &largest),
    );
    report.note(
        PORT,
        "a larger value is an error, and writes nothing",
        store.replace(&longest, Some(1), &larger, until).await.is_err() && is(&store.get(&longest).await, 1, &largest),
    );
    report.note(
        PORT,
        "a longer key is an error",
        store.replace(&longer, None, b"", until).await.is_err()
            && store.get(&longer).await.is_err()
            && store.delete(&longer).await.is_err(),
    );
}

async fn races<H: Host>(host: &H, report: &mut Report, run_id: &str, until: Timestamp) {
    let (store, key) = (host.versioned_store(), format!("race/{run_id}"));
    let mut revision = 0;
    for promise in ["of many that expect absence at once one wins", "of many that expect one revision at once one wins"]
    {
        let expected = (revision > 0).then_some(revision);
        let rivals = (0..RIVALS).map(|rival| {
            let key = &key;
            async move { store.replace(key, expected, &[rival], until).await }
        });
        let replaced = join_all(rivals).await;
        revision += 1;
        let winners: Vec<u8> =
            (0..RIVALS).filter(|&rival| is_written(&replaced[usize::from(rival)], revision)).collect();
        let &[winner] = winners.as_slice() else {
            report.note(PORT, promise, false);
            continue;
        };
        let others = replaced.iter().filter(|replaced| conflicts_with(replaced, revision, &[winner])).count();
        let kept = others == usize::from(RIVALS) - 1 && is(&store.get(&key).await, revision, &[winner]);
        report.note(PORT, promise, kept);
    }
}

async fn ends<H: Host>(host: &H, report: &mut Report, run_id: &str, until: Timestamp) {
    let (store, key, kept) = (host.versioned_store(), format!("ends/{run_id}"), format!("kept/{run_id}"));
    let soon = host.clock().now().after(SHORT);
    let written = store.replace(&key, None, b"short", soon).await;
    let longer = store.replace(&kept, None, b"short", soon).await.is_ok()
        && is_written(&store.replace(&kept, Some(1), b"longer", until).await, 2);
    report.note(PORT, "a value is there until its end", {
        is_written(&written, 1) && is(&store.get(&key).await, 1, b"short")
    });
    host.timer().sleep(soon.since(host.clock().now()) + Duration::from_millis(20)).await;
    report.note(PORT, "a value is absent from its end on", is_absent(&store.get(&key).await));
    report.note(PORT, "the end that counts is the last one", longer && is(&store.get(&kept).await, 2, b"longer"));
    let late = store.replace(&key, Some(1), b"late", until).await;
    report.note(
        PORT,
        "a value that has ended is replaced as an absent one",
        conflicts_with_absence(&late)
            && is_written(&store.replace(&key, None, b"anew", until).await, 1)
            && is(&store.get(&key).await, 1, b"anew"),
    );
    let past = Timestamp::from_millis(1);
    report.note(
        PORT,
        "an end in the past makes a value absent",
        is_written(&store.replace(&key, Some(1), b"past", past).await, 2) && is_absent(&store.get(&key).await),
    );
}
