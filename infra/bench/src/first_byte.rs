//! The first byte of a stream: the time from a request to its first event, per subject.

use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use serde_json::json;
use tokio::time::timeout;

use crate::{
    address::Address,
    clock,
    fault::Fault,
    figures::{Subject, percentile},
    load,
    message::{self, Protocol, RequestTemplate, value},
    report::Target,
};

/// Streams before the first that is counted.
const WARM_UP: usize = 10;

/// The median that Weir may add to the origin's, milliseconds.
const MAX_ADDED: f64 = 5.0;

/// A client of one subject that requests streams, one after another on one connection.
pub struct Listener {
    subject: Subject,
    template: RequestTemplate,
    sender: Option<SendRequest<Full<bytes::Bytes>>>,
    /// The times from the request to the first event.
    latencies: Vec<Duration>,
    errors: usize,
}

impl Listener {
    /// A client that calls `tool` at `address`.
    pub fn new(subject: Subject, address: &Address, tool: &str, token: Option<&str>) -> Result<Self, Fault> {
        let authorization: Option<(HeaderName, HeaderValue)> = match token {
            Some(token) => Some((header::AUTHORIZATION, value(&format!("Bearer {token}"))?)),
            None => None,
        };
        let params = json!({ "name": tool, "arguments": {}, "_meta": { "progressToken": "bench" } });
        let template = RequestTemplate::new(address, Protocol::Modern, "tools/call", params, authorization.as_slice())?;
        Ok(Self { subject, template, sender: None, latencies: Vec::new(), errors: 0 })
    }

    /// Requests one stream and reads it to its end; returns the time to its first event.
    async fn listen(&mut self) -> Result<Duration, Fault> {
        let sender = match &mut self.sender {
            Some(sender) if !sender.is_closed() => sender,
            held => held.insert(load::connect(&self.template).await?),
        };
        sender.ready().await.map_err(load::broken)?;
        let request = self.template.request(self.template.body.clone())?;
        let start = clock::now();
        let (head, mut body) = sender.send_request(request).await.map_err(load::broken)?.into_parts();
        let (mut read, mut first) = (Vec::new(), None);
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(load::broken)?.into_data() {
                read.extend_from_slice(&data);
            }
            if first.is_none() && has_event(&read) {
                first = Some(start.elapsed());
            }
        }
        message::result(head.status.as_u16(), load::is_event_stream(&head.headers), &read)?;
        first.ok_or_else(|| Fault::Found("the response is no event stream".to_owned()))
    }
}

/// Requests `times` streams of each subject, in turn; returns the number of errors.
pub async fn measure(listeners: &mut [Listener], times: usize) -> usize {
    for time in 0..WARM_UP + times {
        for position in 0..listeners.len() {
            // The order rotates, because the machine's state may change within a turn.
            let at = (position + time) % listeners.len();
            let listener = &mut listeners[at];
            let outcome = timeout(load::DEADLINE, listener.listen()).await;
            match outcome.unwrap_or_else(|_| Err(Fault::Found("no response in 20 s".to_owned()))) {
                Ok(latency) if time >= WARM_UP => listener.latencies.push(latency),
                Ok(_) => {}
                Err(fault) => {
                    listener.sender = None;
                    listener.errors += 1;
                    if listener.errors == 1 {
                        eprintln!("bench: {} at a stream: {fault}", listener.subject);
                    }
                }
            }
        }
    }
    for listener in &mut *listeners {
        listener.latencies.sort_unstable();
    }
    listeners.iter().map(|listener| listener.errors).sum()
}

/// True if a complete event with data was read; comments don't count.
fn has_event(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read);
    text.rsplit_once("\n\n").is_some_and(|(whole, _)| whole.lines().any(|line| line.starts_with("data:")))
}

/// Prints the table.
pub fn print(listeners: &[Listener]) {
    println!("\nfirst byte of a stream: from the request to its first event, 1 connection");
    println!(
        "  {:<21} {:>10} {:>10} {:>10} {:>10} {:>7}",
        "subject", "streams", "p50 ms", "p90 ms", "p99 ms", "errors"
    );
    for Listener { subject, latencies, errors, .. } in listeners {
        let [half, most, tail] = [0.50, 0.90, 0.99].map(|share| milliseconds(percentile(latencies, share)));
        println!("  {subject:<21} {:>10} {half:>10.2} {most:>10.2} {tail:>10.2} {errors:>7}", latencies.len());
    }
}

/// The target for Weir; missed if there are no streams to compare.
pub fn target(listeners: &[Listener]) -> Target {
    let half = |subject| {
        let listener = listeners.iter().find(|listener| listener.subject == subject);
        let latencies = listener.map(|listener| &listener.latencies).filter(|latencies| !latencies.is_empty());
        latencies.map(|latencies| milliseconds(percentile(latencies, 0.50)))
    };
    let added = half(Subject::Weir).zip(half(Subject::Origin)).map(|(weir, origin)| weir - origin);
    Target {
        name: "first byte of a stream: added to the origin's own at p50",
        value: added.map_or_else(|| "no stream".to_owned(), |added| format!("{added:.2} ms")),
        bound: "≤ 5 ms",
        met: added.is_some_and(|added| added <= MAX_ADDED),
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{self, PAUSE, Tool};

    fn listener(at: usize) -> Listener {
        let address = origin::start().expect("the origin should start");
        let address = Address::parse(&format!("http://{address}/mcp")).expect("loopback should be taken");
        Listener::new(Subject::Origin, &address, &origin::tool_name(at), None).expect("a listener")
    }

    #[tokio::test]
    async fn streams_begin_before_they_end() {
        let mut listeners = [listener(Tool::Stream.at())];
        let start = clock::now();
        assert_eq!(measure(&mut listeners, 2).await, 0, "every stream should be good");
        let each = start.elapsed() / u32::try_from(WARM_UP + 2).expect("it is small");
        assert!(each >= PAUSE, "a stream should be read to its end");
        assert_eq!(listeners[0].latencies.len(), 2);
        assert!(listeners[0].latencies[0] < each, "the first event should come before the end");
    }

    #[tokio::test]
    async fn response_without_stream_is_an_error() {
        let mut listeners = [listener(0)];
        assert_eq!(measure(&mut listeners, 1).await, WARM_UP + 1);
        assert!(!target(&listeners).met, "no stream should meet nothing");
    }

    #[test]
    fn target_is_met_at_its_bound_and_missed_beyond() {
        let met = |weir: u64| {
            let mut listeners = [listener(2), listener(2)];
            listeners[0].latencies = vec![Duration::from_micros(1000)];
            listeners[1].latencies = vec![Duration::from_micros(weir)];
            listeners[1].subject = Subject::Weir;
            target(&listeners).met
        };
        assert_eq!([6000, 6100].map(met), [true, false]);
    }

    #[test]
    fn comments_do_not_count_as_events() {
        let texts: [&[u8]; 3] = [b": keep-alive\n\n", b": a\n\ndata: {", b": a\n\nevent: message\ndata: {}\n\n"];
        assert_eq!(texts.map(has_event), [false, false, true]);
    }
}
