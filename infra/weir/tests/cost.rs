//! Black-box tests of `weir cost report` against a ledger with one prepared response.
#![allow(clippy::expect_used, reason = "clippy takes functions beside the tests for production code")]

mod run;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Output;
use std::thread::{self, JoinHandle};

use run::out;

const REPORT: &str = r#"{"month":"2026-11","by":"team","calls":3,"unpriced_calls":1,"costs":[{"amount":"0.004","currency":"USD"}],"rows":[{"x_Team":"support","x_Calls":2,"x_UnpricedCalls":0,"BilledCost":"0.004","BillingCurrency":"USD"},{"x_Team":null,"x_Calls":1,"x_UnpricedCalls":1,"BilledCost":"0","BillingCurrency":"XXX"}]}"#;

/// The address of a ledger that responds once, and the request that it received.
fn ledger(status: &str, body: &str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody connects");
        let mut asked = Vec::new();
        let mut bytes = [0; 1024];
        while !asked.ends_with(b"\r\n\r\n") {
            let length = stream.read(&mut bytes).expect("a request can be read");
            assert!(length > 0, "a request should have an end");
            asked.extend_from_slice(&bytes[..length]);
        }
        stream.write_all(answer.as_bytes()).expect("an answer can be written");
        String::from_utf8_lossy(&asked).into_owned()
    });
    (url, asked)
}

fn report(url: &str, token: &str, more: &[&str]) -> Output {
    let name = format!("weir-cost-{}-{:?}", std::process::id(), thread::current().id());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, token).expect("a token is written");
    let output = run::command(&["cost", "report", "--url", url, "--month", "2026-11", "--token-file"])
        .arg(&file)
        .args(more)
        .output()
        .expect("weir runs");
    let _ = std::fs::remove_file(&file);
    output
}

/// `weir cost report --token-file -` with `input` on standard input.
fn piped(url: &str, input: &str) -> Output {
    run::piped(&["cost", "report", "--url", url, "--month", "2026-11", "--token-file", "-"], input)
}

#[test]
fn report_is_table_by_default() {
    let (url, asked) = ledger("200 OK", REPORT);
    let shown = report(&url, "a-secret-token\n", &[]);
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    assert_eq!(
        out(&shown),
        "\
team        calls  unpriced      cost  currency
support         2         0     0.004  USD
unassigned      1         1  unpriced
2026-11: 3 calls, 1 of them unpriced; 0.004 USD
"
    );
    let asked = asked.join().expect("the ledger was asked");
    assert!(asked.starts_with("GET /reports/costs?month=2026-11&by=team&format=json HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: Bearer a-secret-token\r\n"), "{asked}");
}

#[test]
fn csv_of_ledger_is_printed_unchanged_and_never_runs() {
    let (url, asked) = ledger("200 OK", "BilledCost,x_Tool\r\n0.1,'=1+1\r\n");
    let shown = report(&url, "a-secret-token", &["--by", "tool", "--format", "csv"]);
    assert_eq!(out(&shown), "BilledCost,x_Tool\r\n0.1,'=1+1\r\n", "{shown:?}");
    assert!(asked.join().expect("the ledger was asked").contains("by=tool&format=csv"));
    let (url, _) = ledger("200 OK", "x_Tool\r\n=HYPERLINK(1)\r\n\u{1b}[2J\u{202e}\r\n");
    let shown = report(&url, "a-secret-token", &["--format", "csv"]);
    assert_eq!(out(&shown), "x_Tool\r\n'=HYPERLINK(1)\r\n\\u{1b}[2J\\u{202e}\r\n", "{shown:?}");
}

#[test]
fn json_of_hostile_ledger_controls_no_terminal() {
    let (url, _) = ledger("200 OK", "{\"rows\":[],\"x_Tool\":\"\u{9b}2J\u{202e}\"}");
    let shown = report(&url, "a-secret-token", &["--format", "json"]);
    assert_eq!(out(&shown), "{\"rows\":[],\"x_Tool\":\"\\u009b2J\\u202e\"}\n", "{shown:?}");
}

#[test]
fn answer_that_is_no_report_is_refused() {
    for body in ["\u{1b}[2J", "{\"status\":\"ok\"}", "[]"] {
        for format in ["json", "table"] {
            let (url, _) = ledger("200 OK", body);
            let refused = report(&url, "a-secret-token", &["--format", format]);
            assert_eq!(refused.status.code(), Some(1), "{body:?} {format}: {refused:?}");
            let message = String::from_utf8_lossy(&refused.stderr);
            assert!(message.contains("the response is not a ledger's; check the address"), "{body:?}: {message}");
            assert!(refused.stdout.is_empty(), "{body:?} {format}: {refused:?}");
        }
    }
}

#[test]
fn refusal_prints_message_of_ledger() {
    let (url, _) = ledger("401 Unauthorized", r#"{"error":"invalid_token","message":"not this one"}"#);
    let refused = report(&url, "a-secret-token", &[]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(message, "error: the ledger returned no report: 401, not this one\n");
    let (url, _) = ledger("302 Found", "");
    let redirected = report(&url, "a-secret-token", &[]);
    assert_eq!(redirected.status.code(), Some(1), "a token should not follow a redirect: {redirected:?}");
}

#[test]
fn invalid_command_line_exits_2() {
    for (url, token, more) in [
        ("http://ledger.example.com", "a-secret-token", &[][..]),
        ("https://ledger.example.com", "", &[]),
        ("https://ledger.example.com", "two words", &[]),
        ("https://ledger.example.com", "a-secret-token", &["--by", "user"]),
        ("https://ledger.example.com", "a-secret-token", &["--format", "xlsx"]),
    ] {
        let output = report(url, token, more);
        assert_eq!(output.status.code(), Some(2), "{url} {token} {more:?}: {output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("a-secret-token"), "no token should be printed");
    }
}

#[test]
fn token_is_read_from_standard_input() {
    let (url, asked) = ledger("200 OK", REPORT);
    let shown = piped(&url, "a-secret-token\n");
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    let asked = asked.join().expect("the ledger was asked");
    assert!(asked.contains("authorization: Bearer a-secret-token\r\n"), "{asked}");
}

#[test]
fn standard_input_without_token_is_explained() {
    for (input, expected) in [
        ("", "error: standard input holds no token: it is empty\n"),
        ("\n", "error: standard input holds no token: it is empty\n"),
        ("a-secret-token\nanother\n", "error: standard input holds no token: it has more than one line\n"),
        ("two words\n", "error: standard input holds no token: a token is visible ASCII without spaces\n"),
    ] {
        let output = piped("https://ledger.example.com", input);
        assert_eq!(output.status.code(), Some(2), "{input:?}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected, "{input:?}");
    }
}
