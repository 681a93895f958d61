//! wasm-bindgen at the version of the library: a program of this workspace, so Cargo.lock holds one version for both.

use std::path::PathBuf;

use super::{debug, native};
use crate::command::Fault;

/// The crate, and its program.
pub const BINDGEN: &str = "weir-bindgen";

/// The program, built if it is missing.
///
/// # Errors
/// It does not compile.
pub fn bindgen() -> Result<PathBuf, Fault> {
    native(BINDGEN, "compiling wasm-bindgen", "half a minute")?;
    Ok(debug(BINDGEN))
}
