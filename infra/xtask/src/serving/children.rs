//! The child processes of a run, and the control API of the one that runs workerd.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child as Process, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::command::{Fault, not_started};

/// The time for a child to end by itself, in steps of [`PAUSE`].
const END_PAUSES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// A program that prints one JSON line when it serves and ends when its standard input closes.
///
/// So it ends with this process, even if this process is killed.
pub struct Child {
    name: &'static str,
    process: Process,
}

impl Child {
    /// Starts it and waits for its line.
    ///
    /// # Errors
    /// It could not be started, or printed something else.
    pub fn start(name: &'static str, mut command: Command) -> Result<(Self, Value), Fault> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|source| not_started(&command, source))?;
        let stdout = process.stdout.take();
        let child = Self { name, process };
        let mut line = String::new();
        let mut reader = BufReader::new(stdout.ok_or_else(|| Fault::Found(format!("{name} has no output")))?);
        reader.read_line(&mut line).map_err(|error| Fault::Found(format!("{name} can't be heard: {error}")))?;
        // Later output is dropped, but it has to be read: a full pipe would stop the program.
        thread::spawn(move || io::copy(&mut reader, &mut io::sink()));
        let ready = serde_json::from_str(&line).map_err(|_| Fault::Found(format!("{name} did not start")))?;
        Ok((child, ready))
    }

    /// Its name, if it has ended.
    pub fn ended(&mut self) -> Option<&'static str> {
        matches!(self.process.try_wait(), Ok(Some(_))).then_some(self.name)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        for _ in 0..END_PAUSES {
            if self.ended().is_some() {
                return;
            }
            thread::sleep(PAUSE);
        }
        // The child ignored its time limit; a failure to kill it can't be handled here.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The control API of tests/harness/workers.mjs.
pub struct Control {
    authority: String,
}

impl Control {
    /// Reads the line that the program prints when it serves: `{"control":"http://127.0.0.1:PORT"}`.
    pub fn new(ready: &Value) -> Result<Self, Fault> {
        let authority = ready["control"].as_str().and_then(|url| url.strip_prefix("http://"));
        let authority =
            authority.ok_or_else(|| Fault::Found("workers.mjs did not say where its control API is".to_owned()))?;
        Ok(Self { authority: authority.to_owned() })
    }

    /// Posts JSON and returns the JSON response.
    pub fn post(&self, path: &str, body: &str) -> Result<Value, Fault> {
        let answer = self.exchange("POST", path, body)?;
        serde_json::from_str(&answer).map_err(|_| Fault::Found(format!("workers.mjs answered `{answer}`")))
    }

    /// Returns the text at a path.
    pub fn get(&self, path: &str) -> Result<String, Fault> {
        self.exchange("GET", path, "")
    }

    /// Speaks HTTP/1.0, so that the response is not chunked and ends with the connection.
    fn exchange(&self, method: &str, path: &str, body: &str) -> Result<String, Fault> {
        let talk = || -> io::Result<String> {
            let mut stream = TcpStream::connect(&self.authority)?;
            let (authority, length) = (&self.authority, body.len());
            write!(stream, "{method} {path} HTTP/1.0\r\nHost: {authority}\r\nContent-Length: {length}\r\n\r\n{body}")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        let answer = talk().map_err(|error| Fault::Found(format!("workers.mjs can't be reached: {error}")))?;
        let (status, body) =
            split(&answer).ok_or_else(|| Fault::Found("workers.mjs did not answer in HTTP".to_owned()))?;
        if (200..300).contains(&status) { Ok(body.to_owned()) } else { Err(Fault::Found(reason(body))) }
    }
}

/// Status and body of a response.
fn split(answer: &str) -> Option<(u16, &str)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body))
}

/// The text of `{"error":"…"}`, else the body as it is.
fn reason(body: &str) -> String {
    let parsed: Value = serde_json::from_str(body).unwrap_or_default();
    parsed["error"].as_str().unwrap_or(body).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_split_at_the_empty_line() {
        assert_eq!(split("HTTP/1.1 201 Created\r\nA: b\r\n\r\n{}\r\n\r\n"), Some((201, "{}\r\n\r\n")));
        assert_eq!(split("nonsense"), None, "what is not HTTP should not be an answer");
    }

    #[test]
    fn reason_is_the_text_of_the_error() {
        assert_eq!(reason(r#"{"error":"no built worker"}"#), "no built worker");
        assert_eq!(reason("plain"), "plain", "another body should be shown as it is");
    }

    #[test]
    fn dropped_child_has_ended() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo '{\"ready\":true}'; cat"]);
        let (child, ready) = Child::start("a child", command).expect("sh should start");
        assert_eq!(ready["ready"], true, "the line should be read");
        drop(child);
    }

    #[test]
    fn child_that_prints_nothing_is_an_error() {
        let Err(fault) = Child::start("a child", Command::new("true")) else {
            panic!("it should not count as started")
        };
        assert_eq!(fault.to_string(), "a child did not start");
    }
}
