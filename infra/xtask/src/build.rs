//! `cargo xtask build`: compiles the functions to wasm, optimises them for size and packs them for each host.

mod component;
mod spin;
mod workers;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum;

use crate::{
    command::{self, Fault, cargo, root, run},
    progress::long_step,
    tools,
};

/// One function, one artefact per host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Function {
    /// The MCP endpoint, the token endpoint and the discovery documents.
    Gateway,
    /// The consumer of the audit queue: audit trail, costs and reports.
    Ledger,
    /// The port contracts inside the host: for tests, never deployed.
    #[value(skip)]
    Contracts,
    /// The bare pass-through of the bench, on Spin; on Workers it is JavaScript and is not built.
    #[value(skip)]
    PassThrough,
}

/// The host that the functions are built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// Cloudflare Workers, and workerd.
    Workers,
    /// Spin, and SpinKube.
    Spin,
}

impl Host {
    /// The value of `--host`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::Spin => "spin",
        }
    }
}

/// The profile of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Small and fast, for deployment and tests.
    Release,
    /// For the demo: the same code without link-time optimisation, built in half the time.
    Demo,
    /// Quick to build, with names in stack traces.
    Dev,
}

impl Profile {
    /// The name of cargo's profile.
    fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Demo => "quick",
            Self::Dev => "dev",
        }
    }

    /// The folder of cargo's profile below the target.
    fn folder(self) -> &'static str {
        if self == Self::Dev { "debug" } else { self.name() }
    }
}

impl Function {
    /// The functions that are deployed.
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

    /// The crate's name, equal to its folder's.
    fn package(self, host: Host) -> &'static str {
        self.folder(host).rsplit('/').next().unwrap_or_default()
    }

    /// The folder of the artefact. The demo has its own, so that it never replaces an artefact to deploy.
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

    /// The files that are uploaded.
    pub fn files(self, host: Host) -> Vec<PathBuf> {
        let names = match host {
            Host::Workers => vec!["index.js".to_owned(), "index_bg.wasm".to_owned()],
            Host::Spin => vec![self.wasm(host)],
        };
        let folder = self.build_folder(host, Profile::Release);
        names.into_iter().map(|name| folder.join(name)).collect()
    }

    /// The file name of rustc's output.
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

/// The path of rustc's output for `target`.
fn compiled(function: Function, host: Host, target: &str, profile: Profile) -> PathBuf {
    command::target().join(target).join(profile.folder()).join(function.wasm(host))
}

/// Compiles `functions` in one cargo run, so that shared crates are compiled once.
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

/// The inputs of an artefact, kept beside it: it is packed again only if they have changed.
struct Stamp {
    path: PathBuf,
    state: String,
}

impl Stamp {
    /// The stamp for `function`: the profile, time and size of rustc's output, and `revision`, a hash of what packing
    /// adds.
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
