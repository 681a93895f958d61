//! Black-box tests of the key-value store in Redis. The test server implements the commands that publishing and reading
//! need, and records their order.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use registry::record::{RecordKey, open};

use super::*;

/// The commands and values that the server received, in order.
#[derive(Default)]
struct Kept {
    commands: Vec<String>,
    values: BTreeMap<String, Vec<u8>>,
}

struct Server {
    port: u16,
    kept: Arc<Mutex<Kept>>,
}

impl Server {
    /// A server that refuses every `SET` after the first `good` ones.
    fn start(good: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("a listener has an address").port();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that disconnects ends its connection, not the server.
                let _ = serve(stream, &shared, good);
            }
        });
        Self { port, kept }
    }

    fn url(&self) -> String {
        format!("redis://weir:hush@127.0.0.1:{}/3", self.port)
    }

    fn commands(&self) -> Vec<String> {
        self.kept.lock().expect("nobody panicked").commands.clone()
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Kept>, good: usize) -> std::io::Result<()> {
    let mut answers = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let (mut queued, mut in_transaction) = (0, false);
    while let Some(parts) = command(&mut reader)? {
        let name = String::from_utf8_lossy(parts.first().map_or(&[][..], Vec::as_slice)).into_owned();
        let argument =
            |at: usize| parts.get(at).map_or(String::new(), |part| String::from_utf8_lossy(part).into_owned());
        let mut kept = kept.lock().expect("nobody panicked");
        let puts = kept.commands.iter().filter(|command| command.starts_with("SET ")).count();
        let shown =
            if name == "SET" { argument(1) } else { (1..parts.len()).map(argument).collect::<Vec<_>>().join(" ") };
        kept.commands.push(format!("{name} {shown}").trim_end().to_owned());
        let answer = match name.as_str() {
            "SET" if puts >= good => b"-OOM command not allowed\r\n".to_vec(),
            "SET" => {
                kept.values.insert(argument(1), parts.get(2).cloned().unwrap_or_default());
                queued += 1;
                b"+QUEUED\r\n".to_vec()
            }
            "MULTI" => {
                (queued, in_transaction) = (0, true);
                b"+OK\r\n".to_vec()
            }
            "EXEC" if puts > good || !in_transaction => b"-EXECABORT\r\n".to_vec(),
            "EXEC" => [format!("*{queued}\r\n").into_bytes(), b"+OK\r\n".repeat(queued)].concat(),
            "GET" => match kept.values.get(&argument(1)) {
                Some(value) => [format!("${}\r\n", value.len()).as_bytes(), value, b"\r\n"].concat(),
                None => b"$-1\r\n".to_vec(),
            },
            _ => b"+OK\r\n".to_vec(),
        };
        answers.write_all(&answer)?;
    }
    Ok(())
}

/// Reads a command such as `*2\r\n$3\r\nGET\r\n$4\r\nhead\r\n`; `None` at the end of the stream.
fn command(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<Vec<u8>>>> {
    let Some(count) = number(reader)? else {
        return Ok(None);
    };
    let mut parts = Vec::new();
    for _ in 0..count {
        let mut part = vec![0; number(reader)?.unwrap_or_default() + 2];
        reader.read_exact(&mut part)?;
        part.truncate(part.len() - 2);
        parts.push(part);
    }
    Ok(Some(parts))
}

fn number(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<usize>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().get(1..).and_then(|number| number.parse().ok()))
}

#[test]
fn records_are_plain_keys_and_head_is_last() {
    let (scratch, server) = (Scratch::new(), Server::start(usize::MAX));
    let config = format!("[key_value_store.default]\ntype = \"redis\"\nurl = \"{}\"\n", server.url());
    scratch.write("runtime-config.toml", &config);
    let printed = scratch.published(example(), &["--runtime-config", text(&scratch.path("runtime-config.toml"))]);
    assert!(printed.contains(&format!("the Redis at 127.0.0.1:{}, database 3", server.port)), "{printed}");
    assert!(!printed.contains("hush"), "a password should never be printed: {printed}");
    assert!(!scratch.path(".spin").exists(), "there should be no second store");

    let commands = server.commands();
    assert!(commands.contains(&"SELECT 3".to_owned()), "{commands:?}");
    let steps: Vec<&str> = commands
        .iter()
        .filter(|command| ["SET ", "MULTI", "EXEC"].iter().any(|name| command.starts_with(name)))
        .map(|command| command.rsplit_once('/').map_or(command.as_str(), |(_, name)| name))
        .collect();
    let records = ["MULTI", "gateway", "needs", "0", "operations", "support", "EXEC"];
    assert_eq!(steps, [&records[..], &["MULTI", "SET quarantine", "SET head", "EXEC"]].concat());

    let kept = server.kept.lock().expect("nobody panicked");
    let head = kept.values.get("head").expect("the head is there");
    open(head, &scratch.keys(), &RecordKey::Head).expect("the head opens");
}

#[test]
fn live_records_are_read_back_with_redis_flag() {
    let (scratch, server) = (Scratch::new(), Server::start(usize::MAX));
    scratch.published(example(), &["--redis-url", &server.url()]);
    let keys = scratch.path("public.json");
    let live = ["explain", "--live", "--from", "spin", "--redis-url", &server.url(), "--keys", text(&keys)];
    let ask =
        |name| weir(&[&live[..], &["--virtual-server", name, "--group", "operations", "--format", "json"]].concat());
    let output = ask("support");
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""), "{output:?}");
    let output = ask("nothing");
    assert!(out(&output).contains("unknown_virtual_server"), "{output:?}");
}

#[test]
fn refusing_redis_leaves_head_and_manifest_unchanged() {
    for (good, left) in [(0, "gateways stay on the old epoch"), (5, "gateways stay as they are, or take all of it")] {
        let (scratch, server) = (Scratch::new(), Server::start(good));
        let output = scratch.publish(example(), &["--redis-url", &server.url()]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(err(&output).contains(left) && !err(&output).contains("hush"), "{output:?}");
        assert!(!server.kept.lock().expect("nobody panicked").values.contains_key("head"));
        assert_eq!(scratch.read("spin.toml"), MANIFEST);
    }
}

#[test]
fn unreachable_redis_is_an_error() {
    let scratch = Scratch::new();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
    let output = scratch.publish(example(), &["--redis-url", &format!("redis://:hush@{free}")]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        err(&output).contains("can't write to the Redis at") && err(&output).contains("nothing was changed"),
        "{output:?}"
    );
    assert!(!err(&output).contains("hush"), "{output:?}");
    for url in ["https://redis.example.com", "redis", ""] {
        let output = scratch.publish(example(), &["--redis-url", url]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(err(&output).contains("must be `redis://HOST:PORT`"), "{output:?}");
    }
}
