//! `/me`: the grants of the person who is signed in, and their end.

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use oauth::form;
use ports::{Body, Host};

use super::arrive::{vault_of, virtual_server};
use super::person;
use super::session::Session;
use crate::endpoints::sign_in::failure::SignInFailure;
use crate::endpoints::sign_in::limits::{Step, take_step};
use crate::endpoints::sign_in::site::Site;
use crate::endpoints::sign_in::visit::{self, VisitedPage};
use crate::gateway::Gateway;
use crate::keys;
use crate::line::audit::Record;
use crate::pages::{Me, ShownGrant};
use crate::vault::client::{self, Between, ClientKind};
use crate::vault::grant::{self, Grant, Holder};
use crate::vault::server;

/// The most bytes of the form.
const FORM_BYTES: usize = 4_096;
/// The most bytes of the response to a revocation, which is not read.
const RESPONSE_BYTES: usize = 16 * 1024;

/// Shows the page; sends a browser that isn't signed in to the identity provider.
pub(in crate::endpoints) async fn show<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    request: &Request<Bytes>,
    record: &mut Record,
) -> Result<Response<Body>, SignInFailure> {
    take_step(gateway, Step::Authorize).await?;
    match Session::read(gateway, site, request.headers()).await? {
        Some(session) => {
            person::check_user(gateway, site, &session.user, session.began_at, record).await?;
            page(gateway, site, &session, None).await
        }
        None => visit::begin(gateway, site, request.headers(), VisitedPage::Me).await,
    }
}

/// Ends one grant: here first, then at the third party if it takes revocations.
pub(in crate::endpoints) async fn revoke<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    request: &Request<Bytes>,
    record: &mut Record,
) -> Result<Response<Body>, SignInFailure> {
    take_step(gateway, Step::Callback).await?;
    let help = "Open the page again.";
    let foreign = || {
        let happened = "the request was not sent by this page, or the sign-in is over.";
        SignInFailure::forbidden("me_of_another_site", happened, help)
    };
    let headers = request.headers();
    let own_origin = headers.get_all(header::ORIGIN).iter().all(|origin| origin == site.url());
    let own_page = headers.get_all("sec-fetch-site").iter().all(|value| value == "same-origin");
    let session = Session::read(gateway, site, headers).await?.filter(|_| own_origin && own_page);
    let session = session.ok_or_else(foreign)?;
    person::check_user(gateway, site, &session.user, session.began_at, record).await?;
    let form = Some(request.body()).filter(|body| body.len() <= FORM_BYTES).and_then(|body| form::parameters(body));
    let form = form.unwrap_or_default();
    let field = |name: &str| {
        let mut values = form.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    };
    let (origin, proof) = field("origin").zip(field("proof")).ok_or_else(foreign)?;
    let keys = keys::required_sealing(gateway).await?;
    if !session.has_proof(&keys, origin, proof) {
        return Err(foreign());
    }
    record.origin(origin);
    let holder = Holder { user: session.user.clone(), origin: origin.to_owned() };
    let ended = grant::end(gateway, &holder).await?;
    grant::unlist(gateway, &holder).await?;
    let is_told = match &ended {
        Some(grant) => tell(gateway, site, &holder, grant).await,
        None => true,
    };
    page(gateway, site, &session, Some((origin, is_told))).await
}

/// Revokes the tokens at the third party (RFC 7009). Its failure changes nothing here; the person is told.
async fn tell<H: Host>(gateway: &Gateway<H>, site: &Site<'_>, holder: &Holder, grant: &Grant) -> bool {
    let revoked = async {
        if !has_its_secret(gateway, site, holder, grant).await {
            return None;
        }
        let (keys, endpoint) = (keys::required_sealing(gateway).await.ok()?, grant.revocation_endpoint.as_ref()?);
        let tokens = grant.tokens(&keys, holder)?;
        let between = Between { url: site.url(), origin: &holder.origin, issuer: &grant.issuer };
        let client = client::recall(gateway, between, &grant.client).await.ok()??;
        let (token, hint) = match &tokens.refresh {
            Some(refresh) => (refresh, "refresh_token"),
            None => (&tokens.access, "access_token"),
        };
        let encoded = client.write(&[("token", token), ("token_type_hint", hint)]);
        let posted = encoded.post(endpoint).map(|request| request.map(Bytes::from));
        let (status, _) = server::ask(gateway, posted, RESPONSE_BYTES).await.ok()?;
        status.is_success().then_some(())
    };
    revoked.await.is_some()
}

/// False if Weir's secret may be for another server: the registry has one per origin, whose server may have changed
/// since the grant.
async fn has_its_secret<H: Host>(gateway: &Gateway<H>, site: &Site<'_>, holder: &Holder, grant: &Grant) -> bool {
    let ClientKind::Registry(client) = &grant.client else { return true };
    let found = virtual_server(gateway, site, &grant.server).await;
    found.is_ok_and(|record| {
        vault_of(&record, &holder.origin)
            .is_some_and(|(_, vault)| vault.issuer == grant.issuer && vault.client.as_ref() == Some(client))
    })
}

async fn page<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    session: &Session,
    revoked: Option<(&str, bool)>,
) -> Result<Response<Body>, SignInFailure> {
    let keys = keys::required_sealing(gateway).await?;
    let mut grants = Vec::new();
    for origin in grant::origins_of(gateway, &session.user).await? {
        let holder = Holder { user: session.user.clone(), origin };
        if let Some((_, found)) = grant::read(gateway, &holder).await?.filter(|(_, found)| found.has_tokens()) {
            let proof = session.proof(&keys, &holder.origin);
            let Grant { issuer, scope, since, renewed_at, .. } = found;
            grants.push(ShownGrant { origin: holder.origin, issuer, scope, since, renewed_at, proof });
        }
    }
    let user = session.user.rsplit('|').next().unwrap_or_default();
    let own = format!("{}/me", site.url());
    let page = Me { person: user, own: &own, grants: &grants, revoked };
    Ok(page.page().response(StatusCode::OK))
}
