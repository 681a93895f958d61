//! wasm-bindgen at the version of the library: a program of this workspace, so Cargo.lock holds one version for both.

use std::{env, path::PathBuf};

use super::executable;
use crate::command::{Fault, cargo, root, run};
use crate::progress::long_step;

/// The crate, and its program.
pub const BINDGEN: &str = "weir-bindgen";

/// The program, built if need be.
///
/// # Errors
/// It does not compile.
pub fn bindgen() -> Result<PathBuf, Fault> {
    let mut compile = cargo();
    compile.args(["build", "--quiet", "--package", BINDGEN]);
    long_step("tools", "compiling wasm-bindgen", Some("half a minute"), || run(&mut compile))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("debug").join(executable(BINDGEN)))
}
