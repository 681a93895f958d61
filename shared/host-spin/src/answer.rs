//! A request from Spin, the line, and the answer back to Spin.

use std::cell::RefCell;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use ports::Body;
use spin_sdk::wasip3::http::types;

use crate::fault::Fault;
use crate::host::SpinHost;
use crate::incoming::{self, Unread};
use crate::outgoing;

/// Answers one request with `serve`; a body longer than `body_bytes` is not read.
///
/// A body that is too long reaches `serve` with more than `body_bytes` bytes, cut off or, where its length was announced,
/// made up: `serve` is the one to refuse it, by its length.
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
    /// What the log says already.
    static LOGGED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The answer of a component whose surroundings are wrong: what is wrong is for whoever asks after its health, and in its log.
pub(crate) fn failed(in_full: bool, faults: &[Fault]) -> types::Response {
    let faults = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let text = if in_full { faults.clone() } else { "not set up; see /healthz".to_owned() };
    // One line per instance and cause, not one per request.
    if LOGGED.with_borrow(|logged| *logged != faults) {
        eprintln!("not set up: {faults}");
        LOGGED.set(faults);
    }
    plain(StatusCode::SERVICE_UNAVAILABLE, text)
}

/// The answer to a request that never came to its end.
pub(crate) fn interrupted(unread: Unread) -> types::Response {
    match unread {
        Unread::Late => plain(StatusCode::REQUEST_TIMEOUT, "the body took too long".to_owned()),
        Unread::BrokeOff => plain(StatusCode::BAD_REQUEST, "the body broke off".to_owned()),
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
