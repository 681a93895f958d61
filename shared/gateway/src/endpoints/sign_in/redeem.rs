//! The authorization code grant (OAuth 2.1 §4.1.3): a code becomes an access token and the first refresh token, once.

use std::rc::Rc;

use bytes::Bytes;
use oauth::pkce::Challenge;
use oauth::redirect_uri::RedirectUri;
use oauth::refresh_token::Handle;
use oauth::token_request::TokenError;
use ports::{Clock, Host};

use super::family::{self, CodeFacts, Family};
use super::limits;
use super::site::{Presented, Site};
use crate::endpoints::issue::{self, Unissued};
use crate::endpoints::proof::claim_proof;
use crate::gateway::Gateway;
use crate::identifier;
use crate::isolate::records::Live;
use crate::keys;
use crate::line::audit::Record;
use crate::principal::Principal;

/// A code that is refused, and whether its family must end: a genuine code in the wrong hands, or used twice.
struct Refused(TokenError, bool);

/// Redeems a code.
pub(crate) async fn redeem<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    presented: Presented<'_>,
    (code, verifier): (&str, &str),
    record: &mut Record,
) -> Result<Bytes, Unissued> {
    let unknown = || TokenError::invalid_grant("code_unknown", "the code is unknown or over");
    let site = Site::of(live).ok_or_else(unknown)?;
    let keys = keys::required_sealing(gateway).await?;
    let code = Handle::parse_code(code).filter(|code| family::is_genuine(&keys, code)).ok_or_else(unknown)?;
    record.agent(presented.client_id);
    limits::take_token(gateway).await?;
    claim_proof(gateway, presented.proof).await?;
    let (revision, mut record_of_family) = family::read(gateway, &code.family).await?.ok_or_else(unknown)?;
    check_client(&presented, &record_of_family)?;
    let now = gateway.host.clock().now();
    if let Err(Refused(error, ends_family)) = check(&site, &record_of_family, &code, presented, verifier, now.millis())
    {
        if ends_family {
            family::revoke(gateway, &code.family).await?;
        }
        return Err(error.into());
    }
    check_resource(&presented, &record_of_family)?;
    bind(&site, &presented, &mut record_of_family)?;
    let principal = principal(gateway, &site, &record_of_family, &presented, record).await?;
    let access_token = issue::mint(gateway, principal.claims()).await?;
    let provider_token = record_of_family.provider_token(&keys, &code);
    let next = family::handle(gateway, &keys, code.family, 1)?;
    record_of_family.advance(&keys, identifier::bytes(&gateway.host)?, &next, provider_token.as_deref());
    // Without a refresh token of the provider's, Weir could not see that a person was disabled: it gives none of its
    // own.
    let refreshes = provider_token.is_some();
    if refreshes {
        record_of_family.until = end(&site, &record_of_family, now.seconds());
    }
    let refresh_token = refreshes.then(|| next.to_text());
    let body = issue::body(principal.claims(), &access_token, refresh_token.as_deref())?;
    if family::write(gateway, &code.family, Some(revision), &record_of_family).await?.is_none() {
        // Another redemption was faster.
        family::revoke(gateway, &code.family).await?;
        return Err(replayed().into());
    }
    Ok(body)
}

fn replayed() -> TokenError {
    TokenError::invalid_grant("code_replayed", "the code was already used")
}

