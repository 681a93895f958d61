//! What every result has in common: its type, how long it may be kept and by whom, who answers.
//!
//! ```text
//! {"resultType":"complete",…,"ttlMs":60000,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{…}}}
//! {"resultType":"input_required","inputRequests":{…},"requestState":"…"}
//! {"resultType":"task","taskId":"…","status":"working",…}
//! ```

use crate::meta::{Implementation, META, SERVER_INFO};
use json::{Members, RawJson, RawJsonError, write_member};

/// Who may be given a kept copy of a result (SEP-2549).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheScope {
    /// Anyone.
    Public,
    /// The same authorization context only. What was filtered for one caller is always private.
    Private,
}

impl CacheScope {
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

/// A result that may be kept, with both hints: no more public than `most`, and at once stale where its origin says nothing, as
/// legacy ones do. Every other byte is the origin's; `None` when there is nothing to change.
///
/// # Errors
///
/// [`RawJsonError::NotAnObject`], or [`RawJsonError::DuplicateMember`]: the client could read the other one.
pub fn with_cache_scope(result: &RawJson, most: CacheScope) -> Result<Option<RawJson>, RawJsonError> {
    let [scope, ttl] = result.find(["cacheScope", "ttlMs"])?;
    let is_fine = match scope.as_ref().and_then(RawJson::string).as_deref() {
        Some("private") => true,
        Some("public") => most == CacheScope::Public,
        _ => false,
    };
    let scoped = match is_fine {
        true => None,
        false => Some(result.with(&["cacheScope"], &RawJson::from_string(CacheScope::Private.as_str()))?),
    };
    match ttl {
        Some(_) => Ok(scoped),
        None => scoped.as_ref().unwrap_or(result).with(&["ttlMs"], &RawJson::from_integer(0)).map(Some),
    }
}

/// What kind of answer a result is (MCP 2026-07-28, base protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultType {
    /// `complete`, or no `resultType`, as older servers answer.
    Complete,
    /// `input_required`: the client is asked for something and calls again.
    InputRequired,
    /// `task`, of the tasks extension.
    Task,
    /// A value that nobody negotiated: clients treat the result as invalid.
    Unknown,
}

impl ResultType {
    /// The value on the wire; `unknown` stands for every other.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::InputRequired => "input_required",
            Self::Task => "task",
            Self::Unknown => "unknown",
        }
    }
}

/// A result without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// What kind of answer it is.
    pub result_type: ResultType,
    /// A tool says that it failed. Absent or not a boolean counts as `false`, as clients take it.
    pub is_error: bool,
}

/// Reads `resultType` and `isError`, in one walk that keeps nothing else.
///
/// # Errors
///
/// [`RawJsonError::NotAnObject`], or [`RawJsonError::DuplicateMember`] when one of the two is there twice: the client could
/// read the other one.
pub fn summarize(result: &RawJson) -> Result<Summary, RawJsonError> {
    let [result_type, is_error] = result.find(["resultType", "isError"])?;
    let result_type = match result_type {
        None => ResultType::Complete,
        Some(value) => match value.string().as_deref() {
            Some("complete") => ResultType::Complete,
            Some("input_required") => ResultType::InputRequired,
            Some("task") => ResultType::Task,
            _ => ResultType::Unknown,
        },
    };
    Ok(Summary { result_type, is_error: is_error.and_then(|value| value.boolean()) == Some(true) })
}

/// Ends a result object that may be kept: caching hints (SEP-2549), who answers, and `notes`, which are more of `_meta`.
pub(crate) fn finish_result(
    out: &mut String,
    ttl_ms: u64,
    cache_scope: CacheScope,
    server_info: &Implementation,
    notes: Option<&Members>,
) {
    out.push_str(",\"ttlMs\":");
    out.push_str(&ttl_ms.to_string());
    out.push_str(",\"cacheScope\":\"");
    out.push_str(cache_scope.as_str());
    out.push('"');
    let mut meta = Members::new();
    meta.set(SERVER_INFO, server_info.to_raw());
    for (name, value) in notes.into_iter().flat_map(Members::iter) {
        meta.set(name, value.clone());
    }
    write_member(out, META, &meta.to_raw());
    out.push('}');
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn raw(text: &str) -> RawJson {
        RawJson::parse(Bytes::from(text.to_owned())).unwrap()
    }

    #[test]
    fn results_are_summarized_without_content() {
        let cases = [
            ("{}", ResultType::Complete, false),
            (r#"{"resultType":"complete","content":[],"isError":true}"#, ResultType::Complete, true),
            (r#"{"content":[{"isError":true}],"isError":false}"#, ResultType::Complete, false),
            (r#"{"resultType":"input_required","requestState":"x"}"#, ResultType::InputRequired, false),
            (r#"{"resultType":"task"}"#, ResultType::Task, false),
            (r#"{"resultType":"else","isError":"true"}"#, ResultType::Unknown, false),
            (r#"{"resultType":null}"#, ResultType::Unknown, false),
        ];
        for (text, result_type, is_error) in cases {
            assert_eq!(summarize(&raw(text)), Ok(Summary { result_type, is_error }), "should be summarized: {text}");
        }
        let twice = raw(r#"{"isError":false,"isErr\u006fr":true}"#);
        assert_eq!(summarize(&twice), Err(RawJsonError::DuplicateMember), "an ambiguous result should be refused");
        assert_eq!(summarize(&raw("[]")), Err(RawJsonError::NotAnObject), "a result should be an object");
    }

    #[test]
    fn hints_change_no_other_byte() {
        let private = |text: &str| with_cache_scope(&raw(text), CacheScope::Private).unwrap();
        let cases = [
            (
                r#"{ "contents":[ 1.50 ], "cacheScope" : "public" , "ttlMs":1}"#,
                r#"{ "contents":[ 1.50 ], "cacheScope" : "private" , "ttlMs":1}"#,
            ),
            (r#"{"ttlMs":5,"cacheScope":7}"#, r#"{"ttlMs":5,"cacheScope":"private"}"#),
            (r#"{"contents":[]}"#, r#"{"contents":[],"cacheScope":"private","ttlMs":0}"#),
            ("{ }", r#"{ "cacheScope":"private","ttlMs":0}"#),
            (r#"{"cacheScope":"private"}"#, r#"{"cacheScope":"private","ttlMs":0}"#),
        ];
        for (before, after) in cases {
            assert_eq!(private(before).unwrap().as_str(), after, "only the hints should change: {before}");
        }
        assert_eq!(private(r#"{"cacheScope":"private","ttlMs":9}"#), None, "what is private should stay as it came");
        let public = |text: &str| with_cache_scope(&raw(text), CacheScope::Public).unwrap();
        assert_eq!(public(r#"{"cacheScope":"public","ttlMs":9}"#), None, "what everybody may see may stay public");
        let silent = public(r#"{"ttlMs":9}"#).unwrap();
        assert_eq!(silent.as_str(), r#"{"ttlMs":9,"cacheScope":"private"}"#, "but only where its origin says so");
        let twice = raw(r#"{"cacheScope":"private","cacheSc\u006fpe":"public"}"#);
        let refused = with_cache_scope(&twice, CacheScope::Private);
        assert_eq!(refused, Err(RawJsonError::DuplicateMember), "an ambiguous result should be refused");
    }
}
