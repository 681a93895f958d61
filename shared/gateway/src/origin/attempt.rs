//! One attempt to send a request to an origin, with the origin's credential.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use mcp::method::Method;

use super::credential;
use super::outbound::OriginCall;
use crate::Limits;
use crate::deadline::within;
use crate::error::Fault;
use crate::fetch;
use crate::line::parse::{LegacyRequest, Operation};
use ports::{Clock, Fetch, FetchLimits, Host};

pub(super) type Response<H> = http::Response<<<H as Host>::Fetch as Fetch>::Body>;

/// The longest life of a subscription; then the client subscribes again, and policy and quarantine decide again.
pub(crate) const SUBSCRIPTION_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// The longest silence of a call whose origin may be waiting for a person's answer.
const MAX_SILENCE: Duration = Duration::from_secs(10 * 60);

/// Sends a request with the origin's credential, which counts into the deadline. If the origin refuses an access token
/// that was kept, the request is sent once more with a new one: 401 says that nothing was done (RFC 9110 §15.5.2).
pub(super) async fn attempt<H: Host>(
    call: &OriginCall<'_, H>,
    mut request: http::Request<Bytes>,
    deadline: Duration,
) -> Result<Response<H>, Fault> {
    let clock = call.gateway.host.clock();
    let began = clock.now();
    let left = || deadline.saturating_sub(clock.now().since(began));
    let mut may_repeat = true;
    loop {
        let shown = credential::show(call, &mut request, left()).await?;
        let again = (may_repeat && shown.is_kept()).then(|| request.clone());
        let response = send(call, request, left()).await?;
        let is_refused = response.status() == StatusCode::UNAUTHORIZED && shown.forget(call);
        match again.filter(|_| is_refused && !left().is_zero()) {
            Some(again) => request = again,
            None if is_refused => return credential::refused(call).await.map_or(Ok(response), Err),
            None => return Ok(response),
        }
        may_repeat = false;
    }
}

async fn send<H: Host>(
    call: &OriginCall<'_, H>,
    request: http::Request<Bytes>,
    deadline: Duration,
) -> Result<Response<H>, Fault> {
    let silence = match call.message().operation() {
        // An origin may have nothing to notify of; the subscription ends before this deadline.
        Operation::Method(Method::SubscriptionsListen) => SUBSCRIPTION_LIFETIME * 2,
        _ => max_silence(call).max(deadline),
    };
    let limits = FetchLimits { deadline: silence, body_bytes: Limits::STREAM_BYTES };
    let sent = within(&call.gateway.host, deadline, fetch::send(&call.gateway.host, request, limits)).await;
    Ok(sent.ok_or(Fault::OriginTooSlow)??)
}

/// The time for which the call's origin may be silent on a stream: its timeout, longer if it may be asking a person
/// something.
pub(super) fn max_silence<H: Host>(call: &OriginCall<'_, H>) -> Duration {
    let waits = call.resolved.session().is_some_and(|session| {
        let listens = call.message().operation() == Operation::Legacy(LegacyRequest::OpenStream);
        call.client_session().is_some()
            && (listens || session.capabilities().restricted(&call.origin.may_ask).may_involve_user())
    });
    if waits { MAX_SILENCE.max(call.timeout()) } else { call.timeout() }
}
