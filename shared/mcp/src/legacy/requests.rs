//! Requests of legacy servers to their clients, and the answers to them, on their way through somebody who gives them other ids.

use bytes::Bytes;

use crate::json_rpc::RequestId;
use json::{Members, RawJson, RawJsonError};

/// A client's word that it no longer waits for a request, or a server's.
pub const CANCELLED: &str = "notifications/cancelled";
/// A client's word that its roots are others now.
pub const ROOTS_LIST_CHANGED: &str = "notifications/roots/list_changed";
/// How much a server logs from now on.
pub const SET_LEVEL: &str = "logging/setLevel";
/// Asks to be told when a resource changes.
pub const SUBSCRIBE: &str = "resources/subscribe";
/// Asks to be told no longer.
pub const UNSUBSCRIBE: &str = "resources/unsubscribe";

/// The levels of log messages, the least first (RFC 5424 §6.2.1).
pub const LOG_LEVELS: [&str; 8] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// The message under another id; everything else in it byte for byte.
///
/// # Errors
///
/// [`RawJsonError`] when `message` is no object.
pub fn with_id(message: Bytes, id: &RequestId) -> Result<Bytes, RawJsonError> {
    let mut members = Members::parse(message)?;
    members.set("id", id.as_raw().clone());
    Ok(members.to_raw().into_bytes())
}

/// The `notifications/cancelled` with another `requestId`; everything else in it byte for byte.
///
/// # Errors
///
/// [`RawJsonError`] when `message` or its params are no object.
pub fn with_request_id(message: Bytes, id: &RequestId) -> Result<Bytes, RawJsonError> {
    let mut members = Members::parse(message)?;
    let mut params = members.get("params").ok_or(RawJsonError::NotAnObject)?.members()?;
    params.set("requestId", id.as_raw().clone());
    members.set("params", params.to_raw());
    Ok(members.to_raw().into_bytes())
}

/// The request that a `notifications/cancelled` is about.
#[must_use]
pub fn cancelled_id(params: Option<&Members>) -> Option<RequestId> {
    RequestId::parse(params?.get("requestId")?.clone()).ok()
}

/// Whether the params of `logging/setLevel` name a level.
#[must_use]
pub fn names_level(params: &Members) -> bool {
    params.get("level").and_then(log_level).is_some()
}

/// The place of a level in [`LOG_LEVELS`].
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
    fn only_the_id_changes() {
        let request = r#"{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{ "a" : 1.50 , "id":1}}"#;
        let changed = with_id(request.into(), &id("s")).unwrap();
        assert_eq!(
            changed,
            r#"{"jsonrpc":"2.0","id":"s","method":"elicitation/create","params":{ "a" : 1.50 , "id":1}}"#
        );
        let answer = r#"{"id":"s","jsonrpc":"2.0","result":{"action":"accept"}}"#;
        let back = with_id(answer.into(), &RequestId::from_integer(1)).unwrap();
        assert_eq!(back, r#"{"id":1,"jsonrpc":"2.0","result":{"action":"accept"}}"#);
        assert!(with_id("[]".into(), &id("s")).is_err(), "what is no message should be refused");
    }

    #[test]
    fn a_cancellation_names_its_request() {
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
    fn levels_are_the_eight_of_syslog() {
        let level = |text: &str| names_level(&Members::parse(format!("{{\"level\":{text}}}").into()).unwrap());
        assert!(level("\"debug\"") && level("\"emergency\""));
        assert!(!level("\"loud\"") && !level("7"));
    }
}
