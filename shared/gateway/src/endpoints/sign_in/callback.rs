//! `GET /oauth/callback`: the identity provider's answer becomes a person, who is then asked for consent.

use std::rc::Rc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use oauth::authorization_request::AuthorizationError;
use oauth::authorization_response;
use oauth::authorization_server::CONSENT_PATH;
use oauth::openid_provider;
use oauth::protected_resource::ProtectedResource;
use oauth::redirect_uri::RedirectUri;
use oauth::web_url::WebUrl;
use ports::{Body, Clock, Host};

use super::browser::Browser;
use super::client::{Client, Voucher};
use super::failure::{START_AGAIN, SignInFailure, redirect};
use super::limits::{Step, take_step};
use super::provider::ProviderFailure;
use super::site::Site;
use super::transaction::{self, Kind, Pending, Transaction};
use super::{caller, client, family, offers, provider, remembered, visit};
use crate::endpoints::grants::arrive;
use crate::endpoints::issue::Person;
use crate::gateway::Gateway;
use crate::line::audit::Record;
use crate::pages::{Consent, Destination, Offers, Proof};
use crate::principal::Principal;

/// Answers the browser that comes back from the identity provider.
pub(super) async fn answer<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    request: &Request<Bytes>,
    record: &mut Record,
) -> Result<Response<Body>, SignInFailure> {
    take_step(gateway, Step::Callback).await?;
    let response = openid_provider::read_response(request.uri().query().unwrap_or_default());
    let malformed = || SignInFailure::over("callback_malformed", "the identity provider's answer is malformed.");
    let response = response.ok_or_else(malformed)?;
    let browser = Browser::read(site, request.headers());
    let state = response.state.as_deref().ok_or_else(malformed)?;
    if let Some(visit) = visit::open(gateway, site, browser.as_ref(), state).await? {
        visit.check(site, gateway.host.clock().now().seconds())?;
        check_issuer(gateway, site, response.issuer.as_deref()).await?;
        let refused = || SignInFailure::over("identity_provider_refused", "the identity provider did not sign you in.");
        let code = response.code.filter(|_| response.error.is_none()).ok_or_else(refused)?;
        let tokens = provider::redeem(gateway, site, &code, &visit.verifier()).await.map_err(unvouched)?;
        let vouched = provider::vouched(gateway, site, &tokens, Some(&visit.nonce())).await.map_err(unvouched)?;
        return arrive::answer(gateway, site, (browser, visit), vouched.person, record).await;
    }
    let transaction: Transaction = transaction::open(gateway, site, browser.as_ref(), Kind::State, state).await?;
    transaction.check(site, gateway.host.clock().now())?;
    check_issuer(gateway, site, response.issuer.as_deref()).await?;
    let client = client::find(gateway, site, &transaction.client_id).await?;
    let redirect_uri = transaction.redirect_uri(&client)?;
    let told = |error| SignInFailure::client(site, &redirect_uri, transaction.state.as_deref(), error);
    if let Some(error) = response.error {
        return Err(told(refusal(&error)));
    }
    let code = response.code.ok_or_else(malformed)?;
    let tokens = provider::redeem(gateway, site, &code, &transaction.verifier()).await.map_err(unvouched)?;
    let nonce = transaction.nonce();
    let vouched = provider::vouched(gateway, site, &tokens, Some(&nonce)).await.map_err(unvouched)?;
    let principal = check_person(gateway, site, &transaction, &vouched.person, record).await?;
    let display = vouched.display.unwrap_or_else(|| vouched.person.subject.clone());
    let pending = Pending { transaction, person: vouched.person, provider_token: tokens.refresh_token };
    if pending.transaction.is_direct
        && remembered::has(gateway, site, request.headers(), &pending, &redirect_uri).await?
    {
        let code = family::begin(gateway, &pending, &client).await?;
        let state = pending.transaction.state.as_deref();
        return Ok(redirect(&authorization_response::success(&redirect_uri, &code, state, site.url())));
    }
    // `open` has refused a request without one.
    let browser = browser.ok_or_else(malformed)?;
    let sealed = transaction::seal(gateway, site, &browser, Kind::Consent, &pending).await?;
    let offers = offers::count(gateway, site, &pending.transaction.resource, &principal).await;
    page(site, &client, &redirect_uri, &pending, (&display, &sealed, offers))
}

