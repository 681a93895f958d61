//! Writes a response for Spin, whole or as a stream.

use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc::Receiver;
use http::{Response, StatusCode};
use ports::Body;
use spin_sdk::wasip3::http::types;
use spin_sdk::wasip3::wit_bindgen::{StreamReader, StreamWriter};
use spin_sdk::wasip3::{self, wit_future, wit_stream};

use crate::client_gone::SpinClientGone;
use crate::head;

/// Converts a response; a task of the request writes its body.
pub(crate) fn write(response: Response<Body>, client: &SpinClientGone) -> types::Response {
    let (parts, body) = response.into_parts();
    match body {
        Body::Empty => new(&parts, Some(0), None),
        Body::Full(bytes) => whole(Response::from_parts(parts, bytes)),
        Body::Stream(chunks) => {
            let (writer, reader) = wit_stream::new();
            wasip3::spawn(pump(writer, chunks, client.clone()));
            new(&parts, None, Some(reader))
        }
    }
}

/// Converts a response with a complete body.
pub(crate) fn whole(response: Response<Bytes>) -> types::Response {
    let (parts, bytes) = response.into_parts();
    if bytes.is_empty() {
        return new(&parts, Some(0), None);
    }
    let length = bytes.len();
    let (mut writer, reader) = wit_stream::new();
    wasip3::spawn(async move {
        // Fails if the client is gone.
        let _ = writer.write_all(bytes.into()).await;
    });
    new(&parts, Some(length), Some(reader))
}

/// Writes chunks until they end or the client is gone; dropping the receiver tells the sender.
async fn pump(mut writer: StreamWriter<u8>, mut chunks: Receiver<Bytes>, client: SpinClientGone) {
    while let Some(chunk) = chunks.next().await {
        if !writer.write_all(chunk.into()).await.is_empty() {
            client.fire();
            return;
        }
    }
}

fn new(parts: &http::response::Parts, length: Option<usize>, contents: Option<StreamReader<u8>>) -> types::Response {
    // A response without a body must have no `Content-Length` (RFC 9110 §8.6).
    let length = length.filter(|_| parts.status != StatusCode::NO_CONTENT && parts.status != StatusCode::NOT_MODIFIED);
    let (fields, status) = match types::Fields::from_list(&head::write(&parts.headers, length)) {
        Ok(fields) => (fields, parts.status),
        Err(error) => {
            eprintln!("the headers of a response were refused: {error}");
            (types::Fields::new(), StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    let (trailers, no_trailers) = wit_future::new(|| Ok(None));
    let (response, _) = types::Response::new(fields, contents, no_trailers);
    // Dropping the writer sends its default: no trailers.
    drop(trailers);
    // Fails only for a number that is no status.
    let _ = response.set_status_code(status.as_u16());
    response
}
