//! The JSON-RPC errors that Weir writes.

use bytes::Bytes;
use json::RawJson;
use mcp::json_rpc::{self, RequestId};
use serde::Serialize;

use crate::error::{Failure, Refusal};

/// `error.data`, or `_meta["dev.weir/refusal"]` in the result of a refused call: codes and values for programs.
#[derive(Default, Serialize)]
pub(super) struct Data<'a> {
    /// The JSON-RPC code, in a result, which has no other place for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'a str>,
    /// The message, in a result, which has no other place for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) rules: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uri: Option<&'a str>,
    /// Names the audit event, so that a person can ask about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<&'a str>,
}

impl<'a> Data<'a> {
    /// Reveals nothing about hidden items.
    pub(super) fn of(failure: &'a Failure, event: Option<&'a str>) -> Self {
        let retry_after_seconds = failure.retry_after_seconds();
        let data = Self { reason: Some(failure.reason()), retry_after_seconds, event, ..Self::default() };
        match failure {
            Failure::Refusal(Refusal::PolicyRefused(refusal)) => {
                Self { reason: Some(refusal.reason.reason()), rules: &refusal.rules, ..data }
            }
            Failure::Refusal(Refusal::UnknownResource { uri, .. }) => Self { uri: Some(uri), ..data },
            _ => data,
        }
    }
}

/// The JSON-RPC error response to the request `id`.
pub(super) fn error_body(failure: &Failure, code: i64, id: Option<&RequestId>, event_id: Option<&str>) -> Bytes {
    let data = match failure {
        Failure::Refusal(Refusal::UnsupportedVersion(version)) => Ok(version.data()),
        failure => RawJson::from_serialize(&Data::of(failure, event_id)),
    };
    json_rpc::error_response(id, code, &failure.to_string(), data.ok().as_ref())
}
