//! Tasks (extension `io.modelcontextprotocol/tasks`): which one is meant, and its id exchanged in what an origin says of it.
//!
//! ```text
//! tools/call result               {"resultType":"task","taskId":"…","status":"working",…}
//! tasks/get, tasks/update, tasks/cancel params   {"taskId":"…",…}
//! notifications/tasks params      {"taskId":"…","status":"completed",…}
//! ```

use std::borrow::Cow;

use crate::params::{self, ParamsError};
use json::{Members, RawJson, RawJsonError};

/// The extension, in `extensions` of both sides' capabilities.
pub const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// Most bytes of a task's id: room for an origin's own, sealed.
pub const MAX_ID_BYTES: usize = 2048;

/// Tells what became of a task, on a stream of `subscriptions/listen`.
pub const NOTIFICATION: &str = "notifications/tasks";

/// The member that names a task.
const TASK_ID: &str = "taskId";

/// The task that `tasks/get`, `tasks/update` or `tasks/cancel` names.
///
/// # Errors
///
/// [`ParamsError`]
pub fn task_id(params: Option<&Members>) -> Result<Cow<'_, str>, ParamsError> {
    let error = ParamsError::new(TASK_ID, "a string of 1 to 2048 bytes", "task_id_malformed");
    params::text(params, TASK_ID, MAX_ID_BYTES, error)
}

/// The task that an object of an origin's names: a result, or the params of [`NOTIFICATION`]. `None` when it names none, or not one
/// string of 1 to [`MAX_ID_BYTES`] bytes.
#[must_use]
pub fn id_of(object: &RawJson) -> Option<String> {
    let id = object.at(&[TASK_ID])?;
    id.string().filter(|id| (1..=MAX_ID_BYTES).contains(&id.len())).map(Cow::into_owned)
}

/// The same object about a task of another id; every other byte is the origin's.
///
/// # Errors
///
/// [`RawJsonError::NotAnObject`], or [`RawJsonError::DuplicateMember`]: the client could read the other one.
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
    fn only_bounded_strings_are_ids() {
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
        assert_eq!(id_of(&raw(r#"{"taskId":"a","taskId":"b"}"#)), None, "which of two is meant should not be guessed");
    }

    #[test]
    fn an_exchanged_id_changes_nothing_else() {
        let created = raw(r#"{"resultType":"task", "taskId" : "42" ,"ttlMs":null,"x":{"taskId":"42"}}"#);
        assert_eq!(id_of(&created).as_deref(), Some("42"), "the origin's id should be read");
        assert_eq!(
            with_id(&created, "se\"al").unwrap().as_str(),
            r#"{"resultType":"task", "taskId" : "se\"al" ,"ttlMs":null,"x":{"taskId":"42"}}"#,
            "only the id should change"
        );
    }
}
