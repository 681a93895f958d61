//! The params of `completion/complete`: the prompt or resource template whose argument is completed.
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

/// The value of `ref`: the prompt or resource template that the argument belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// `ref/prompt`: the prompt's name, 1 to [`MAX_NAME_BYTES`] bytes.
    Prompt(String),
    /// `ref/resource`: a URI or URI template, 1 to [`MAX_URI_BYTES`] bytes.
    Resource(String),
}

/// Reads `ref` and checks that `argument` is an object.
///
/// # Errors
///
/// [`ParamsError`] (-32602) if one of the two is missing or malformed.
pub fn reference(params: Option<&Members>) -> Result<Reference, ParamsError> {
    let error = ParamsError::new("ref", "a reference to a prompt or a resource", "reference_malformed");
    let reference = params.and_then(|params| params.get("ref")).and_then(|raw| raw.members().ok()).ok_or(error)?;
    let text = |member: &str, max_bytes: usize| {
        let value =
            reference.get(member).and_then(RawJson::string).filter(|text| (1..=max_bytes).contains(&text.len()));
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

/// Returns the params with the origin's name of the prompt; every other byte of `ref` stays as the client wrote it.
///
/// # Errors
///
/// [`RawJsonError`] if `ref` is missing, not an object, or has `name` twice.
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
    fn reference_is_read() {
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
        assert_eq!(reason, "completion_argument_malformed", "`argument` should be required");
    }

    #[test]
    fn renamed_prompt_keeps_every_other_byte() {
        let params = members(r#"{"ref":{ "type":"ref/prompt", "name" : "docs_summary" },"argument":{"value":1.0}}"#);
        assert_eq!(
            with_prompt_name(&params, "summary").unwrap().to_raw().as_str(),
            r#"{"ref":{ "type":"ref/prompt", "name" : "summary" },"argument":{"value":1.0}}"#,
            "only the name should change"
        );
    }
}
