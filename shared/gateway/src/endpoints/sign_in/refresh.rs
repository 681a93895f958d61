//! The refresh token grant (OAuth 2.1 §4.3), with rotation: each refresh asks the identity provider anew.
//!
//! | the token is of | Weir |
//! |---|---|
//! | the current generation | asks the provider in one flight, renews the claims, and gives the next generation |
//! | the one before, within [`GRACE`] | gives the same answer again, and asks nobody |
//! | an older one, or another client | ends the family |
//!
//! Honest programs refresh side by side, so a strict rule would sign them out: 8 of 8 processes of one client in a
//! test.

use std::time::Duration;

use bytes::Bytes;
use oauth::refresh_token::Handle;
use oauth::token_request::TokenError;
use ports::{Clock, Host, Timer};

use super::family::{self, Family, undecided};
use super::limits;
use super::provider::{self, ProviderFailure};
use super::redeem::{bind, check_client, check_resource, end, principal};
use super::site::{Presented, Site};
use crate::endpoints::issue::{self, Person, Unissued};
use crate::endpoints::proof::claim_proof;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::identifier;
use crate::isolate::records::Live;
use crate::keys;
use crate::line::audit::Record;
use crate::sealed::SealingKeys;

/// The time in which the token before gets the answer again.
const GRACE: Duration = Duration::from_secs(60);
/// The longest flight to the provider: its token endpoint, its keys, and the store.
const FLIGHT: Duration = Duration::from_secs(20);
/// The longest that a request waits for another's flight.
const PATIENCE: Duration = Duration::from_secs(5);

/// The relation of a token to its family.
enum Position {
    Current,
    Busy,
    Before,
    Stolen(&'static str),
}

/// Redeems a refresh token.
pub(crate) async fn refresh<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    presented: Presented<'_>,
    token: &str,
    record: &mut Record,
) -> Result<Bytes, Unissued> {
    let site = Site::of(live).ok_or_else(unknown)?;
    let keys = keys::required_sealing(gateway).await?;
    let token = Handle::parse_refresh_token(token).filter(|token| family::is_genuine(&keys, token));
    let token = token.ok_or_else(unknown)?;
    record.agent(presented.client_id);
    limits::take_token(gateway).await?;
    claim_proof(gateway, presented.proof).await?;
    let mut waited = Duration::ZERO;
    loop {
        let (revision, mut family) = family::read(gateway, &token.family).await?.ok_or_else(unknown)?;
        if family.revoked {
            return Err(ended().into());
        }
        check_client(&presented, &family)?;
        let now = gateway.host.clock().now();
        match position(&site, &family, &token, presented, now.millis()) {
            Position::Stolen(reason) => {
                family::revoke(gateway, &token.family).await?;
                return Err(TokenError::invalid_grant(reason, "this sign-in has ended").into());
            }
            Position::Before => {
                check_resource(&presented, &family)?;
                bind(&site, &presented, &mut family)?;
                principal(gateway, &site, &family, &presented, record).await?;
                return Ok(family.answer(&keys, &token).ok_or_else(unknown)?.into());
            }
            Position::Current => {
                check_resource(&presented, &family)?;
                bind(&site, &presented, &mut family)?;
                principal(gateway, &site, &family, &presented, record).await?;
                let flight = Flight { gateway, site: &site, keys: &keys, token: &token, presented };
                if let Some(answer) = flight.fly(revision, family, record).await? {
                    return Ok(answer);
                }
            }
            Position::Busy => {}
        }
        if waited >= PATIENCE {
            return Err(undecided("another refresh of this sign-in is under way").into());
        }
        let [random] = identifier::bytes(&gateway.host)?;
        let pause = Duration::from_millis(50 + u64::from(random) * 150 / 255);
        gateway.host.timer().sleep(pause).await;
        waited += pause;
    }
}

fn unknown() -> TokenError {
    TokenError::invalid_grant("refresh_token_unknown", "the refresh token is unknown or over")
}

fn ended() -> TokenError {
    TokenError::invalid_grant("sign_in_revoked", "this sign-in has ended")
}

fn position(site: &Site<'_>, family: &Family, token: &Handle, presented: Presented<'_>, now_ms: u64) -> Position {
    if family.client_id != presented.client_id {
        return Position::Stolen("refresh_token_wrong_client");
    }
    if family.person.issuer != site.issuer.issuer {
        return Position::Stolen("sign_in_issuer_changed");
    }
    let grace = GRACE.as_millis() as u64;
    match family.generation.checked_sub(token.generation) {
        Some(0) if !family.has_secret(token) => Position::Stolen("refresh_token_replayed"),
        Some(0) if family.busy_until > now_ms => Position::Busy,
        Some(0) => Position::Current,
        Some(1) if now_ms.saturating_sub(family.answered_at) < grace => Position::Before,
        _ => Position::Stolen("refresh_token_replayed"),
    }
}

