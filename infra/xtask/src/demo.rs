//! The demo: a demo identity provider, an origin, the gateway and the ledger on local workerd, and a real MCP client walking through.
//!
//! ```text
//! walk.mjs ──▶ identity provider :8789      (tests/demo/identity_provider.mjs)
//!     │
//!     └──────▶ gateway :8787 ──▶ origin :8790      (workerd through tests/harness/workers.mjs; tests/demo/origins/documents.mjs)
//!                 │ queue
//!                 └──▶ ledger :8788 ◀── walk.mjs reads the audit trail
//! ```
//!
//! Everything listens on loopback only. Keys and secrets are new in every run and stay in `target/demo`.

mod children;
mod folder;
mod progress;

use std::{fmt::Write as _, io, net::TcpListener, path::Path, process::Command, thread, time::Duration};

use serde_json::{Value, json};

use crate::{
    build,
    command::{Fault, cargo, output, root, run as run_program},
    tools,
};
use children::{Child, Control};
use folder::Folder;
use progress::step;

/// Where everything listens. A free port stands in for one that is taken.
#[derive(Debug, Clone, Copy)]
struct Ports {
    gateway: u16,
    ledger: u16,
    identity_provider: u16,
    origin: u16,
}

/// The ports that tests/demo/registry names.
const USUAL: Ports = Ports { gateway: 8787, ledger: 8788, identity_provider: 8789, origin: 8790 };

/// Between two looks at whether everything still runs.
const LOOK: Duration = Duration::from_millis(200);

/// Plays the demo; `once` ends everything after the walk, else it serves until Ctrl-C.
///
/// # Errors
/// What could not be built or started, or what in the walk went otherwise than it should.
pub fn run(once: bool) -> Result<(), Fault> {
    step("building the functions", build::run)?;
    step("building the weir command", || run_program(cargo().args(["build", "--quiet", "--package", "weir"])))?;

    let ports = Ports::choose()?;
    let folder = Folder::make(&root().join("target/demo"), &root().join("tests/demo/registry"), &ports)?;
    let secrets = Secrets::make(&folder)?;
    step("publishing the registry", || publish(&folder))?;

    let mut demo = step("starting", || Demo::start(&ports, &folder, &secrets))?;
    println!();
    let walked = demo.walk(&secrets);
    if walked.is_err() {
        eprint!("{}", demo.last_words());
    }
    walked?;
    if once {
        return Ok(());
    }
    println!(
        "demo: serving until Ctrl-C: gateway {}, ledger {}, identity provider {}, origin {}",
        demo.gateway,
        demo.ledger,
        ports.url(ports.identity_provider),
        ports.url(ports.origin)
    );
    demo.serve()
}

impl Ports {
    /// The usual ones where they are free. All are held until all are chosen, so that no two are the same.
    fn choose() -> Result<Self, Fault> {
        let mut held = Vec::new();
        let mut choose = |what: &str, usual: u16| -> Result<u16, Fault> {
            let listener = TcpListener::bind(("127.0.0.1", usual)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)));
            let port = listener.and_then(|listener| {
                let port = listener.local_addr()?.port();
                held.push(listener);
                io::Result::Ok(port)
            });
            let port =
                port.map_err(|error| Fault::Found(format!("no free port on loopback for the {what}: {error}")))?;
            if port != usual {
                println!("demo: port {usual} is taken; the {what} is on {port}");
            }
            Ok(port)
        };
        Ok(Self {
            gateway: choose("gateway", USUAL.gateway)?,
            ledger: choose("ledger", USUAL.ledger)?,
            identity_provider: choose("identity provider", USUAL.identity_provider)?,
            origin: choose("origin", USUAL.origin)?,
        })
    }

    fn url(&self, port: u16) -> String {
        format!("http://127.0.0.1:{port}")
    }
}

/// What the gateway and the ledger must not share with anybody.
struct Secrets {
    registry_keys: String,
    access_token_keys: String,
    signed_identity_keys: String,
    origin_documents: String,
    ledger_read_token: String,
}

impl Secrets {
    /// New ones; the private key of the registry goes into the folder, for publishing.
    fn make(folder: &Folder) -> Result<Self, Fault> {
        let publisher = KeyPair::make("publisher")?;
        folder.write("publisher.json", &publisher.private)?;
        Ok(Self {
            registry_keys: publisher.public,
            access_token_keys: KeyPair::make("access-token")?.private,
            signed_identity_keys: KeyPair::make("signed-identity")?.private,
            origin_documents: random()?,
            ledger_read_token: random()?,
        })
    }
}

/// Two JWK sets of one key.
struct KeyPair {
    private: String,
    public: String,
}

