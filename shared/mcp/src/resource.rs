//! The params of `resources/read`, and the error data for an unknown resource.
//!
//! ```text
//! resources/read params   {"uri":"handbook://leave","_meta":{…}}
//! resources/read result   {"resultType":"complete","contents":[…],"ttlMs":…,"cacheScope":…}
//! ```

use std::borrow::Cow;

use crate::params::{self, ParamsError};
use json::{Members, RawJson};

/// The maximum length of a resource's URI, and of a URI template, in bytes.
pub const MAX_URI_BYTES: usize = 8 * 1024;

/// Returns the URI of the requested resource.
///
/// # Errors
///
/// [`ParamsError`] (-32602) if it is not a string of 1 to [`MAX_URI_BYTES`] bytes.
pub fn read_uri(params: Option<&Members>) -> Result<Cow<'_, str>, ParamsError> {
    let error = ParamsError::new("uri", "a string of 1 to 8192 bytes", "resource_uri_malformed");
    params::text(params, "uri", MAX_URI_BYTES, error)
}

/// Returns the `data` of the error for an unknown resource: `{"uri":…}` (MCP 2026-07-28, resources).
#[must_use]
pub fn not_found_data(uri: &str) -> RawJson {
    let mut data = Members::new();
    data.set("uri", RawJson::from_string(uri));
    data.to_raw()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn uri_must_be_bounded_string() {
        let read = |text: String| {
            read_uri(Some(&Members::parse(Bytes::from(text)).unwrap())).map(Cow::into_owned).map_err(|e| e.reason())
        };
        assert_eq!(read(r#"{"uri":"handbook:\/\/leave"}"#.into()), Ok("handbook://leave".into()), "a URI is decoded");
        for text in ["{}", r#"{"uri":""}"#, r#"{"uri":["a"]}"#, &format!(r#"{{"uri":"{}"}}"#, "u".repeat(8193))] {
            assert_eq!(read(text.into()), Err("resource_uri_malformed"), "should be refused: {:.20}", text);
        }
        assert_eq!(not_found_data("a\"b").as_str(), r#"{"uri":"a\"b"}"#, "the URI should be escaped");
    }
}
