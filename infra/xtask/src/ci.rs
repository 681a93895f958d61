//! `cargo xtask ci`: every check that a change must pass.

use crate::{command::Fault, size, test, tidy};

/// Tidy runs first because it is the quickest to fail. Size runs last because the tests build both hosts.
pub fn run() -> Result<(), Fault> {
    tidy::run(false)?;
    test::run(test::Target::All, false)?;
    size::run(None)
}
