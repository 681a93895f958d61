//! Build for Workers: wasm and the JavaScript around it, for workerd and for `wrangler deploy`.

mod entry;

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use super::{Function, Host, Profile, Stamp, compile, compiled};
use crate::{
    command::{Fault, joined, output, program, root, run as run_program},
    progress::step,
    tools::{self, Tools},
};

const TARGET: &str = "wasm32-unknown-unknown";

/// The WebAssembly features that rustc and wasm-bindgen use and workerd accepts; wasm-opt may use no others.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-exception-handling",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

pub(super) fn build(functions: &[Function], profile: Profile) -> Result<(), Fault> {
    // Wrangler names the command that runs this build; only these commands deploy.
    if env::var("WRANGLER_COMMAND").is_ok_and(|command| command == "deploy" || command.starts_with("versions")) {
        refuse_placeholders()?;
        warn_without_route(functions)?;
    }
    // These two mostly wait for the network or compile a few last crates, so they leave a core to the other build.
    let (tools, bindgen) = thread::scope(|scope| {
        let (tools, bindgen) = (scope.spawn(tools::ensure), scope.spawn(tools::bindgen));
        compile(functions, Host::Workers, TARGET, profile)?;
        Ok::<_, Fault>((joined(tools)?, joined(bindgen)?))
    })?;
    functions.iter().try_for_each(|&function| one(function, profile, &tools, &bindgen))
}

fn one(function: Function, profile: Profile, tools: &Tools, bindgen: &Path) -> Result<(), Fault> {
    let folder = function.folder(Host::Workers);
    let compiled = compiled(function, Host::Workers, TARGET, profile);
    let stamp = Stamp::new(function, Host::Workers, profile, &compiled, revision())?;
    if stamp.is_current() {
        println!("build: {folder}: up to date");
        return Ok(());
    }
    let title = if profile == Profile::Release { "bundling it and making it small" } else { "bundling it" };
    step("build", &format!("{folder}: {title}"), || packed(function, &compiled, profile, tools, bindgen))?;
    stamp.write()
}

/// A hash of all that is put around the wasm.
fn revision() -> u64 {
    let mut hasher = DefaultHasher::new();
    (entry::TEMPLATE, FEATURES).hash(&mut hasher);
    hasher.finish()
}

/// Makes the build folder of `function` from rustc's output: one module of JavaScript, one of WebAssembly.
fn packed(function: Function, compiled: &Path, profile: Profile, tools: &Tools, bindgen: &Path) -> Result<(), Fault> {
    let build_folder = function.build_folder(Host::Workers, profile);
    let parts = compiled.with_extension("parts");
    for folder in [&build_folder, &parts] {
        emptied(folder)?;
    }

    let mut bind = program(bindgen);
    bind.arg("worker").arg(compiled).arg(&parts);
    if profile == Profile::Dev {
        bind.arg("--debug");
    }
    // wasm-bindgen's warnings are about names that rustc has stripped on purpose.
    output(&mut bind)?;

    let bindings = parts.join("index.js");
    let text = read(&bindings)?;
    write(&parts.join("entry.js"), &entry::module(&text))?;
    // workerd gives the compiled module to a plain import and does not know the proposal's `import source`.
    write(&bindings, &text.replacen("import source ", "import ", 1))?;
    run_program(&mut bundle(&parts, &build_folder.join("index.js"), tools))?;

    let (wasm, artefact) = (parts.join("index_bg.wasm"), build_folder.join("index_bg.wasm"));
    if profile == Profile::Release {
        let mut optimise = program(&tools.wasm_opt);
        optimise.env("PATH", &tools.path).arg("-O").args(FEATURES);
        run_program(optimise.arg(&wasm).arg("--output").arg(&artefact))
    } else {
        fs::copy(&wasm, &artefact).map(drop).map_err(|source| Fault::File { path: artefact, source })
    }
}

/// The esbuild command that makes one module out of the entry, the bindings and the snippets.
fn bundle(parts: &Path, module: &Path, tools: &Tools) -> Command {
    let mut command = program(&tools.esbuild);
    command.env("PATH", &tools.path).current_dir(parts);
    command.args(["entry.js", "--bundle", "--format=esm", "--minify", "--log-level=warning"]);
    // workerd provides both.
    command.args(["--external:./index_bg.wasm", "--external:cloudflare:*"]);
    command.arg(format!("--outfile={}", module.display()));
    command
}

