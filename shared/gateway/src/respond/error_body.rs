//! The JSON-RPC errors that Weir writes.

use bytes::Bytes;
use mcp::json_rpc::{self, RequestId};
use mcp::raw_json::RawJson;
use serde::Serialize;

use super::fault_status_and_code;
use crate::error::{Failure, Fault, Refusal};

/// `error.data`: what a program can act on. `event` names the audit event, so that a person can ask about it.
#[derive(Serialize)]
struct Data<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    rules: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
}

/// The JSON-RPC error response to the request `id`.
pub(crate) fn error_body(failure: &Failure, code: i64, id: Option<&RequestId>, event_id: Option<&str>) -> Bytes {
    let data = match failure {
        Failure::Refusal(Refusal::UnsupportedVersion(version)) => Ok(version.data()),
        // The body must not tell a hidden tool or virtual server from one that isn't there; the event's id tells nothing.
        Failure::Refusal(Refusal::PolicyRefused { reason, rules }) => {
            RawJson::from_serialize(&Data { reason: Some(reason.reason()), rules, event: event_id })
        }
        failure => RawJson::from_serialize(&Data { reason: Some(failure.reason()), rules: &[], event: event_id }),
    };
    json_rpc::error_response(id, code, &failure.to_string(), data.ok().as_ref())
}

/// The last event of a stream that an origin broke.
pub(crate) fn error_event(id: &RequestId, fault: &Fault) -> Bytes {
    let data = Data { reason: Some(fault.reason()), rules: &[], event: None };
    let (code, message) = (fault_status_and_code(fault).1, fault.to_string());
    json_rpc::error_response(Some(id), code, &message, RawJson::from_serialize(&data).ok().as_ref())
}
