//! Real connections, one per request so that a test can reset it, and the real clock.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};

use crate::{
    network::RUNTIME,
    target::{self, Head},
};

/// The time limit of one exchange: a hang fails the test instead of the whole run.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Now, seconds since 1970: a real host has the real clock, so its tests have it too.
#[expect(clippy::disallowed_methods, reason = "the time of these targets is one that no test can move")]
pub fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("the clock should be past 1970").as_secs()
}

/// `HOST:PORT` of `http://HOST:PORT`.
pub fn authority(url: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("`{url}` should be an http URL"));
    rest.trim_end_matches('/').to_owned()
}

/// Sends one request to a host's control API and returns the status and body.
pub fn ask(authority: &str, method: Method, path: &str, body: Bytes) -> (u16, Bytes) {
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = format!("http://{authority}{path}").parse().expect("a control path is a URI");
    request.headers_mut().insert(http::header::HOST, authority.parse().expect("an authority is a header value"));
    whole(Exchange::begin(authority, request))
}

/// The status and the whole body.
pub fn whole(mut exchange: impl target::Exchange) -> (u16, Bytes) {
    let head = exchange.head().expect("the host should answer");
    let mut all = Vec::new();
    while let Some(bytes) = exchange.chunk().expect("the host should answer to the end") {
        all.extend_from_slice(&bytes);
    }
    (head.status.as_u16(), all.into())
}

/// A request on its own connection.
pub struct Exchange {
    response: Option<JoinHandle<Result<http::Response<Incoming>, String>>>,
    body: Option<Incoming>,
    connection: JoinHandle<()>,
    /// Keeps the socket open past hyper, so that closing it can be made a reset.
    socket: std::net::TcpStream,
}

impl Exchange {
    /// Sends `request` to `authority` and returns at once.
    pub fn begin(authority: &str, request: http::Request<Bytes>) -> Self {
        let (mut head, body) = request.into_parts();
        // Over TCP the request line has the path alone (RFC 9112 §3.2.1); the authority is in `Host`.
        head.uri = head.uri.path_and_query().map_or("/", |path| path.as_str()).parse().expect("a path is a URI");
        RUNTIME.block_on(async {
            let stream = TcpStream::connect(authority).await.expect("Weir should listen");
            let stream = stream.into_std().expect("the runtime should give the socket back");
            let socket = stream.try_clone().expect("a socket can be shared");
            let stream = TcpStream::from_std(stream).expect("the runtime should take the socket");
            let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
                .await
                .expect("a fresh connection should be ready");
            let connection = tokio::spawn(async move {
                // An error shows in the response and in its body.
                let _ = connection.await;
            });
            let sending = sender.send_request(http::Request::from_parts(head, Full::new(body)));
            let response = tokio::spawn(async move { sending.await.map_err(|error| error.to_string()) });
            // The sender must stay alive only until the request is on its way, which `spawn` sees to.
            tokio::task::yield_now().await;
            Self { response: Some(response), body: None, connection, socket }
        })
    }
}

impl target::Exchange for Exchange {
    fn head(&mut self) -> Result<Head, String> {
        let response = self.response.take().expect("the head is read once");
        let response = RUNTIME.block_on(async { timeout(TIME_LIMIT, response).await });
        let response = response.map_err(|_| "no answer in 30 s".to_owned())?.map_err(|error| error.to_string())??;
        let (head, body) = response.into_parts();
        self.body = Some(body);
        Ok(Head { status: head.status, headers: head.headers })
    }

    fn chunk(&mut self) -> Result<Option<Bytes>, String> {
        let Some(body) = &mut self.body else { return Ok(None) };
        loop {
            let frame = RUNTIME.block_on(async { timeout(TIME_LIMIT, body.frame()).await });
            match frame.map_err(|_| "the body stood still for 30 s".to_owned())? {
                None => return Ok(None),
                Some(Err(error)) => return Err(error.to_string()),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    fn reset(self: Box<Self>) {
        let Self { response, body, connection, socket } = *self;
        // A close with a linger of zero seconds is a reset (RST) instead of an orderly end (FIN).
        SockRef::from(&socket).set_linger(Some(Duration::ZERO)).expect("a socket should take a linger");
        connection.abort();
        if let Some(response) = response {
            response.abort();
        }
        drop(body);
        RUNTIME.block_on(async {
            let _ = connection.await;
        });
        drop(socket);
    }
}
