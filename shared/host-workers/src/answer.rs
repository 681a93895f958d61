//! Converts a request of the runtime, runs `serve`, and converts its response.

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc::Receiver;
use futures::future::{Either, select};
use http::{Method, Request, Response};
use js_sys::Promise;
use js_sys::futures::JsFuture;
use ports::Body;
use ports::{Background, ClientGone, Host};
use wasm_bindgen::JsValue;

use crate::bindings::{BindingError, ExecutionContext};
use crate::glue::{self, Pipe};
use crate::head;
use crate::host::WorkersHost;

/// The part of a body beyond the limit that is read and dropped, as a multiple of `body_bytes`. Without it a client
/// that keeps the connection would find it reset.
const DRAINED: usize = 8;

/// Responds to one request with `serve`; a body longer than `body_bytes` is not read to its end.
///
/// All work runs inside one promise passed to `waitUntil`. If a client resets its connection, the runtime cancels
/// everything else, and a future outside that promise would neither be polled again nor freed.
///
/// `serve` must refuse a body of more than `body_bytes` bytes by its length: such a body is truncated or, if its
/// `Content-Length` is far too large, replaced by zeros.
pub fn answer<S, F>(
    request: web_sys::Request,
    environment: JsValue,
    context: ExecutionContext,
    body_bytes: usize,
    serve: S,
) -> Promise
where
    S: FnOnce(WorkersHost, Request<Bytes>) -> F + 'static,
    F: Future<Output = Response<Body>> + 'static,
{
    let host = match WorkersHost::new(&environment, &request) {
        Ok(host) => host,
        Err(faults) => return failed(&request, &faults),
    };
    let background = host.background().clone();
    let mut functions = None;
    let response = Promise::new(&mut |resolve, reject| functions = Some((resolve, reject)));
    background.run(&context, async move {
        let answer = async {
            let request = read(&request, body_bytes).await?;
            let response = serve(host.clone(), request).await;
            write(&host, response)
        };
        let answer = answer.await;
        if let Some((resolve, reject)) = functions {
            // The functions of a promise never throw.
            let _ = match &answer {
                Ok(response) => resolve.call1(&JsValue::UNDEFINED, response),
                Err(thrown) => reject.call1(&JsValue::UNDEFINED, thrown),
            };
        }
    });
    response
}

/// Reads the runtime's request; see [`answer`] for a body longer than `body_bytes`.
pub(crate) async fn read(request: &web_sys::Request, body_bytes: usize) -> Result<Request<Bytes>, JsValue> {
    let text = glue::request_head(request);
    let head = head::parse(&text);
    let announced = head.headers.get(http::header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let body = match (head.first, announced) {
        ("GET" | "HEAD", _) | (_, Some(0)) => Bytes::new(),
        (_, Some(length)) if length > body_bytes * DRAINED => vec![0; body_bytes + 1].into(),
        (_, Some(length)) if length <= body_bytes => glue::bytes(&JsFuture::from(request.array_buffer()?).await?),
        _ => glue::bytes(&JsFuture::from(glue::body_up_to(request, body_bytes, body_bytes * DRAINED)).await?),
    };
    let mut built = Request::new(body);
    // The runtime has parsed both; a value that `http` refuses becomes `GET` or `/`.
    *built.method_mut() = Method::from_bytes(head.first.as_bytes()).unwrap_or_default();
    *built.uri_mut() = head.second.parse().unwrap_or_default();
    *built.headers_mut() = head.headers;
    Ok(built)
}

fn write(host: &WorkersHost, response: Response<Body>) -> Result<web_sys::Response, JsValue> {
    let (parts, body) = response.into_parts();
    let status = parts.status.as_u16();
    let headers = head::write(&parts.headers);
    match body {
        Body::Empty => glue::answer(status, &headers, None),
        Body::Full(bytes) => glue::answer(status, &headers, Some(&bytes)),
        Body::Stream(chunks) => {
            let pipe = Pipe::new();
            let response = pipe.answer(status, &headers)?;
            host.background().spawn(pump(pipe, chunks, host.client_gone().gone()));
            Ok(response)
        }
    }
}

/// Writes chunks until they end or the client is gone; dropping the receiver tells the sender.
async fn pump(pipe: Pipe, mut chunks: Receiver<Bytes>, gone: impl Future<Output = ()>) {
    futures::pin_mut!(gone);
    loop {
        let chunk = match select(chunks.next(), gone.as_mut()).await {
            Either::Left((Some(chunk), _)) => chunk,
            Either::Left((None, _)) => {
                // A client that is gone now has the whole body or no longer wants it.
                let _ = JsFuture::from(pipe.close()).await;
                return;
            }
            Either::Right(_) => break,
        };
        match select(JsFuture::from(pipe.write(&chunk)), gone.as_mut()).await {
            Either::Left((Ok(_), _)) => {}
            Either::Left((Err(_), _)) | Either::Right(_) => break,
        }
    }
    pipe.abort();
}

/// The response of a Worker with faulty bindings: `/healthz` and the log name the faults, other paths don't.
pub(crate) fn failed(request: &web_sys::Request, faults: &[BindingError]) -> Promise {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let faults = faults.join("\n");
    web_sys::console::error_1(&JsValue::from_str(&format!("not set up: {faults}")));
    let text = if head::path(&request.url()) == "/healthz" { faults } else { "not set up; see /healthz".to_owned() };
    let headers = "content-type\ntext/plain; charset=utf-8\ncache-control\nno-store";
    match glue::answer(503, headers, Some(text.as_bytes())) {
        Ok(response) => Promise::resolve(&JsValue::from(response)),
        Err(thrown) => Promise::reject(&thrown),
    }
}
