//! A person comes back from the identity provider: on to the third party, or to `/me`.

use std::rc::Rc;

use http::{Response, header};
use oauth::grant_server::GrantRequest;
use oauth::own_registration;
use oauth::pkce::Challenge;
use ports::{Body, Clock, Host};
use registry::snapshot::{Origin, Vault};

use super::connect::{NEW_LINK, over};
use super::person;
use super::session::Session;
use super::transaction::Consenting;
use crate::endpoints::issue::{self, Person};
use crate::endpoints::sign_in::browser::Browser;
use crate::endpoints::sign_in::failure::{SignInFailure, redirect};
use crate::endpoints::sign_in::site::Site;
use crate::endpoints::sign_in::visit::{Visit, VisitedPage};
use crate::gateway::Gateway;
use crate::isolate::outbound_tokens::TokenKey;
use crate::line::audit::Record;
use crate::records;
use crate::vault::client::{self, Between};
use crate::vault::grant::Holder;
use crate::vault::{link, server};
use crate::virtual_server::VirtualServer;

/// Answers the browser of `person`, who has just signed in.
pub(in crate::endpoints) async fn answer<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    (browser, visit): (Option<Browser>, Visit),
    person: Person,
    record: &mut Record,
) -> Result<Response<Body>, SignInFailure> {
    let now = gateway.host.clock().now().seconds();
    let user = person::check(gateway, site, person, now, record).await?;
    match visit.page {
        VisitedPage::Me => {
            let mut response = redirect(&format!("{}/me", site.url()));
            if let Some(cookie) = Session::begin(gateway, user)?.cookie(gateway, site).await? {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
        VisitedPage::Connect { origin, ticket } => {
            record.origin(&origin);
            // The state was bound to this browser.
            let browser = browser.ok_or_else(over)?;
            let ticket = link::open(gateway, site.url(), &origin, &ticket).await?.ok_or_else(over)?;
            if ticket.user != user {
                let happened = "this link was made for another person than the one who is signed in here.";
                let reason = "grant_link_of_another_user";
                return Err(SignInFailure::forbidden(reason, happened, NEW_LINK));
            }
            if !issue::claim(gateway, &format!("grant-link/{}", ticket.id), ticket.ends_at).await? {
                return Err(over());
            }
            lead(gateway, site, &browser, Holder { user, origin }, ticket.server).await
        }
    }
}

/// Sends the browser to the third party.
async fn lead<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    browser: &Browser,
    holder: Holder,
    name: String,
) -> Result<Response<Body>, SignInFailure> {
    let (url, facts) = (site.url(), |origin: &Origin| TokenKey::facts(origin).to_hex());
    check_origin(gateway, &holder.origin).await?;
    let record = virtual_server(gateway, site, &name).await?;
    let (origin, vault) = vault_of(&record, &holder.origin).ok_or_else(over)?;
    let server = server::of(gateway, vault).await?;
    let between = Between { url, origin: &origin.name, issuer: &vault.issuer };
    let (kind, client) = client::choose(gateway, between, vault, &server).await?;
    let consenting = Consenting::begin(gateway, holder, name, (facts(origin), kind))?;
    let state = consenting.seal(gateway, site, browser).await?;
    let request = GrantRequest {
        client_id: &client.id,
        redirect_uri: &own_registration::redirect_uri(url, &origin.name),
        scope: &vault.scopes.join(" "),
        resource: vault.requested_resource(&origin.url),
        state: &state,
        challenge: &Challenge::of(&consenting.verifier()),
    };
    let mut response = redirect(&request.url(&server.authorization));
    if let Some(cookie) = browser.set_cookie(site) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The virtual server that a link came from.
pub(super) async fn virtual_server<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    name: &str,
) -> Result<Rc<VirtualServer>, SignInFailure> {
    records::virtual_server(gateway, site.live, name).await?.found.ok_or_else(over)
}

/// Refuses an origin that is frozen.
pub(super) async fn check_origin<H: Host>(gateway: &Gateway<H>, origin: &str) -> Result<(), SignInFailure> {
    let quarantine = records::quarantine(gateway).await?;
    match quarantine.origins.iter().any(|frozen| frozen == origin) {
        true => {
            let happened = "this server is quarantined.";
            Err(SignInFailure::forbidden("quarantined_origin", happened, "Ask your security team."))
        }
        false => Ok(()),
    }
}

/// The origin and its vault, if it still has one.
pub(super) fn vault_of<'a>(record: &'a VirtualServer, origin: &str) -> Option<(&'a Origin, &'a Vault)> {
    let origin = record.record().origins.get(origin)?;
    Some((origin, origin.credential.vault()?))
}
