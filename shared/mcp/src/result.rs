//! The members that all results share: `resultType`, the caching hints, and the server's name and version in `_meta`.
//!
//! ```text
//! {"resultType":"complete",…,"ttlMs":60000,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{…}}}
//! {"resultType":"input_required","inputRequests":{…},"requestState":"…"}
//! {"resultType":"task","taskId":"…","status":"working",…}
//! ```

use crate::input_request::INPUT_REQUESTS;
use crate::meta::{Implementation, META, SERVER_INFO};
use json::{Members, RawJson, RawJsonError, write_member};

/// `cacheScope`: the callers that may receive a cached copy of a result (SEP-2549).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheScope {
    /// Any caller.
    Public,
    /// Callers in the same authorization context only. A result filtered for one caller is always private.
    Private,
}

impl CacheScope {
    /// Returns the value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

/// Sets both caching hints of a result that may be cached: a `cacheScope` no wider than `widest`, and `ttlMs` 0 if it
/// is absent, as in legacy results. Every other byte is the origin's; `None` if nothing changes.
///
/// # Errors
///
/// [`RawJsonError::NotAnObject`], or [`RawJsonError::DuplicateMember`] if a hint occurs twice: the client could read
/// the other one.
pub fn with_cache_scope(result: &RawJson, widest: CacheScope) -> Result<Option<RawJson>, RawJsonError> {
    let [scope, ttl] = result.find(["cacheScope", "ttlMs"])?;
    let is_allowed = match scope.as_ref().and_then(RawJson::string).as_deref() {
        Some("private") => true,
        Some("public") => widest == CacheScope::Public,
        _ => false,
    };
    let scoped = match is_allowed {
        true => None,
        false => Some(result.with(&["cacheScope"], &RawJson::from_string(CacheScope::Private.as_str()))?),
    };
    match ttl {
        Some(_) => Ok(scoped),
        None => scoped.as_ref().unwrap_or(result).with(&["ttlMs"], &RawJson::from_integer(0)).map(Some),
    }
}

/// `resultType` of a result (MCP 2026-07-28, base protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultType {
    /// `complete`, or no `resultType`, as in legacy results.
    Complete,
    /// `input_required`: the client supplies the requested input and repeats the request (SEP-2322).
    InputRequired,
    /// `task`, of the tasks extension: the result follows later.
    Task,
    /// Any other value: clients treat the result as invalid.
    Unknown,
}

impl ResultType {
    /// Returns the value on the wire; `unknown` for [`Self::Unknown`].
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

/// The members of a result that Weir acts on, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// `resultType`; [`ResultType::Complete`] if absent.
    pub result_type: ResultType,
    /// `isError`: true if a tool failed; false if absent or not a boolean, as clients read it.
    pub is_error: bool,
    /// True if it has `inputRequests`, whatever its type.
    pub asks: bool,
}

/// Reads `resultType`, `isError` and if there are `inputRequests` in one walk.
///
/// # Errors
///
/// [`RawJsonError::NotAnObject`], or [`RawJsonError::DuplicateMember`] if one of them or a caching hint occurs twice:
/// the client could read the other one.
pub fn summarize(result: &RawJson) -> Result<Summary, RawJsonError> {
    let [result_type, is_error, requests, _, _] =
        result.find(["resultType", "isError", INPUT_REQUESTS, "cacheScope", "ttlMs"])?;
    let result_type = match result_type {
        None => ResultType::Complete,
        Some(value) => match value.string().as_deref() {
            Some("complete") => ResultType::Complete,
            Some("input_required") => ResultType::InputRequired,
            Some("task") => ResultType::Task,
            _ => ResultType::Unknown,
        },
    };
    let is_error = is_error.and_then(|value| value.boolean()) == Some(true);
    Ok(Summary { result_type, is_error, asks: requests.is_some() })
}

/// Writes the last members of a result that may be cached: the caching hints (SEP-2549) and `_meta` with `server_info`
/// and `notes`.
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
    fn summary_has_type_and_error_flag() {
        let cases = [
            ("{}", ResultType::Complete, false),
            (r#"{"resultType":"complete","content":[],"isError":true}"#, ResultType::Complete, true),
            (r#"{"content":[{"isError":true}],"isError":false}"#, ResultType::Complete, false),
            (r#"{"resultType":"input_required","requestState":"x"}"#, ResultType::InputRequired, false),
            (r#"{"resultType":"input_required","inputRequests":{}}"#, ResultType::InputRequired, false),
            (r#"{"resultType":"task"}"#, ResultType::Task, false),
            (r#"{"resultType":"else","isError":"true"}"#, ResultType::Unknown, false),
            (r#"{"resultType":null}"#, ResultType::Unknown, false),
        ];
        for (text, result_type, is_error) in cases {
            let expected = Summary { result_type, is_error, asks: text.contains("\"inputRequests\":{}") };
            assert_eq!(summarize(&raw(text)), Ok(expected), "should be summarized: {text}");
        }
        for member in ["resultType", "isError", "cacheScope", "ttlMs"] {
            let twice = raw(&format!(
                r#"{{"{member}":1,"{}\u{:04x}":1}}"#,
                &member[..member.len() - 1],
                member.as_bytes()[member.len() - 1]
            ));
            assert_eq!(summarize(&twice), Err(RawJsonError::DuplicateMember), "`{member}` should not come twice");
        }
        assert_eq!(summarize(&raw("[]")), Err(RawJsonError::NotAnObject), "a result should be an object");
    }

    #[test]
    fn caching_hints_change_no_other_byte() {
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
        assert_eq!(private(r#"{"cacheScope":"private","ttlMs":9}"#), None, "a private result should not change");
        let public = |text: &str| with_cache_scope(&raw(text), CacheScope::Public).unwrap();
        assert_eq!(public(r#"{"cacheScope":"public","ttlMs":9}"#), None, "a public result may stay public");
        let silent = public(r#"{"ttlMs":9}"#).unwrap();
        assert_eq!(
            silent.as_str(),
            r#"{"ttlMs":9,"cacheScope":"private"}"#,
            "without the origin's `public` it should become private"
        );
        let twice = raw(r#"{"cacheScope":"private","cacheSc\u006fpe":"public"}"#);
        let refused = with_cache_scope(&twice, CacheScope::Private);
        assert_eq!(refused, Err(RawJsonError::DuplicateMember), "an ambiguous result should be refused");
    }
}
