//! Failures of a sign-in, answered on a page for the person, at the client's redirect URI, or as any other request.

use http::header::{self, HeaderValue};
use http::{Response, StatusCode};
use oauth::authorization_request::AuthorizationError;
use oauth::authorization_response;
use oauth::redirect_uri::RedirectUri;
use ports::{Body, Clock, Host};

use super::site::Site;
use crate::endpoints::Endpoint;
use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::line::audit::Record;
use crate::line::respond;
use crate::pages::ErrorPage;

/// A failed step of a sign-in.
pub(in crate::endpoints) enum SignInFailure {
    /// A page: the client isn't known, or the person can do something about it.
    Page(PageFailure),
    /// The client is told.
    Client(Box<ClientFailure>),
    /// A failure of any endpoint; a fault becomes a page.
    Other(Failure),
}

/// The text of an error page. No parameter of the request is in it.
pub(in crate::endpoints) struct PageFailure {
    pub(in crate::endpoints) status: StatusCode,
    pub(in crate::endpoints) reason: &'static str,
    pub(in crate::endpoints) happened: String,
    pub(in crate::endpoints) help: &'static str,
}

/// An error that goes to the client's redirect URI.
pub(in crate::endpoints) struct ClientFailure {
    redirect_uri: RedirectUri,
    error: AuthorizationError,
    state: Option<String>,
    url: String,
}

impl From<Failure> for SignInFailure {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl From<Fault> for SignInFailure {
    fn from(fault: Fault) -> Self {
        Self::Other(fault.into())
    }
}

/// The advice where starting again helps.
pub(in crate::endpoints) const START_AGAIN: &str = "Go back to your program and start the sign-in again.";
/// The advice where only those who run the gateway can help.
const ASK: &str = "Tell the people who run this gateway what your program is and what you see here.";

impl SignInFailure {
    /// A page with 400: the request or its client is at fault, and those who run the gateway may help.
    pub(in crate::endpoints) fn request(reason: &'static str, happened: impl Into<String>) -> Self {
        Self::page(StatusCode::BAD_REQUEST, reason, happened, ASK)
    }

    /// A page with 400: this sign-in is over.
    pub(in crate::endpoints) fn over(reason: &'static str, happened: impl Into<String>) -> Self {
        Self::page(StatusCode::BAD_REQUEST, reason, happened, START_AGAIN)
    }

    /// A page with 403: this browser or person may not go on.
    pub(in crate::endpoints) fn forbidden(
        reason: &'static str,
        happened: impl Into<String>,
        help: &'static str,
    ) -> Self {
        Self::page(StatusCode::FORBIDDEN, reason, happened, help)
    }

    /// An error for the client, which it gets at `redirect_uri` with its own `state`.
    pub(in crate::endpoints) fn client(
        site: &Site<'_>,
        redirect_uri: &RedirectUri,
        state: Option<&str>,
        error: AuthorizationError,
    ) -> Self {
        let (state, url) = (state.map(str::to_owned), site.url().to_owned());
        Self::Client(Box::new(ClientFailure { redirect_uri: redirect_uri.clone(), error, state, url }))
    }

    /// A page with 400: the redirect URI is one that no page of ours may lead to.
    pub(in crate::endpoints) fn nowhere() -> Self {
        Self::request("redirect_uri_malformed", "your program names an address that no page may lead to.")
    }

    pub(in crate::endpoints) fn page(
        status: StatusCode,
        reason: &'static str,
        happened: impl Into<String>,
        help: &'static str,
    ) -> Self {
        Self::Page(PageFailure { status, reason, happened: happened.into(), help })
    }

    /// The stable reason code.
    pub(in crate::endpoints) fn reason(&self) -> &'static str {
        match self {
            Self::Page(page) => page.reason,
            Self::Client(failure) => failure.error.reason(),
            Self::Other(failure) => failure.reason(),
        }
    }

    /// The response to the browser; to a program, if it asked to register.
    pub(in crate::endpoints) fn response<H: Host>(
        self,
        gateway: &Gateway<H>,
        endpoint: &Endpoint,
        record: &Record,
    ) -> Response<Body> {
        let page = match self {
            Self::Client(failure) => return failure.response(),
            Self::Other(failure @ Failure::Refusal(_)) => return respond::unrecorded(&failure, &[]),
            Self::Other(failure) if *endpoint == Endpoint::Registration => return respond::unrecorded(&failure, &[]),
            Self::Other(Failure::Fault(fault)) => PageFailure {
                status: StatusCode::SERVICE_UNAVAILABLE,
                reason: fault.reason(),
                happened: format!("{fault}."),
                help: "Wait a moment, then start the sign-in again in your program.",
            },
            Self::Page(page) => page,
        };
        let html = ErrorPage {
            title: match endpoint {
                Endpoint::Connect(_) | Endpoint::GrantCallback(_) => "Your account was not connected",
                Endpoint::Me => "Your accounts can’t be shown",
                _ => "Sign-in did not finish",
            },
            happened: &sentence(&page.happened),
            help: page.help,
            event: (!record.is_counted()).then(|| record.event_id()),
            reason: page.reason,
            at: gateway.host.clock().now(),
        };
        let mut response = html.page().response(page.status);
        if matches!(page.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl ClientFailure {
    /// The redirect of a GET to the client.
    fn response(&self) -> Response<Body> {
        let to = authorization_response::failure(&self.redirect_uri, &self.error, self.state.as_deref(), &self.url);
        redirect(&to)
    }
}

/// A redirect that no cache keeps. The URL consists of plain ASCII characters.
pub(in crate::endpoints) fn redirect(to: &str) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    if let Ok(to) = HeaderValue::from_str(to) {
        headers.insert(header::LOCATION, to);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The text with a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