/// Makes `folder` and empties it.
fn emptied(folder: &Path) -> Result<(), Fault> {
    let fault = |source| Fault::File { path: folder.to_owned(), source };
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(fault)?;
    }
    fs::create_dir_all(folder).map_err(fault)
}

fn read(path: &Path) -> Result<String, Fault> {
    fs::read_to_string(path).map_err(|source| Fault::File { path: path.to_owned(), source })
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    fs::write(path, text).map_err(|source| Fault::File { path: path.to_owned(), source })
}

/// The configuration of `function`, from the root.
fn configuration(function: Function) -> PathBuf {
    match function {
        Function::Gateway => "wrangler.toml".into(),
        Function::Ledger | Function::Contracts | Function::PassThrough => {
            Path::new(function.folder(Host::Workers)).join("wrangler.toml")
        }
    }
}

/// Stops a deployment while a configuration still says `fill-in-…` somewhere, whichever of the two it deploys: a
/// gateway without its ledger would fill the queue for nobody.
fn refuse_placeholders() -> Result<(), Fault> {
    for function in [Function::Gateway, Function::Ledger] {
        let path = configuration(function);
        let text = read(&root().join(&path))?;
        if let Some((line, placeholder)) = placeholder(&text) {
            return Err(Fault::Found(format!(
                "{}:{line}: `{placeholder}` has not been filled in; the lines above it say what belongs there",
                path.display()
            )));
        }
    }
    Ok(())
}

/// Says that a gateway without a route can't be reached: it is deployed all the same, for a route may be set elsewhere.
fn warn_without_route(functions: &[Function]) -> Result<(), Fault> {
    if functions.contains(&Function::Gateway) {
        let path = configuration(Function::Gateway);
        if !has_route(&read(&root().join(&path))?) {
            eprintln!(
                "warning: {} has no route and no workers.dev address, so nobody can reach this gateway; uncomment \
                 `[[routes]]` with the host of `url` in registry/gateway.toml",
                path.display()
            );
        }
    }
    Ok(())
}

/// True if the configuration, or an environment in it, gives the Worker an address.
fn has_route(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| {
        let name = line.split(['=', '#']).next().unwrap_or_default().trim();
        let is_table = name.starts_with("[[") && name.ends_with("routes]]");
        is_table || ["route", "routes"].contains(&name) || (name == "workers_dev" && line.contains("true"))
    })
}

/// The first value that begins with `fill-in-`, and its line.
fn placeholder(text: &str) -> Option<(usize, &str)> {
    text.lines().enumerate().find_map(|(index, line)| {
        let value = line.split('#').next()?.split(['"', '\'']).nth(1)?;
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
        assert_eq!(placeholder("id = 'fill-in-the-id'\n"), Some((1, "fill-in-the-id")), "single quotes are quotes");
        assert_eq!(placeholder("id = \"0f2ac74b\"\n"), None, "a real id should pass");
    }

    #[test]
    fn address_of_a_worker_is_found() {
        for text in ["[[routes]]\n", "  route = \"a/*\"", "routes = [", "[[env.staging.routes]]", "workers_dev = true"]
        {
            assert!(has_route(text), "`{text}` gives an address");
        }
        for text in ["# [[routes]]", "workers_dev = false", "# workers_dev = true", "name = \"routes\"", ""] {
            assert!(!has_route(text), "`{text}` gives none");
        }
    }

    #[test]
    fn shipped_configuration_refuses_to_deploy() {
        let fault = refuse_placeholders().expect_err("nobody's namespace should be in the repository");
        assert!(fault.to_string().starts_with("wrangler.toml:"), "`{fault}` should say where");
        for function in [Function::Gateway, Function::Ledger] {
            let text = read(&root().join(configuration(function))).expect("a shipped configuration");
            assert!(placeholder(&text).is_some(), "{function:?} should have something to fill in");
            assert!(!has_route(&text), "{function:?} should have nobody's host");
        }
    }
}
