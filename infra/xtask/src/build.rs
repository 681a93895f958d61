//! Building the functions: Rust to wasm, the JavaScript around it, both made small; ready for workerd and `wrangler deploy`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum;

use crate::{
    command::{Fault, cargo, program, root, run as run_program},
    tools::{self, Tools},
};

/// One function, one artefact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Function {
    /// The hot path.
    Gateway,
    /// What drains the queue.
    Ledger,
    /// The port contracts inside workerd: for tests, never deployed.
    #[value(skip)]
    Contracts,
}

/// How it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Small and fast: what is deployed and tested.
    Release,
    /// Quick to build, with names in stack traces.
    Dev,
}

impl Function {
    fn folder(self) -> &'static str {
        match self {
            Self::Gateway => "functions/gateway-workers",
            Self::Ledger => "functions/ledger-workers",
            Self::Contracts => "tests/contracts-workers",
        }
    }

    /// The crate's name, which is the folder's.
    fn package(self) -> &'static str {
        self.folder().rsplit('/').next().unwrap_or_default()
    }

    /// Where its artefact is: `index.js` and `index_bg.wasm`.
    pub fn artefact(self) -> PathBuf {
        root().join(self.folder()).join("build")
    }
}

/// Builds everything that is deployed.
pub fn run() -> Result<(), Fault> {
    only(None, Profile::Release)
}

/// Builds one function, or all that are deployed.
pub fn only(function: Option<Function>, profile: Profile) -> Result<(), Fault> {
    let functions = function.map_or_else(|| vec![Function::Gateway, Function::Ledger], |one| vec![one]);
    // Wrangler says on whose behalf it runs a build; only its word makes this a deployment.
    if env::var("WRANGLER_COMMAND").is_ok_and(|command| command == "deploy" || command.starts_with("versions")) {
        refuse_placeholders(&functions)?;
    }
    let tools = tools::ensure()?;
    functions.into_iter().try_for_each(|function| build(function, profile, &tools))
}

/// Builds the port contracts.
pub fn contracts() -> Result<(), Fault> {
    build(Function::Contracts, Profile::Release, &tools::ensure()?)
}

fn build(function: Function, profile: Profile, tools: &Tools) -> Result<(), Fault> {
    println!("build: {}", function.folder());
    let mut compile = cargo();
    compile.args(["build", "--lib", "--target", "wasm32-unknown-unknown", "--package", function.package()]);
    if profile == Profile::Release {
        compile.arg("--release");
    }
    // As worker-build sets it, else cargo would compile everything again when worker-build asks.
    compile.env("WASM_BINDGEN_USE_JS_SYS", "1");
    run_program(&mut compile)?;

    let stamp = function.artefact().join(".built-from");
    let state = state(function, profile)?;
    if fs::read_to_string(&stamp).is_ok_and(|last| last == state) {
        println!("build: {}: up to date", function.folder());
        return Ok(());
    }
    run_program(&mut packed(function, profile, tools))?;
    fs::write(&stamp, state).map_err(|source| Fault::File { path: stamp, source })
}

/// worker-build, told where its tools are so that it downloads none.
fn packed(function: Function, profile: Profile, tools: &Tools) -> Command {
    let mut command = program(&tools.worker_build);
    command
        .args([function.folder(), if profile == Profile::Release { "--release" } else { "--dev" }])
        .env("PATH", &tools.path)
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", &tools.wasm_opt)
        .env("ESBUILD_BIN", &tools.esbuild);
    command
}

/// What an artefact was made from: the profile, and the time and size of what rustc made.
fn state(function: Function, profile: Profile) -> Result<String, Fault> {
    let folder = if profile == Profile::Release { "release" } else { "debug" };
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let file = format!("{}.wasm", function.package().replace('-', "_"));
    let path = target.join("wasm32-unknown-unknown").join(folder).join(file);
    let metadata = fs::metadata(&path).map_err(|source| Fault::File { path: path.clone(), source })?;
    let changed = metadata.modified().map_err(|source| Fault::File { path, source })?;
    Ok(format!("{profile:?} {} {changed:?}\n", metadata.len()))
}

/// Stops a deployment whose wrangler.toml still says `fill-in-…` somewhere.
fn refuse_placeholders(functions: &[Function]) -> Result<(), Fault> {
    for function in functions {
        let path = match function {
            Function::Gateway => Path::new("wrangler.toml").to_path_buf(),
            Function::Ledger | Function::Contracts => Path::new(function.folder()).join("wrangler.toml"),
        };
        let text =
            fs::read_to_string(root().join(&path)).map_err(|source| Fault::File { path: path.clone(), source })?;
        if let Some((line, placeholder)) = placeholder(&text) {
            return Err(Fault::Found(format!(
                "{}:{line}: `{placeholder}` has not been filled in; the lines above it say what belongs there",
                path.display()
            )));
        }
    }
    Ok(())
}

/// The first value that begins with `fill-in-`, and its line.
fn placeholder(text: &str) -> Option<(usize, &str)> {
    text.lines().enumerate().find_map(|(index, line)| {
        let value = line.split('#').next()?.split('"').nth(1)?;
        value.starts_with("fill-in-").then_some((index + 1, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholder_is_found_with_its_line() {
        let text = "name = \"x\"\n# id = \"fill-in-comment\"\nid = \"fill-in-the-id\"\n";
        assert_eq!(placeholder(text), Some((3, "fill-in-the-id")), "a comment should be passed over");
        assert_eq!(placeholder("id = \"0f2ac74b\"\n"), None, "a real id should pass");
    }

    #[test]
    fn shipped_configuration_refuses_to_deploy() {
        let fault =
            refuse_placeholders(&[Function::Gateway]).expect_err("nobody's namespace should be in the repository");
        assert!(fault.to_string().starts_with("wrangler.toml:"), "`{fault}` should say where");
    }

    #[test]
    fn packages_are_named_as_their_folders() {
        assert_eq!(Function::Gateway.package(), "gateway-workers");
    }
}
