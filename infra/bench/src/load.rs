//! The load: one request over and over on kept-alive connections, bounded in time and in number, every answer checked.

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

use crate::{clock, fault::Fault, message, message::Shot};

/// Longer than any answer takes; a hang is an error, not the end of the bench.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// After an error a connection rests, so that a subject that fails at once isn't asked as fast as it can fail.
const REST: Duration = Duration::from_millis(20);

/// More pages than any list of the bench has.
const PAGES: usize = 64;

/// How much load.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Connections, each with one request at a time.
    pub connections: usize,
    /// No request begins after this long.
    pub time: Duration,
    /// No more requests than this.
    pub most: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Measured {
    /// From the request to the last byte of its answer, of a list to the last byte of its last page; of good answers only.
    pub latencies: Vec<Duration>,
    /// How many HTTP requests they took.
    pub requests: usize,
    /// Answers that were none.
    pub errors: usize,
    /// What the first of them was.
    pub first_error: Option<String>,
    /// From the first request to the last answer.
    pub took: Duration,
}

/// Runs `load` of `shot`.
pub async fn run(shot: &Shot, load: Load) -> Measured {
    let begun = Arc::new(AtomicUsize::new(0));
    let began = clock::now();
    let mut connections = JoinSet::new();
    for _ in 0..load.connections {
        connections.spawn(connection(shot.clone(), load, began, begun.clone()));
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
    all.took = began.elapsed();
    all
}

/// One request on a connection of its own: the results of all its pages, and how long it took.
pub async fn once(shot: &Shot) -> Result<(Vec<Value>, Duration), Fault> {
    let began = clock::now();
    let answers = pages(&mut connect(shot).await?, shot, &Bytes::new()).await?;
    let took = began.elapsed();
    Ok((answers.iter().map(Answer::result).collect::<Result<_, _>>()?, took))
}

/// One request on a connection of its own, whatever comes.
pub async fn answer(shot: &Shot) -> Result<Answer, Fault> {
    exchange(&mut connect(shot).await?, shot, shot.body.clone()).await
}

async fn connection(shot: Shot, load: Load, began: Instant, begun: Arc<AtomicUsize>) -> Measured {
    let mut measured = Measured::default();
    let mut sender = None;
    let mut known = Bytes::new();
    while began.elapsed() < load.time && begun.fetch_add(1, Ordering::Relaxed) < load.most {
        match one(&mut sender, &shot, &mut known).await {
            Ok((latency, requests)) => {
                measured.latencies.push(latency);
                measured.requests += requests;
            }
            Err(fault) => {
                measured.errors += 1;
                measured.first_error.get_or_insert(fault.to_string());
                sender = None;
                tokio::time::sleep(REST).await;
            }
        }
    }
    measured
}

/// One answer to the end of its pages, on a connection that is made when there is none. `known` is an answer that was
/// found good: most are equal, and comparing costs less than reading, which would take time from the subject on the same
/// machine.
async fn one(
    held: &mut Option<SendRequest<Full<Bytes>>>,
    shot: &Shot,
    known: &mut Bytes,
) -> Result<(Duration, usize), Fault> {
    let sender = match held {
        Some(sender) if !sender.is_closed() => sender,
        _ => held.insert(connect(shot).await?),
    };
    let began = clock::now();
    let answers = pages(sender, shot, known).await?;
    let took = began.elapsed();
    for answer in &answers {
        if answer.status != StatusCode::OK || answer.body != *known {
            answer.raw_result()?;
        }
    }
    if let [answer] = &answers[..] {
        *known = answer.body.clone();
    }
    Ok((took, answers.len()))
}

/// The answer, and of a list all further pages: whoever asks wants all of it.
async fn pages(sender: &mut SendRequest<Full<Bytes>>, shot: &Shot, known: &Bytes) -> Result<Vec<Answer>, Fault> {
    let mut answers = vec![exchange(sender, shot, shot.body.clone()).await?];
    while let Some(last) = answers.last().filter(|last| shot.has_pages() && last.body != *known) {
        let Some(cursor) = message::next_cursor(&last.body) else { break };
        if answers.len() >= PAGES {
            return Err(Fault::Found(format!("more than {PAGES} pages")));
        }
        answers.push(exchange(sender, shot, shot.page(&cursor)).await?);
    }
    Ok(answers)
}

/// A connection to where the shot goes.
pub async fn connect(shot: &Shot) -> Result<SendRequest<Full<Bytes>>, Fault> {
    handshake(TcpStream::connect(&shot.address.sockets[..]).await?).await
}

/// HTTP on a connection.
pub async fn handshake(stream: TcpStream) -> Result<SendRequest<Full<Bytes>>, Fault> {
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // How it ends shows in the next answer.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

/// An answer, read to its end.
pub struct Answer {
    status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// The JSON-RPC result in it.
    pub fn result(&self) -> Result<Value, Fault> {
        let result = self.raw_result()?;
        serde_json::from_str(result.get()).map_err(|error| Fault::Found(error.to_string()))
    }

    fn raw_result(&self) -> Result<&RawValue, Fault> {
        Ok(message::result(self.status.as_u16(), is_event_stream(&self.headers), &self.body)?)
    }
}

/// Whether an answer is a stream of events.
pub fn is_event_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|media| media.as_bytes().starts_with(b"text/event-stream"))
}

async fn exchange(sender: &mut SendRequest<Full<Bytes>>, shot: &Shot, body: Bytes) -> Result<Answer, Fault> {
    let request = shot.request(body)?;
    let talk = async {
        sender.ready().await?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    };
    timeout(PATIENCE, talk).await.map_err(|_| Fault::Found("no answer in 20 s".to_owned()))?.map_err(broken)
}

/// What is said of a connection that broke.
pub fn broken(error: hyper::Error) -> Fault {
    Fault::Found(format!("the connection broke: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{address::Address, message::Dress, origin};

    fn shot(method: &str) -> Shot {
        let address = origin::start().expect("the origin should start");
        let address = Address::parse(&format!("http://{address}/mcp")).expect("loopback should be taken");
        Shot::new(&address, Dress::Modern, method, json!({ "name": "tool_000" }), &[]).expect("a shot")
    }

    #[tokio::test]
    async fn load_ends_at_its_number() {
        let load = Load { connections: 4, time: Duration::from_secs(20), most: 100 };
        let measured = run(&shot("tools/call"), load).await;
        assert_eq!((measured.latencies.len(), measured.errors), (100, 0), "{:?}", measured.first_error);
    }

    #[tokio::test]
    async fn load_ends_at_its_time() {
        let load = Load { connections: 2, time: Duration::from_millis(50), most: usize::MAX };
        let measured = run(&shot("tools/call"), load).await;
        assert!(measured.took < Duration::from_secs(10), "it should end soon, not after {:?}", measured.took);
        assert!(!measured.latencies.is_empty(), "something should have been answered");
    }

    #[tokio::test]
    async fn answers_without_a_result_are_errors() {
        let load = Load { connections: 1, time: Duration::from_secs(20), most: 3 };
        let measured = run(&shot("nonsense"), load).await;
        assert_eq!((measured.latencies.len(), measured.errors), (0, 3));
        assert!(measured.first_error.is_some_and(|error| error.contains("404")), "the first error should be told");
    }
}
