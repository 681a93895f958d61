//! What the chores need beside rustup and npm: gets what is missing into `target/tools` and `tests/node_modules`.
//!
//! Nothing comes from GitHub: rustup, the registries of cargo and npm, and Debian's packages are all that has to be reachable.
//! What is there in the right version stays as it is, so a second run takes no time.

mod compiler;
mod debian;
mod python;
mod redis;

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    thread,
    time::Duration,
};

use crate::clock::now;
use crate::command::{Fault, cargo, not_started, output, program, root, shown};

pub use compiler::cxx_compiler;
use debian::debian;
pub use python::python;
pub use redis::redis_server;

/// Turns a crate into a Worker. It must fit the `worker` crate in Cargo.lock.
const WORKER_BUILD: &str = "0.8.7";

/// Between two signs of life while something takes long.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Where everything is, once it is there.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Turns what rustc makes into a module for JavaScript; of the same version as the library.
    pub wasm_bindgen: PathBuf,
    /// Builds a Worker out of a crate.
    pub worker_build: PathBuf,
    /// Makes wasm smaller and faster.
    pub wasm_opt: PathBuf,
    /// Bundles the JavaScript around the wasm.
    pub esbuild: PathBuf,
    /// A `PATH` with these tools, and the Node that they need, before all others.
    pub path: OsString,
}

/// Gets what is missing and says where everything is.
pub fn ensure() -> Result<Tools, Fault> {
    wasm_target("wasm32-unknown-unknown")?;
    let bin = root().join("target/tools/bin");
    let wasm_bindgen = installed(&bin, "wasm-bindgen", "wasm-bindgen-cli", &locked_version("wasm-bindgen")?, &[])?;
    // wasm-bindgen-cli's own lock file may name versions that were withdrawn since; worker-build's is kept.
    let worker_build = installed(&bin, "worker-build", "worker-build", WORKER_BUILD, &["--locked"])?;
    let npm = npm_packages()?;
    let path = path_behind(vec![npm.clone(), bin])?;
    Ok(Tools { wasm_bindgen, worker_build, wasm_opt: npm.join("wasm-opt"), esbuild: npm.join("esbuild"), path })
}

/// What makes wasm smaller and faster, ready for arguments; it needs npm and nothing else.
pub fn wasm_opt() -> Result<Command, Fault> {
    let npm = npm_packages()?;
    let mut command = program(npm.join("wasm-opt"));
    command.env("PATH", path_behind(vec![npm])?);
    Ok(command)
}

/// Our own `PATH`, with these folders before all others.
fn path_behind(mut folders: Vec<PathBuf>) -> Result<OsString, Fault> {
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    env::join_paths(folders).map_err(|error| Fault::Found(format!("`PATH`: {error}")))
}

/// The runner of tests on wasm32.
pub fn wasm_bindgen_test_runner() -> Result<PathBuf, Fault> {
    Ok(ensure()?.wasm_bindgen.with_file_name(executable("wasm-bindgen-test-runner")))
}

/// A `PATH` on which `node` is the one that the tools need.
pub fn path_with_node() -> Result<OsString, Fault> {
    Ok(ensure()?.path)
}

/// Node, ready for arguments.
pub fn node_command() -> Result<Command, Fault> {
    let tools = ensure()?;
    let mut command = program(tools.wasm_opt.with_file_name("node"));
    command.env("PATH", tools.path);
    Ok(command)
}

/// rustup reads rust-toolchain.toml by itself, but a toolchain that was there before may lack the target.
pub fn wasm_target(target: &str) -> Result<(), Fault> {
    let library = output(program("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(library.trim()).is_dir() {
        return Ok(());
    }
    watched(&format!("the Rust target {target}"), program("rustup").args(["target", "add", target]))
}

/// The version of `package` in Cargo.lock.
fn locked_version(package: &str) -> Result<String, Fault> {
    let path = root().join("Cargo.lock");
    let text = fs::read_to_string(&path).map_err(|source| Fault::File { path, source })?;
    let version = text.parse::<toml::Table>().ok().and_then(|lock| {
        let packages = lock.get("package")?.as_array()?;
        let found = packages.iter().find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))?;
        Some(found.get("version")?.as_str()?.to_owned())
    });
    version.ok_or_else(|| Fault::Found(format!("Cargo.lock names no `{package}`")))
}

