//! A Redis server for one test: Debian's `redis-server`, on a free port of loopback, with nothing on disk.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::network::Place;

/// Ends the server when this process ends, even if it is killed: the pipe closes then.
const KEEPER: &str = "redis-server --port \"$0\" --bind 127.0.0.1 --save '' --appendonly no >/dev/null & server=$!
trap 'kill $server; kill -CONT $server; wait $server' EXIT
read -r _";

/// A running server; it ends when this is dropped.
pub struct Redis {
    port: u16,
    keeper: Child,
}

impl Redis {
    /// Starts an empty server on a free port and waits for it.
    pub fn start() -> Self {
        // The port is free for a moment before the server binds it.
        let port = Place::free().port();
        Self::start_at(port)
    }

    /// Starts an empty server on this port, after an earlier one has ended.
    pub fn start_at(port: u16) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, &port.to_string()]).stdin(Stdio::piped());
        let redis = Self { port, keeper: command.spawn().expect("a shell should start") };
        for _ in 0..250 {
            if redis.ask(&["PING"]) == "PONG" {
                return redis;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("redis-server should answer within five seconds; `cargo xtask test` installs it");
    }

    /// The port that it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The URL, in the form of the variable `redis_url`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Stops the process (SIGSTOP): it accepts connections and answers nothing.
    pub fn stop(&self) -> Stopped {
        let information = self.ask(&["INFO", "server"]);
        let process =
            information.lines().find_map(|line| line.strip_prefix("process_id:")).expect("a server tells its process");
        let process = process.trim().to_owned();
        assert!(signal("-STOP", &process), "a signal should reach the server");
        Stopped { process }
    }

    /// The server's reply to a command.
    pub fn ask(&self, command: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(command).output();
        let output = output.expect("redis-cli should start; it comes with redis-server");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

/// A stopped server; it continues when this is dropped.
pub struct Stopped {
    process: String,
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("-CONT", &self.process);
    }
}

fn signal(name: &str, process: &str) -> bool {
    Command::new("kill").args([name, process]).status().is_ok_and(|status| status.success())
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