fn check(
    site: &Site<'_>,
    family: &Family,
    code: &Handle,
    presented: Presented<'_>,
    verifier: &str,
    now_ms: u64,
) -> Result<(), Refused> {
    let refused = |reason, description| Refused(TokenError::invalid_grant(reason, description), true);
    if family.revoked {
        return Err(Refused(TokenError::invalid_grant("sign_in_revoked", "this sign-in has ended"), false));
    }
    if family.generation != 0 {
        return Err(Refused(replayed(), true));
    }
    let CodeFacts { redirect_uri, challenge, key_thumbprint, ends_at } = &family.code;
    if !family.has_secret(code) || now_ms >= *ends_at {
        return Err(Refused(TokenError::invalid_grant("code_unknown", "the code is unknown or over"), false));
    }
    if family.client_id != presented.client_id {
        return Err(refused("code_wrong_client", "the code is of another client"));
    }
    if presented.request.redirect_uri.as_ref().is_some_and(|sent| sent != redirect_uri) {
        return Err(refused("code_wrong_redirect_uri", "the code was sent to another redirect URI"));
    }
    // The registry may have changed since the code was sent.
    let listed = site.live.gateway.clients.iter().find(|client| client.id == family.client_id);
    let own = listed.map_or(&[][..], |client| &client.redirect_uris);
    let private_use: Vec<&String> = own.iter().chain(&site.sign_in.redirect_uris).collect();
    if let Err(error) = RedirectUri::parse(redirect_uri, &private_use) {
        return Err(refused(error.reason(), "the redirect URI is not allowed any more"));
    }
    let challenge = Challenge::parse(Some(challenge), Some("S256"));
    if !challenge.is_ok_and(|challenge| challenge.matches(verifier)) {
        return Err(refused("code_verifier_wrong", "`code_verifier` is not the one of this sign-in"));
    }
    let proven = presented.proof.map(|proof| &proof.thumbprint);
    if key_thumbprint.is_some() && key_thumbprint.as_ref() != proven {
        return Err(refused("proof_wrong_key", "the code is bound to another key (`dpop_jkt`)"));
    }
    if family.person.issuer != site.issuer.issuer {
        return Err(refused("sign_in_issuer_changed", "people sign in at another identity provider now"));
    }
    Ok(())
}

/// Refuses a client that signs and brought nothing but its name. Nothing ends: anybody can leave the signature out.
pub(super) fn check_client(presented: &Presented<'_>, family: &Family) -> Result<(), TokenError> {
    match presented.is_bare && family.signs {
        true => Err(TokenError::invalid_client("client_authentication_missing", "the client did not authenticate")),
        false => Ok(()),
    }
}

/// Binds the family to the key of the first proof; from then on nothing but a proof with that key counts. A wrong or
/// missing proof ends nothing: without the key a stolen token is worth nothing, and its owner goes on.
pub(super) fn bind(site: &Site<'_>, presented: &Presented<'_>, family: &mut Family) -> Result<(), TokenError> {
    match (&family.key_thumbprint, presented.proof) {
        (None, None) if site.live.gateway.demands_dpop(&site.issuer.issuer) => Err(TokenError::proof_demanded()),
        (None, proof) => {
            family.key_thumbprint = proof.map(|proof| proof.thumbprint.clone());
            Ok(())
        }
        (Some(bound), Some(proof)) if *bound == proof.thumbprint => Ok(()),
        (Some(_), _) => {
            let description = "this sign-in is bound to a key: send a DPoP proof that is signed with it";
            Err(TokenError::invalid_grant("proof_wrong_key", description))
        }
    }
}

/// RFC 8707 §2.2: a token request may name the resource again, and no other.
pub(super) fn check_resource(presented: &Presented<'_>, family: &Family) -> Result<(), TokenError> {
    match presented.request.resource.as_slice() {
        [] => Ok(()),
        [one] if *one == family.resource => Ok(()),
        _ => Err(TokenError::invalid_target("the sign-in is for another resource")),
    }
}

/// The principal of the family, unless it is frozen.
pub(super) async fn principal<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    family: &Family,
    presented: &Presented<'_>,
    record: &mut Record,
) -> Result<Rc<Principal>, Unissued> {
    let (target, client_id) = ((family.resource.clone(), family.scope.clone()), family.client_id.as_str());
    let person = family.person.clone();
    let (since, proof) = (family.began_at, presented.proof);
    let claims = issue::claims(gateway, site.live, person, client_id, target, since, proof).await?;
    let principal = Rc::new(Principal::new(claims));
    record.caller(principal.clone());
    issue::check_quarantine(gateway, &principal).await?;
    Ok(principal)
}

/// The end of a family that is used now, Unix milliseconds: the idle time from now, and no later than its longest time.
pub(super) fn end(site: &Site<'_>, family: &Family, now_seconds: u64) -> u64 {
    let idle = now_seconds.saturating_add(site.sign_in.idle_seconds);
    let longest = family.began_at.saturating_add(site.sign_in.longest_seconds);
    idle.min(longest).saturating_mul(1000)
}
