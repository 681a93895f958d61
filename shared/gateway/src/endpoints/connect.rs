//! `GET /mcp` in a browser: the page for a person who opens an MCP endpoint's address.
//!
//! Only a request whose `Accept` names `text/html` gets it. Codex and mcp-remote begin with a GET that accepts
//! anything, and need the challenge that sends them to the sign-in.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use mcp::legacy::SESSION_ID;
use ports::{Body, Clock, Host};

use crate::endpoints::{Resource, health};
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::line::respond;
use crate::pages::{Connect, ErrorPage, Health, SignIn};
use crate::records;

/// True if a browser asks: GET or HEAD outside of a session, by a client that names `text/html`.
pub(crate) fn is_asked(request: &Request<Bytes>) -> bool {
    let reads = request.method() == Method::GET || request.method() == Method::HEAD;
    // With a session it is the server-initiated stream of a legacy client.
    reads && !request.headers().contains_key(SESSION_ID) && names_html(request.headers())
}

/// True if `Accept` names `text/html` itself, with a weight above 0 (RFC 9110 §12.5.1).
fn names_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_html = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("text/html"));
        let refused = parts.filter_map(|part| part.split_once('=')).any(|(name, weight)| {
            name.trim().eq_ignore_ascii_case("q") && weight.trim().parse().is_ok_and(|weight: f32| weight <= 0.0)
        });
        is_html && !refused
    })
}

/// Answers with the page, which depends only on the path and the state of the gateway.
pub(super) async fn answer<H: Host>(gateway: &Gateway<H>, resource: &Resource) -> Response<Body> {
    let live = match records::live(gateway).await {
        Ok(live) => live,
        Err(fault) => {
            let failure = Failure::from(fault);
            let page = ErrorPage {
                title: "This gateway does not serve now",
                happened: "It can’t read its own registry, so it answers no program either.",
                help: "Nothing is wrong with your client. Try again in a minute.",
                event: None,
                reason: failure.reason(),
                at: gateway.host.clock().now(),
            };
            let mut response = page.page().response(respond::status_and_code(&failure).0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            return response;
        }
    };
    let url = resource.protected().identifier(&live.gateway.url);
    let health = health::of(gateway).await;
    let sign_in = if live.gateway.sign_in.is_some() { SignIn::Browser } else { SignIn::Managed };
    let page = Connect { gateway: &live.gateway.url, url: &url, name: resource.name(), sign_in, health };
    page.page().response(if health == Health::Fault { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_is_for_clients_that_name_html() {
        let accept = |value: &str| {
            let value = HeaderValue::try_from(value).unwrap_or_else(|error| panic!("{value}: {error}"));
            names_html(&HeaderMap::from_iter([(header::ACCEPT, value)]))
        };
        for value in ["text/html", "TEXT/HTML;q=0.1", "text/plain, text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"] {
            assert!(accept(value), "`{value}` names it");
        }
        for value in [
            "",
            "*/*",
            "text/*",
            "text/html;q=0",
            "text/html;level=1;q=0.0",
            "text/html5",
            "application/json",
            "q=text/html",
        ] {
            assert!(!accept(value), "`{value}` doesn't name it");
        }
        assert!(!names_html(&HeaderMap::new()), "a client without `Accept` doesn't name it");
    }
}
