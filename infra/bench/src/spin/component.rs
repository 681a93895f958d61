//! Hosts of Spin components: one process per manifest, ended with this one.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::{fault::Fault, workers::root};

/// The manifest, state and variables of a host.
pub(super) struct Order {
    /// The spin.toml.
    pub manifest: PathBuf,
    /// The state folder with its stores.
    pub state: PathBuf,
    /// The variables, by Spin's names.
    pub variables: Vec<(&'static str, String)>,
}

/// A running host of one manifest. It ends when this is dropped or this process ends.
pub(super) struct Component {
    process: Child,
    log: PathBuf,
    /// `http://127.0.0.1:PORT`
    pub url: String,
}

impl Component {
    /// Starts the program in WEIR_SPIN, a JSON array of it and its first arguments, which `cargo xtask bench` sets.
    pub(super) fn start(order: &Order) -> Result<Self, Fault> {
        let runner = env::var("WEIR_SPIN").ok().and_then(|text| serde_json::from_str::<Vec<String>>(&text).ok());
        let runner = runner
            .ok_or_else(|| Fault::Found("WEIR_SPIN is not set: run `cargo xtask bench --host spin`".to_owned()))?;
        fs::create_dir_all(&order.state).map_err(|source| Fault::File { path: order.state.clone(), source })?;
        let log = order.state.join("host.log");
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string();
        let mut command = Command::new(env::var_os("WEIR_NODE").unwrap_or_else(|| "node".into()));
        command.arg(root().join("tests/harness/tethered.mjs")).arg("--log").arg(&log);
        command.args(["--ready", "Serving http", "--"]).args(runner).arg("--from").arg(&order.manifest);
        command.arg("--state-dir").arg(&order.state).args(["--listen", &address]);
        for (name, value) in &order.variables {
            command.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let component = Self { process, log, url: format!("http://{address}") };
        match serde_json::from_str::<Value>(&line) {
            Ok(_) => Ok(component),
            Err(_) => Err(Fault::Found(format!("the host did not start:\n{}", component.log()))),
        }
    }

    /// The last lines of its log.
    pub(super) fn log(&self) -> String {
        const LINES: usize = 40;
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(LINES)).map(|line| format!("{line}\n")).collect()
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        // The end of its input makes it end the host and itself.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
