//! `GET /oauth/grants/callback/ORIGIN`: the third party's answer becomes a grant of the user who began the consent.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use oauth::issued_token::{self, Expected, MAX_RESPONSE_BYTES};
use oauth::openid_provider;
use oauth::own_registration;
use oauth::scope;
use ports::{Body, Clock, Host};

use super::arrive::{check_origin, vault_of, virtual_server};
use super::connect::{NEW_LINK, over};
use super::person;
use super::transaction::Consenting;
use crate::endpoints::issue;
use crate::endpoints::sign_in::browser::Browser;
use crate::endpoints::sign_in::failure::SignInFailure;
use crate::endpoints::sign_in::limits::{Step, take_step};
use crate::endpoints::sign_in::site::Site;
use crate::error::{Fault, OriginTokenFault};
use crate::gateway::Gateway;
use crate::isolate::outbound_tokens::TokenKey;
use crate::keys;
use crate::line::audit::Record;
use crate::pages::Connected;
use crate::vault::client::{self, Between};
use crate::vault::grant::{self, Grant, Tokens};
use crate::vault::server;

/// Answers the browser that comes back from a third party, to the address of `origin`.
pub(in crate::endpoints) async fn answer<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    (origin, request): (&str, &Request<Bytes>),
    record: &mut Record,
) -> Result<Response<Body>, SignInFailure> {
    take_step(gateway, Step::Callback).await?;
    let response = openid_provider::read_response(request.uri().query().unwrap_or_default());
    let response = response.ok_or_else(malformed)?;
    let browser = Browser::read(site, request.headers());
    let state = response.state.as_deref().ok_or_else(malformed)?;
    let happened = "this was begun in another browser, is over, or is not one of ours.";
    let foreign = || SignInFailure::forbidden("grant_of_another_browser", happened, NEW_LINK);
    let consenting = Consenting::open(gateway, site, browser.as_ref(), state).await?.ok_or_else(foreign)?;
    let holder = &consenting.holder;
    // RFC 9700 §4.4.2.2: the same, where servers send no `iss`.
    let is_at_its_address = holder.origin == origin;
    person::check_user(gateway, site, &holder.user, consenting.began_at, record).await?;
    record.origin(&holder.origin);
    check_origin(gateway, &holder.origin).await?;
    let virtual_server = virtual_server(gateway, site, &consenting.server).await?;
    let (origin, vault) = vault_of(&virtual_server, &holder.origin).ok_or_else(over)?;
    let facts = TokenKey::facts(origin).to_hex();
    if facts != consenting.facts {
        return Err(over());
    }
    let server = server::of(gateway, vault).await?;
    // RFC 9207 §2.4: an answer of another server must not be taken for this one's.
    let is_its = response.issuer.as_deref().map_or(!server.sends_issuer, |issuer| issuer == vault.issuer);
    if !is_its || !is_at_its_address {
        let happened = "the answer is from another server than the one that was asked.";
        return Err(SignInFailure::forbidden("grant_wrong_issuer", happened, NEW_LINK));
    }
    if !issue::claim(gateway, &consenting.claim(), consenting.ends_at()).await? {
        return Err(over());
    }
    let refused = || {
        let happened = "the server did not give this gateway access to your account.";
        SignInFailure::page(StatusCode::BAD_REQUEST, "grant_refused", happened, NEW_LINK)
    };
    let code = response.code.filter(|_| response.error.is_none()).ok_or_else(refused)?;
    let url = site.url();
    let between = Between { url, origin: &origin.name, issuer: &vault.issuer };
    let client = client::recall(gateway, between, &consenting.client).await?.ok_or_else(over)?;
    let resource = vault.requested_resource(&origin.url);
    let (callback, verifier) = (own_registration::redirect_uri(url, &origin.name), consenting.verifier());
    let mut parameters = vec![
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", callback.as_str()),
        ("code_verifier", verifier.as_str()),
    ];
    parameters.extend(resource.map(|resource| ("resource", resource)));
    let encoded = client.write(&parameters);
    let posted = encoded.post(&server.token).map(|request| request.map(Bytes::from));
    let (status, body) = server::ask(gateway, posted, MAX_RESPONSE_BYTES).await?;
    let issued = issued_token::read(status.as_u16(), &body, Expected::Bearer)
        .map_err(|error| Fault::OriginToken(OriginTokenFault::answered("vault", &error, true)))?;
    let now = gateway.host.clock().now();
    let granted = issued.scope.as_deref().and_then(|granted| scope::parse(granted).ok());
    let mut given = Grant::begin(
        consenting.began_at,
        (consenting.server.clone(), facts),
        (vault.issuer.clone(), server.token.clone(), server.revocation.clone()),
        (consenting.client.clone(), resource.map(str::to_owned), granted.unwrap_or_else(|| vault.scopes.clone())),
    );
    let keys = keys::required_sealing(gateway).await?;
    given.keep(gateway, &keys, holder, &Tokens::of(issued, None, now))?;
    grant::give(gateway, holder, &given).await?;
    Ok(Connected { origin: &holder.origin, issuer: &vault.issuer }.page().response(StatusCode::OK))
}

fn malformed() -> SignInFailure {
    SignInFailure::page(StatusCode::BAD_REQUEST, "grant_malformed", "the server’s answer is malformed.", NEW_LINK)
}
