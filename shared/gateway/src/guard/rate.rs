//! How often a user may call: counted once for all isolates, and only where the virtual server sets a limit.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::deadline::within;
use crate::digest;
use crate::error::{Failure, Fault, Refusal};
use crate::ports::{Host, Quota, Taken};
use crate::principal::Principal;
use crate::virtual_server::VirtualServer;

const WINDOW: Duration = Duration::from_secs(60);

/// How long the store may take to decide; then the call is refused, because nobody knows whether it fits.
const DEADLINE: Duration = Duration::from_secs(5);

/// Takes one call of what the user has left of this minute. Without a limit nothing is asked of any store.
pub(super) async fn take<H: Host>(host: &H, server: &VirtualServer, principal: &Principal) -> Result<(), Failure> {
    let Some(limit) = server.record().calls_per_minute else { return Ok(()) };
    let key = key(server, principal);
    match within(host, DEADLINE, host.quota().take(&key, 1, limit, WINDOW)).await {
        Some(Ok(Taken::Left(_))) => Ok(()),
        Some(Ok(Taken::Exhausted { ends_in })) => {
            let retry_after_seconds = ends_in.as_millis().div_ceil(1000).max(1);
            let retry_after_seconds = u64::try_from(retry_after_seconds).unwrap_or(WINDOW.as_secs());
            Err(Refusal::RateLimited { limit, retry_after_seconds }.into())
        }
        Some(Err(error)) => Err(Fault::QuotaUnavailable { detail: error.to_string() }.into()),
        None => Err(Fault::QuotaUnavailable { detail: "no answer in time".to_owned() }.into()),
    }
}

/// One per user and virtual server, through whichever agent and in whichever epoch. A digest, because an issuer and a subject
/// have no bound that fits every store's keys.
fn key(server: &VirtualServer, principal: &Principal) -> String {
    let mut texts = Sha256::new();
    digest::add(&mut texts, &server.record().name);
    digest::add(&mut texts, &principal.key());
    digest::key("calls-per-minute", texts)
}
