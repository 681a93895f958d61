//! For Workers: wasm and the JavaScript around it, for workerd and for `wrangler deploy`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Function, Host, Profile, Stamp, compiled};
use crate::{
    command::{Fault, cargo, program, root, run as run_program},
    tools::{self, Tools},
};

const TARGET: &str = "wasm32-unknown-unknown";

pub(super) fn build(functions: &[Function], profile: Profile) -> Result<(), Fault> {
    // Wrangler says on whose behalf it runs a build; only its word makes this a deployment.
    if env::var("WRANGLER_COMMAND").is_ok_and(|command| command == "deploy" || command.starts_with("versions")) {
        refuse_placeholders(functions)?;
    }
    let tools = tools::ensure()?;
    functions.iter().try_for_each(|&function| one(function, profile, &tools))
}

fn one(function: Function, profile: Profile, tools: &Tools) -> Result<(), Fault> {
    let folder = function.folder(Host::Workers);
    println!("build: {folder}");
    let mut compile = cargo();
    compile.args(["build", "--lib", "--target", TARGET, "--package", function.package(Host::Workers)]);
    if profile == Profile::Release {
        compile.arg("--release");
    }
    // As worker-build sets it, else cargo would compile everything again when worker-build asks.
    compile.env("WASM_BINDGEN_USE_JS_SYS", "1");
    run_program(&mut compile)?;

    let stamp = Stamp::new(function, Host::Workers, profile, &compiled(function, Host::Workers, TARGET, profile))?;
    if stamp.is_current() {
        println!("build: {folder}: up to date");
        return Ok(());
    }
    run_program(&mut packed(folder, profile, tools))?;
    stamp.write()
}

/// worker-build, told where its tools are so that it downloads none.
fn packed(folder: &str, profile: Profile, tools: &Tools) -> Command {
    let mut command = program(&tools.worker_build);
    command
        .args([folder, if profile == Profile::Release { "--release" } else { "--dev" }])
        .env("PATH", &tools.path)
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen)
        .env("WASM_OPT_BIN", &tools.wasm_opt)
        .env("ESBUILD_BIN", &tools.esbuild);
    command
}

/// Stops a deployment whose wrangler.toml still says `fill-in-…` somewhere.
fn refuse_placeholders(functions: &[Function]) -> Result<(), Fault> {
    for function in functions {
        let path: PathBuf = match function {
            Function::Gateway => "wrangler.toml".into(),
            Function::Ledger | Function::Contracts | Function::PassThrough => {
                Path::new(function.folder(Host::Workers)).join("wrangler.toml")
            }
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
}
