//! The servers of a test, reached in memory or over loopback TCP.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    pin::Pin,
    rc::Rc,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use ports::{
    FetchError,
    memory::{Answer, Chunk, Script},
};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    issuer::Issuer,
    origin::{Origin, Received, Reply, Step},
    target::Target,
};

/// Longer than any deadline.
const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

/// The runtime of servers and clients over TCP. Tests themselves are plain functions that block on it.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime should start")
});

/// A server of a test.
#[derive(Clone)]
pub enum Site {
    /// An MCP origin.
    Origin(Origin),
    /// An identity provider.
    Issuer(Issuer),
    /// A host of documents by path, such as client-id metadata; in memory it may have any name.
    Documents(Documents),
}

impl Site {
    fn reply(&self, received: &Received) -> Reply {
        match self {
            Self::Origin(origin) => origin.reply(received),
            Self::Documents(documents) => documents.reply(&received.path),
            Self::Issuer(issuer) => {
                if let Some(reply) = issuer.serve_openid(received, now()) {
                    return reply;
                }
                let mut reply = match issuer.serve_key_set(&received.headers) {
                    Some(key_set) if received.path == "/jwks" => Reply::text(200, "application/json", key_set),
                    Some(_) => Reply::text(404, "text/plain", "not found"),
                    None => Reply::text(500, "text/plain", "told to fail"),
                };
                if let Some(coding) = issuer.coding() {
                    reply = reply.header("content-encoding", &coding);
                }
                reply.steps.splice(..0, issuer.first());
                reply.before = Some(Step::Wait(issuer.delay())).filter(|_| !issuer.delay().is_zero());
                reply
            }
        }
    }
}

/// The target's time; in memory always the beginning, since no test there lets a provider's token expire.
fn now() -> u64 {
    match Target::chosen() {
        Target::Memory => crate::memory::BEGINNING,
        Target::Workers | Target::Spin => crate::sockets::now(),
    }
}

/// Documents by path, which a test can change, and the number of times that each was asked for.
#[derive(Clone, Default)]
pub struct Documents(Arc<Mutex<BTreeMap<String, (Reply, usize)>>>);

impl Documents {
    /// Sets the response at `path`.
    pub fn set(&self, path: &str, reply: Reply) {
        self.0.lock().expect("no test panics inside").insert(path.to_owned(), (reply, 0));
    }

    /// The number of requests for `path` since it was set.
    pub fn requests(&self, path: &str) -> usize {
        self.0.lock().expect("no test panics inside").get(path).map_or(0, |(_, requests)| *requests)
    }

    fn reply(&self, path: &str) -> Reply {
        let mut documents = self.0.lock().expect("no test panics inside");
        match documents.get_mut(path) {
            Some((reply, requests)) => {
                *requests += 1;
                reply.clone()
            }
            None => Reply::text(404, "text/plain", "not found"),
        }
    }
}

/// The network of the memory host: `sites` by authority; other authorities refuse connections.
pub fn in_memory(sites: HashMap<String, Site>) -> Script {
    Rc::new(move |request| {
        let authority = request.uri().authority().map_or(String::new(), ToString::to_string);
        let Some(site) = sites.get(&authority) else {
            let error = FetchError::Refused(format!("nobody listens at {authority}"));
            return Answer { delay: Duration::ZERO, response: Err(error), aborted: Rc::new(|| ()) };
        };
        let received = Received::new(request);
        let reply = site.reply(&received);
        let mut delay = Duration::ZERO;
        let mut failure = None;
        match reply.before {
            None | Some(Step::Send(_)) => {}
            Some(Step::Wait(duration)) => delay = duration,
            Some(Step::Hang) => delay = FOR_EVER,
            Some(Step::BreakOff) => failure = Some(FetchError::ConnectionLost("scripted".to_owned())),
            Some(Step::Refuse) => failure = Some(FetchError::Refused("scripted".to_owned())),
        }
        let mut response = http::Response::new(reply.steps.into_iter().map(chunk).collect());
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        let response = failure.map_or(Ok(response), Err);
        Answer { delay, response, aborted: Rc::new(move || received.abort()) }
    })
}

fn chunk(step: Step) -> Chunk {
    match step {
        Step::Send(bytes) => Chunk::Data(bytes),
        Step::Wait(duration) => Chunk::Wait(duration),
        Step::Hang => Chunk::Hang,
        Step::BreakOff | Step::Refuse => Chunk::BreakOff,
    }
}

/// A port on loopback that serves nothing until [`Place::serve`].
pub struct Place(std::net::TcpListener);

impl Place {
    /// A free port.
    pub fn free() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback should have a free port");
        listener.set_nonblocking(true).expect("a listener should become non-blocking");
        Self(listener)
    }

    /// `127.0.0.1:PORT`.
    pub fn authority(&self) -> String {
        self.0.local_addr().expect("a bound listener should have an address").to_string()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.0.local_addr().expect("a bound listener should have an address").port()
    }

    /// Serves `site` until the process ends.
    pub fn serve(self, site: Site) {
        RUNTIME.spawn(async move {
            let listener = TcpListener::from_std(self.0).expect("the runtime should take the listener");
            while let Ok((stream, _)) = listener.accept().await {
                let site = site.clone();
                let service = hyper::service::service_fn(move |request| answer(site.clone(), request));
                tokio::spawn(async move {
                    // The error of a client that leaves early, which is part of some tests.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
    }
}

type BodyStream = Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>>;

/// Marks the request as aborted when it is dropped before its answer has ended.
struct Guard {
    received: Received,
    finished: bool,
}

impl Guard {
    /// The server has sent its whole response.
    fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.finished {
            self.received.abort();
        }
    }
}

async fn answer(site: Site, request: http::Request<Incoming>) -> io::Result<http::Response<StreamBody<BodyStream>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let received = Received::new(http::Request::from_parts(head, body));
    let reply = site.reply(&received);
    let guard = Guard { received, finished: false };
    match reply.before {
        None | Some(Step::Send(_)) => {}
        Some(Step::Wait(duration)) => tokio::time::sleep(duration).await,
        Some(Step::Hang) => std::future::pending().await,
        Some(Step::BreakOff | Step::Refuse) => {
            guard.finish();
            return Err(io::Error::other("scripted"));
        }
    }
    let steps = stream::unfold((reply.steps.into_iter(), Some(guard)), |(mut steps, mut guard)| async move {
        loop {
            match steps.next() {
                Some(Step::Send(bytes)) => return Some((Ok(Frame::data(bytes)), (steps, guard))),
                Some(Step::Wait(duration)) => tokio::time::sleep(duration).await,
                Some(Step::Hang) => std::future::pending().await,
                Some(Step::BreakOff | Step::Refuse) => {
                    guard.take().into_iter().for_each(Guard::finish);
                    return Some((Err(io::Error::other("scripted")), (Vec::new().into_iter(), None)));
                }
                None => {
                    guard.take().into_iter().for_each(Guard::finish);
                    return None;
                }
            }
        }
    });
    let mut response = http::Response::new(StreamBody::new(steps.boxed()));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}
