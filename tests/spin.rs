//! What only Spin has: several processes on one state, a signal that ends them, a panic that takes siblings along, a
//! manifest that may grant too little, an outbox with a bound, a database that others lock, and Redis in its place.
//! Elsewhere these tests have nothing to try.

mod endings;
mod locked;
mod outbox;
mod redemptions;
mod redis;
mod resets;
mod siblings;
mod slow_redis;
mod surroundings;

use harness::{
    Setup, Weir,
    target::{Target, skipped_if},
};

/// The reason that a test of this module is skipped.
const ELSEWHERE: &str = "only Spin has what it is about";

/// A Weir on Spin; `None` on the other targets.
fn on_spin(setup: impl FnOnce() -> Setup) -> Option<Weir> {
    (!skipped_if(Target::chosen() != Target::Spin, ELSEWHERE)).then(|| setup().start())
}

/// With each call to `documents` announced in the audit trail before it is made.
fn announced(setup: Setup) -> Setup {
    let owner = "owner = \"platform\"\n";
    setup.replace("origins/documents.toml", owner, &format!("{owner}audit = \"two_phase\"\n"))
}
