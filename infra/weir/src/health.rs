//! A client of a gateway's `/healthz`.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ureq::Agent;
use url::Url;

use crate::address::address;
use crate::failure::Failure;
use crate::ledger::token::TokenSource;

/// The deadline of one request: a gateway asks its store and answers.
const DEADLINE: Duration = Duration::from_secs(15);

/// The longest answer that is read, bytes.
const ANSWER_BYTES: u64 = 1 << 20;

/// A gateway's address, and the token for the names in its answer.
pub struct HealthEndpoint {
    url: Url,
    token: Option<String>,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Finding {
    /// A stable code.
    pub reason: String,
    /// The name of a secret or a record.
    #[serde(default)]
    pub what: String,
}

/// A record in the answer to a request with the token.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Standing {
    /// The instant of signing, Unix milliseconds.
    pub sequence: u64,
    /// The end of validity, Unix seconds.
    pub valid_until: u64,
    /// The id of the key that signed it.
    pub key: String,
}

/// `head` and `quarantine`, as far as the gateway holds them.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub struct StandingRecords {
    /// The record `head`.
    pub head: Option<Standing>,
    /// The record `quarantine`.
    pub quarantine: Option<Standing>,
}

/// The answer of a gateway.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Health {
    /// `ok`, `degraded` or `fault`.
    pub status: String,
    /// The gateway's version.
    pub version: String,
    /// The epoch that it serves.
    #[serde(default)]
    pub epoch: Option<u64>,
    /// The codes of everything that is not as it should be.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// The reasons why no call is served, with names; only with the token.
    #[serde(default)]
    pub faults: Vec<Finding>,
    /// The reasons why not every call is served, or not for long, with names; only with the token.
    #[serde(default)]
    pub warnings: Vec<Finding>,
    /// Only with the token.
    #[serde(default)]
    pub records: Option<StandingRecords>,
}

impl HealthEndpoint {
    /// Checks the address and reads the token; `-` reads standard input.
    pub fn open(url: &str, token_file: Option<&Path>) -> Result<Self, Failure> {
        let url = address(url).ok_or_else(|| Failure::GatewayUrl(url.to_owned()))?;
        let token = token_file.map(|path| TokenSource::parse(path).read()).transpose()?;
        Ok(Self { url, token })
    }

    /// `https://HOST`, without a slash at the end.
    pub fn name(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// True if the request carries a token.
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Asks once; the error says why there is no answer of a gateway.
    pub fn ask(&self) -> Result<Health, Unanswered> {
        let mut url = self.url.clone();
        url.set_path("/healthz");
        let settings =
            Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(DEADLINE)).build();
        let mut request = Agent::from(settings).get(url.as_str());
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.call().map_err(|error| Unanswered::Unreachable(error.to_string()))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec();
        let body = body.map_err(|error| Unanswered::Unreachable(error.to_string()))?;
        serde_json::from_slice(&body).map_err(|_| Unanswered::Other(status))
    }
}

/// The reason why a gateway's health can't be had.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// No connection, or no whole response.
    #[error("nobody answers there: {0}")]
    Unreachable(String),
    /// A response that is not a gateway's.
    #[error("status {0}, and no answer of a gateway: is the route set, and are all bindings there?")]
    Other(u16),
}
