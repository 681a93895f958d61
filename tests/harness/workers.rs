//! Target `workers`: the built artefact in local workerd, started and watched through `workers.mjs`.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use socket2::SockRef;
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};

use crate::{
    network::RUNTIME,
    target::{self, Head},
    weir::{LEDGER_READ_TOKEN, Queue, Store, Wanted},
};

/// Longer than anything a test waits for; a hang fails the test instead of the whole run.
const PATIENCE: Duration = Duration::from_secs(30);

/// The one Node process of this test program, and where its control API is.
///
/// It ends when its standard input closes, which happens when this process ends, however it ends.
static CONTROL: LazyLock<(String, Child)> = LazyLock::new(|| {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/workers.mjs");
    let mut child = Command::new(node())
        .arg(script)
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

/// The Node that npm brought; `WEIR_NODE` names another.
pub fn node() -> PathBuf {
    if let Some(named) = std::env::var_os("WEIR_NODE") {
        return named.into();
    }
    let brought = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/.bin/node");
    if brought.exists() { brought } else { "node".into() }
}

/// Now, seconds since 1970: workerd has the real clock, so its tests have it too.
#[expect(clippy::disallowed_methods, reason = "the one target whose time no test can move")]
pub fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("the clock should be past 1970").as_secs()
}

/// Weir in workerd.
pub struct Running {
    id: String,
    authority: String,
    ledger: Option<String>,
}

impl Running {
    /// A host with everything that is wanted.
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
        });
        if wanted.store_may_fail {
            order["key_value_fault"] = json!("none");
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
        Self { id: text("id"), authority: authority(&text("gateway")), ledger: host["ledger"].as_str().map(authority) }
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
        Box::new(Exchange::begin(&self.authority, request))
    }

    fn begin_ledger(&self, request: http::Request<Bytes>) -> Box<dyn target::Exchange> {
        let ledger = self.ledger.as_deref().expect("the test should ask for `Queue::Ledger`");
        Box::new(Exchange::begin(ledger, request))
    }

    fn authority(&self) -> String {
        self.authority.clone()
    }

    fn now(&self) -> u64 {
        now()
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

    fn put(&self, key: &str, value: &[u8]) {
        self.tell(Method::PUT, &format!("key_value/{key}"), value.to_vec().into());
    }

    fn delete(&self, key: &str) {
        self.tell(Method::DELETE, &format!("key_value/{key}"), Bytes::new());
    }

    fn break_store(&self, broken: bool) {
        self.tell(Method::PUT, "key_value_fault", if broken { "throw" } else { "none" }.into());
    }
}

/// A request over a connection of its own.
struct Exchange {
    response: Option<JoinHandle<Result<http::Response<Incoming>, String>>>,
    body: Option<Incoming>,
    connection: JoinHandle<()>,
    /// Keeps the socket open past hyper, so that closing it can be made a reset.
    socket: std::net::TcpStream,
}

impl Exchange {
    fn begin(authority: &str, request: http::Request<Bytes>) -> Self {
        let (mut head, body) = request.into_parts();
        // Over TCP the request line has the path alone (RFC 9112 §3.2.1); the authority is in `Host`.
        head.uri = head.uri.path_and_query().map_or("/", |path| path.as_str()).parse().expect("a path is a URI");
        RUNTIME.block_on(async {
            let stream = TcpStream::connect(authority).await.expect("workerd should listen");
            let stream = stream.into_std().expect("the runtime should give the socket back");
            let socket = stream.try_clone().expect("a socket can be shared");
            let stream = TcpStream::from_std(stream).expect("the runtime should take the socket");
            let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
                .await
                .expect("a fresh connection should be ready");
            let connection = tokio::spawn(async move {
                // How it ends shows in the response and in its body.
                let _ = connection.await;
            });
            let sending = sender.send_request(http::Request::from_parts(head, Full::new(body)));
            let response = tokio::spawn(async move { sending.await.map_err(|error| error.to_string()) });
            // The sender must stay alive only until the request is on its way, which `spawn` sees to.
            tokio::task::yield_now().await;
            Self { response: Some(response), body: None, connection, socket }
        })
    }
}

impl target::Exchange for Exchange {
    fn head(&mut self) -> Result<Head, String> {
        let response = self.response.take().expect("the head is read once");
        let response = RUNTIME.block_on(async { timeout(PATIENCE, response).await });
        let response = response.map_err(|_| "no answer in 30 s".to_owned())?.map_err(|error| error.to_string())??;
        let (head, body) = response.into_parts();
        self.body = Some(body);
        Ok(Head { status: head.status, headers: head.headers })
    }

    fn chunk(&mut self) -> Result<Option<Bytes>, String> {
        let Some(body) = &mut self.body else { return Ok(None) };
        loop {
            let frame = RUNTIME.block_on(async { timeout(PATIENCE, body.frame()).await });
            match frame.map_err(|_| "the body stood still for 30 s".to_owned())? {
                None => return Ok(None),
                Some(Err(error)) => return Err(error.to_string()),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    fn reset(self: Box<Self>) {
        let Self { response, body, connection, socket } = *self;
        // A close with a linger of zero seconds is a reset (RST) instead of an orderly end (FIN).
        SockRef::from(&socket).set_linger(Some(Duration::ZERO)).expect("a socket should take a linger");
        connection.abort();
        if let Some(response) = response {
            response.abort();
        }
        drop(body);
        RUNTIME.block_on(async {
            let _ = connection.await;
        });
        drop(socket);
    }
}

/// As `workers.mjs` calls it.
const fn store(store: Store) -> &'static str {
    match store {
        Store::Real => "real",
        Store::Slow => "slow",
        Store::Broken => "broken",
    }
}

/// One request to the control API.
fn control(method: Method, path: &str, body: Bytes) -> (u16, Bytes) {
    let (authority, _) = &*CONTROL;
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = format!("http://{authority}{path}").parse().expect("a control path is a URI");
    request.headers_mut().insert(http::header::HOST, authority.parse().expect("an authority is a header value"));
    let mut exchange: Box<dyn target::Exchange> = Box::new(Exchange::begin(authority, request));
    let head = exchange.head().expect("the control API should answer");
    let mut all = Vec::new();
    while let Some(bytes) = exchange.chunk().expect("the control API should answer to the end") {
        all.extend_from_slice(&bytes);
    }
    (head.status.as_u16(), all.into())
}

/// `HOST:PORT` of `http://HOST:PORT`.
fn authority(url: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("`{url}` should be an http URL"));
    rest.trim_end_matches('/').to_owned()
}
