//! Workers on real workerd, controlled through `tests/bench/workers.mjs`.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Fault;

/// The root of the repository.
pub fn root() -> PathBuf {
    // This crate is two folders down. Read at run time: a moved checkout brings its compiled programs along.
    let here = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| "infra/bench".into(), PathBuf::from);
    here.ancestors().nth(2).unwrap_or(&here).to_path_buf()
}

/// The Node process that starts Workers. It ends with every workerd when this is dropped or this process ends.
pub struct Workers {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// A Worker in a workerd of its own.
#[derive(Debug)]
pub struct Worker {
    id: u64,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// The time from the order until it was reachable.
    pub elapsed: Duration,
}

/// The memory that an isolate keeps after garbage collection.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Kept {
    /// JavaScript objects, the memory behind them, and wasm, bytes.
    pub bytes: u64,
    /// The part of it that is wasm memory, bytes.
    pub wasm: u64,
    /// Slots of the largest table of wasm: JavaScript values that Rust has referred to at once.
    pub slots: u64,
    /// One line about each of the gateway's own memories: its name, entries and estimated bytes.
    pub sizes: Vec<String>,
}

/// The configuration of a Worker.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// A file of tests/bench in place of the gateway.
    pub worker: Option<&'static str>,
    /// The plain variables, a JSON object.
    pub variables: Value,
    /// The secrets, a JSON object.
    pub secrets: Value,
    /// True if the isolate sends its queue messages in batches.
    pub batched: bool,
    /// The folder of its stores.
    pub persist: Option<PathBuf>,
    /// The file with the content of its key-value store, one record per line.
    pub seed: Option<PathBuf>,
    /// True if the memory of its isolate can be read.
    pub inspected: bool,
}

impl Workers {
    /// Starts the Node in WEIR_NODE, which `cargo xtask bench` sets.
    pub fn start() -> Result<Self, Fault> {
        let node = env::var_os("WEIR_NODE").unwrap_or_else(|| "node".into());
        let mut process = Command::new(node)
            .arg(root().join("tests/bench/workers.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Fault::Found(format!("node can't be started: {error}")))?;
        let orders = process.stdin.take();
        let answers = process.stdout.take().ok_or_else(|| Fault::Found("node has no output".to_owned()))?;
        Ok(Self { process, orders, answers: BufReader::new(answers) })
    }

    /// Starts a Worker.
    pub fn worker(&mut self, order: &Order) -> Result<Worker, Fault> {
        let mut start = json!({ "vars": order.variables, "secrets": order.secrets });
        for (name, path) in [("persist", &order.persist), ("seed", &order.seed)] {
            if let Some(path) = path {
                start[name] = json!(path);
            }
        }
        if order.batched {
            start["queue"] = json!("batch");
        }
        if order.inspected {
            start["inspect"] = json!(true);
        }
        if let Some(worker) = order.worker {
            start["worker"] = json!(worker);
        }
        let answer = self.ask(&json!({ "start": start }))?;
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let milliseconds = answer["milliseconds"].as_f64().unwrap_or_default();
        Ok(Worker {
            id: answer["id"].as_u64().unwrap_or_default(),
            url: text("url"),
            elapsed: Duration::from_secs_f64(milliseconds.max(0.0) / 1000.0),
        })
    }

    /// The resident set of the Worker's workerd, bytes.
    pub fn memory(&mut self, worker: &Worker) -> Result<u64, Fault> {
        self.count("memory", worker, "bytes")
    }

    /// The memory that the Worker's isolate keeps after garbage collection.
    pub fn kept(&mut self, worker: &Worker) -> Result<Kept, Fault> {
        let answer = self.ask(&json!({ "heap": worker.id }))?;
        serde_json::from_value(answer)
            .map_err(|error| Fault::Found(format!("the answer of heap.mjs can't be read: {error}")))
    }

    /// The number of messages that the Worker's queue has delivered.
    pub fn events(&mut self, worker: &Worker) -> Result<u64, Fault> {
        self.count("events", worker, "count")
    }

    /// The last lines of the Worker's log.
    pub fn log(&mut self, worker: &Worker) -> String {
        let answer = self.ask(&json!({ "log": worker.id })).unwrap_or_default();
        answer["text"].as_str().unwrap_or_default().to_owned()
    }

    /// Ends a Worker and its workerd.
    pub fn stop(&mut self, worker: &Worker) -> Result<(), Fault> {
        self.ask(&json!({ "stop": worker.id })).map(drop)
    }

    fn count(&mut self, verb: &str, worker: &Worker, member: &str) -> Result<u64, Fault> {
        let answer = self.ask(&json!({ verb: worker.id }))?;
        answer[member].as_u64().ok_or_else(|| Fault::Found(format!("workers.mjs returned no `{member}`")))
    }

    fn ask(&mut self, order: &Value) -> Result<Value, Fault> {
        let orders = self.orders.as_mut().ok_or_else(|| Fault::Found("node has no input".to_owned()))?;
        writeln!(orders, "{order}")?;
        orders.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line)
            .map_err(|_| Fault::Found("workers.mjs ended; its reason is above".to_owned()))?;
        match answer["error"].as_str() {
            Some(error) => Err(Fault::Found(error.to_owned())),
            None => Ok(answer),
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // The end of its input makes it end its Workers and itself.
        drop(self.orders.take());
        let _ = self.process.wait();
    }
}
