//! `Clock` on Workers: `Date.now()`, which advances only with I/O.

use ports::{Clock, Timestamp};

/// `Date.now()`.
#[derive(Debug, Clone, Copy)]
pub struct WorkersClock;

impl Clock for WorkersClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(js_sys::Date::now() as u64)
    }
}
