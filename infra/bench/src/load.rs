//! The load: one request, repeated on kept-alive connections, bounded in time and number; every response is checked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::{Value, value::RawValue};
use tokio::{net::TcpStream, task::JoinSet, time::timeout};

use crate::{clock, fault::Fault, message, message::RequestTemplate};

/// The deadline of a response, longer than any takes; a hang is an error, not the end of the bench.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// The pause of a connection after an error, so that a failing subject isn't called in a tight loop.
const PAUSE: Duration = Duration::from_millis(20);

/// Pages per list at most; more are an error.
const PAGES: usize = 64;

/// The bounds of a load.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Connections, each with one request at a time.
    pub connections: usize,
    /// The time after which no request begins.
    pub time: Duration,
    /// Requests at most.
    pub most: usize,
}

/// The measurements of a load.
#[derive(Debug, Default)]
pub struct Measured {
    /// The times from a request to the last byte of its response, or of the last page of a list; good responses only.
    pub latencies: Vec<Duration>,
    /// HTTP requests of the good responses; a list needs one per page.
    pub requests: usize,
    /// Requests without a good result.
    pub errors: usize,
    /// The first error.
    pub first_error: Option<String>,
    /// The time from the first request to the last response.
    pub elapsed: Duration,
}

/// Runs the load of `template`.
pub async fn run(template: &RequestTemplate, load: Load) -> Measured {
    let started = Arc::new(AtomicUsize::new(0));
    let start = clock::now();
    let mut connections = JoinSet::new();
    for _ in 0..load.connections {
        connections.spawn(connection(template.clone(), load, start, started.clone()));
    }
    let mut all = Measured::default();
    while let Some(ended) = connections.join_next().await {
        let one = ended.unwrap_or_else(|error| Measured {
            errors: 1,
            first_error: Some(error.to_string()),
            ..Measured::default()
        });
        all.latencies.extend(one.latencies);
        all.requests += one.requests;
        all.errors += one.errors;
        all.first_error = all.first_error.or(one.first_error);
    }
    all.elapsed = start.elapsed();
    all
}

/// Sends one request on a new connection; returns the results of all its pages and the time.
pub async fn once(template: &RequestTemplate) -> Result<(Vec<Value>, Duration), Fault> {
    let start = clock::now();
    let answers = pages(&mut connect(template).await?, template, &Bytes::new()).await?;
    let elapsed = start.elapsed();
    Ok((answers.iter().map(Answer::result).collect::<Result<_, _>>()?, elapsed))
}

/// Sends one request on a new connection; returns any response.
pub async fn answer(template: &RequestTemplate) -> Result<Answer, Fault> {
    exchange(&mut connect(template).await?, template, template.body.clone()).await
}

