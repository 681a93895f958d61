//! Task ids (extension `io.modelcontextprotocol/tasks`) in params, results and notifications, and their replacement.
//!
//! ```text
//! tools/call result               {"resultType":"task","taskId":"…","status":"working",…}
//! tasks/get, tasks/update, tasks/cancel params   {"taskId":"…",…}
//! notifications/tasks params      {"taskId":"…","status":"completed",…}
//! ```

use std::borrow::Cow;

use crate::params::{self, ParamsError};
use json::{Members, RawJson, RawJsonError};

/// The extension's id, the key in `extensions` of client and server capabilities.
pub const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// The maximum length of a task's id, in bytes: room for the sealed id of an origin.
pub const MAX_ID_BYTES: usize = 2048;

/// The notification of a task's status, on a stream of `subscriptions/listen`.
pub const NOTIFICATION: &str = "notifications/tasks";

/// The member that holds a task's id.
const TASK_ID: &str = "taskId";

/// Returns the task id in the params of `tasks/get`, `tasks/update` or `tasks/cancel`.
///
/// # Errors
///
/// [`ParamsError`] (-32602) if it is not a string of 1 to [`MAX_ID_BYTES`] bytes.
pub fn task_id(params: Option<&Members>) -> Result<Cow<'_, str>, ParamsError> {
    let error = ParamsError::new(TASK_ID, "a string of 1 to 2048 bytes", "task_id_malformed");
    params::text(params, TASK_ID, MAX_ID_BYTES, error)
}

/// Returns the task id in an origin's result or in the params of its [`NOTIFICATION`]; `None` if it is missing,
/// repeated, or not a string of 1 to [`MAX_ID_BYTES`] bytes.
#[must_use]
pub fn id_of(object: &RawJson) -> Option<String> {
    let id = object.at(&[TASK_ID])?;
    id.string().filter(|id| (1..=MAX_ID_BYTES).contains(&id.len())).map(Cow::into_owned)
}

/// Replaces the task id in an object; every other byte is the origin's.
///
/// # Errors
///
/// [`RawJsonError::NotAnObject`], or [`RawJsonError::DuplicateMember`] if `taskId` occurs twice: the client could read
/// the other one.
pub fn with_id(object: &RawJson, id: &str) -> Result<RawJson, RawJsonError> {
    object.with(&[TASK_ID], &RawJson::from_string(id))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn raw(text: &str) -> RawJson {
        RawJson::parse(Bytes::from(text.to_owned())).unwrap()
    }

    #[test]
    fn task_id_must_be_bounded_string() {
        let params = raw(r#"{"taskId":"\u0061"}"#).members().unwrap();
        assert_eq!(task_id(Some(&params)).as_deref(), Ok("a"), "an id should be decoded");
        for text in ["{}", r#"{"taskId":""}"#, r#"{"taskId":1}"#, &format!(r#"{{"taskId":"{}"}}"#, "t".repeat(2049))] {
            let error = task_id(Some(&raw(text).members().unwrap())).unwrap_err();
            assert_eq!(
                (error.code(), error.reason()),
                (-32602, "task_id_malformed"),
                "should be refused: {:.20}",
                text
            );
            assert_eq!(id_of(&raw(text)), None, "an origin's should be refused too: {:.20}", text);
        }
        assert_eq!(id_of(&raw(r#"{"taskId":"a","taskId":"b"}"#)), None, "a repeated id should not be read");
    }

    #[test]
    fn replaced_task_id_keeps_every_other_byte() {
        let created = raw(r#"{"resultType":"task", "taskId" : "42" ,"ttlMs":null,"x":{"taskId":"42"}}"#);
        assert_eq!(id_of(&created).as_deref(), Some("42"), "the origin's id should be read");
        assert_eq!(
            with_id(&created, "se\"al").unwrap().as_str(),
            r#"{"resultType":"task", "taskId" : "se\"al" ,"ttlMs":null,"x":{"taskId":"42"}}"#,
            "only the id should change"
        );
    }
}
