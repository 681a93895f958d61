//! Tests of Spin only, skipped elsewhere: several processes on one state, SIGTERM, a panic that ends other requests, a
//! manifest that grants too little, a full outbox, a database that others lock, and Redis in its place.

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

/// The reason why a test of this module is skipped.
const ELSEWHERE: &str = "only Spin has what it is about";

/// A Weir on Spin; `None` on the other targets.
fn on_spin(setup: impl FnOnce() -> Setup) -> Option<Weir> {
    (!skipped_if(Target::chosen() != Target::Spin, ELSEWHERE)).then(|| setup().start())
}

/// Requires an intent event for each call to `documents`.
fn announced(setup: Setup) -> Setup {
    let owner = "owner = \"platform\"\n";
    setup.replace("origins/documents.toml", owner, &format!("{owner}audit = \"two_phase\"\n"))
}
