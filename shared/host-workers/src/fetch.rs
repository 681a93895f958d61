//! `Fetch` on Workers: the runtime's `fetch` with `redirect: "manual"`.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use http::{Method, Request, Response, StatusCode, Uri};
use js_sys::futures::JsFuture;
use ports::{Fetch, FetchError, FetchLimits};
use wasm_bindgen::{JsCast, JsValue};

use crate::bindings::ObjectNamespace;
use crate::glue::{self, Exchange};
use crate::head;
use crate::timer::millis;

/// The runtime's `fetch`. Cloudflare's network adds headers to the request (`CF-Ray`, `CF-Worker` with the zone's name,
/// `Accept-Encoding`) and decompresses the body of the response.
#[derive(Debug, Clone, Copy)]
pub struct WorkersFetch;

impl Fetch for WorkersFetch {
    type Body = WorkersBody;

    async fn send(&self, request: Request<Bytes>, limits: FetchLimits) -> Result<Response<WorkersBody>, FetchError> {
        exchange(&JsValue::UNDEFINED, request, limits).await
    }
}

/// A running exchange. Dropping it before its end aborts it: the server sees its connection or stream close.
struct OpenExchange(Exchange);

impl Drop for OpenExchange {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Sends `question` to the Durable Object called `name`; the URL has no meaning.
pub(crate) async fn ask(
    namespace: &ObjectNamespace,
    name: &str,
    question: impl Into<Bytes>,
    limits: FetchLimits,
) -> Result<Response<WorkersBody>, FetchError> {
    let object = namespace.id_from_name(name).and_then(|id| namespace.get(&id));
    let object = object.map_err(|thrown| FetchError::Refused(glue::message(&thrown)))?;
    let mut request = Request::new(question.into());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_static("https://object/");
    exchange(&object, request, limits).await
}

/// Sends `request` to `target`, an object with a `fetch`; undefined means the network.
async fn exchange(
    target: &JsValue,
    request: Request<Bytes>,
    limits: FetchLimits,
) -> Result<Response<WorkersBody>, FetchError> {
    let open = OpenExchange(Exchange::new());
    let (parts, body) = request.into_parts();
    let sent = open.0.send(
        target,
        parts.method.as_str(),
        &parts.uri.to_string(),
        &head::write(&parts.headers),
        (!body.is_empty()).then_some(body.as_ref()),
        millis(limits.deadline),
    );
    drop(body);
    let text = match JsFuture::from(sent).await {
        Ok(text) => text.as_string().unwrap_or_default(),
        Err(_) if open.0.late() => return Err(FetchError::Deadline),
        Err(thrown) => return Err(before_headers(&thrown)),
    };
    let head = head::parse(&text);
    let status = head.first.parse::<u16>().ok().and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.ok_or_else(|| FetchError::ConnectionLost("the response has no status".to_owned()))?;
    let whole = open.0.whole().map(|whole| glue::bytes(&whole));
    let open = whole.is_none().then(|| Rc::new(open));
    let mut response = Response::new(WorkersBody { open, whole, chunk: None, left: limits.body_bytes, limits });
    *response.status_mut() = status;
    *response.headers_mut() = head.headers;
    Ok(response)
}

/// The error of a failure before the response's headers. The runtime throws a `TypeError` for a URL before it sends
/// anything. A refused connection, a reset and a failed lookup have the same message, so the request may have been
/// sent.
fn before_headers(thrown: &JsValue) -> FetchError {
    let message = glue::message(thrown);
    if thrown.has_type::<js_sys::TypeError>() {
        FetchError::Refused(message)
    } else {
        FetchError::ConnectionLost(message)
    }
}

/// The body of a response, chunk by chunk.
pub struct WorkersBody {
    /// `None` after the end of the body or an error.
    open: Option<Rc<OpenExchange>>,
    /// A short body that arrived with the head.
    whole: Option<Bytes>,
    chunk: Option<JsFuture>,
    left: usize,
    limits: FetchLimits,
}

impl WorkersBody {
    fn fail(&mut self, error: FetchError) -> Poll<Option<Result<Bytes, FetchError>>> {
        self.open = None;
        Poll::Ready(Some(Err(error)))
    }
}

impl Stream for WorkersBody {
    type Item = Result<Bytes, FetchError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.whole.take() {
            Some(whole) if whole.len() > self.left => {
                let limit = self.limits.body_bytes;
                return self.fail(FetchError::TooLarge(limit));
            }
            Some(whole) if !whole.is_empty() => return Poll::Ready(Some(Ok(whole))),
            Some(_) | None => {}
        }
        let Some(open) = self.open.clone() else { return Poll::Ready(None) };
        if self.chunk.is_none() {
            self.chunk = open.0.read(millis(self.limits.deadline)).map(JsFuture::from);
        }
        let Some(chunk) = &mut self.chunk else {
            self.open = None;
            return Poll::Ready(None);
        };
        let settled = ready!(Pin::new(chunk).poll(context));
        self.chunk = None;
        match settled {
            Ok(end) if end.is_undefined() => {
                self.open = None;
                Poll::Ready(None)
            }
            Ok(view) => {
                let bytes = glue::bytes(&view);
                match self.left.checked_sub(bytes.len()) {
                    Some(left) => {
                        self.left = left;
                        Poll::Ready(Some(Ok(bytes)))
                    }
                    None => {
                        let limit = self.limits.body_bytes;
                        self.fail(FetchError::TooLarge(limit))
                    }
                }
            }
            Err(_) if open.0.late() => self.fail(FetchError::Deadline),
            Err(thrown) => self.fail(FetchError::ConnectionLost(glue::message(&thrown))),
        }
    }
}
