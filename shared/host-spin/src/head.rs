//! Converts headers between the list of WASI and the map of `http`.

use http::{HeaderMap, HeaderName, HeaderValue};
use spin_sdk::wasip3::http::types::{FieldName, FieldValue};

/// The prefix of the headers that Spin adds to each request.
const SPIN_PREFIX: &str = "spin-";

/// The only header of Spin that is kept: the client's address.
const CLIENT_ADDRESS: &str = "spin-client-addr";

/// The headers of an incoming request or response. A header that `http` refuses is left out.
pub(crate) fn read(fields: Vec<(FieldName, FieldValue)>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields {
        if name.starts_with(SPIN_PREFIX) && name != CLIENT_ADDRESS {
            continue;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// The headers of an outgoing request or response; `length` is the length of a body that is complete.
pub(crate) fn write(headers: &HeaderMap, length: Option<usize>) -> Vec<(FieldName, FieldValue)> {
    let mut fields: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    if let Some(length) = length
        && !headers.contains_key(http::header::CONTENT_LENGTH)
    {
        fields.push((http::header::CONTENT_LENGTH.as_str().to_owned(), length.to_string().into_bytes()));
    }
    fields
}

/// `Content-Length`; `None` if it is missing or no number.
pub(crate) fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(http::header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: &[u8]) -> (FieldName, FieldValue) {
        (name.to_owned(), value.to_vec())
    }

    #[test]
    fn headers_are_read_in_order_and_unchanged() {
        let headers =
            read(vec![field("x-one", b"1"), field("x-one", b"\xe4"), field("bad name", b"1"), field("x", b"\n")]);
        let values: Vec<_> = headers.get_all("x-one").iter().map(HeaderValue::as_bytes).collect();
        assert_eq!(values, [b"1".as_slice(), b"\xe4"], "both values should be there");
        assert_eq!(headers.len(), 2, "an invalid header should be left out");
    }

    #[test]
    fn only_client_address_of_spin_headers_is_kept() {
        let headers = read(vec![field("spin-full-url", b"http://x/"), field("spin-client-addr", b"192.0.2.7:1")]);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["spin-client-addr"]);
    }

    #[test]
    fn length_is_written_once() {
        let mut headers = HeaderMap::new();
        assert_eq!(write(&headers, Some(3)), [field("content-length", b"3")]);
        headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from_static("4"));
        assert_eq!(write(&headers, Some(3)), [field("content-length", b"4")], "a length that is given should stay");
        assert_eq!(announced_length(&headers), Some(4));
        assert_eq!(write(&HeaderMap::new(), None), [], "a stream should have no length");
    }
}
