//! The records of a store, verified as a gateway does.

use registry::record::{Freshness, RecordKey};
use registry::snapshot::{Gateway, Head, Needs, Quarantine};
use serde::de::DeserializeOwned;

use super::report::{Level, Report, StandingRecord, StoreState};
use crate::clock;
use crate::failure::Failure;
use crate::live::SignedStore;

/// Adds the state of `store` to the report. A record that gateways refuse is a finding; a store that can't be read is a
/// failure.
pub fn look(store: &SignedStore, report: &mut Report) -> Result<(), Failure> {
    let now = clock::now_ms()? / 1_000;
    let head = standing::<Head>(store, &RecordKey::Head, now, report)?;
    let quarantine = standing::<Quarantine>(store, &RecordKey::Quarantine, now, report)?;
    let Some((head, head_state)) = head else { return Ok(()) };
    let epoch = head.epoch;
    let quarantine = quarantine.map(|(_, state)| state);
    if quarantine.as_ref().is_some_and(|quarantine| quarantine.sequence < epoch) {
        report.add(Level::Fault, "record_older_sequence", "quarantine", "it is older than the epoch");
    }
    let gateway = found(store.required::<Gateway>(&RecordKey::Gateway { epoch }), report)?;
    let needs = found(store.optional::<Needs>(&RecordKey::Needs { epoch }), report)?.flatten();
    let Some(gateway) = gateway else { return Ok(()) };
    report.store = Some(StoreState {
        epoch,
        url: gateway.url,
        head: head_state,
        quarantine,
        secrets: needs.map(|needs| needs.secrets),
    });
    Ok(())
}

/// `head` or `quarantine` with its state; `None` if gateways refuse it.
fn standing<T: DeserializeOwned>(
    store: &SignedStore,
    key: &RecordKey<'static>,
    now: u64,
    report: &mut Report,
) -> Result<Option<(T, StandingRecord)>, Failure> {
    let Some((freshness, key_id)) = found(store.statement(key), report)? else { return Ok(None) };
    let Freshness { sequence, valid_until } = freshness;
    if now >= valid_until {
        report.add(Level::Fault, "record_expired", &key.to_string(), "publish again");
    } else if now >= freshness.half() {
        let left = crate::duration::left(valid_until - now);
        report.add(Level::Warning, "record_expires_soon", &key.to_string(), &format!("{left} left; publish again"));
    }
    let Some(value) = found(store.required::<T>(key), report)? else { return Ok(None) };
    Ok(Some((value, StandingRecord { sequence, valid_until, left: valid_until.saturating_sub(now), key: key_id })))
}

/// The value, or a finding about a record that gateways refuse.
fn found<T>(result: Result<T, Failure>, report: &mut Report) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Failure::Live { record, cause }) => {
            report.add(Level::Fault, "record_unusable", &record, &cause);
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}
