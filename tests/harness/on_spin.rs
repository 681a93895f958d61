//! Target `spin`: the components in the Spin test host, each Weir with a manifest and a state of its own.
//!
//! It is the test host even if a `spin` binary is on the PATH: tests fill and read stores and cause failures through
//! the host's control endpoint, which real Spin does not have.

mod manifest;

use std::{
    cell::RefCell,
    fs::File,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    rc::Rc,
    time::Duration,
};

use bytes::Bytes;
use http::{Method, header};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    client::encode,
    sockets::{self, Exchange, authority},
    target::{self, Sqlite},
    wanted::{LEDGER_DRAIN_TOKEN, LEDGER_READ_TOKEN, Queue, Store, Wanted},
};

/// Parts of the statements for audit events, one-time claims, quotas and values with revisions, to order faults.
const APPEND: &str = "INSERT INTO outbox";
const CLAIM: &str = "INSERT INTO once_claims";
const TAKE: &str = "INSERT INTO quota_windows";
const VERSIONED: [&str; 3] = ["INTO versioned_values", "UPDATE versioned_values", "FROM versioned_values"];

/// More than the time after which an unused instance ends.
const IDLE: Duration = Duration::from_millis(1500);

/// Weir in the Spin test host.
pub struct Running {
    /// The process. It is dropped first: its output is in the deployment's folder.
    host: Host,
    deployment: Rc<Deployment>,
}

/// The state that all processes of one Weir share.
struct Deployment {
    /// The manifest, the stores and the hosts' logs.
    folder: TempDir,
    variables: Vec<(String, String)>,
    has_ledger: bool,
}

/// One process of the test host.
struct Host {
    child: RefCell<Child>,
    gateway: String,
    control: String,
    log: PathBuf,
}

impl Running {
    /// Starts a host with everything in `wanted`.
    pub fn start(wanted: Wanted) -> Self {
        let has_ledger = wanted.queue == Queue::Ledger;
        let mut variables: Vec<(String, String)> = wanted.secrets.into_iter().chain(wanted.variables).collect();
        variables.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
        let folder = folder();
        let origins: Vec<&str> = wanted.sites.iter().map(|(authority, _)| authority.as_str()).collect();
        manifest::write(&folder.path().join("spin.toml"), &variables, &origins, wanted.withheld);
        for (name, token) in [("ledger_read_token", LEDGER_READ_TOKEN), ("ledger_drain_token", LEDGER_DRAIN_TOKEN)] {
            variables.push((name.to_owned(), token.to_owned()));
        }
        let deployment = Rc::new(Deployment { folder, variables, has_ledger });
        let running = Self { host: deployment.start(wanted.port), deployment };
        for (key, value) in wanted.key_value {
            target::Running::put(&running, &key, &value);
        }
        running.fault(CLAIM, wanted.once);
        running.fault(TAKE, wanted.quota);
        VERSIONED.iter().for_each(|statement| running.fault(statement, wanted.versioned_store));
        match wanted.queue {
            Queue::Collect | Queue::Ledger => {}
            Queue::Refuse => running.fault(APPEND, Store::Broken),
            Queue::Slow(_) => panic!("a slow queue is for the memory target"),
        }
        running
    }

    /// The rows of an SQL statement; none while its table does not exist.
    fn rows(&self, statement: &str) -> Vec<Value> {
        let (status, body) = self.control(Method::POST, "/sqlite", statement.to_owned().into());
        match serde_json::from_slice(&body) {
            Ok(Value::Array(rows)) if status == 200 => rows,
            _ if String::from_utf8_lossy(&body).contains("no such table") => Vec::new(),
            _ => panic!("the database should answer: {}", String::from_utf8_lossy(&body)),
        }
    }

    fn fault(&self, statement: &str, store: Store) {
        let fault = match store {
            Store::Real => Sqlite::Works,
            Store::Slow => Sqlite::Slow,
            Store::Broken => Sqlite::Fails,
        };
        target::Running::order_sqlite(self, statement, fault);
    }

    fn tell(&self, method: Method, path: &str, body: Bytes) {
        let (status, text) = self.control(method, path, body);
        assert_eq!(status, 204, "the control endpoint should take {path}: {}", String::from_utf8_lossy(&text));
    }

    fn control(&self, method: Method, path: &str, body: Bytes) -> (u16, Bytes) {
        sockets::ask(&self.host.control, method, path, body)
    }

    /// Drains the outbox, which a cron job does in a deployment.
    fn drain(&self) {
        let request = http::Request::post("/ledger/drain")
            .header(header::HOST, &self.host.gateway)
            .header(header::AUTHORIZATION, format!("Bearer {LEDGER_DRAIN_TOKEN}"))
            .body(Bytes::new())
            .expect("the order to drain is a request");
        let (status, body) = sockets::whole(Exchange::begin(&self.host.gateway, request));
        assert_eq!(status, 200, "the ledger should drain: {}", String::from_utf8_lossy(&body));
    }
}

