//! Everything that must hold before a change lands.

use crate::{command::Fault, size, test, tidy};

/// Tidy first: it is quicker, and a change that fails it will be written again anyway. The tests build both hosts, so
/// size comes after them.
pub fn run() -> Result<(), Fault> {
    tidy::run(false)?;
    test::run(test::Target::All, false)?;
    size::run(None)
}
