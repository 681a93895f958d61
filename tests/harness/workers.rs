//! Target `workers`: the built artefact in local workerd, controlled through `workers.mjs`.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    sockets::{self, Exchange, authority},
    target,
    wanted::{LEDGER_READ_TOKEN, Queue, Store, Wanted},
};

/// The only Node process of this test program, and the address of its control API.
///
/// It ends when its standard input closes, so it ends with this process even if this process is killed.
static CONTROL: LazyLock<(String, Child)> = LazyLock::new(|| {
    let script = crate::in_tests("harness/workers.mjs");
    let mut child = Command::new(node())
        .arg(script)
        // Miniflare copies every certificate into each host's configuration; no test leaves loopback.
        .env_remove("NODE_EXTRA_CA_CERTS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node should start; `cargo xtask test` gets it from npm");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output is piped")).read_line(&mut line).expect("node should speak");
    let ready: Value =
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("workers.mjs should say where it is, not `{line}`"));
    let control = ready["control"].as_str().expect("the control API should have an address");
    (authority(control), child)
});

/// The Node that npm installed; `WEIR_NODE` names another.
pub fn node() -> PathBuf {
    if let Some(named) = std::env::var_os("WEIR_NODE") {
        return named.into();
    }
    let brought = crate::in_tests("node_modules/.bin/node");
    if brought.exists() { brought } else { "node".into() }
}

/// Weir in workerd.
pub struct Running {
    id: String,
    /// Changes when workerd is restarted.
    authority: RefCell<String>,
    ledger: Option<String>,
}

impl Running {
    /// Starts a host with everything in `wanted`.
    pub fn start(wanted: Wanted) -> Self {
        let texts = |pairs: Vec<(String, String)>| -> Map<String, Value> {
            pairs.into_iter().map(|(name, value)| (name, json!(value))).collect()
        };
        let records: Map<String, Value> =
            wanted.key_value.into_iter().map(|(key, value)| (key, json!(STANDARD.encode(value)))).collect();
        let mut order = json!({
            "vars": texts(wanted.variables),
            "secrets": texts(wanted.secrets),
            "key_value": records,
            "queue": match wanted.queue {
                Queue::Collect => "collect",
                Queue::Refuse => "refuse",
                Queue::Ledger => "ledger",
                Queue::Slow(_) => panic!("a slow queue is for the memory target"),
            },
            "ledger_secrets": { "LEDGER_READ_TOKEN": LEDGER_READ_TOKEN },
            "once": store(wanted.once),
            "quota": store(wanted.quota),
            "versioned_store": store(wanted.versioned_store),
        });
        if wanted.store_may_fail {
            order["key_value_fault"] = json!("none");
        }
        if wanted.may_trap {
            order["may_trap"] = json!(true);
        }
        if let Some(port) = wanted.port {
            order["port"] = json!(port);
        }
        let (status, body) = control(Method::POST, "/hosts", order.to_string().into());
        let host: Value = serde_json::from_slice(&body).unwrap_or_default();
        assert_eq!(status, 201, "workerd should start: {host}");
        let text = |name: &str| {
            host[name].as_str().unwrap_or_else(|| panic!("a host should have `{name}`: {host}")).to_owned()
        };
        let gateway = RefCell::new(authority(&text("gateway")));
        Self { id: text("id"), authority: gateway, ledger: host["ledger"].as_str().map(authority) }
    }

    fn ask(&self, part: &str) -> Value {
        let (status, body) = control(Method::GET, &format!("/hosts/{}/{part}", self.id), Bytes::new());
        assert_eq!(status, 200, "the control API should answer for `{part}`");
        serde_json::from_slice(&body).unwrap_or_else(|_| panic!("`{part}` should be JSON"))
    }

    fn tell(&self, method: Method, part: &str, body: Bytes) {
        let (status, _) = control(method, &format!("/hosts/{}/{part}", self.id), body);
        assert_eq!(status, 204, "the control API should take `{part}`");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let path = format!("/hosts/{}", self.id);
        if std::thread::panicking() {
            let (_, log) = control(Method::GET, &format!("{path}/log"), Bytes::new());
            eprintln!("what workerd printed:\n{}", String::from_utf8_lossy(&log));
        }
        control(Method::DELETE, &path, Bytes::new());
    }
}

impl target::Running for Running {
    fn begin(&self, request: http::Request<Bytes>) -> Box<dyn target::Exchange> {
        Box::new(Exchange::begin(&self.authority.borrow(), request))
    }

    fn begin_ledger(&self, request: http::Request<Bytes>) -> Box<dyn target::Exchange> {
        let ledger = self.ledger.as_deref().expect("the test should ask for `Queue::Ledger`");
        Box::new(Exchange::begin(ledger, request))
    }

    fn authority(&self) -> String {
        self.authority.borrow().clone()
    }

    fn now(&self) -> u64 {
        sockets::now()
    }

    fn pass(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn events(&self) -> Vec<Value> {
        let Value::Array(events) = self.ask("events") else { panic!("events should be an array") };
        events
    }

    fn outbox(&self) -> Vec<Value> {
        let Value::Array(objects) = self.ask("outbox") else { panic!("the outbox should be an array") };
        objects.into_iter().map(|object| object["body"].clone()).collect()
    }

    fn log(&self) -> String {
        let (_, log) = control(Method::GET, &format!("/hosts/{}/log", self.id), Bytes::new());
        String::from_utf8_lossy(&log).into_owned()
    }

    fn put(&self, key: &str, value: &[u8]) {
        self.tell(Method::PUT, &format!("key_value/{key}"), value.to_vec().into());
    }

    fn delete(&self, key: &str) {
        self.tell(Method::DELETE, &format!("key_value/{key}"), Bytes::new());
    }

    fn trap(&self) {
        let (status, _) = sockets::ask(&self.authority.borrow(), Method::GET, "/harness/trap", Bytes::new());
        assert_eq!(status, 204, "the test should ask for `may_trap`");
    }

    fn set_variable(&self, name: &str, value: &str) {
        self.tell(Method::PUT, &format!("bindings/{name}"), value.to_owned().into());
    }

    fn forget(&self) {
        let (status, body) = control(Method::POST, &format!("/hosts/{}/restart", self.id), Bytes::new());
        let host: Value = serde_json::from_slice(&body).unwrap_or_default();
        assert_eq!(status, 200, "workerd should start again: {host}");
        self.authority.replace(authority(host["gateway"].as_str().expect("a host should say where it is")));
    }

    fn break_store(&self, broken: bool) {
        self.tell(Method::PUT, "key_value_fault", if broken { "throw" } else { "none" }.into());
    }
}

/// The name of `store` in `workers.mjs`.
const fn store(store: Store) -> &'static str {
    match store {
        Store::Real => "real",
        Store::Slow => "slow",
        Store::Broken => "broken",
    }
}

/// Sends one request to the control API.
fn control(method: Method, path: &str, body: Bytes) -> (u16, Bytes) {
    let (authority, _) = &*CONTROL;
    sockets::ask(authority, method, path, body)
}
