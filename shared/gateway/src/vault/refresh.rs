//! The access token of a grant, renewed in one flight for all isolates.
//!
//! | the record | a call |
//! |---|---|
//! | has a token that is not about to end | gets it |
//! | has none, and nobody renews it | renews it in the background, so that no client that disconnects ends it |
//! | is being renewed | looks again, for as long as it may |
//!
//! Two refreshes at once can end a grant: servers that rotate refresh tokens take the second for a theft.

use std::time::Duration;

use bytes::Bytes;
use futures::channel::oneshot;
use oauth::issued_token::{self, Expected, IssuedToken, IssuedTokenError, MAX_RESPONSE_BYTES};
use ports::{Background, Clock, Host, Timer, Timestamp};

use super::client::{self, Between};
use super::grant::{self, Grant, Holder, Tokens};
use super::server;
use crate::error::{Fault, OriginTokenFault};
use crate::gateway::Gateway;
use crate::identifier;
use crate::keys;

/// The longest flight: a request to the server, and the store.
const FLIGHT: Duration = Duration::from_secs(20);
/// The longest that a call waits for another's flight; its own deadline may be shorter.
const PATIENCE: Duration = Duration::from_secs(5);
/// The time before its end from which a token is renewed; of a short one, half of its life.
const MARGIN: Duration = Duration::from_secs(60);

/// A call's question for a token.
pub(crate) struct Asked {
    pub(crate) holder: Holder,
    /// The gateway's own address.
    pub(crate) url: String,
    /// Digest of the origin's URL and credential.
    pub(crate) facts: String,
    /// A grant from before this instant, Unix seconds, has ended.
    pub(crate) not_before: u64,
    /// A token that the origin has refused.
    pub(crate) refused: Option<String>,
}

/// An access token.
pub(crate) struct Access {
    pub(crate) token: String,
    /// Seconds until its end.
    pub(crate) lifetime_seconds: Option<u64>,
    /// True if it was issued for this call.
    pub(crate) is_new: bool,
}

impl Tokens {
    /// The tokens of a response at `now`; the refresh token `before` counts on where there is no new one.
    pub(crate) fn of(issued: IssuedToken, before: Option<String>, now: Timestamp) -> Self {
        let lifetime = issued.lifetime_seconds.map(|seconds| Duration::from_secs(seconds.min(366 * 24 * 60 * 60)));
        let ends_at = lifetime.map(|lifetime| now.after(lifetime).millis());
        let renew_at = lifetime.map(|lifetime| now.after(lifetime - MARGIN.min(lifetime / 2)).millis());
        Self { access: issued.token, refresh: issued.refresh_token.or(before), ends_at, renew_at }
    }

    /// The access token, unless it is over or about to end. One that can't be renewed is used to its end.
    fn usable(&self, now: Timestamp, refused: Option<&str>) -> Option<Access> {
        let end = if self.refresh.is_some() { self.renew_at } else { self.ends_at };
        let counts = end.is_none_or(|end| now.millis() < end) && refused != Some(self.access.as_str());
        let left = |end: u64| end.saturating_sub(now.millis()) / 1000;
        let lifetime_seconds = self.ends_at.map(left);
        counts.then(|| Access { token: self.access.clone(), lifetime_seconds, is_new: false })
    }
}

/// The access token; `None` if the user has to give a grant.
pub(crate) async fn token<H: Host>(gateway: &Gateway<H>, asked: &Asked) -> Result<Option<Access>, Fault> {
    let keys = keys::required_sealing(gateway).await?;
    let mut waited = Duration::ZERO;
    loop {
        let Some((revision, found)) = grant::read(gateway, &asked.holder).await? else { return Ok(None) };
        if found.facts != asked.facts || found.since < asked.not_before {
            return Ok(None);
        }
        let Some(tokens) = found.tokens(&keys, &asked.holder) else { return Ok(None) };
        let now = gateway.host.clock().now();
        if let Some(access) = tokens.usable(now, asked.refused.as_deref()) {
            return Ok(Some(access));
        }
        let Some(refresh_token) = tokens.refresh else { return Ok(None) };
        if found.busy_until <= now.millis() {
            let busy = found.busy(now.after(FLIGHT).millis());
            if let Some(revision) = grant::write(gateway, &asked.holder, Some(revision), &busy).await? {
                let (sender, answer) = oneshot::channel();
                let flight = Flight {
                    gateway: gateway.clone(),
                    holder: asked.holder.clone(),
                    url: asked.url.clone(),
                    revision,
                    grant: busy,
                    refresh_token,
                };
                gateway.host.background().spawn(async move { drop(sender.send(flight.fly().await)) });
                return answer.await.unwrap_or_else(|_| Err(server::unavailable("the refresh was broken off")));
            }
        }
        if waited >= PATIENCE {
            return Err(server::unavailable("another refresh of this grant is under way"));
        }
        let [random] = identifier::bytes(&gateway.host)?;
        let pause = Duration::from_millis(50 + u64::from(random) * 150 / 255);
        gateway.host.timer().sleep(pause).await;
        waited += pause;
    }
}