/// One refresh at the provider.
struct Flight<'a, H: Host> {
    gateway: &'a Gateway<H>,
    site: &'a Site<'a>,
    keys: &'a SealingKeys,
    token: &'a Handle,
    presented: Presented<'a>,
}

impl<H: Host> Flight<'_, H> {
    /// The answer; `None` if another request flies.
    async fn fly(&self, revision: u64, mut family: Family, record: &mut Record) -> Result<Option<Bytes>, Unissued> {
        let Self { gateway, site, keys, token, presented } = self;
        let Some(provider_token) = family.provider_token(keys, token) else { return Err(unknown().into()) };
        family.busy_until = gateway.host.clock().now().after(FLIGHT).millis();
        let Some(revision) = family::write(gateway, &token.family, Some(revision), &family).await? else {
            return Ok(None);
        };
        let tokens = match provider::refresh(gateway, site, &provider_token).await {
            Ok(tokens) => tokens,
            Err(failure) => return Err(self.failed(revision, family, failure).await?),
        };
        let provider_token = tokens.refresh_token.clone().unwrap_or(provider_token);
        match provider::vouched(gateway, site, &tokens, None).await {
            Ok(vouched) if !is_same_person(&vouched.person, &family.person) => {
                return Err(self.end("id_token_of_another_person").await?);
            }
            Ok(vouched) => family.person = vouched.person,
            Err(failure) => {
                self.keep(&mut family, &provider_token)?;
                return Err(self.failed(revision, family, failure).await?);
            }
        }
        let issued = async {
            let principal = principal(gateway, site, &family, presented, record).await?;
            let access_token = issue::mint(gateway, principal.claims()).await?;
            Ok::<_, Unissued>((principal, access_token))
        };
        let (principal, access_token) = match issued.await {
            Ok(issued) => issued,
            Err(error) => {
                self.keep(&mut family, &provider_token)?;
                self.release(revision, family).await;
                return Err(error);
            }
        };
        let next = family::handle(gateway, keys, token.family, token.generation.saturating_add(1))?;
        let answer = issue::body(principal.claims(), &access_token, Some(&next.to_text()))?;
        let now = gateway.host.clock().now();
        family.advance(keys, identifier::bytes(&gateway.host)?, &next, Some(&provider_token));
        family.set_answer(keys, identifier::bytes(&gateway.host)?, token, &answer);
        family.answered_at = now.millis();
        family.until = end(site, &family, now.seconds());
        match family::write(gateway, &token.family, Some(revision), &family).await? {
            Some(_) => Ok(Some(answer)),
            // It was revoked meanwhile, which the next look shows.
            None => Ok(None),
        }
    }

    /// The error for a provider that vouches for nobody. Only its own word ends the family.
    async fn failed(&self, revision: u64, family: Family, failure: ProviderFailure) -> Result<Unissued, Fault> {
        match failure {
            ProviderFailure::Refused => self.end("identity_provider_refused").await,
            ProviderFailure::IdToken(error) => self.end(error.reason()).await,
            ProviderFailure::Fault(fault) => {
                self.release(revision, family).await;
                Ok(fault.into())
            }
        }
    }

    /// Keeps the provider's token under the current secret: it may have replaced the one before already.
    fn keep(&self, family: &mut Family, provider_token: &str) -> Result<(), Fault> {
        let nonce = identifier::bytes(&self.gateway.host)?;
        family.set_provider_token(self.keys, nonce, self.token, Some(provider_token));
        Ok(())
    }

    /// Lets another request fly at once. If this can't be written, it may after the flight's longest time.
    async fn release(&self, revision: u64, mut family: Family) {
        family.busy_until = 0;
        let _ = family::write(self.gateway, &self.token.family, Some(revision), &family).await;
    }

    async fn end(&self, reason: &'static str) -> Result<Unissued, Fault> {
        family::revoke(self.gateway, &self.token.family).await?;
        let description = "the identity provider does not vouch for this sign-in any more; sign in again";
        Ok(TokenError::invalid_grant(reason, description).into())
    }
}

fn is_same_person(one: &Person, other: &Person) -> bool {
    one.key() == other.key() && one.tenant == other.tenant
}
