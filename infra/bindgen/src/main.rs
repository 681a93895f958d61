//! Runs wasm-bindgen, of the version in Cargo.lock, on what rustc made for wasm32.
//!
//! ```text
//! weir-bindgen worker FILE.wasm FOLDER      writes index.js, index_bg.wasm and snippets/ for a Worker
//! weir-bindgen test FILE.wasm [FILTER]      runs its `#[wasm_bindgen_test]`s in the `node` on the `PATH`: cargo's runner
//! ```

mod test;
mod worker;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "weir-bindgen", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Writes the JavaScript around a function's wasm.
    Worker {
        /// The `cdylib` that rustc made.
        file: PathBuf,
        /// The folder for the output; files of the same name are overwritten.
        folder: PathBuf,
        /// Adds checks and readable names to the JavaScript.
        #[arg(long)]
        debug: bool,
    },
    /// Runs the tests of one test program in Node.
    Test(test::Test),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().job {
        Job::Worker { file, folder, debug } => worker::write(&file, &folder, debug),
        Job::Test(test) => test.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("weir-bindgen: {fault}");
            ExitCode::FAILURE
        }
    }
}
