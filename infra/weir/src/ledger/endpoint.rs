//! The ledger's HTTP endpoints, asked with a token.
//!
//! The client is `ureq`: blocking, with rustls and Mozilla's roots, so the command needs neither a runtime nor the system's
//! OpenSSL. It follows no redirect, so the token goes to the host that was named and nowhere else.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Method;
use url::{Host, Url};

use super::token::TokenSource;
use crate::failure::Failure;
use crate::output::legible;

/// How long an answer may take: the ledger reads a whole month, or drains for a while.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest answer that is read, bytes.
const ANSWER_BYTES: u64 = 64 << 20;

/// Where the ledger is, and what opens it.
pub struct Ledger {
    url: Url,
    token: String,
}

/// Why there was no answer of use.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct NoAnswer {
    /// The HTTP status, unless there was none.
    pub status: Option<u16>,
    text: String,
}

impl NoAnswer {
    /// The ledger can't be reached, or not understood.
    pub fn unreachable(text: impl ToString) -> Self {
        Self { status: None, text: text.to_string() }
    }
}

impl Ledger {
    /// Checks the address and reads the token.
    pub fn open(url: &str, token_file: &Path) -> Result<Self, Failure> {
        let url = address(url).ok_or_else(|| Failure::LedgerUrl(url.to_owned()))?;
        Ok(Self { url, token: TokenSource::parse(token_file).read()? })
    }

    /// The body of a cost report.
    pub fn costs(&self, month: &str, by: &str, format: &str) -> Result<Vec<u8>, NoAnswer> {
        self.ask(&Method::GET, "/reports/costs", &[("month", month), ("by", by), ("format", format)])
    }

    /// The body of what a round of draining answers.
    pub fn drain(&self) -> Result<Vec<u8>, NoAnswer> {
        self.ask(&Method::POST, "/ledger/drain", &[])
    }

    fn ask(&self, method: &Method, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>, NoAnswer> {
        let mut url = self.url.clone();
        url.set_path(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let settings =
            Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(PATIENCE)).build();
        let (agent, authorization) = (Agent::from(settings), format!("Bearer {}", self.token));
        let answer = match *method {
            // With the length of a body that is empty; without one it would be sent in chunks.
            Method::POST => agent.post(url.as_str()).header("authorization", authorization).send_empty(),
            _ => agent.get(url.as_str()).header("authorization", authorization).call(),
        };
        let mut response = answer.map_err(NoAnswer::unreachable)?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec();
        let body = body.map_err(NoAnswer::unreachable)?;
        if status == 200 { Ok(body) } else { Err(NoAnswer { status: Some(status), text: explained(status, &body) }) }
    }
}

/// `https:`, or `http:` where nobody else can listen.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (plain && url.password().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && loopback)))
        .then_some(url)
}

/// The status, and the ledger's own words where it has some.
fn explained(status: u16, body: &[u8]) -> String {
    let error: Value = serde_json::from_slice(body).unwrap_or_default();
    match error["message"].as_str() {
        Some(message) => format!("{status}, {}", legible(message)),
        None => format!("it answered {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_only_travels_encrypted_or_on_loopback() {
        for url in ["https://ledger.example.com", "http://127.0.0.1:8788", "http://[::1]:8788/", "http://localhost:1"] {
            assert!(address(url).is_some(), "`{url}` should be an address");
        }
        for url in [
            "http://ledger.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "ftp://127.0.0.1",
            "ledger.example.com",
            "https://user:password@ledger.example.com",
            "https://ledger.example.com/reports",
            "",
        ] {
            assert!(address(url).is_none(), "`{url}` should be no address");
        }
    }
}