/// The program `name` out of the crate `package`, built from source where it is missing or of another version.
fn installed(bin: &Path, name: &str, package: &str, version: &str, options: &[&str]) -> Result<PathBuf, Fault> {
    let path = bin.join(executable(name));
    let present =
        path.is_file() && output(Command::new(&path).arg("--version")).is_ok_and(|text| is_version(&text, version));
    if !present {
        let folder = root().join("target/tools");
        let mut command = cargo();
        command
            .args(["install", package, "--version", version, "--force", "--quiet", "--root"])
            .arg(folder)
            .args(options);
        // Settings for our own crates have no business in a tool's build.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
        watched(&format!("{package} {version} (from source, some minutes)"), &mut command)?;
    }
    Ok(path)
}

/// `wasm-bindgen 0.2.130` or `0.8.7`.
fn is_version(printed: &str, version: &str) -> bool {
    printed.split_whitespace().next_back() == Some(version)
}

/// The folder of npm's programs, after `npm ci` wherever package-lock.json is not the one that was installed.
fn npm_packages() -> Result<PathBuf, Fault> {
    let tests = root().join("tests");
    let modules = tests.join("node_modules");
    let (lock, stamp) = (tests.join("package-lock.json"), modules.join(".installed-package-lock.json"));
    let wanted = fs::read(&lock).map_err(|source| Fault::File { path: lock.clone(), source })?;
    if fs::read(&stamp).ok().as_ref() != Some(&wanted) {
        let mut command = program(if cfg!(windows) { "npm.cmd" } else { "npm" });
        command.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&tests);
        watched("npm packages for the tests and the demo", &mut command)?;
        fs::write(&stamp, wanted).map_err(|source| Fault::File { path: stamp, source })?;
    }
    Ok(modules.join(".bin"))
}

/// What a program is called here.
pub fn executable(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

/// Runs `command` and says now and then that it still does.
fn watched(title: &str, command: &mut Command) -> Result<(), Fault> {
    let began = now();
    println!("tools: getting {title}");
    let mut child = command.spawn().map_err(|source| not_started(command, source))?;
    let status = wait(&mut child, || println!("tools: getting {title}: {} s", began.elapsed().as_secs()));
    match status.map_err(|source| not_started(command, source))? {
        status if status.success() => {
            println!("tools: got {title} in {} s", began.elapsed().as_secs());
            Ok(())
        }
        _ => Err(Fault::Failed(shown(command))),
    }
}

fn wait(child: &mut Child, sign_of_life: impl Fn()) -> std::io::Result<ExitStatus> {
    let mut last = now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if last.elapsed() >= SIGN_OF_LIFE {
            sign_of_life();
            last = now();
        }
        thread::sleep(Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_versions_are_compared_whole() {
        assert!(is_version("wasm-bindgen 0.2.130\n", "0.2.130"), "a name before the version should be passed over");
        assert!(is_version("0.8.7\n", "0.8.7"), "a bare version should do");
        assert!(!is_version("wasm-bindgen 0.2.130\n", "0.2.13"), "a beginning should not pass for the whole");
    }

    #[test]
    fn cargo_lock_names_wasm_bindgen() {
        let version = locked_version("wasm-bindgen").expect("Cargo.lock should name it");
        assert_eq!(version.split('.').count(), 3, "`{version}` should be a version");
    }

    #[test]
    fn a_package_that_is_not_locked_is_named() {
        let fault = locked_version("no-such-package").expect_err("nothing should be found");
        assert_eq!(fault.to_string(), "Cargo.lock names no `no-such-package`");
    }
}