impl target::Running for Running {
    fn begin(&self, request: http::Request<Bytes>) -> Box<dyn target::Exchange> {
        Box::new(Exchange::begin(&self.host.gateway, request))
    }

    fn begin_ledger(&self, request: http::Request<Bytes>) -> Box<dyn target::Exchange> {
        assert!(self.deployment.has_ledger, "the test should ask for `Queue::Ledger`");
        self.drain();
        self.begin(request)
    }

    fn authority(&self) -> String {
        self.host.gateway.clone()
    }

    fn now(&self) -> u64 {
        sockets::now()
    }

    fn pass(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn events(&self) -> Vec<Value> {
        let rows = self.rows("SELECT event FROM outbox ORDER BY sequence");
        let event = |row: Value| serde_json::from_str(row["event"].as_str().unwrap_or_default());
        rows.into_iter().map(|row| event(row).expect("an event should be JSON")).collect()
    }

    fn break_sink(&self, broken: bool) {
        self.fault(APPEND, if broken { Store::Broken } else { Store::Real });
    }

    fn outbox(&self) -> Vec<Value> {
        // Without Redis all events are in the embedded outbox.
        self.events()
    }

    fn put(&self, key: &str, value: &[u8]) {
        self.tell(Method::PUT, &format!("/key-value/{key}"), value.to_vec().into());
    }

    fn delete(&self, key: &str) {
        self.tell(Method::DELETE, &format!("/key-value/{key}"), Bytes::new());
    }

    fn break_store(&self, broken: bool) {
        self.tell(Method::PUT, "/key-value-fault", if broken { "throw" } else { "none" }.into());
    }

    fn forget(&self) {
        std::thread::sleep(IDLE);
    }

    fn sql(&self, statement: &str) -> Vec<Value> {
        self.rows(statement)
    }

    fn order_sqlite(&self, part: &str, fault: Sqlite) {
        let kind = match fault {
            Sqlite::Works => "none",
            Sqlite::Fails => "throw",
            Sqlite::Slow => "slow",
            Sqlite::Locked => "locked",
            Sqlite::Traps => "trap",
        };
        self.tell(Method::PUT, &format!("/sqlite-fault?containing={}", encode(part)), kind.into());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.host.log).expect("the log is ours")
    }

    fn replica(&self) -> Box<dyn target::Running> {
        Box::new(Self { host: self.deployment.start(None), deployment: self.deployment.clone() })
    }

    fn terminate(&self) {
        let mut child = self.host.child.borrow_mut();
        let killed = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
        assert!(killed.is_ok_and(|status| status.success()), "a signal should reach the host");
        child.wait().expect("the host should end");
    }
}

impl Deployment {
    /// Starts another process on the same manifest and stores.
    fn start(&self, port: Option<u16>) -> Host {
        let folder = self.folder.path();
        let log = folder.join(format!("log-{}", std::fs::read_dir(folder).expect("the folder is ours").count()));
        let mut command = Command::new(test_host());
        command.arg("--from").arg(folder.join("spin.toml")).arg("--state").arg(folder.join("state"));
        command.args(["--listen", &format!("127.0.0.1:{}", port.unwrap_or(0)), "--control", "127.0.0.1:0"]);
        command.arg("--end-with-stdin");
        for (name, value) in &self.variables {
            command.arg("--variable").arg(format!("{name}={value}"));
        }
        if !self.has_ledger {
            command.args(["--component-id", "gateway"]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(File::create(&log).expect("a log can be made"));
        let mut child = command.spawn().expect("the test host should start; `cargo xtask test` builds it");
        let mut lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let mut url_after = |what: &str| {
            let line = lines.next().and_then(Result::ok).unwrap_or_default();
            let url = line.strip_prefix(what).unwrap_or_else(|| {
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                panic!("the test host should say `{what}`, not `{line}`: {log}")
            });
            authority(url)
        };
        let (control, gateway) = (url_after("Control "), url_after("Serving "));
        Host { child: RefCell::new(child), gateway, control, log }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            eprintln!("what the components printed:\n{log}");
        }
        let child = self.child.get_mut();
        // It may have ended already.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A folder in memory on systems that have one: a commit waits for the disk, and these stores are temporary.
fn folder() -> TempDir {
    let mut name = tempfile::Builder::new();
    name.prefix("weir-spin-");
    let in_memory = name.tempdir_in("/dev/shm");
    in_memory.or_else(|_| name.tempdir()).expect("a folder can be made")
}

/// The program that `cargo xtask test` builds; `WEIR_SPIN_TEST_HOST` names another.
fn test_host() -> PathBuf {
    let built = || crate::in_tests("../target/measured/spin-test-host");
    std::env::var_os("WEIR_SPIN_TEST_HOST").map_or_else(built, PathBuf::from)
}
