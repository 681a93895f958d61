//! The params of `tools/call`.
//!
//! ```text
//! tools/call params   {"name":…,"arguments":{…},"_meta":{…}}
//! tools/call result   {"resultType":"complete","content":[…],"isError":false}
//! ```
//!
//! Arguments are read with [`crate::params::arguments`], results with [`crate::result::summarize`].

use std::borrow::Cow;

use crate::params::{self, ParamsError};
use json::Members;

/// The maximum length of a tool's or prompt's name, in bytes (MCP 2026-07-28, tools: 1 to 128 characters).
pub const MAX_NAME_BYTES: usize = 128;

/// Returns the name of the called tool.
///
/// # Errors
///
/// [`ParamsError`] (-32602) if it is not a string of 1 to [`MAX_NAME_BYTES`] bytes.
pub fn call_name(params: Option<&Members>) -> Result<Cow<'_, str>, ParamsError> {
    let error = ParamsError::new("name", "a string of 1 to 128 bytes", "tool_name_malformed");
    params::text(params, "name", MAX_NAME_BYTES, error)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::params::arguments;

    fn members(text: &str) -> Members {
        Members::parse(Bytes::from(text.to_owned())).unwrap()
    }

    #[test]
    fn call_with_malformed_name_or_arguments_is_refused() {
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(129));
        for text in ["{}", r#"{"name":7}"#, r#"{"name":""}"#, r#"{"name":null}"#, long.as_str()] {
            let error = call_name(Some(&members(text))).unwrap_err();
            assert_eq!(error.reason(), "tool_name_malformed", "should be refused: {text}");
        }
        let error = call_name(None).unwrap_err();
        assert_eq!(error.code(), -32602, "no params should be invalid params");
        assert_eq!(
            error.to_string(),
            "`params.name` is not a string of 1 to 128 bytes",
            "the error should name the member and the rule"
        );
        assert_eq!(arguments(None), Ok(None), "arguments should be optional");
        for text in [r#"{"arguments":[]}"#, r#"{"arguments":null}"#, r#"{"arguments":"{}"}"#] {
            let error = arguments(Some(&members(text))).unwrap_err();
            assert_eq!(error.reason(), "arguments_not_an_object", "should be refused: {text}");
        }
    }

    #[test]
    fn name_is_decoded_and_arguments_are_unchanged() {
        let params = members(r#"{"name":"se\u0061rch","arguments":{ "limit": 1.50, "id": 12345678901234567890 }}"#);
        assert_eq!(call_name(Some(&params)).as_deref(), Ok("search"), "the name should be read");
        let arguments = arguments(Some(&params)).unwrap().unwrap();
        assert_eq!(arguments.as_str(), r#"{ "limit": 1.50, "id": 12345678901234567890 }"#, "no byte should change");
    }
}
