//! Converts a request of Spin, runs `serve`, and converts its response.

use std::cell::RefCell;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use ports::Body;
use spin_sdk::wasip3::http::types;

use crate::fault::Fault;
use crate::host::SpinHost;
use crate::incoming::{self, Unread};
use crate::outgoing;

/// Responds to one request with `serve`; a body longer than `body_bytes` is not read to its end.
///
/// `serve` must refuse a body of more than `body_bytes` bytes by its length: such a body is truncated or, if its
/// `Content-Length` is far too large, replaced by zeros.
pub async fn answer<S, F>(request: types::Request, body_bytes: usize, serve: S) -> types::Response
where
    S: FnOnce(SpinHost, Request<Bytes>) -> F + 'static,
    F: Future<Output = Response<Body>> + 'static,
{
    let request = match incoming::read(request, body_bytes).await {
        Ok(request) => request,
        Err(unread) => return interrupted(unread),
    };
    match SpinHost::new(request.headers()).await {
        Ok(host) => outgoing::write(serve(host.clone(), request).await, &host.client_gone),
        Err(faults) => failed(request.uri().path() == "/healthz", &faults),
    }
}

thread_local! {
    /// The faults that were logged last.
    static LOGGED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The response of a component with a faulty deployment: the log and, if `in_full`, the body name the faults.
pub(crate) fn failed(in_full: bool, faults: &[Fault]) -> types::Response {
    let faults = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let text = if in_full { faults.clone() } else { "not set up; see /healthz".to_owned() };
    // One line per instance and set of faults, not one per request.
    if LOGGED.with_borrow(|logged| *logged != faults) {
        eprintln!("not set up: {faults}");
        LOGGED.set(faults);
    }
    plain(StatusCode::SERVICE_UNAVAILABLE, text)
}

/// The response to a request whose body was not read to its end.
pub(crate) fn interrupted(unread: Unread) -> types::Response {
    match unread {
        Unread::Late => plain(StatusCode::REQUEST_TIMEOUT, "the body took too long".to_owned()),
        Unread::ConnectionLost => plain(StatusCode::BAD_REQUEST, "the body broke off".to_owned()),
    }
}

fn plain(status: StatusCode, text: String) -> types::Response {
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    outgoing::whole(response)
}
