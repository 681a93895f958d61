//! The runner of `cargo test --target wasm32-unknown-unknown`: one test program, in Node.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use wasm_bindgen_cli_support::Bindgen;

/// Finds the tests among the exports and runs them; beside what wasm-bindgen writes.
const SCRIPT: &str = include_str!("test/run.cjs");

/// The module that the script loads.
const NAME: &str = "tests";

/// The options of libtest that cargo's users know, as far as `wasm-bindgen-test` has them.
#[derive(Args)]
pub struct Test {
    /// The test program that cargo built.
    file: PathBuf,
    /// Runs only tests whose path contains this text.
    filter: Option<String>,
    /// Runs only the test whose path is the filter.
    #[arg(long, requires = "filter")]
    exact: bool,
    /// Runs the tests that are marked `#[ignore]` too.
    #[arg(long)]
    include_ignored: bool,
    /// Prints what passed tests write to the console too.
    #[arg(long)]
    nocapture: bool,
    /// Changes nothing: `cargo test --quiet` passes it on, and the output is short anyway.
    #[arg(long, hide = true)]
    quiet: bool,
}

impl Test {
    /// Runs the tests; their results go to standard output, in libtest's form.
    ///
    /// # Errors
    /// A test failed, or none could be run.
    pub fn run(&self) -> Result<(), String> {
        // Each test program has a name of its own in cargo's folder, so programs that run at once share nothing.
        let folder = self.file.with_extension("node");
        bind(&self.file, &folder).map_err(|fault| format!("{}: {fault}", self.file.display()))?;
        let script = folder.join("run.cjs");
        fs::write(&script, SCRIPT).map_err(|error| format!("{}: {error}", script.display()))?;

        let mut node = Command::new("node");
        node.arg(script);
        if let Some(filter) = &self.filter {
            node.arg(if self.exact { "--exact" } else { "--containing" }).arg(filter);
        }
        for (given, option) in [(self.include_ignored, "--include-ignored"), (self.nocapture, "--nocapture")] {
            node.args(given.then_some(option));
        }
        let status = node.status().map_err(|error| format!("`node` can't be started: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("tests in {} failed", self.file.display())) }
    }
}

/// Writes the test program as a CommonJS module.
fn bind(file: &Path, folder: &Path) -> Result<(), String> {
    let generate = || {
        let mut bindgen = Bindgen::new();
        bindgen.nodejs(true)?;
        // The tests are plain exports of the wasm, which the module gives away as `__wasm`.
        bindgen.input_path(file).out_name(NAME).debug(true).export_wasm(true).emit_start(false);
        bindgen.generate(folder)
    };
    generate().map_err(|error| format!("{error:#}"))
}