/// One refresh.
struct Flight<H: Host> {
    gateway: Gateway<H>,
    holder: Holder,
    url: String,
    revision: u64,
    grant: Grant,
    refresh_token: String,
}

impl<H: Host> Flight<H> {
    /// The new token; `None` if the grant has ended.
    async fn fly(self) -> Result<Option<Access>, Fault> {
        match self.issued().await {
            Ok(issued) => self.keep(issued).await,
            Err(Unrenewed::Ended) => {
                let Self { gateway, holder, revision, grant, .. } = self;
                grant::end_at(&gateway, &holder, revision, grant).await?;
                Ok(None)
            }
            Err(Unrenewed::Fault(fault)) => {
                // Another call may try at once. If this can't be written, it may after the flight's longest time.
                let free = self.grant.busy(0);
                let _ = grant::write(&self.gateway, &self.holder, Some(self.revision), &free).await;
                Err(fault)
            }
        }
    }

    async fn issued(&self) -> Result<IssuedToken, Unrenewed> {
        let Self { gateway, grant, .. } = self;
        let between = Between { url: &self.url, origin: &self.holder.origin, issuer: &grant.issuer };
        let client = client::recall(gateway, between, &grant.client).await?.ok_or(Unrenewed::Ended)?;
        let mut parameters = vec![("grant_type", "refresh_token"), ("refresh_token", self.refresh_token.as_str())];
        parameters.extend(grant.resource.as_deref().map(|resource| ("resource", resource)));
        let encoded = client.write(&parameters);
        let request = encoded.post(&grant.token_endpoint).map(|request| request.map(Bytes::from));
        let (status, body) = server::ask(gateway, request, MAX_RESPONSE_BYTES).await?;
        issued_token::read(status.as_u16(), &body, Expected::Bearer).map_err(|error| match &error {
            // Only as a client error: a proxy's page must not end a grant.
            IssuedTokenError::Refused(400 | 401, code) if code == "invalid_grant" => Unrenewed::Ended,
            _ => Unrenewed::Fault(Fault::OriginToken(OriginTokenFault::answered(server::KIND, &error, false))),
        })
    }

    async fn keep(mut self, issued: IssuedToken) -> Result<Option<Access>, Fault> {
        let keys = keys::required_sealing(&self.gateway).await?;
        let now = self.gateway.host.clock().now();
        let (token, lifetime_seconds) = (issued.token.clone(), issued.lifetime_seconds);
        let tokens = Tokens::of(issued, Some(self.refresh_token.clone()), now);
        self.grant.keep(&self.gateway, &keys, &self.holder, &tokens)?;
        let access = Access { token, lifetime_seconds, is_new: true };
        // Thrice, because the server may have replaced the refresh token already.
        for attempt in 0..3 {
            match grant::write(&self.gateway, &self.holder, Some(self.revision), &self.grant).await {
                // The user has revoked the grant meanwhile, or given another one.
                Ok(None) if attempt == 0 => return Ok(None),
                // An attempt that seemed to fail has written it.
                Ok(_) => break,
                Err(_) => {}
            }
        }
        Ok(Some(access))
    }
}

/// The reason why a grant has no new token.
enum Unrenewed {
    /// The server doesn't honour it any more.
    Ended,
    /// The server, or something that Weir needs for it, is not there.
    Fault(Fault),
}

impl From<Fault> for Unrenewed {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
