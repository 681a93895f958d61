//! Build for Spin: one WebAssembly component per function, at the path in spin.toml.

use std::{fs, path::Path};

use super::{Function, Host, Profile, Stamp, compile, compiled, component};
use crate::{
    command::{Fault, run as run_program},
    progress::step,
    tools,
};

/// The target whose linker makes components; imports of WASI 0.3 come from the component's bindings.
const TARGET: &str = "wasm32-wasip2";

/// The WebAssembly features that rustc uses and Spin accepts; wasm-opt may use no others.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

pub(super) fn build(functions: &[Function], profile: Profile) -> Result<(), Fault> {
    compile(functions, Host::Spin, TARGET, profile)?;
    functions.iter().try_for_each(|&function| one(function, profile))
}

fn one(function: Function, profile: Profile) -> Result<(), Fault> {
    let folder = function.folder(Host::Spin);
    let compiled = compiled(function, Host::Spin, TARGET, profile);
    let stamp = Stamp::new(function, Host::Spin, profile, &compiled, 0)?;
    if stamp.is_current() {
        println!("build: {folder}: up to date");
        return Ok(());
    }
    let build_folder = function.build_folder(Host::Spin, profile);
    fs::create_dir_all(&build_folder).map_err(|source| Fault::File { path: build_folder.clone(), source })?;
    let artefact = build_folder.join(function.wasm(Host::Spin));
    match profile {
        Profile::Release => {
            step("build", &format!("{folder}: making it small"), || optimised(&compiled, &build_folder, &artefact))?
        }
        Profile::Demo | Profile::Dev => {
            fs::copy(&compiled, &artefact).map_err(|source| Fault::File { path: compiled, source })?;
        }
    }
    stamp.write()
}

/// wasm-opt reads modules, not components, so the component's module is extracted, optimised and put back.
fn optimised(compiled: &Path, folder: &Path, artefact: &Path) -> Result<(), Fault> {
    let read = |path: &Path| fs::read(path).map_err(|source| Fault::File { path: path.to_path_buf(), source });
    let write = |path: &Path, bytes: &[u8]| {
        fs::write(path, bytes).map_err(|source| Fault::File { path: path.to_path_buf(), source })
    };
    let component = read(compiled)?;
    let module = component::largest_module(&component)
        .ok_or_else(|| Fault::Found(format!("`{}` is no component with a module", compiled.display())))?;
    let (large, small) = (folder.join("module.wasm"), folder.join("module-small.wasm"));
    write(&large, &component[module.payload.clone()])?;
    let mut optimise = tools::wasm_opt()?;
    run_program(optimise.arg(&large).arg("-O3").args(FEATURES).arg("--output").arg(&small))?;
    write(artefact, &component::replaced(&component, &module, &read(&small)?))?;
    for path in [large, small] {
        fs::remove_file(&path).map_err(|source| Fault::File { path, source })?;
    }
    Ok(())
}
