//! The requests for input that origins make of a caller during one request, counted by origin and kind.

use std::cell::RefCell;

use audit::event::InputRequests;
use mcp::input_request::InputRequest;

/// The counts so far; no content of the requests is kept.
#[derive(Default)]
pub(crate) struct InputRequestCounts(RefCell<Vec<InputRequests>>);

impl InputRequestCounts {
    /// Counts a request that the client gets.
    pub(crate) fn passed(&self, origin: &str, request: InputRequest) {
        self.count(origin, request, |counts| counts.passed += 1);
    }

    /// Counts a request that the client doesn't get; `reason` is a stable code.
    pub(crate) fn refused(&self, origin: &str, request: InputRequest, reason: &'static str) {
        self.count(origin, request, |counts| {
            counts.refused += 1;
            counts.reason.get_or_insert(reason.into());
        });
    }

    fn count(&self, origin: &str, request: InputRequest, add: impl FnOnce(&mut InputRequests)) {
        let mut all = self.0.borrow_mut();
        let known = all.iter().position(|counts| counts.origin == origin && counts.request == request.as_str());
        let at = known.unwrap_or(all.len());
        if known.is_none() {
            let (origin, request) = (origin.to_owned(), request.as_str().into());
            all.push(InputRequests { origin, request, passed: 0, refused: 0, reason: None });
        }
        if let Some(counts) = all.get_mut(at) {
            add(counts);
        }
    }

    /// The counts, for the audit event.
    pub(crate) fn counts(&self) -> Vec<InputRequests> {
        self.0.borrow().clone()
    }
}
