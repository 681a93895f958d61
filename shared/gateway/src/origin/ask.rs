//! Sends a request to an origin in the origin's own era, and reads the response.

use http::StatusCode;
use mcp::json_rpc::RequestId;
use ports::Host;

use super::circuit_breaker;
use super::era;
use super::outbound::OriginCall;
use super::protocol::OriginProtocol;
use super::request::{OriginRequest, Response, in_time, put};
use super::response::{self, Media, Rejection, Verdict, WholeResponse};
use crate::error::Fault;

/// The response to a request, as far as its head tells.
pub(super) enum OriginResponse<H: Host> {
    /// A response that has begun to arrive.
    Begun(Response<H>, Media),
    /// A status other than 2xx: mostly, a request that the origin refused before doing anything.
    Rejected(Rejection),
}

impl<H: Host> OriginResponse<H> {
    /// Its HTTP status.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Begun(response, _) => response.status(),
            Self::Rejected(rejection) => rejection.status(),
        }
    }
}

/// Sends a request in the origin's own era. If the origin rejects it before doing anything, and the rejection shows a
/// wrong era or session, it is sent once more.
pub(super) async fn ask<H: Host>(
    call: &OriginCall<'_, H>,
    request: &OriginRequest<'_>,
) -> Result<(OriginProtocol, OriginResponse<H>), Fault> {
    let before = |fault| Fault::BeforeCall(Box::new(fault));
    let protocol = era::protocol(call, request.method).await.map_err(before)?;
    let rejection = match once(call, request, &protocol).await? {
        OriginResponse::Rejected(rejection) => rejection,
        begun @ OriginResponse::Begun(..) => return Ok((protocol, begun)),
    };
    match era::corrected(call, &protocol, &rejection, request.id).await.map_err(before)? {
        Some(protocol) => {
            let response = once(call, request, &protocol).await?;
            Ok((protocol, response))
        }
        None => Ok((protocol, OriginResponse::Rejected(rejection))),
    }
}

async fn once<H: Host>(
    call: &OriginCall<'_, H>,
    request: &OriginRequest<'_>,
    protocol: &OriginProtocol,
) -> Result<OriginResponse<H>, Fault> {
    let response = put(call, request, protocol).await?;
    let verdict = response::check(&response);
    if !matches!(verdict, Ok(Verdict::Answer(Media::Json) | Verdict::Rejected)) {
        // The end of a JSON body is noted by `in_time`; of a stream, nothing more is read here.
        circuit_breaker::note(call, &verdict);
    }
    match verdict {
        Ok(Verdict::Answer(media)) => Ok(OriginResponse::Begun(response, media)),
        Err(fault) if !response::is_json(&response) => Err(fault),
        Ok(Verdict::Rejected) | Err(_) => Ok(OriginResponse::Rejected(in_time(call, Rejection::read(response)).await?)),
    }
}

/// Reads what [`ask`] returned to its end.
pub(super) async fn read<H: Host>(
    call: &OriginCall<'_, H>,
    (protocol, response): (OriginProtocol, OriginResponse<H>),
    id: &RequestId,
) -> Result<WholeResponse, Fault> {
    match response {
        OriginResponse::Begun(response, media) => {
            in_time(call, response::whole(call, &protocol, response, media, id)).await
        }
        OriginResponse::Rejected(rejection) => rejection.answer_to(id),
    }
}
