//! What an isolate remembers between requests: plain data, never a lock or a future.
//!
//! A cancelled request is neither polled nor dropped again on Workers, so a lock that it held would stay held for
//! ever. Each cell here is borrowed for one synchronous step and never across an `.await`.

pub(crate) mod catalogue;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::keys::HeldKeys;
use crate::line::audit::RefusalCounts;
use crate::line::authenticate::VerifiedTokens;
use crate::origin::{HeldCapabilities, HeldCircuits, HeldEras, HeldSessions};
use crate::records::HeldRecords;
use catalogue::Catalogue;

/// What an isolate remembers between requests.
#[derive(Default)]
pub struct Isolate {
    pub(crate) records: RefCell<HeldRecords>,
    pub(crate) keys: RefCell<HeldKeys>,
    pub(crate) tokens: RefCell<VerifiedTokens>,
    pub(crate) eras: RefCell<HeldEras>,
    pub(crate) sessions: RefCell<HeldSessions>,
    pub(crate) capabilities: RefCell<HeldCapabilities>,
    pub(crate) circuits: RefCell<HeldCircuits>,
    pub(crate) catalogue: RefCell<Catalogue>,
    pub(crate) refusals: RefCell<RefusalCounts>,
    /// Events that no sink accepted and that no accepted event has told of.
    pub(crate) lost_events: Cell<u64>,
}

thread_local! {
    /// An isolate is one thread, and one instance of the wasm module.
    static CURRENT: Rc<Isolate> = Rc::default();
}

impl Isolate {
    /// The memory of the isolate that runs this.
    pub fn current() -> Rc<Self> {
        CURRENT.with(Rc::clone)
    }
}
