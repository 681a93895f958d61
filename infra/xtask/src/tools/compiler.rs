//! The C++ compiler for libFuzzer: the one that `CXX` names, or the system's.

use std::{
    env,
    process::{Command, Stdio},
};

use super::debian;
use crate::command::Fault;

/// Installs Debian's compiler if there is none.
///
/// # Errors
/// It could not be installed.
pub fn cxx_compiler() -> Result<(), Fault> {
    let is_there = || Command::new("c++").arg("--version").stdout(Stdio::null()).status().is_ok();
    if env::var_os("CXX").is_some() || is_there() { Ok(()) } else { debian("g++") }
}
