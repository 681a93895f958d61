//! Everything that must hold before a change lands.

use crate::{command::Fault, test, tidy};

/// Tidy first: it is quicker, and a change that fails it will be written again anyway.
pub fn run() -> Result<(), Fault> {
    tidy::run()?;
    test::run(test::Target::All, false)
}
