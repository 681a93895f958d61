//! Building the functions: Rust to wasm, made small, ready for the hosts that run it.

mod component;
mod spin;
mod workers;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum;

use crate::{
    command::{Fault, cargo, root, run},
    progress::long_step,
    tools,
};

/// One function, one artefact per host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Function {
    /// The hot path.
    Gateway,
    /// What drains the queue.
    Ledger,
    /// The port contracts inside the host: for tests, never deployed.
    #[value(skip)]
    Contracts,
    /// The bare pass-through of the bench, on Spin; on Workers it is JavaScript and is not built.
    #[value(skip)]
    PassThrough,
}

/// What runs the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// Cloudflare Workers, and workerd.
    Workers,
    /// Spin, and SpinKube.
    Spin,
}

impl Host {
    /// What `--host` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::Spin => "spin",
        }
    }
}

/// How it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Small and fast: what is deployed and tested.
    Release,
    /// What the demo shows: the same code, not optimised as a whole, so that it is there in half the time.
    Demo,
    /// Quick to build, with names in stack traces.
    Dev,
}

impl Profile {
    /// What cargo calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Demo => "demo",
            Self::Dev => "dev",
        }
    }

    /// Cargo's folder for it.
    fn folder(self) -> &'static str {
        if self == Self::Dev { "debug" } else { self.name() }
    }
}

impl Function {
    /// All that are deployed.
    pub const DEPLOYED: [Self; 2] = [Self::Gateway, Self::Ledger];

    fn folder(self, host: Host) -> &'static str {
        match (self, host) {
            (Self::Gateway, Host::Workers) => "functions/gateway-workers",
            (Self::Gateway, Host::Spin) => "functions/gateway-spin",
            (Self::Ledger, Host::Workers) => "functions/ledger-workers",
            (Self::Ledger, Host::Spin) => "functions/ledger-spin",
            (Self::Contracts, Host::Workers) => "tests/contracts-workers",
            (Self::Contracts, Host::Spin) => "tests/contracts-spin",
            (Self::PassThrough, _) => "tests/bench/pass-through-spin",
        }
    }

    /// The crate's name, which is the folder's.
    fn package(self, host: Host) -> &'static str {
        self.folder(host).rsplit('/').next().unwrap_or_default()
    }

    /// The folder of its artefact; the demo's is not in the way of what ships.
    fn build_folder(self, host: Host, profile: Profile) -> PathBuf {
        match profile {
            Profile::Demo => root().join("target/demo-build").join(self.package(host)),
            Profile::Release | Profile::Dev => root().join(self.folder(host)).join("build"),
        }
    }

    /// The module that workerd loads.
    pub fn module(self, profile: Profile) -> PathBuf {
        self.build_folder(Host::Workers, profile).join("index.js")
    }

    /// All that is uploaded.
    pub fn files(self, host: Host) -> Vec<PathBuf> {
        let names = match host {
            Host::Workers => vec!["index.js".to_owned(), "index_bg.wasm".to_owned()],
            Host::Spin => vec![self.wasm(host)],
        };
        let folder = self.build_folder(host, Profile::Release);
        names.into_iter().map(|name| folder.join(name)).collect()
    }

    /// What rustc calls its output.
    fn wasm(self, host: Host) -> String {
        format!("{}.wasm", self.package(host).replace('-', "_"))
    }
}

/// Builds everything that is deployed on `host`.
pub fn all(host: Host) -> Result<(), Fault> {
    only(host, None, Profile::Release)
}

/// Builds one function, or all that are deployed.
pub fn only(host: Host, function: Option<Function>, profile: Profile) -> Result<(), Fault> {
    let functions = function.map_or_else(|| Function::DEPLOYED.to_vec(), |one| vec![one]);
    match host {
        Host::Workers => workers::build(&functions, profile),
        Host::Spin => spin::build(&functions, profile),
    }
}

/// Builds the port contracts.
pub fn contracts(host: Host) -> Result<(), Fault> {
    only(host, Some(Function::Contracts), Profile::Release)
}

/// What rustc made of `function` for `target`.
fn compiled(function: Function, host: Host, target: &str, profile: Profile) -> PathBuf {
    let folder = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    folder.join(target).join(profile.folder()).join(function.wasm(host))
}

/// Compiles `functions` in one go, for what they share.
fn compile(functions: &[Function], host: Host, target: &str, profile: Profile) -> Result<(), Fault> {
    tools::wasm_target(target)?;
    let mut compile = cargo();
    compile.args(["build", "--quiet", "--lib", "--target", target, "--profile", profile.name()]);
    for function in functions {
        compile.args(["--package", function.package(host)]);
    }
    // wasm-bindgen's macros then take futures from `js_sys`, as the crate `worker` expects.
    compile.env("WASM_BINDGEN_USE_JS_SYS", "1");
    let names: Vec<_> = functions.iter().map(|function| function.package(host)).collect();
    let usual = if profile == Profile::Dev { "3 minutes" } else { "4 minutes" };
    long_step("build", &format!("compiling {} to wasm", names.join(" and ")), Some(usual), || run(&mut compile))
}

/// What an artefact was made from, so that it is made again only when that has changed.
struct Stamp {
    path: PathBuf,
    state: String,
}

impl Stamp {
    /// Of the artefact of `function`: the profile, the time and size of what rustc made, and the revision of what is
    /// added.
    fn new(function: Function, host: Host, profile: Profile, compiled: &Path, revision: u64) -> Result<Self, Fault> {
        let fault = |source| Fault::File { path: compiled.to_path_buf(), source };
        let metadata = fs::metadata(compiled).map_err(fault)?;
        let changed = metadata.modified().map_err(fault)?;
        let state = format!("{profile:?} {} {changed:?} {revision:x}\n", metadata.len());
        Ok(Self { path: function.build_folder(host, profile).join(".built-from"), state })
    }

    fn is_current(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|last| last == self.state)
    }

    fn write(self) -> Result<(), Fault> {
        fs::write(&self.path, self.state).map_err(|source| Fault::File { path: self.path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_as_their_folders() {
        assert_eq!(Function::Gateway.package(Host::Workers), "gateway-workers");
        assert_eq!(Function::Ledger.wasm(Host::Spin), "ledger_spin.wasm");
        assert_eq!(Function::PassThrough.wasm(Host::Spin), "pass_through_spin.wasm");
    }
}
