//! A request from the runtime, the line, and the answer back to the runtime.

use bytes::Bytes;
use futures_channel::mpsc::Receiver;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
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

/// Answers one request with `serve`; a body longer than `body_bytes` is not read.
///
/// Everything runs behind the promise that the runtime is told to wait for, whatever the client does: when a client resets
/// its connection the runtime lets go of everything else, and what had not been awaited would neither run on nor ever be
/// freed.
///
/// A body that is too long reaches `serve` with more than `body_bytes` bytes, cut off or, where its length was announced,
/// made up: `serve` is the one to refuse it, by its length.
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
    let answered = Promise::new(&mut |resolve, reject| functions = Some((resolve, reject)));
    background.run(&context, async move {
        let answer = async {
            let request = read(&request, body_bytes).await?;
            let response = serve(host.clone(), request).await;
            write(&host, response)
        };
        let answer = answer.await;
        if let Some((resolve, reject)) = functions {
            // A promise's own functions never throw.
            let _ = match &answer {
                Ok(response) => resolve.call1(&JsValue::UNDEFINED, response),
                Err(thrown) => reject.call1(&JsValue::UNDEFINED, thrown),
            };
        }
    });
    answered
}

pub(crate) async fn read(request: &web_sys::Request, body_bytes: usize) -> Result<Request<Bytes>, JsValue> {
    let text = glue::request_head(request);
    let head = head::parse(&text);
    let announced = head.headers.get(http::header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let body = match (head.first, announced) {
        ("GET" | "HEAD", _) | (_, Some(0)) => Bytes::new(),
        (_, Some(length)) if length > body_bytes => vec![0; body_bytes + 1].into(),
        (_, Some(_)) => glue::bytes(&JsFuture::from(request.array_buffer()?).await?),
        (_, None) => glue::bytes(&JsFuture::from(glue::body_up_to(request, body_bytes)).await?),
    };
    let mut built = Request::new(body);
    // The runtime has parsed both; what `http` can't express is answered as an unknown path.
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

/// Writes chunks until they end or nobody reads them any more; dropping the receiver is how the sender learns of that.
async fn pump(pipe: Pipe, mut chunks: Receiver<Bytes>, gone: impl Future<Output = ()>) {
    futures_util::pin_mut!(gone);
    loop {
        let chunk = match select(chunks.next(), gone.as_mut()).await {
            Either::Left((Some(chunk), _)) => chunk,
            Either::Left((None, _)) => {
                // A client that leaves now has the whole answer, or doesn't want it.
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

/// The answer of a Worker whose bindings are wrong: which ones is for whoever asks after its health, and in its log.
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