/// Runs the load of one connection; `started` counts the requests of all connections.
async fn connection(template: RequestTemplate, load: Load, start: Instant, started: Arc<AtomicUsize>) -> Measured {
    let mut measured = Measured::default();
    let mut sender = None;
    let mut known = Bytes::new();
    while start.elapsed() < load.time && started.fetch_add(1, Ordering::Relaxed) < load.most {
        match one(&mut sender, &template, &mut known).await {
            Ok((latency, requests)) => {
                measured.latencies.push(latency);
                measured.requests += requests;
            }
            Err(fault) => {
                measured.errors += 1;
                measured.first_error.get_or_insert(fault.to_string());
                sender = None;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    measured
}

/// Sends one request and reads all pages of its response; opens a connection if there is none. `known` is a body that
/// was checked before: most bodies are equal, and comparing needs less of the shared processor than parsing.
async fn one(
    held: &mut Option<SendRequest<Full<Bytes>>>,
    template: &RequestTemplate,
    known: &mut Bytes,
) -> Result<(Duration, usize), Fault> {
    let sender = match held {
        Some(sender) if !sender.is_closed() => sender,
        _ => held.insert(connect(template).await?),
    };
    let start = clock::now();
    let answers = pages(sender, template, known).await?;
    let elapsed = start.elapsed();
    for answer in &answers {
        if answer.status != StatusCode::OK || answer.body != *known {
            answer.raw_result()?;
        }
    }
    if let [answer] = &answers[..] {
        *known = answer.body.clone();
    }
    Ok((elapsed, answers.len()))
}

/// Sends one request and, for a list, the requests of all further pages.
async fn pages(
    sender: &mut SendRequest<Full<Bytes>>,
    template: &RequestTemplate,
    known: &Bytes,
) -> Result<Vec<Answer>, Fault> {
    let mut answers = vec![exchange(sender, template, template.body.clone()).await?];
    while let Some(last) = answers.last().filter(|last| template.has_pages() && last.body != *known) {
        let Some(cursor) = message::next_cursor(&last.body) else { break };
        if answers.len() >= PAGES {
            return Err(Fault::Found(format!("more than {PAGES} pages")));
        }
        answers.push(exchange(sender, template, template.page(&cursor)).await?);
    }
    Ok(answers)
}

/// Opens a connection to the template's address.
pub async fn connect(template: &RequestTemplate) -> Result<SendRequest<Full<Bytes>>, Fault> {
    handshake(TcpStream::connect(&template.address.sockets[..]).await?).await
}

/// Starts HTTP/1.1 on a connection.
pub async fn handshake(stream: TcpStream) -> Result<SendRequest<Full<Bytes>>, Fault> {
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // An error shows in the next response.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

/// A response with its whole body.
pub struct Answer {
    /// The response's status.
    pub status: StatusCode,
    /// The response's headers.
    pub headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// The JSON-RPC result in the body.
    pub fn result(&self) -> Result<Value, Fault> {
        let result = self.raw_result()?;
        serde_json::from_str(result.get()).map_err(|error| Fault::Found(error.to_string()))
    }

    fn raw_result(&self) -> Result<&RawValue, Fault> {
        Ok(message::result(self.status.as_u16(), is_event_stream(&self.headers), &self.body)?)
    }
}

/// True if the media type is `text/event-stream`.
pub fn is_event_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|media| media.as_bytes().starts_with(b"text/event-stream"))
}

/// Sends one request and reads its whole response.
pub async fn exchange(
    sender: &mut SendRequest<Full<Bytes>>,
    template: &RequestTemplate,
    body: Bytes,
) -> Result<Answer, Fault> {
    let request = template.request(body)?;
    let talk = async {
        sender.ready().await?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    };
    timeout(DEADLINE, talk).await.map_err(|_| Fault::Found("no response in 20 s".to_owned()))?.map_err(broken)
}

/// The error of a broken connection.
pub fn broken(error: hyper::Error) -> Fault {
    Fault::Found(format!("the connection broke: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{address::Address, message::Protocol, origin};

    fn template(method: &str) -> RequestTemplate {
        let address = origin::start().expect("the origin should start");
        let address = Address::parse(&format!("http://{address}/mcp")).expect("loopback should be taken");
        RequestTemplate::new(&address, Protocol::Modern, method, json!({ "name": "tool_000" }), &[])
            .expect("a template")
    }

    #[tokio::test]
    async fn load_ends_at_its_number_of_requests() {
        let load = Load { connections: 4, time: Duration::from_secs(20), most: 100 };
        let measured = run(&template("tools/call"), load).await;
        assert_eq!((measured.latencies.len(), measured.errors), (100, 0), "{:?}", measured.first_error);
    }

    #[tokio::test]
    async fn load_ends_after_its_time() {
        let load = Load { connections: 2, time: Duration::from_millis(50), most: usize::MAX };
        let measured = run(&template("tools/call"), load).await;
        assert!(measured.elapsed < Duration::from_secs(10), "it should end soon, not after {:?}", measured.elapsed);
        assert!(!measured.latencies.is_empty(), "something should have been answered");
    }

    #[tokio::test]
    async fn responses_without_result_are_errors() {
        let load = Load { connections: 1, time: Duration::from_secs(20), most: 3 };
        let measured = run(&template("nonsense"), load).await;
        assert_eq!((measured.latencies.len(), measured.errors), (0, 3));
        assert!(measured.first_error.is_some_and(|error| error.contains("404")), "the first error should be told");
    }
}
