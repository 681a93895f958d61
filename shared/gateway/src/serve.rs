//! The entry: finds the endpoint of a request.
//!
//! An MCP call, a token request or a step of a sign-in runs as a background task that hands its response over by
//! channel. When a client resets its connection, workerd neither polls nor drops the request's own future again; a
//! background task lives on, cancels the request to the origin, and writes the event. On some hosts that is before the
//! end of the response, on others after it (see `deliver`).

use bytes::Bytes;
use futures::channel::oneshot;
use http::{Method, Request, Response};
use ports::{Background, Body, Host};

use crate::batch;
use crate::endpoints::{Endpoint, connect, documents, sign_in, token};
use crate::gateway::Gateway;
use crate::line::{self, audit, respond};

/// Answers one request.
pub async fn serve<H: Host>(gateway: Gateway<H>, request: Request<Bytes>) -> Response<Body> {
    audit::flush(&gateway).await;
    let (answer, answered) = oneshot::channel();
    let body = request.body().clone();
    match Endpoint::at(request.uri().path()) {
        Some(Endpoint::Mcp(resource)) if batch::is_batch(&request) => {
            gateway.host.background().spawn(batch::answer(gateway.clone(), resource, request, answer));
        }
        Some(Endpoint::Mcp(resource)) if request.method() != Method::OPTIONS && !connect::is_asked(&request) => {
            gateway.host.background().spawn(line::call(gateway.clone(), resource, request, answer));
        }
        Some(endpoint @ (Endpoint::Token | Endpoint::Revocation)) if request.method() != Method::OPTIONS => {
            gateway.host.background().spawn(token::answer(gateway.clone(), endpoint, request, answer));
        }
        Some(
            endpoint @ (Endpoint::Authorization
            | Endpoint::Callback
            | Endpoint::Consent
            | Endpoint::Registration
            | Endpoint::Connect(_)
            | Endpoint::GrantCallback(_)
            | Endpoint::Me),
        ) if request.method() != Method::OPTIONS => {
            gateway.host.background().spawn(sign_in::answer(gateway.clone(), endpoint, request, answer));
        }
        endpoint => return documents::answer(&gateway, endpoint, &request).await,
    }
    answered.await.unwrap_or_else(|_| respond::abandoned(&body))
}
