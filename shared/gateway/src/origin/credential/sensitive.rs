//! A header value that can't be printed.

use http::header::HeaderValue;

/// The header value of a credential; `None` if a header can't have it.
pub(super) fn value(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
