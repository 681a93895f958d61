//! The contract suite that every implementation of a port must pass on every host: the *Contract* lists as code.
//!
//! [`run`] needs only a server at `origin` that answers as [`origin_answers`] says, so the same suite runs in memory
//! and inside workerd. It returns a report instead of panicking: wasm has no unwinding.

mod audit_sink;
mod network;
mod quota;
mod report;
mod versioned_store;

use std::time::Duration;

use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::{Either, join_all, select};
use futures::pin_mut;

pub use network::origin_answers;
pub use report::Finding;
use report::Report;

use crate::{Background, Claim, ClientGone, Clock, Entropy, Host, KeyValue, Once, SecretError, Secrets, Timer};

/// The secret that must be set where the suite runs, and its value.
pub const SECRET: (&str, &str) = ("CONTRACT_SECRET", "one, two");

/// 2025-01-01T00:00:00Z in milliseconds: a clock before it is wrong.
const EARLIEST: u64 = 1_735_689_600_000;

/// Checks every promise on `host`. `run_id` keeps keys of two runs apart; `origin` is the URL of the test server.
pub async fn run<H: Host>(host: &H, origin: &str, run_id: &str) -> Vec<Finding> {
    let mut report = Report(Vec::new());
    time(host, &mut report).await;
    entropy(host, &mut report);
    key_value(host, &mut report, run_id).await;
    secrets(host, &mut report).await;
    once(host, &mut report, run_id).await;
    quota::check(host, &mut report, run_id).await;
    versioned_store::check(host, &mut report, run_id).await;
    background(host, &mut report).await;
    client_gone(host, &mut report).await;
    audit_sink::check(host, &mut report, run_id).await;
    network::check(host, &mut report, origin).await;
    report.0
}

async fn time<H: Host>(host: &H, report: &mut Report) {
    let before = host.clock().now();
    report.note("Clock", "is never before 2025", before.millis() > EARLIEST);
    host.timer().sleep(Duration::from_millis(20)).await;
    let slept = host.clock().now().since(before);
    // One millisecond of grace: hosts round their clocks.
    report.note("Timer", "sleeps no less than asked", slept >= Duration::from_millis(19));
    report.note("Timer", "wakes soon after", slept < Duration::from_secs(2));
    let (short, long) = (host.timer().sleep(Duration::from_millis(5)), host.timer().sleep(Duration::from_secs(60)));
    pin_mut!(short, long);
    report.note("Timer", "the shorter of two sleeps ends first", matches!(select(short, long).await, Either::Left(_)));
}

fn entropy<H: Host>(host: &H, report: &mut Report) {
    let (mut first, mut second) = ([0u8; 32], [0u8; 32]);
    let filled = host.entropy().fill(&mut first).is_ok() && host.entropy().fill(&mut second).is_ok();
    report.note("Entropy", "fills the buffer", filled && first != [0; 32]);
    report.note("Entropy", "never repeats itself", first != second);
}

async fn key_value<H: Host>(host: &H, report: &mut Report, run_id: &str) {
    let (store, key) = (host.key_value(), format!("contract/{run_id}"));
    let bytes = Bytes::from((0..=255).collect::<Vec<u8>>());
    report.note("KeyValue", "a missing key is no error", matches!(store.get(&key).await, Ok(None)));
    let written = store.put(&key, bytes.clone()).await.is_ok();
    report.note(
        "KeyValue",
        "returns the bytes that were put",
        written && matches!(store.get(&key).await, Ok(Some(got)) if got == bytes),
    );
    report.note("KeyValue", "deletes", store.delete(&key).await.is_ok() && matches!(store.get(&key).await, Ok(None)));
    report.note("KeyValue", "deleting a missing key succeeds", store.delete(&key).await.is_ok());
}

async fn secrets<H: Host>(host: &H, report: &mut Report) {
    let present = host.secrets().get(SECRET.0).await;
    report.note("Secrets", "gives a secret that is set", present.is_ok_and(|secret| secret.expose() == SECRET.1));
    let missing = host.secrets().get("CONTRACT_SECRET_NOBODY_SET").await;
    report.note("Secrets", "a secret that is not set is missing", matches!(missing, Err(SecretError::Missing(_))));
}

async fn once<H: Host>(host: &H, report: &mut Report, run_id: &str) {
    let later = host.clock().now().after(Duration::from_secs(60));
    let (one, other) = (format!("one/{run_id}"), format!("other/{run_id}"));
    report.note("Once", "the first claim wins", matches!(host.once().claim(&one, later).await, Ok(Claim::First)));
    report.note("Once", "the second is a replay", matches!(host.once().claim(&one, later).await, Ok(Claim::Replayed)));
    report.note(
        "Once",
        "another key is another claim",
        matches!(host.once().claim(&other, later).await, Ok(Claim::First)),
    );
    let race = format!("race/{run_id}");
    let claims = join_all((0..16).map(|_| host.once().claim(&race, later))).await;
    let firsts = claims.iter().filter(|claim| matches!(claim, Ok(Claim::First))).count();
    report.note("Once", "of many claims at once exactly one wins", firsts == 1 && claims.iter().all(Result::is_ok));
}

async fn background<H: Host>(host: &H, report: &mut Report) {
    let (finish, finished) = oneshot::channel();
    let (release, released) = oneshot::channel::<()>();
    host.background().spawn(async move {
        let _ = released.await;
        let _ = finish.send(());
    });
    host.background().spawn(async move {
        let _ = release.send(());
    });
    report.note("Background", "two pieces of work go on independently", finished.await.is_ok());
}

async fn client_gone<H: Host>(host: &H, report: &mut Report) {
    let (gone, wait) = (host.client_gone().gone(), host.timer().sleep(Duration::from_millis(20)));
    pin_mut!(gone, wait);
    report.note(
        "ClientGone",
        "stays pending while the client waits",
        matches!(select(gone, wait).await, Either::Right(_)),
    );
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::Timestamp;
    use crate::memory::Memory;

    #[test]
    fn memory_host_keeps_every_promise() {
        let now = Timestamp::from_millis(EARLIEST + 1);
        let host: Memory = Memory::new(now, Rc::new(|request| origin_answers(&request)));
        host.secrets.set(SECRET.0, SECRET.1);
        let subject = host.clone();
        let report = host.run(async move { run(&subject, "http://origin.example.com", "run").await });
        let report = report.expect("the suite should come to its end");
        assert!(report.len() > 20, "every port should be tried");
        let broken: Vec<_> = report.iter().filter(|finding| !finding.kept).collect();
        assert!(broken.is_empty(), "every promise should be kept: {broken:?}");
    }
}
