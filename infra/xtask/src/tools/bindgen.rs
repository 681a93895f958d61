//! wasm-bindgen at the version of the library: a program of this workspace, so Cargo.lock holds one version for both.

use std::{env, path::PathBuf};

use super::{executable, native};
use crate::command::{Fault, root};

/// The crate, and its program.
pub const BINDGEN: &str = "weir-bindgen";

/// The program, built if it is missing.
///
/// # Errors
/// It does not compile.
pub fn bindgen() -> Result<PathBuf, Fault> {
    native(BINDGEN, "compiling wasm-bindgen", "half a minute")?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("debug").join(executable(BINDGEN)))
}
