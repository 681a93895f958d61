//! The C++ compiler that libFuzzer is built with: the one that `CXX` names, or the system's.

use std::{
    env,
    process::{Command, Stdio},
};

use super::debian;
use crate::command::Fault;

/// Installs Debian's where there is none.
///
/// # Errors
/// It could not be had.
pub fn cxx_compiler() -> Result<(), Fault> {
    let is_there = || Command::new("c++").arg("--version").stdout(Stdio::null()).status().is_ok();
    if env::var_os("CXX").is_some() || is_there() { Ok(()) } else { debian("g++") }
}
