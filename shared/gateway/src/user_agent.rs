//! Weir's `User-Agent` (RFC 9110 §10.1.5), sent to origins and issuers: firewalls refuse requests without one.

use http::header::HeaderValue;

/// `weir/VERSION`.
pub(crate) const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("weir/", env!("CARGO_PKG_VERSION")));
