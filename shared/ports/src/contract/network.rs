//! The contract of `Fetch`, and the test server that it needs.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;

use super::report::Report;
use crate::memory::{Answer, Chunk};
use crate::{Fetch, FetchError, FetchLimits, Host};

const LIMITS: FetchLimits = FetchLimits { deadline: Duration::from_secs(2), body_bytes: 64 * 1024 };

/// The test server's response at each path: `/echo` the request's headers, one `NAME: VALUE` a line, and its body;
/// `/missing` 404; `/redirect` a redirect to `/echo`; `/large` 100 kB; `/stream` two chunks 50 ms apart; `/hang`
/// headers and no body.
pub fn origin_answers(request: &http::Request<Bytes>) -> Answer {
    let (status, steps) = match request.uri().path() {
        "/echo" => {
            let mut echo = String::new();
            for (name, value) in request.headers() {
                echo += &format!("{name}: {}\n", value.to_str().unwrap_or("?"));
            }
            (200, vec![Chunk::Data(Bytes::from(echo + "\n")), Chunk::Data(request.body().clone())])
        }
        "/redirect" => (307, Vec::new()),
        "/large" => (200, vec![Chunk::Data(Bytes::from(vec![b'x'; 50_000])); 2]),
        "/stream" => (
            200,
            vec![
                Chunk::Data(Bytes::from_static(b"one")),
                Chunk::Wait(Duration::from_millis(50)),
                Chunk::Data(Bytes::from_static(b"two")),
            ],
        ),
        "/hang" => (200, vec![Chunk::Hang]),
        _ => (404, vec![Chunk::Data(Bytes::from_static(b"not here"))]),
    };
    let mut response = http::Response::new(steps);
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    if status == 307 {
        response.headers_mut().insert(http::header::LOCATION, http::HeaderValue::from_static("/echo"));
    }
    Answer { delay: Duration::ZERO, response: Ok(response), aborted: std::rc::Rc::new(|| ()) }
}

type Reply = Result<(u16, Result<Vec<u8>, FetchError>), FetchError>;

async fn exchange<H: Host>(host: &H, request: http::request::Builder, body: &'static [u8]) -> Reply {
    let request = request.body(Bytes::from_static(body)).map_err(|error| FetchError::Refused(error.to_string()))?;
    let response = host.fetch().send(request, LIMITS).await?;
    let status = response.status().as_u16();
    let mut chunks = response.into_body();
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(bytes) => whole.extend_from_slice(&bytes),
            Err(error) => return Ok((status, Err(error))),
        }
    }
    Ok((status, Ok(whole)))
}

pub(super) async fn check<H: Host>(host: &H, report: &mut Report, origin: &str) {
    let at = |path: &str| http::Request::builder().method("GET").uri(format!("{origin}{path}"));

    let post = at("/echo").method("POST").header("mcp-name", "search").header("content-type", "text/plain");
    let echo = exchange(host, post, b"body").await;
    let text = match &echo {
        Ok((200, Ok(bytes))) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    report.note("Fetch", "sends the headers given", text.contains("mcp-name: search\n"));
    report.note("Fetch", "sends the body given", text.ends_with("\nbody"));
    let own = ["authorization:", "cookie:", "origin:"];
    report.note(
        "Fetch",
        "adds no credential or origin of its own",
        !text.is_empty() && own.iter().all(|name| !text.contains(name)),
    );

    let missing = exchange(host, at("/missing"), b"").await;
    report.note("Fetch", "any status is an answer", matches!(missing, Ok((404, Ok(body))) if body == b"not here"));
    report.note(
        "Fetch",
        "a redirect is returned, not followed",
        matches!(exchange(host, at("/redirect"), b"").await, Ok((307, _))),
    );
    let large = exchange(host, at("/large"), b"").await;
    report.note(
        "Fetch",
        "a body over the limit ends with an error",
        matches!(large, Ok((200, Err(FetchError::TooLarge(_))))),
    );
    let stream = exchange(host, at("/stream"), b"").await;
    report.note(
        "Fetch",
        "a body arrives in order and whole",
        matches!(stream, Ok((200, Ok(body))) if body == b"onetwo"),
    );
    let hang = exchange(host, at("/hang"), b"").await;
    report.note(
        "Fetch",
        "a silent body ends at the deadline",
        matches!(hang, Ok((200, Err(FetchError::Deadline))) | Err(FetchError::Deadline)),
    );
}
