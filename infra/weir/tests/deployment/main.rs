//! Black-box tests of `weir registry publish` and `weir status` against a gateway with prepared answers.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, reason = "clippy takes functions beside the tests for production code")]

mod exit_codes;
mod json;
mod keys;
mod published;
#[path = "../run/mod.rs"]
mod run;
mod status;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::thread;

use run::{Folder, beside_manifest, err, out, text};
use serde_json::{Value, json};

/// A temporary folder with a publisher's key and a script in wrangler's place, which keeps values as files.
struct Scratch(Folder);

impl Scratch {
    fn new() -> Self {
        let scratch = Self(Folder::new("deployment"));
        fs::create_dir_all(scratch.path("records")).expect("a scratch folder can be made");
        // `kv bulk put FILE …` keeps the file; `kv key get KEY …` is answered from the records.
        let script = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\necho \"$@\" >> calls\ncase \"$2 $3\" in\n\
            'bulk put') cp \"$4\" \"put-$(ls put-* 2>/dev/null | wc -l)\";;\n\
            *) cat \"records/$4\" 2>/dev/null || echo 'Value not found';;\nesac\n";
        scratch.write("wrangler", script);
        fs::set_permissions(scratch.path("wrangler"), fs::Permissions::from_mode(0o700)).expect("a script may run");
        scratch.key("publisher");
        scratch
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file is written");
    }

    /// Makes the key NAME in NAME.json; returns its public set.
    fn key(&self, name: &str) -> String {
        let path = self.path(&format!("{name}.json"));
        let made = self.weir(&["key", "new", name, "--output", text(&path)]);
        assert!(made.status.success(), "{made:?}");
        self.public(name)
    }

    /// The public set of NAME.json.
    fn public(&self, name: &str) -> String {
        let public = self.weir(&["key", "public", text(&self.path(&format!("{name}.json")))]);
        assert!(public.status.success(), "{public:?}");
        out(&public).trim().to_owned()
    }

    /// Runs weir in this folder.
    fn weir(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("weir runs")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut weir = run::command(arguments);
        weir.current_dir(&self.0).env("WRANGLER", self.path("wrangler"));
        weir.env_remove("WEIR_PUBLISHER_KEY").env_remove("SPIN_VARIABLE_REGISTRY_KEYS");
        weir
    }

    /// `weir registry publish` of the example to Workers with the scratch's key.
    fn publish(&self, more: &[&str]) -> Output {
        let fixed = ["registry", "publish", example(), "--key", "publisher.json", "--to", "workers"];
        self.weir(&[&fixed[..], more].concat())
    }

    /// The number of bulk files that wrangler was given.
    fn puts(&self) -> usize {
        let files = fs::read_dir(&self.0).expect("the folder is there").flatten();
        files.filter(|file| file.file_name().to_string_lossy().starts_with("put-")).count()
    }
}

/// A gateway on loopback whose `/healthz` answers as `answer` says to the number and the head of each request.
fn gateway(answer: impl Fn(usize, &str) -> (u16, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            // A client that disconnects ends its connection, not the gateway.
            let _ = serve(stream, |head| answer(number, head));
        }
    });
    url
}

fn serve(mut stream: TcpStream, answer: impl Fn(&str) -> (u16, String)) -> std::io::Result<()> {
    let (mut asked, mut bytes) = (Vec::new(), [0; 1024]);
    while !asked.ends_with(b"\r\n\r\n") {
        let length = stream.read(&mut bytes)?;
        asked.extend_from_slice(&bytes[..length]);
        if length == 0 {
            return Ok(());
        }
    }
    let (status, body) = answer(&String::from_utf8_lossy(&asked));
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes())
}

/// The answer of a gateway that serves `epoch`.
fn health(status: &str, epoch: u64, reasons: &[&str]) -> (u16, String) {
    let code = if status == "fault" { 503 } else { 200 };
    (code, json!({ "status": status, "version": "0.1.0", "epoch": epoch, "reasons": reasons }).to_string())
}

/// The example registry of the registry's own tests.
fn example() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| beside_manifest("../../shared/registry/tests/example"));
    &PATH
}

fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}
