//! The memory of an isolate between requests: plain data, never a lock or a future.
//!
//! | memory | bound | an entry lives | its loss costs |
//! |---|---|---|---|
//! | `records`: `head`, `quarantine`, the gateway record | one of each | until a newer one is read; read again after 30 s | one read and one signature check each |
//! | `records`: the newest sequences that any isolate has seen | one | as long as the isolate | one read of the versioned store |
//! | `records`: virtual servers, assignments | 128 each | until a record of a newer epoch replaces it | one read and one signature check |
//! | `records`: names without a record | 1,024 each | 30 s | one read |
//! | list decisions, in their virtual server | 65,536 indexes per virtual server | 30 s, and no longer than the virtual server | one policy decision per item |
//! | `keys`: publishers', own, sealing | one of each | as long as the isolate | one read of a secret |
//! | `keys`: secrets that health did not find | those of the registry | 30 s | one read of each secret |
//! | `keys`: of identity providers | 1,024 issuers | until they are replaced; read again after 10 min | one request to the issuer |
//! | `keys`: issuers that are being read | 1,024 issuers | until they are read, 6 s at most | one request to the issuer |
//! | `tokens` | 2 MiB of tokens | until `exp` and 60 s | one signature check |
//! | `outbound_tokens` | 2 MiB of tokens | until shortly before they end, 24 h at most; a refusal 10 s | one request to the origin's authorization server |
//! | `eras` | 1,024 origins | until the origin rejects a request as of the other era; 5 min where `server/discover` failed | one request to the origin |
//! | `circuits` | 1,024 origins | until the origin answers | five more failures before the origin is left alone |
//! | `caller_circuits` | 1,024 origins and callers | until the origin answers that caller | five more broken calls |
//! | `sessions` | 1,024 sessions | 1 h, less if the origin ends it | two requests to the origin |
//! | `capabilities` | 1,024 origins, or origins and callers, by era | 5 min modern, 24 h legacy | one request to the origin |
//! | `catalogue` | 16 MiB of lists | the origin's `ttlMs`, 5 min at most | one request per page to the origin |
//! | `catalogue`: lists that are being read | 1,024 lists | until they are read, 2 s at most | one more request to the origin |
//! | `sign_in`: documents of clients | 256 documents | as long as their `max-age`, 5 min to 24 h; a failure 1 min | one request to the document's host |
//! | `sign_in`: endpoints of the identity provider | 8 issuers | 1 h | one request to the issuer |
//! | `sign_in`: third parties of grants | 64 issuers | 1 h | one to three requests to the issuer |
//! | `log_levels` | 1,024 clients | 8 h | a legacy client's log messages of modern origins |
//! | `requests`: of users, of callers without a token | 4,096 callers each | one minute | a new minute for its caller |
//! | `exhausted` | 4,096 limits | until the limit's minute ends | one question to the store |
//! | `unseen` | 4,096 callers and names | 30 s | one read |
//! | `refusals` | one count per reason and status | until the first request of a later minute | the count of the last minute |
//! | `logged` | 256 faults of the deployment | 10 min | one line in the log |
//! | the time when lost events were looked for | one | as long as the isolate | one read of the sink |
//! | lost events | one number | until an event that reports them is accepted | their number |
//!
//! All entries that callers and origins can multiply are in one kind of map, `held::BoundedMap`: when it is full,
//! expired entries go first, then all.
//!
//! A cancelled request is neither polled nor dropped again on Workers, so a lock that it held would stay held for
//! ever. Each cell here is borrowed for one synchronous step and never across an `.await`.

pub(crate) mod capabilities;
pub(crate) mod catalogue;
pub(crate) mod circuits;
pub(crate) mod eras;
pub(crate) mod exhausted;
pub(crate) mod held;
pub(crate) mod keys;
pub(crate) mod log_levels;
pub(crate) mod logged;
pub(crate) mod outbound_tokens;
pub(crate) mod records;
pub(crate) mod refusals;
pub(crate) mod requests;
pub(crate) mod sessions;
pub(crate) mod sign_in;
mod sizes;
pub(crate) mod tokens;
pub(crate) mod unseen;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capabilities::Declarations;
use catalogue::Catalogue;
use circuits::Circuits;
use eras::Eras;
use exhausted::Exhausted;
use keys::Keys;
use log_levels::LogLevels;
use logged::Logged;
use outbound_tokens::OutboundTokens;
use ports::Timestamp;
use records::Records;
use refusals::RefusalCounts;
use requests::RequestCounts;
use sessions::Sessions;
use sign_in::SignInMemory;
pub use sizes::Size;
use tokens::Tokens;
use unseen::Unseen;

/// The memory of an isolate between requests.
#[derive(Default)]
pub struct Isolate {
    pub(crate) records: RefCell<Records>,
    pub(crate) keys: RefCell<Keys>,
    pub(crate) tokens: RefCell<Tokens>,
    pub(crate) outbound_tokens: RefCell<OutboundTokens>,
    pub(crate) eras: RefCell<Eras>,
    pub(crate) sessions: RefCell<Sessions>,
    pub(crate) capabilities: RefCell<Declarations>,
    pub(crate) circuits: RefCell<Circuits>,
    /// Between an origin and one caller: in a map of its own, so that many callers crowd out no origin.
    pub(crate) caller_circuits: RefCell<Circuits>,
    pub(crate) catalogue: RefCell<Catalogue>,
    pub(crate) log_levels: RefCell<LogLevels>,
    pub(crate) requests: RefCell<RequestCounts>,
    /// Limits of `calls_per_minute` that are used up.
    pub(crate) exhausted: RefCell<Exhausted>,
    pub(crate) unseen: RefCell<Unseen>,
    pub(crate) sign_in: RefCell<SignInMemory>,
    pub(crate) refusals: RefCell<RefusalCounts>,
    pub(crate) logged: RefCell<Logged>,
    /// Audit events that no sink has accepted and that no accepted event has reported.
    pub(crate) lost_events: Cell<u64>,
    /// The time of the last request to the sink for the undelivered events of ended instances.
    pub(crate) collected_lost: Cell<Option<Timestamp>>,
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

    /// Counts `events` that will never be sent.
    pub fn note_lost(&self, events: u32) {
        self.lost_events.set(self.lost_events.get().saturating_add(events.into()));
    }
}
