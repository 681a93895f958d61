//! `POST /oauth/consent`: the person's answer. Only with *allow* does a code exist.

use bytes::Bytes;
use http::header::{self, HeaderMap};
use http::{Request, Response, StatusCode};
use oauth::authorization_request::AuthorizationError;
use oauth::authorization_response;
use oauth::form;
use ports::{Body, Clock, Host};

use super::browser::Browser;
use super::callback::check_person;
use super::failure::{START_AGAIN, SignInFailure};
use super::limits::{Step, take_step};
use super::site::Site;
use super::transaction::{self, Kind, Pending};
use super::{client, family, remembered};
use crate::gateway::Gateway;
use crate::line::audit::Record;
use crate::pages::{Destination, Onward};

/// The most bytes of the form: a transaction, percent-encoded at worst.
const FORM_BYTES: usize = 160 * 1024;

/// Answers the consent page's form.
pub(super) async fn answer<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    request: &Request<Bytes>,
    record: &mut Record,
) -> Result<Response<Body>, SignInFailure> {
    take_step(gateway, Step::Callback).await?;
    check_page(site, request.headers())?;
    let form = Some(request.body()).filter(|body| body.len() <= FORM_BYTES).and_then(|body| form::parameters(body));
    let malformed = || SignInFailure::over("consent_malformed", "the answer is malformed.");
    let form = form.ok_or_else(malformed)?;
    let field = |name: &str| {
        let mut values = form.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    };
    let (sealed, answer) = field("transaction").zip(field("answer")).ok_or_else(malformed)?;
    let browser = Browser::read(site, request.headers());
    let pending: Pending = transaction::open(gateway, site, browser.as_ref(), Kind::Consent, sealed).await?;
    let Pending { transaction, person, .. } = &pending;
    transaction.check(site, gateway.host.clock().now())?;
    let client = client::find(gateway, site, &transaction.client_id).await?;
    let redirect_uri = transaction.redirect_uri(&client)?;
    check_person(gateway, site, transaction, person, record).await?;
    let state = transaction.state.as_deref();
    let (to, allowed) = match answer {
        "allow" => {
            let code = family::begin(gateway, &pending, &client).await?;
            (authorization_response::success(&redirect_uri, &code, state, site.url()), true)
        }
        "cancel" => {
            let error = AuthorizationError::access_denied("consent_refused", "the person has not allowed it");
            (authorization_response::failure(&redirect_uri, &error, state, site.url()), false)
        }
        _ => return Err(malformed()),
    };
    let destination = Destination::read(&to).ok_or_else(SignInFailure::nowhere)?;
    let onward = Onward { client: &client.name, destination, allowed };
    let mut response = onward.page().response(StatusCode::OK);
    if allowed && let Some(cookie) = remembered::add(gateway, site, request.headers(), &pending, &redirect_uri).await? {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Refuses a form that another site has sent. The cookie's `SameSite` already keeps it back; this is the second bar.
fn check_page(site: &Site<'_>, headers: &HeaderMap) -> Result<(), SignInFailure> {
    let own_origin = headers.get_all(header::ORIGIN).iter().all(|origin| origin == site.url());
    let own_page = headers.get_all("sec-fetch-site").iter().all(|value| value == "same-origin");
    if own_origin && own_page {
        return Ok(());
    }
    let happened = "the answer was not sent by the page of this gateway.";
    Err(SignInFailure::forbidden("consent_of_another_site", happened, START_AGAIN))
}
