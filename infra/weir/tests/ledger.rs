//! Black-box tests of `weir ledger drain` against a ledger with prepared responses.
#![allow(clippy::expect_used, reason = "clippy takes functions beside the tests for production code")]

mod run;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Output;
use std::thread::{self, JoinHandle};

use run::{err, out};

const REFUSED: (&str, &str) = ("401 Unauthorized", r#"{"error":"invalid_token","message":"not this one"}"#);
const NOTHING: (&str, &str) = ("200 OK", r#"{"stored":0,"duplicate":0,"rejected":0,"failed":0,"left":0}"#);

/// The address of a ledger that gives these responses, one per connection, and the requests that it received.
fn ledger(answers: &'static [(&str, &str)]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    let asked = thread::spawn(move || {
        let answer = |(status, body): &(&str, &str)| {
            let (mut stream, _) = listener.accept().expect("somebody connects");
            let mut asked = Vec::new();
            let mut bytes = [0; 1024];
            while !asked.ends_with(b"\r\n\r\n") {
                let length = stream.read(&mut bytes).expect("a request can be read");
                assert!(length > 0, "a request should have an end");
                asked.extend_from_slice(&bytes[..length]);
            }
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).expect("an answer can be written");
            String::from_utf8_lossy(&asked).into_owned()
        };
        answers.iter().map(answer).collect()
    });
    (url, asked)
}

fn drain(url: &str, token: &str, more: &[&str]) -> Output {
    let file: PathBuf =
        std::env::temp_dir().join(format!("weir-drain-{}-{:?}", std::process::id(), thread::current().id()));
    std::fs::write(&file, token).expect("a token is written");
    let command = run::command(&["ledger", "drain", "--url", url, "--token-file"]).arg(&file).args(more).output();
    let _ = std::fs::remove_file(&file);
    command.expect("weir runs")
}

/// `weir ledger drain --token-file -` with `input` on standard input.
fn piped(url: &str, input: &str) -> Output {
    run::piped(&["ledger", "drain", "--url", url, "--token-file", "-"], input)
}

#[test]
fn round_is_printed_as_text_and_json() {
    const ROUND: (&str, &str) = ("200 OK", r#"{"stored":7,"duplicate":1,"rejected":2,"failed":0,"left":3}"#);
    let (url, asked) = ledger(&[ROUND, ROUND]);
    let shown = drain(&url, "a-secret-token\n", &[]);
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    assert_eq!(out(&shown), "7 stored, 1 duplicate, 2 rejected, 0 failed; 3 left\n");
    let json = drain(&url, "a-secret-token", &["--format", "json"]);
    assert_eq!(
        out(&json),
        "{\"version\":1,\"stored\":7,\"duplicate\":1,\"rejected\":2,\"failed\":0,\"left\":3}\n",
        "{json:?}"
    );
    for asked in asked.join().expect("the ledger was asked") {
        assert!(asked.starts_with("POST /ledger/drain HTTP/1.1\r\n"), "{asked}");
        assert!(asked.contains("authorization: Bearer a-secret-token\r\n"), "{asked}");
        assert!(asked.contains("content-length: 0\r\n"), "a body that is empty should say so: {asked}");
    }
}

#[test]
fn failed_events_exit_1() {
    let (url, _) = ledger(&[("200 OK", r#"{"stored":1,"duplicate":0,"rejected":0,"failed":2,"left":2}"#)]);
    let shown = drain(&url, "a-secret-token", &[]);
    assert_eq!(shown.status.code(), Some(1), "a job that runs this should see it: {shown:?}");
    assert_eq!(out(&shown), "1 stored, 0 duplicate, 0 rejected, 2 failed; 2 left\n");
    assert!(err(&shown).starts_with("error: 2 events could not be stored"), "{shown:?}");
}

#[test]
fn refusal_prints_message_of_ledger() {
    for (answer, expected) in [
        (&[REFUSED], "401, not this one"),
        (&[("302 Found", "")], "status 302"),
        (&[("200 OK", "<html>")], "the response is not a ledger's; check the address"),
        (&[("200 OK", r#"{"stored":-1}"#)], "the response is not a ledger's; check the address"),
    ] {
        let (url, _) = ledger(answer);
        let refused = drain(&url, "a-secret-token", &[]);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert_eq!(err(&refused), format!("error: the ledger drained nothing: {expected}\n"));
    }
    let gone = drain("http://127.0.0.1:1", "a-secret-token", &[]);
    assert_eq!(gone.status.code(), Some(1), "a ledger that is not there: {gone:?}");
}

#[test]
fn repeated_drain_ends_when_refused() {
    let (url, asked) = ledger(&[
        NOTHING,
        ("503 Service Unavailable", r#"{"error":"outbox_failed","message":"later"}"#),
        ("200 OK", r#"{"stored":200,"duplicate":0,"rejected":0,"failed":1,"left":51}"#),
        ("200 OK", r#"{"stored":50,"duplicate":0,"rejected":0,"failed":1,"left":1}"#),
        REFUSED,
    ]);
    let shown = drain(&url, "a-secret-token", &["--every", "1s"]);
    assert_eq!(shown.status.code(), Some(1), "{shown:?}");
    let rounds = "200 stored, 0 duplicate, 0 rejected, 1 failed; 51 left\n50 stored, 0 duplicate, 0 rejected, 1 failed; 1 left\n";
    assert_eq!(out(&shown), rounds, "rounds that found nothing should print nothing");
    let expected =
        "error: the ledger drained nothing: 503, later\nerror: the ledger drained nothing: 401, not this one\n";
    assert_eq!(err(&shown), expected, "it should go on after a fault and end at a refusal");
    assert_eq!(asked.join().expect("the ledger was asked").len(), 5);
}

#[test]
fn invalid_command_line_exits_2() {
    for (url, token, more) in [
        ("http://ledger.example.com", "a-secret-token", &[][..]),
        ("https://ledger.example.com/ledger/drain", "a-secret-token", &[]),
        ("https://ledger.example.com", "", &[]),
        ("https://ledger.example.com", "two words", &[]),
        ("https://ledger.example.com", "a-secret-token", &["--every", "0s"]),
        ("https://ledger.example.com", "a-secret-token", &["--every", "now"]),
        ("https://ledger.example.com", "a-secret-token", &["--format", "csv"]),
    ] {
        let output = drain(url, token, more);
        assert_eq!(output.status.code(), Some(2), "{url} {token} {more:?}: {output:?}");
        assert!(!err(&output).contains("a-secret-token"), "no token should be printed");
    }
}

#[test]
fn token_is_read_from_standard_input() {
    let (url, asked) = ledger(&[NOTHING]);
    let shown = piped(&url, "a-secret-token\r\n");
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    let asked = asked.join().expect("the ledger was asked");
    assert!(asked[0].contains("authorization: Bearer a-secret-token\r\n"), "{asked:?}");
}

#[test]
fn standard_input_without_token_is_explained() {
    for (input, expected) in [
        ("", "error: standard input holds no token: it is empty\n"),
        ("a-secret-token\n\n", "error: standard input holds no token: it has more than one line\n"),
        ("a-secret-token\nanother\n", "error: standard input holds no token: it has more than one line\n"),
    ] {
        let output = piped("https://ledger.example.com", input);
        assert_eq!(output.status.code(), Some(2), "{input:?}: {output:?}");
        assert_eq!(err(&output), expected, "{input:?}");
    }
}
