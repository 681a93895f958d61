//! The tools that xtask needs beside rustup and npm; missing ones go into `tests/node_modules` and `target/tools`.
//!
//! Nothing comes from GitHub: rustup, the registries of cargo and npm, and Debian's packages are all that has to be
//! reachable. A tool of the right version is left alone, so a second run takes no time.

mod bindgen;
mod chromium;
mod compiler;
mod debian;
mod python;
mod redis;

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

use crate::command::{Fault, cargo, output, program, root, run, target};
use crate::progress::long_step;

pub use bindgen::bindgen;
pub use chromium::chromium;
pub use compiler::cxx_compiler;
use debian::debian;
pub use python::python;
pub use redis::redis_server;

/// The paths of the tools.
#[derive(Debug, Clone)]
pub struct Tools {
    /// wasm-opt, which makes wasm smaller and faster.
    pub wasm_opt: PathBuf,
    /// esbuild, which bundles the JavaScript around the wasm.
    pub esbuild: PathBuf,
    /// A `PATH` with these tools and their Node first.
    pub path: OsString,
}

/// Installs the missing tools and returns the paths of all.
pub fn ensure() -> Result<Tools, Fault> {
    wasm_target("wasm32-unknown-unknown")?;
    let npm = npm_packages()?;
    let path = path_behind(vec![npm.clone()])?;
    Ok(Tools { wasm_opt: npm.join("wasm-opt"), esbuild: npm.join("esbuild"), path })
}

/// wasm-opt, without arguments; it needs npm and nothing else.
pub fn wasm_opt() -> Result<Command, Fault> {
    let npm = npm_packages()?;
    let mut command = program(npm.join("wasm-opt"));
    command.env("PATH", path_behind(vec![npm])?);
    Ok(command)
}

/// The `PATH` of this process, with `folders` first.
fn path_behind(mut folders: Vec<PathBuf>) -> Result<OsString, Fault> {
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    env::join_paths(folders).map_err(|error| Fault::Found(format!("`PATH`: {error}")))
}

/// A `PATH` with the tools' Node first.
pub fn path_with_node() -> Result<OsString, Fault> {
    Ok(ensure()?.path)
}

/// Node, without arguments.
pub fn node_command() -> Result<Command, Fault> {
    let tools = ensure()?;
    let mut command = program(tools.wasm_opt.with_file_name("node"));
    command.env("PATH", tools.path);
    Ok(command)
}

/// Adds `target` to the toolchain: rustup reads rust-toolchain.toml, but an older installation may lack the target.
pub fn wasm_target(target: &str) -> Result<(), Fault> {
    let library = output(program("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(library.trim()).is_dir() {
        return Ok(());
    }
    watched(&format!("the Rust target {target}"), None, program("rustup").args(["target", "add", target]))
}

/// The folder of the tests' own npm packages.
const TESTS: &str = "tests";

/// The folder of npm's programs for the tests and the demo.
fn npm_packages() -> Result<PathBuf, Fault> {
    npm_packages_of(TESTS)
}

/// The folder of npm's programs for `folder`, after an installation if its package-lock.json has changed since the last
/// one.
///
/// # Errors
/// npm failed, or is not there.
pub fn npm_packages_of(folder: &str) -> Result<PathBuf, Fault> {
    // Two threads may call this at once; the second finds what the first has installed.
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = INSTALLING.lock();
    let place = root().join(folder);
    let modules = place.join("node_modules");
    let (lock, stamp) = (place.join("package-lock.json"), modules.join(".installed-package-lock.json"));
    let wanted = fs::read(&lock).map_err(|source| Fault::File { path: lock.clone(), source })?;
    if fs::read(&stamp).ok().as_ref() != Some(&wanted) {
        let mut command = program(if cfg!(windows) { "npm.cmd" } else { "npm" });
        // `npm ci` refuses all if an optional package of another system can't be had, as one of the Inspector's.
        let install: &[&str] = if folder == TESTS { &["ci"] } else { &["install", "--no-save"] };
        command.args(install).args(["--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&place);
        command.stdout(Stdio::null());
        watched(&format!("npm packages for {folder}"), Some("15 s"), &mut command)?;
        fs::write(&stamp, wanted).map_err(|source| Fault::File { path: stamp, source })?;
    }
    Ok(modules.join(".bin"))
}

/// The folder of the demo's clients that run as separate programs.
const CLIENTS: &str = "tests/demo/clients";

/// The program of the MCP Inspector, once it is installed.
pub fn inspector() -> PathBuf {
    root().join(CLIENTS).join("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js")
}

/// Installs the MCP Inspector.
///
/// # Errors
/// npm failed, or is not there.
pub fn install_inspector() -> Result<(), Fault> {
    npm_packages_of(CLIENTS).map(drop)
}

/// Compiles the programs of `package` for this machine.
///
/// # Errors
/// They do not compile.
pub fn native(package: &str, title: &str, usual: &str) -> Result<(), Fault> {
    // Cargo allows one build at a time per folder. A thread that waits for its turn prints no progress line.
    static COMPILING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = COMPILING.lock();
    let mut compile = cargo();
    compile.args(["build", "--quiet", "--package", package]);
    long_step("tools", title, Some(usual), || run(&mut compile))
}

/// The path of a program that [`native`] or `cargo test` compiled.
pub fn debug(program: &str) -> PathBuf {
    target().join("debug").join(executable(program))
}

/// The file name of a program on this system.
pub fn executable(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

/// Installs `title` by `command`, with a progress line.
fn watched(title: &str, usual: Option<&str>, command: &mut Command) -> Result<(), Fault> {
    long_step("tools", &format!("getting {title}"), usual, || run(command))
}
