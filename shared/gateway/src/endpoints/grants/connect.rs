//! `GET /connect/ORIGIN`: the page of a link. It only sends the browser to the identity provider.

use bytes::Bytes;
use http::{Request, Response};
use oauth::form;
use ports::{Body, Host};

use crate::endpoints::sign_in::failure::SignInFailure;
use crate::endpoints::sign_in::limits::{Step, take_step};
use crate::endpoints::sign_in::site::Site;
use crate::endpoints::sign_in::visit::{self, VisitedPage};
use crate::gateway::Gateway;
use crate::vault::link;

/// The most characters of a query.
const QUERY_CHARACTERS: usize = 4_096;

/// Answers the browser that opens a link. Nothing is used up: a preview of the link, or a reload, does no harm.
pub(in crate::endpoints) async fn answer<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    origin: &str,
    request: &Request<Bytes>,
) -> Result<Response<Body>, SignInFailure> {
    take_step(gateway, Step::Authorize).await?;
    let query = request.uri().query().unwrap_or_default();
    let parameters = Some(query).filter(|query| query.len() <= QUERY_CHARACTERS);
    let mut tickets = parameters.and_then(|query| form::parameters(query.as_bytes())).unwrap_or_default();
    tickets.retain(|(name, _)| name == "ticket");
    let [(_, ticket)] = tickets.as_slice() else { return Err(over()) };
    if link::open(gateway, site.url(), origin, ticket).await?.is_none() {
        return Err(over());
    }
    let page = VisitedPage::Connect { origin: origin.to_owned(), ticket: ticket.clone() };
    visit::begin(gateway, site, request.headers(), page).await
}

/// The advice where a new link helps.
pub(super) const NEW_LINK: &str = "Ask your program to try again: it shows a new link.";

/// The page of a link that is over, or is none of ours.
pub(super) fn over() -> SignInFailure {
    let happened = "this link is over, was used already, or is not one of ours.";
    SignInFailure::page(http::StatusCode::BAD_REQUEST, "grant_link_over", happened, NEW_LINK)
}
