//! Limits of requests that anybody may send, counted by the client's network for all isolates.

use std::time::Duration;

use futures::future::join;
use http::StatusCode;
use oauth::token_request::TokenError;
use ports::{Caller, Host, Quota, TakeResult};
use sha2::{Digest, Sha256};

use super::failure::SignInFailure;
use crate::client_network::client_network;
use crate::deadline::within;
use crate::digest;
use crate::endpoints::issue::Unissued;
use crate::error::Fault;
use crate::gateway::Gateway;

/// A step that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::endpoints) enum Step {
    /// `GET /oauth/authorize`: it may fetch a client's document.
    Authorize,
    /// The callback and the consent: each asks the identity provider or the store.
    Callback,
    /// `POST /oauth/register`.
    Register,
    /// Codes and refresh tokens at the token endpoint: each asks the store.
    Token,
    /// ID-JAGs at the token endpoint: each may ask the issuer for keys, and the store.
    Assertion,
}

/// The time that the store may take; then the request is refused.
const DEADLINE: Duration = Duration::from_secs(5);

/// The most ID-JAGs of one client in a minute: those of ten thousand people at the beginning of their day.
const CLIENT_ASSERTIONS: u64 = 6_000;

/// The factor of the limit for all clients together whose address the host doesn't know.
const UNKNOWN: u64 = 20;

impl Step {
    /// The name in the store, the most requests of one network, and their window. An office of some thousand people has
    /// one address, signs in within an hour in the morning, and refreshes every ten minutes.
    const fn limit(self) -> (&'static str, u64, Duration) {
        match self {
            Self::Authorize => ("authorize", 300, Duration::from_secs(60)),
            Self::Callback => ("callback", 600, Duration::from_secs(60)),
            Self::Register => ("register", 300, Duration::from_secs(60 * 60)),
            Self::Token => ("token", 1_200, Duration::from_secs(60)),
            Self::Assertion => ("assertion", 3_000, Duration::from_secs(60)),
        }
    }
}

/// Takes one request from the limit: `false` if it is used up.
async fn take<H: Host>(gateway: &Gateway<H>, step: Step) -> Result<bool, Fault> {
    let (name, limit, window) = step.limit();
    let network = client_network(gateway.host.caller().address());
    let limit = if network.is_empty() { limit * UNKNOWN } else { limit };
    let mut texts = Sha256::new();
    digest::add(&mut texts, name);
    digest::add(&mut texts, &network);
    take_from(gateway, &digest::key("sign-in", texts), limit, window).await
}

async fn take_from<H: Host>(gateway: &Gateway<H>, key: &str, limit: u64, window: Duration) -> Result<bool, Fault> {
    match within(&gateway.host, DEADLINE, gateway.host.quota().take(key, 1, limit, window)).await {
        Some(Ok(TakeResult::Left(_))) => Ok(true),
        Some(Ok(TakeResult::Exhausted { .. })) => Ok(false),
        Some(Err(error)) => Err(Fault::Host { port: "Quota", detail: error.to_string() }),
        None => Err(Fault::Host { port: "Quota", detail: "no answer in time".to_owned() }),
    }
}

/// Takes one request of a browser, or of a client that registers.
pub(in crate::endpoints) async fn take_step<H: Host>(gateway: &Gateway<H>, step: Step) -> Result<(), SignInFailure> {
    if take(gateway, step).await? {
        return Ok(());
    }
    let happened = "there were too many requests from your network";
    let help = "Wait a minute, then start the sign-in again in your program.";
    Err(SignInFailure::page(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", happened, help))
}

/// Takes one ID-JAG of a client that has authenticated, from the limits of its network and of the client itself.
pub(crate) async fn take_assertion<H: Host>(gateway: &Gateway<H>, client_id: &str) -> Result<(), Unissued> {
    let mut texts = Sha256::new();
    digest::add(&mut texts, client_id);
    let key = digest::key("client-assertions", texts);
    let of_client = take_from(gateway, &key, CLIENT_ASSERTIONS, Duration::from_secs(60));
    let (network, client) = join(take(gateway, Step::Assertion), of_client).await;
    match (network?, client?) {
        (true, true) => Ok(()),
        (true, false) => Err(TokenError::too_many_requests("there were too many requests of this client").into()),
        (false, _) => Err(TokenError::too_many_requests("there were too many requests from this network").into()),
    }
}

/// Takes one code or refresh token.
pub(in crate::endpoints) async fn take_token<H: Host>(gateway: &Gateway<H>) -> Result<(), Unissued> {
    match take(gateway, Step::Token).await? {
        true => Ok(()),
        false => Err(TokenError::too_many_requests("there were too many requests from this network").into()),
    }
}
