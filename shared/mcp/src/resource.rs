//! Resources: which one is read, and what a client is told of one that it can't have.
//!
//! ```text
//! resources/read params   {"uri":"handbook://leave","_meta":{…}}
//! resources/read result   {"resultType":"complete","contents":[…],"ttlMs":…,"cacheScope":…}
//! ```

use std::borrow::Cow;

use crate::params::{self, ParamsError};
use json::{Members, RawJson};

/// Most bytes of a resource's URI, and of a template of URIs.
pub const MAX_URI_BYTES: usize = 8 * 1024;

/// The resource that is read.
///
/// # Errors
///
/// [`ParamsError`]
pub fn read_uri(params: Option<&Members>) -> Result<Cow<'_, str>, ParamsError> {
    let error = ParamsError::new("uri", "a string of 1 to 8192 bytes", "resource_uri_malformed");
    params::text(params, "uri", MAX_URI_BYTES, error)
}

/// The `data` of the error for a resource that is not there: `{"uri":…}` (MCP 2026-07-28, resources).
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
    fn only_bounded_strings_are_uris() {
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
