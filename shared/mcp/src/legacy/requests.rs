//! Requests that exist only before MCP 2026-07-28, and the replacement of ids in messages that a gateway relays.

use bytes::Bytes;

use crate::json_rpc::RequestId;
use json::{Members, RawJson, RawJsonError};

/// The notification, from either side, that the sender no longer waits for a response.
pub const CANCELLED: &str = "notifications/cancelled";
/// The client's notification that its roots have changed.
pub const ROOTS_LIST_CHANGED: &str = "notifications/roots/list_changed";
/// The request that sets the lowest level of log messages.
pub const SET_LEVEL: &str = "logging/setLevel";
/// The request that subscribes to changes of one resource.
pub const SUBSCRIBE: &str = "resources/subscribe";
/// The request that ends the subscription to one resource.
pub const UNSUBSCRIBE: &str = "resources/unsubscribe";

/// The levels of log messages, in ascending severity (MCP 2025-11-25, logging; RFC 5424 §6.2.1).
pub const LOG_LEVELS: [&str; 8] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// Replaces the `id` of a request or response; every other byte stays.
///
/// # Errors
///
/// [`RawJsonError`] if `message` is not an object.
pub fn with_id(message: Bytes, id: &RequestId) -> Result<Bytes, RawJsonError> {
    let mut members = Members::parse(message)?;
    members.set("id", id.as_raw().clone());
    Ok(members.to_raw().into_bytes())
}

/// Replaces the `requestId` of a `notifications/cancelled`; every other byte stays.
///
/// # Errors
///
/// [`RawJsonError`] if `message` or its params are not an object.
pub fn with_request_id(message: Bytes, id: &RequestId) -> Result<Bytes, RawJsonError> {
    let mut members = Members::parse(message)?;
    let mut params = members.get("params").ok_or(RawJsonError::NotAnObject)?.members()?;
    params.set("requestId", id.as_raw().clone());
    members.set("params", params.to_raw());
    Ok(members.to_raw().into_bytes())
}

/// Returns the `requestId` of a `notifications/cancelled`; `None` if it is missing or malformed.
#[must_use]
pub fn cancelled_id(params: Option<&Members>) -> Option<RequestId> {
    RequestId::parse(params?.get("requestId")?.clone()).ok()
}

/// Returns the level in the params of `logging/setLevel`; `None` if it is not one of [`LOG_LEVELS`].
#[must_use]
pub fn level(params: &Members) -> Option<&'static str> {
    LOG_LEVELS.get(log_level(params.get("level")?)?).copied()
}

/// Returns the index of a level in [`LOG_LEVELS`].
pub(super) fn log_level(level: &RawJson) -> Option<usize> {
    let level = level.string()?;
    LOG_LEVELS.iter().position(|known| *known == level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RequestId {
        RequestId::parse(RawJson::from_string(text)).unwrap()
    }

    #[test]
    fn replaced_id_keeps_every_other_byte() {
        let request = r#"{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{ "a" : 1.50 , "id":1}}"#;
        let changed = with_id(request.into(), &id("s")).unwrap();
        assert_eq!(
            changed,
            r#"{"jsonrpc":"2.0","id":"s","method":"elicitation/create","params":{ "a" : 1.50 , "id":1}}"#
        );
        let answer = r#"{"id":"s","jsonrpc":"2.0","result":{"action":"accept"}}"#;
        let back = with_id(answer.into(), &RequestId::from_integer(1)).unwrap();
        assert_eq!(back, r#"{"id":1,"jsonrpc":"2.0","result":{"action":"accept"}}"#);
        assert!(with_id("[]".into(), &id("s")).is_err(), "a message that is not an object should be refused");
    }

    #[test]
    fn cancellation_names_its_request() {
        let message = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":"x"}}"#;
        let params = Members::parse(r#"{"requestId":7,"reason":"x"}"#.into()).unwrap();
        assert_eq!(cancelled_id(Some(&params)), Some(RequestId::from_integer(7)));
        assert_eq!(cancelled_id(None), None);
        assert_eq!(
            with_request_id(message.into(), &id("s")).unwrap(),
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"s","reason":"x"}}"#
        );
    }

    #[test]
    fn only_syslog_levels_are_valid() {
        let level = |text: &str| level(&Members::parse(format!("{{\"level\":{text}}}").into()).unwrap());
        assert_eq!((level("\"debug\""), level("\"emergency\"")), (Some("debug"), Some("emergency")));
        assert_eq!((level("\"loud\""), level("7")), (None, None));
    }
}