/// Checks `iss` (RFC 9207 §2.4): an answer of another provider must not be taken for this one's.
async fn check_issuer<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    issuer: Option<&str>,
) -> Result<(), SignInFailure> {
    let right = match issuer {
        Some(issuer) => issuer == site.issuer.issuer,
        None => !provider::endpoints(gateway, site).await?.sends_issuer,
    };
    let happened = "the answer is from another identity provider than the one that was asked.";
    if right { Ok(()) } else { Err(SignInFailure::forbidden("callback_wrong_issuer", happened, START_AGAIN)) }
}

/// The client's error for the provider's, of which no text is passed on.
fn refusal(error: &str) -> AuthorizationError {
    match error {
        "server_error" | "temporarily_unavailable" => AuthorizationError::temporarily_unavailable(
            "identity_provider_unavailable",
            "the identity provider is not available at the moment",
        ),
        _ => {
            AuthorizationError::access_denied("identity_provider_refused", "the identity provider did not sign you in")
        }
    }
}

/// The page of a provider that vouches for nobody.
fn unvouched(failure: ProviderFailure) -> SignInFailure {
    match failure {
        ProviderFailure::Refused => {
            let happened = "the identity provider does not accept this answer any more.";
            SignInFailure::over("identity_provider_code_refused", happened)
        }
        ProviderFailure::IdToken(error) => {
            let help = "Tell the people who run this gateway what you see here.";
            SignInFailure::forbidden(error.reason(), format!("{error}."), help)
        }
        ProviderFailure::Fault(fault) => fault.into(),
    }
}

/// Notes and returns the person of a sign-in; refuses a frozen person or client.
pub(super) async fn check_person<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    transaction: &Transaction,
    person: &Person,
    record: &mut Record,
) -> Result<Rc<Principal>, SignInFailure> {
    let target = (transaction.resource.clone(), transaction.scope.clone());
    let client = (transaction.client_id.as_str(), target);
    caller::check(gateway, site, (person.clone(), transaction.began_at()), client, record).await
}

fn page(
    site: &Site<'_>,
    client: &Client,
    redirect_uri: &RedirectUri,
    pending: &Pending,
    (display, sealed, offers): (&str, &str, Option<Offers>),
) -> Result<Response<Body>, SignInFailure> {
    let proof = match &client.voucher {
        Voucher::Registry => Proof::Registry,
        Voucher::Document(host) => Proof::Document { host },
        Voucher::Nothing => Proof::Nothing,
    };
    let host = |url| WebUrl::parse(url).map_or(url, |url| url.host);
    let resource = ProtectedResource::from_identifier(site.url(), &pending.transaction.resource);
    let service = match resource {
        Some(ProtectedResource::Named(name)) => name,
        _ => host(site.url()),
    };
    let consent = Consent {
        client: if client.name.is_empty() { "a program without a name" } else { &client.name },
        proof,
        destination: Destination::read(redirect_uri.as_str()).ok_or_else(SignInFailure::nowhere)?,
        person: display,
        identity_provider: host(&site.issuer.issuer),
        service,
        scopes: &pending.transaction.scope,
        offers,
        idle_seconds: pending.provider_token.as_ref().map(|_| site.sign_in.idle_seconds),
        action: CONSENT_PATH,
        transaction: sealed,
    };
    Ok(consent.page().response(StatusCode::OK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_error_becomes_one_of_two() {
        for (error, expected) in [
            ("access_denied", "access_denied"),
            ("login_required", "access_denied"),
            ("<script>", "access_denied"),
            ("server_error", "temporarily_unavailable"),
            ("temporarily_unavailable", "temporarily_unavailable"),
        ] {
            assert_eq!(refusal(error).error, expected, "{error}");
        }
    }
}
