//! The JavaScript around a function's wasm, as an ES module that imports the wasm as a compiled module.

use std::path::Path;

use wasm_bindgen_cli_support::Bindgen;

/// The name of the output: `index.js` and `index_bg.wasm`.
const NAME: &str = "index";

/// Writes `index.js`, `index_bg.wasm` and `snippets/` into `folder`.
///
/// # Errors
/// The file can't be read, the folder can't be written, or the file was compiled against another version of
/// wasm-bindgen.
pub fn write(file: &Path, folder: &Path, debug: bool) -> Result<(), String> {
    let generate = || {
        let mut bindgen = Bindgen::new();
        bindgen.module(true)?;
        bindgen.input_path(file).out_name(NAME).debug(debug).omit_default_module_path(false);
        // After a trap the isolate goes on with a new instance: `worker` asks for it, the entry module carries it out.
        bindgen.reset_state_function(true).force_enable_abort_handler(true);
        bindgen.generate(folder)
    };
    generate().map_err(|error| format!("{error:#}"))
}
