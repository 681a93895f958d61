//! A client of the ledger's HTTP endpoints.
//!
//! Uses `ureq`: blocking, with rustls and Mozilla's root certificates, so the command needs neither a runtime nor the
//! system's OpenSSL. It follows no redirect, so the token is sent to the named host only.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Method;
use url::Url;

use super::token::TokenSource;
use crate::address::address;
use crate::failure::Failure;
use crate::output::legible;

/// The deadline of a request: the ledger reads a whole month, or drains for up to 10 s.
const DEADLINE: Duration = Duration::from_secs(60);

/// The longest response body that is read, bytes.
const RESPONSE_BYTES: u64 = 64 << 20;

/// The ledger's address and bearer token.
pub struct Ledger {
    url: Url,
    token: String,
}

/// The reason why a request to the ledger failed.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct LedgerError {
    /// The HTTP status; `None` without a response.
    pub status: Option<u16>,
    text: String,
}

impl LedgerError {
    /// An error without a status: the ledger can't be reached, or its response is malformed.
    pub fn unreachable(text: impl ToString) -> Self {
        Self { status: None, text: text.to_string() }
    }
}

impl Ledger {
    /// Checks the address and reads the token; `-` reads standard input.
    pub fn open(url: &str, token_file: &Path) -> Result<Self, Failure> {
        let url = address(url).ok_or_else(|| Failure::LedgerUrl(url.to_owned()))?;
        Ok(Self { url, token: TokenSource::parse(token_file).read()? })
    }

    /// `GET /reports/costs`: the body of a cost report.
    pub fn costs(&self, month: &str, by: &str, format: &str) -> Result<Vec<u8>, LedgerError> {
        self.send(&Method::GET, "/reports/costs", &[("month", month), ("by", by), ("format", format)])
    }

    /// `POST /ledger/drain`: the body of the report of one round.
    pub fn drain(&self) -> Result<Vec<u8>, LedgerError> {
        self.send(&Method::POST, "/ledger/drain", &[])
    }

    fn send(&self, method: &Method, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>, LedgerError> {
        let mut url = self.url.clone();
        url.set_path(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let settings =
            Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(DEADLINE)).build();
        let (agent, authorization) = (Agent::from(settings), format!("Bearer {}", self.token));
        let result = match *method {
            // `send_empty` sends `Content-Length: 0`, not a chunked body.
            Method::POST => agent.post(url.as_str()).header("authorization", authorization).send_empty(),
            _ => agent.get(url.as_str()).header("authorization", authorization).call(),
        };
        let mut response = result.map_err(LedgerError::unreachable)?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(RESPONSE_BYTES).read_to_vec();
        let body = body.map_err(LedgerError::unreachable)?;
        if status == 200 {
            Ok(body)
        } else {
            Err(LedgerError { status: Some(status), text: error_text(status, &body) })
        }
    }
}

/// The status, and the ledger's own message if it has one.
fn error_text(status: u16, body: &[u8]) -> String {
    let error: Value = serde_json::from_slice(body).unwrap_or_default();
    match error["message"].as_str() {
        Some(message) => format!("{status}, {}", legible(message)),
        None => format!("status {status}"),
    }
}
