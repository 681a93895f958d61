//! Completion: which prompt or resource template an argument is completed for.
//!
//! ```text
//! completion/complete params   {"ref":{"type":"ref/prompt","name":…},"argument":{"name":…,"value":…},"context":{…}?}
//!                              {"ref":{"type":"ref/resource","uri":"handbook://{page}"},…}
//! ```

use std::borrow::Cow;

use crate::params::ParamsError;
use crate::resource::MAX_URI_BYTES;
use crate::tool::MAX_NAME_BYTES;
use json::{Kind, Members, RawJson, RawJsonError};

/// What an argument belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The prompt of this name.
    Prompt(String),
    /// The resources of this URI or template of URIs.
    Resource(String),
}

/// Reads what is completed, and that there is an argument to complete.
///
/// # Errors
///
/// [`ParamsError`]
pub fn reference(params: Option<&Members>) -> Result<Reference, ParamsError> {
    let error = ParamsError::new("ref", "a reference to a prompt or a resource", "reference_malformed");
    let reference = params.and_then(|params| params.get("ref")).and_then(|raw| raw.members().ok()).ok_or(error)?;
    let text = |member: &str, most: usize| {
        let value = reference.get(member).and_then(RawJson::string).filter(|text| (1..=most).contains(&text.len()));
        value.map(Cow::into_owned).ok_or(error)
    };
    let read = match reference.get("type").and_then(RawJson::string).as_deref() {
        Some("ref/prompt") => Reference::Prompt(text("name", MAX_NAME_BYTES)?),
        Some("ref/resource") => Reference::Resource(text("uri", MAX_URI_BYTES)?),
        _ => return Err(error),
    };
    match params.and_then(|params| params.get("argument")).map(RawJson::kind) {
        Some(Kind::Object) => Ok(read),
        _ => Err(ParamsError::new("argument", "an object", "completion_argument_malformed")),
    }
}

/// The params for an origin that calls the prompt otherwise; every other byte of `ref` is the client's.
///
/// # Errors
///
/// [`RawJsonError`] when there is no `ref` in which one name could be set.
pub fn with_prompt_name(params: &Members, origin_name: &str) -> Result<Members, RawJsonError> {
    let reference = params.get("ref").ok_or(RawJsonError::NotAnObject)?;
    let renamed = reference.with(&["name"], &RawJson::from_string(origin_name))?;
    let mut params = params.clone();
    params.set("ref", renamed);
    Ok(params)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn members(text: &str) -> Members {
        Members::parse(Bytes::from(text.to_owned())).unwrap()
    }

    #[test]
    fn references_are_read() {
        let read = |text: &str| reference(Some(&members(&format!(r#"{{"ref":{text},"argument":{{}}}}"#))));
        let prompt = read(r#"{"type":"ref/prompt","name":"summary","title":"x"}"#);
        assert_eq!(prompt, Ok(Reference::Prompt("summary".into())), "a prompt should be read");
        let resource = read(r#"{"uri":"handbook://{page}","type":"ref/resource"}"#);
        assert_eq!(resource, Ok(Reference::Resource("handbook://{page}".into())), "a template should be read");
        for text in [
            "7",
            "{}",
            r#"{"type":"ref/prompt"}"#,
            r#"{"type":"ref/prompt","name":""}"#,
            r#"{"type":"ref/prompt","uri":"a:b"}"#,
            r#"{"type":"ref/resource","name":"a"}"#,
            r#"{"type":"ref/tool","name":"a"}"#,
            r#"{"type":"ref/prompt","name":"a","n\u0061me":"b"}"#,
        ] {
            let error = read(text).unwrap_err();
            assert_eq!((error.code(), error.reason()), (-32602, "reference_malformed"), "should be refused: {text}");
        }
        let without = members(r#"{"ref":{"type":"ref/prompt","name":"a"},"argument":[]}"#);
        let reason = reference(Some(&without)).unwrap_err().reason();
        assert_eq!(reason, "completion_argument_malformed", "there should be something to complete");
    }

    #[test]
    fn a_renamed_prompt_keeps_the_rest() {
        let params = members(r#"{"ref":{ "type":"ref/prompt", "name" : "docs_summary" },"argument":{"value":1.0}}"#);
        assert_eq!(
            with_prompt_name(&params, "summary").unwrap().to_raw().as_str(),
            r#"{"ref":{ "type":"ref/prompt", "name" : "summary" },"argument":{"value":1.0}}"#,
            "only the name should change"
        );
    }
}