impl KeyPair {
    fn make(name: &str) -> Result<Self, Fault> {
        let printed = output(weir().args(["key", "new", name, "--format", "json"]))?;
        let sets: Value = serde_json::from_str(&printed)
            .map_err(|error| Fault::Found(format!("`weir key new` printed no JSON: {error}")))?;
        Ok(Self { private: sets["private"].to_string(), public: sets["public"].to_string() })
    }
}

/// 32 random bytes as hex.
fn random() -> Result<String, Fault> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| Fault::Found(format!("no random bytes: {error}")))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String never fails.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

fn weir() -> Command {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "weir", "--"]);
    command
}

/// Checks, signs and writes the registry to where workerd will look for it.
fn publish(folder: &Folder) -> Result<(), Fault> {
    let mut command = weir();
    command.args(["registry", "publish"]).arg(folder.path("registry"));
    command.arg("--key").arg(folder.path("publisher.json"));
    command.args(["--to", "workers", "--local", "--persist-to"]).arg(folder.path("state"));
    run_program(&mut command)
}

/// Everything that runs. The children end when it is dropped, whatever happened.
struct Demo {
    gateway: String,
    ledger: String,
    identity_provider: String,
    control: Control,
    host: String,
    children: Vec<Child>,
}

impl Demo {
    fn start(ports: &Ports, folder: &Folder, secrets: &Secrets) -> Result<Self, Fault> {
        let demo = root().join("tests/demo");
        let mut identity_provider = node(&demo.join("identity_provider.mjs"))?;
        identity_provider.args([
            "--port",
            &ports.identity_provider.to_string(),
            "--audience",
            &ports.url(ports.gateway),
        ]);
        let (identity_provider, _) = Child::start("the identity provider", identity_provider)?;

        let mut origin = node(&demo.join("origins/documents.mjs"))?;
        origin.args(["--port", &ports.origin.to_string()]).env("ORIGIN_DOCUMENTS_SECRET", &secrets.origin_documents);
        let (origin, _) = Child::start("the origin", origin)?;

        let (workers, ready) = Child::start("workerd", node(&root().join("tests/harness/workers.mjs"))?)?;
        let control = Control::new(&ready)?;
        let order = json!({
            "queue": "ledger",
            "persist": folder.path("state"),
            "port": ports.gateway,
            "ledger_port": ports.ledger,
            "vars": { "REGISTRY_KEYS": secrets.registry_keys },
            "secrets": {
                "ACCESS_TOKEN_KEYS": secrets.access_token_keys,
                "SIGNED_IDENTITY_KEYS": secrets.signed_identity_keys,
                "ORIGIN_DOCUMENTS_SECRET": secrets.origin_documents,
            },
            "ledger_secrets": { "LEDGER_READ_TOKEN": secrets.ledger_read_token },
        });
        let host: Value = control.post("/hosts", &order.to_string())?;
        let text = |name: &str| host[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            gateway: text("gateway"),
            ledger: text("ledger"),
            identity_provider: ports.url(ports.identity_provider),
            host: text("id"),
            control,
            children: vec![identity_provider, origin, workers],
        })
    }

    fn walk(&self, secrets: &Secrets) -> Result<(), Fault> {
        let mut walk = node(&root().join("tests/demo/walk.mjs"))?;
        walk.args(["--gateway", &self.gateway, "--ledger", &self.ledger, "--idp", &self.identity_provider]);
        run_program(walk.env("LEDGER_READ_TOKEN", &secrets.ledger_read_token))
    }

    /// What workerd printed last: the reason, when the walk failed inside it.
    fn last_words(&self) -> String {
        const LINES: usize = 40;
        let log = self.control.get(&format!("/hosts/{}/log", self.host)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default();
        if last.is_empty() { String::new() } else { format!("the last lines of workerd:\n{}\n", last.join("\n")) }
    }

    /// Until Ctrl-C ends this process, and with it the children, or one of them ends by itself.
    fn serve(&mut self) -> Result<(), Fault> {
        loop {
            if let Some(ended) = self.children.iter_mut().find_map(Child::ended) {
                return Err(Fault::Found(format!("{ended} ended by itself")));
            }
            thread::sleep(LOOK);
        }
    }
}

fn node(script: &Path) -> Result<Command, Fault> {
    let mut command = tools::node_command()?;
    command.arg(script);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_replaced_by_a_free_one() {
        let taken = TcpListener::bind(("127.0.0.1", USUAL.gateway));
        let ports = Ports::choose().expect("loopback should have free ports");
        assert_ne!(ports.gateway, USUAL.gateway, "the gateway should not get the port that is taken");
        drop(taken);
    }

    #[test]
    fn secrets_are_long_and_different() {
        let (one, other) = (random().expect("randomness"), random().expect("randomness"));
        assert_eq!(one.len(), 64, "32 bytes should be 64 hex digits");
        assert_ne!(one, other, "two secrets should differ");
    }
}
