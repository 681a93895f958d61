//! `cargo xtask bench`: builds the functions and the load generator of infra/bench, and runs it.

use std::process::Command;

use clap::Args;

use crate::{
    build::{self, Function, Host, Profile},
    command::{Fault, cargo, root, run as run_program},
    spin, tools,
};

/// The options of `cargo xtask bench`.
#[derive(Debug, Args)]
pub struct Bench {
    /// Short rounds: a check that everything works; the figures are rough.
    #[arg(long)]
    quick: bool,
    /// Sends the load to this MCP endpoint on loopback instead; writes target/bench/url.json.
    #[arg(long, conflicts_with = "registry_size")]
    url: Option<String>,
    /// A header of every request to --url, as `Name: value`; may be repeated.
    #[arg(long, requires = "url")]
    header: Vec<String>,
    /// The tool that is called at --url; by default the first that the endpoint lists.
    #[arg(long, requires = "url")]
    tool: Option<String>,
    /// Measures registries of 10, 1,000 and 10,000 virtual servers instead: warm calls and cold starts.
    #[arg(long, conflicts_with = "host")]
    registry_size: bool,
    /// Measures the memory of one isolate instead: ten readings during 100,000 calls, a tenth of them reset by the
    /// client.
    ///
    /// Garbage is collected before each reading, and the wasm memory counts. It is a failure if memory grows from the
    /// first reading to the last by more than the printed bound, or if a response has no audit event. The audited
    /// pass-through runs first under the same load: it shows how much of workerd's growth is the local queue's. Takes
    /// two minutes; --quick makes 20,000 calls.
    #[arg(long, conflicts_with_all = ["url", "registry_size", "host"])]
    memory: bool,
    /// Measures only if a hidden virtual server can be told from an unknown one by the time of the refusal.
    ///
    /// 200 pairs, in turn first, asked once for the first time and once again. Takes half a minute.
    #[arg(long, conflicts_with_all = ["url", "registry_size", "memory", "host"])]
    hidden: bool,
    /// The host of the gateway and the pass-throughs; `spin` writes target/bench/spin.json.
    #[arg(long, value_enum, default_value_t = Host::Workers, conflicts_with = "url")]
    host: Host,
}

/// Builds the functions and the load generator, and runs it.
///
/// # Errors
/// A build or start that failed, or error responses. A missed target is printed and is no failure.
pub fn run(bench: &Bench) -> Result<(), Fault> {
    let mut command = cargo();
    // Built with optimisation: a slow load generator would measure itself instead of the server.
    command.args(["run", "--profile", "measured", "--package", "weir-bench", "--"]).args(bench.arguments());
    if bench.url.is_none() {
        match bench.host {
            Host::Workers => build::only(Host::Workers, Some(Function::Gateway), Profile::Release)?,
            Host::Spin => ready_spin(&mut command)?,
        }
        let tools = tools::ensure()?;
        command.env("WEIR_NODE", tools.wasm_opt.with_file_name("node")).env("PATH", tools.path);
    }
    println!("bench: building the load generator");
    run_program(&mut command)
}

/// Builds the components, the program that runs them and the `weir` command, and passes their paths in the environment.
fn ready_spin(bench: &mut Command) -> Result<(), Fault> {
    build::all(Host::Spin)?;
    build::only(Host::Spin, Some(Function::PassThrough), Profile::Release)?;
    run_program(cargo().args(["build", "--quiet", "--package", "weir"]))?;
    println!("bench: building what runs components, unless it is there");
    let runner = spin::runner(spin::MEASURED)?;
    println!("bench: the components run in {}", runner.name);
    let manifest = root().join("target/bench-spin.toml");
    spin::copy_manifest(&manifest)?;
    let words = serde_json::to_string(&runner.command).map_err(|error| Fault::Found(error.to_string()))?;
    bench.env("WEIR_SPIN", words).env("WEIR_SPIN_MANIFEST", manifest);
    Ok(())
}

impl Bench {
    /// The same options, for infra/bench.
    fn arguments(&self) -> Vec<&str> {
        let mut arguments = Vec::new();
        for (set, name) in [
            (self.quick, "--quick"),
            (self.registry_size, "--registry-size"),
            (self.memory, "--memory"),
            (self.hidden, "--hidden"),
        ] {
            arguments.extend(set.then_some(name));
        }
        arguments.extend((self.host == Host::Spin).then_some(["--host", "spin"]).into_iter().flatten());
        for (name, value) in [("--url", &self.url), ("--tool", &self.tool)] {
            arguments.extend(value.as_deref().map(|value| [name, value]).into_iter().flatten());
        }
        arguments.extend(self.header.iter().flat_map(|value| ["--header", value.as_str()]));
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_handed_on() {
        let bench = Bench {
            quick: true,
            url: Some("http://127.0.0.1:1/mcp".to_owned()),
            header: vec!["A: b".to_owned(), "C: d".to_owned()],
            tool: None,
            registry_size: false,
            memory: false,
            hidden: false,
            host: Host::Workers,
        };
        let expected = ["--quick", "--url", "http://127.0.0.1:1/mcp", "--header", "A: b", "--header", "C: d"];
        assert_eq!(bench.arguments(), expected);
        let spin = Bench { url: None, header: Vec::new(), host: Host::Spin, ..bench };
        assert_eq!(spin.arguments(), ["--quick", "--host", "spin"]);
        let memory = Bench { quick: false, memory: true, host: Host::Workers, ..spin };
        assert_eq!(memory.arguments(), ["--memory"]);
    }
}
