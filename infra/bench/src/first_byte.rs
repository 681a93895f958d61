//! How soon a stream begins: the time to its first event through a subject, beside the same asked of the origin itself.

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
    message::{self, Dress, Shot, value},
    report::Target,
};

/// The first streams are not counted.
const WARM_UP: usize = 10;

/// Half of the streams may begin so much later through Weir, milliseconds.
const MOST_LATER: f64 = 5.0;

/// A subject that is asked for streams, one after the other on one connection.
pub struct Listener {
    subject: Subject,
    shot: Shot,
    sender: Option<SendRequest<Full<bytes::Bytes>>>,
    /// From the request to the first event.
    begun: Vec<Duration>,
    errors: usize,
}

impl Listener {
    /// At `address`, calling `tool`.
    pub fn new(subject: Subject, address: &Address, tool: &str, token: Option<&str>) -> Result<Self, Fault> {
        let authorization: Option<(HeaderName, HeaderValue)> = match token {
            Some(token) => Some((header::AUTHORIZATION, value(&format!("Bearer {token}"))?)),
            None => None,
        };
        let params = json!({ "name": tool, "arguments": {}, "_meta": { "progressToken": "bench" } });
        let shot = Shot::new(address, Dress::Modern, "tools/call", params, authorization.as_slice())?;
        Ok(Self { subject, shot, sender: None, begun: Vec::new(), errors: 0 })
    }

    /// Asks for one stream and reads it to its end.
    async fn listen(&mut self) -> Result<Duration, Fault> {
        let sender = match &mut self.sender {
            Some(sender) if !sender.is_closed() => sender,
            held => held.insert(load::connect(&self.shot).await?),
        };
        sender.ready().await.map_err(load::broken)?;
        let request = self.shot.request(self.shot.body.clone())?;
        let began = clock::now();
        let (head, mut body) = sender.send_request(request).await.map_err(load::broken)?.into_parts();
        let (mut read, mut first) = (Vec::new(), None);
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(load::broken)?.into_data() {
                read.extend_from_slice(&data);
            }
            if first.is_none() && has_event(&read) {
                first = Some(began.elapsed());
            }
        }
        message::result(head.status.as_u16(), load::is_event_stream(&head.headers), &read)?;
        first.ok_or_else(|| Fault::Found("the answer should be a stream of events".to_owned()))
    }
}

/// Asks all of them in turn, `times` times each; the number of errors.
pub async fn measure(listeners: &mut [Listener], times: usize) -> usize {
    for time in 0..WARM_UP + times {
        for position in 0..listeners.len() {
            // Who comes first may find the machine in another state than who comes last.
            let at = (position + time) % listeners.len();
            let listener = &mut listeners[at];
            let outcome = timeout(load::PATIENCE, listener.listen()).await;
            match outcome.unwrap_or_else(|_| Err(Fault::Found("no answer in 20 s".to_owned()))) {
                Ok(begun) if time >= WARM_UP => listener.begun.push(begun),
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
        listener.begun.sort_unstable();
    }
    listeners.iter().map(|listener| listener.errors).sum()
}

/// Whether an event with data is there to its end; comments are none.
fn has_event(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read);
    text.rsplit_once("\n\n").is_some_and(|(whole, _)| whole.lines().any(|line| line.starts_with("data:")))
}

/// The rows of the table.
pub fn print(listeners: &[Listener]) {
    println!("\nfirst byte of a stream: from the request to its first event, 1 connection");
    println!(
        "  {:<21} {:>10} {:>10} {:>10} {:>10} {:>7}",
        "subject", "streams", "p50 ms", "p90 ms", "p99 ms", "errors"
    );
    for Listener { subject, begun, errors, .. } in listeners {
        let [half, most, tail] = [0.50, 0.90, 0.99].map(|share| milliseconds(percentile(begun, share)));
        println!("  {subject:<21} {:>10} {half:>10.2} {most:>10.2} {tail:>10.2} {errors:>7}", begun.len());
    }
}

/// What is asked of Weir; without streams to compare nothing is met.
pub fn target(listeners: &[Listener]) -> Target {
    let half = |subject| {
        let begun = listeners.iter().find(|listener| listener.subject == subject).map(|listener| &listener.begun);
        begun.filter(|begun| !begun.is_empty()).map(|begun| milliseconds(percentile(begun, 0.50)))
    };
    let later = half(Subject::Weir).zip(half(Subject::Origin)).map(|(weir, origin)| weir - origin);
    Target {
        what: "first byte of a stream: added to the origin's own at p50",
        value: later.map_or_else(|| "no stream".to_owned(), |later| format!("{later:.2} ms")),
        bound: "≤ 5 ms",
        met: later.is_some_and(|later| later <= MOST_LATER),
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
        let began = clock::now();
        assert_eq!(measure(&mut listeners, 2).await, 0, "every stream should be good");
        let each = began.elapsed() / u32::try_from(WARM_UP + 2).expect("it is small");
        assert!(each >= PAUSE, "a stream should be read to its end");
        assert_eq!(listeners[0].begun.len(), 2);
        assert!(listeners[0].begun[0] < each, "the first event should come before the end");
    }

    #[tokio::test]
    async fn an_answer_that_is_no_stream_is_an_error() {
        let mut listeners = [listener(0)];
        assert_eq!(measure(&mut listeners, 1).await, WARM_UP + 1);
        assert!(!target(&listeners).met, "no stream should meet nothing");
    }

    #[test]
    fn the_target_is_met_at_its_bound_and_missed_beyond() {
        let met = |weir: u64| {
            let mut listeners = [listener(2), listener(2)];
            listeners[0].begun = vec![Duration::from_micros(1000)];
            listeners[1].begun = vec![Duration::from_micros(weir)];
            listeners[1].subject = Subject::Weir;
            target(&listeners).met
        };
        assert_eq!([6000, 6100].map(met), [true, false]);
    }

    #[test]
    fn comments_are_no_events() {
        let texts: [&[u8]; 3] = [b": keep-alive\n\n", b": a\n\ndata: {", b": a\n\nevent: message\ndata: {}\n\n"];
        assert_eq!(texts.map(has_event), [false, false, true]);
    }
}
