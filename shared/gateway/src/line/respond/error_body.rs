//! The JSON-RPC errors that Weir writes.

use bytes::Bytes;
use json::RawJson;
use mcp::json_rpc::{self, RequestId};
use serde::Serialize;

use super::status::fault_status_and_code;
use crate::error::{Failure, Fault, Refusal};

/// `error.data`: what a program can act on. `event` names the audit event, so that a person can ask about it.
#[derive(Default, Serialize)]
struct Data<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    rules: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
}

/// The JSON-RPC error response to the request `id`.
pub(crate) fn error_body(failure: &Failure, code: i64, id: Option<&RequestId>, event_id: Option<&str>) -> Bytes {
    // The body must be the same for a hidden item and a missing one; the event's id shows neither.
    let mut data = Data { reason: Some(failure.reason()), event: event_id, ..Data::default() };
    let data = match failure {
        Failure::Refusal(Refusal::UnsupportedVersion(version)) => Ok(version.data()),
        Failure::Refusal(Refusal::PolicyRefused { reason, rules }) => {
            (data.reason, data.rules) = (Some(reason.reason()), rules);
            RawJson::from_serialize(&data)
        }
        Failure::Refusal(Refusal::RateLimited { retry_after_seconds, .. }) => {
            data.retry_after_seconds = Some(*retry_after_seconds);
            RawJson::from_serialize(&data)
        }
        Failure::Refusal(Refusal::UnknownResource { uri, .. }) => {
            data.uri = Some(uri);
            RawJson::from_serialize(&data)
        }
        _ => RawJson::from_serialize(&data),
    };
    json_rpc::error_response(id, code, &failure.to_string(), data.ok().as_ref())
}

/// The last event of a stream that an origin broke.
pub(crate) fn error_event(id: &RequestId, fault: &Fault) -> Bytes {
    let data = Data { reason: Some(fault.reason()), ..Data::default() };
    let (code, message) = (fault_status_and_code(fault).1, fault.to_string());
    json_rpc::error_response(Some(id), code, &message, RawJson::from_serialize(&data).ok().as_ref())
}
