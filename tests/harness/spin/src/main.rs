//! Runs the components of a `spin.toml` without a `spin` binary: a fixture of the test suite, not for production.

mod allowed_hosts;
mod application;
mod arguments;
mod bindings;
mod compiled;
mod control;
mod database;
mod faults;
mod guest;
mod headers;
mod imports;
mod instances;
mod key_value;
mod loopback;
mod manifest;
mod outbound;
mod route;
mod runtime_config;
mod server;
mod variables;

use std::{
    io::{Read, Write},
    process::ExitCode,
    sync::Arc,
};

use clap::Parser;

use application::Application;
use arguments::Arguments;

/// SIGTERM and SIGINT have no handler: they end the process and its background work at once, as with `spin up`.
#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spin-test-host: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if arguments.compile_only {
        return Ok(application::compile(&arguments)?);
    }
    let application = Arc::new(Application::load(&arguments)?);
    if arguments.end_with_stdin {
        std::thread::spawn(end_with_stdin);
    }
    if let Some(address) = arguments.control {
        let listener = loopback::listen(address).await?;
        say(&format!("Control http://{}", listener.local_addr()?))?;
        tokio::spawn(control::serve(listener, application.backends.clone()));
    }
    let listener = loopback::listen(arguments.listen).await?;
    say(&format!("Serving http://{}", listener.local_addr()?))?;
    server::serve(listener, application).await;
    Ok(())
}

/// Prints one line and flushes it: standard output may be a pipe.
fn say(line: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// Ends this process when the test program ends, even if that is killed: the pipe closes then.
fn end_with_stdin() {
    let mut ignored = [0; 1024];
    while let Ok(1..) = std::io::stdin().lock().read(&mut ignored) {}
    std::process::exit(0);
}
