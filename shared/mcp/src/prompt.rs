//! The params of `prompts/get`.
//!
//! ```text
//! prompts/get params   {"name":"summary","arguments":{"language":"sv"},"_meta":{…}}
//! prompts/get result   {"resultType":"complete","description":"…","messages":[…]}
//! ```
//!
//! Arguments are read with [`crate::params::arguments`].

use std::borrow::Cow;

use crate::params::{self, ParamsError};
use crate::tool::MAX_NAME_BYTES;
use json::Members;

/// Returns the name of the requested prompt.
///
/// # Errors
///
/// [`ParamsError`] (-32602) if it is not a string of 1 to [`MAX_NAME_BYTES`] bytes.
pub fn get_name(params: Option<&Members>) -> Result<Cow<'_, str>, ParamsError> {
    let error = ParamsError::new("name", "a string of 1 to 128 bytes", "prompt_name_malformed");
    params::text(params, "name", MAX_NAME_BYTES, error)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn name_must_be_bounded_string() {
        let params = Members::parse(Bytes::from_static(br#"{"name":"summ\u0061ry"}"#)).unwrap();
        assert_eq!(get_name(Some(&params)).as_deref(), Ok("summary"), "a name should be decoded");
        for text in ["{}", r#"{"name":""}"#, r#"{"name":{}}"#, &format!(r#"{{"name":"{}"}}"#, "n".repeat(129))] {
            let params = Members::parse(Bytes::from(text.to_owned())).unwrap();
            let error = get_name(Some(&params)).unwrap_err();
            assert_eq!((error.code(), error.reason()), (-32602, "prompt_name_malformed"), "should be refused: {text}");
        }
    }
}
