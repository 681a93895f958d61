//! Outgoing HTTP: to servers that the manifest allows, on loopback, with a connection pool.

use std::{
    error::Error as _,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::stream;
use http::{Request, Response, Uri, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioIo},
};
use tokio::{net::TcpStream, time::timeout};
use tower_service::Service;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::{
    guest::Component,
    loopback::{self, Unreachable},
};

/// The time limits if the guest sets none, as in Spin.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// The connection pool of all components.
pub type Client = legacy::Client<Connector, WasiBody>;

/// An empty pool.
pub fn client() -> Client {
    legacy::Client::builder(TokioExecutor::new()).build(Connector)
}

/// Outgoing requests of one component.
#[derive(Clone)]
pub struct Outbound {
    component: Arc<Component>,
    client: Client,
}

/// The outcome of a request after its head, for the host: Spin reports nothing.
type Aftermath = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl Outbound {
    /// The outgoing requests of `component`.
    pub fn new(component: Arc<Component>, client: Client) -> Self {
        Self { component, client }
    }

    async fn send(
        self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Response<WasiBody>, Error> {
        let uri = request.uri();
        let scheme = uri.scheme_str().unwrap_or("https");
        if !self.component.allowed.allow(scheme, uri.host().unwrap_or_default(), uri.port_u16()) {
            return Err(Error::HttpRequestDenied);
        }
        // The client sets it from the URI.
        request.headers_mut().remove(header::HOST);
        let options = options.unwrap_or_default();
        let answer = timeout(options.first_byte_timeout.unwrap_or(TIME_LIMIT), self.client.request(request)).await;
        let answer = answer.map_err(|_| Error::ConnectionReadTimeout)?.map_err(|error| reason(&error))?;
        let pause = options.between_bytes_timeout.unwrap_or(TIME_LIMIT);
        Ok(answer.map(|body| paced(body, pause)))
    }
}

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _guests_trouble: Aftermath,
    ) -> Box<dyn Future<Output = Result<(Response<WasiBody>, Aftermath), Error>> + Send> {
        let this = self.clone();
        Box::new(async move {
            let response = this.send(request, options).await?;
            Ok((response, Box::new(async { Ok(()) }) as Aftermath))
        })
    }
}

/// The reason for which there was no response.
fn reason(error: &legacy::Error) -> Error {
    let mut cause = error.source();
    while let Some(this) = cause {
        if let Some(unreachable) = this.downcast_ref() {
            return match unreachable {
                Unreachable::NotFound => {
                    Error::DnsError { rcode: Some("address not available".to_owned()), info_code: Some(0) }
                }
                Unreachable::Prohibited => Error::DestinationIpProhibited,
                Unreachable::Refused => Error::ConnectionRefused,
                Unreachable::NoTls => Error::TlsProtocolError,
            };
        }
        cause = this.source();
    }
    Error::HttpProtocolError
}

/// A body that fails if no chunk comes within `pause`.
fn paced(body: Incoming, pause: Duration) -> WasiBody {
    let frames = stream::unfold(Some(body), move |body| async move {
        let mut body = body?;
        match timeout(pause, body.frame()).await {
            Ok(None) => None,
            Ok(Some(Ok(frame))) => Some((Ok(frame), Some(body))),
            Ok(Some(Err(error))) => Some((Err(Error::from(error)), None)),
            // Dropping the body closes its connection.
            Err(_) => Some((Err(Error::ConnectionReadTimeout), None)),
        }
    });
    StreamBody::new(frames).boxed_unsync()
}

/// Connects to loopback.
#[derive(Clone)]
pub struct Connector;

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = Unreachable;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unreachable>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unreachable>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(async move {
            if uri.scheme_str() != Some("http") {
                return Err(Unreachable::NoTls);
            }
            let host = uri.host().ok_or(Unreachable::NotFound)?;
            loopback::connect(host, uri.port_u16().unwrap_or(80)).await.map(TokioIo::new)
        })
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Empty;

    use super::*;
    use crate::allowed_hosts::AllowedHosts;

    async fn error(allowed: &[&str], uri: &str) -> Error {
        let allowed: Vec<String> = allowed.iter().map(|entry| (*entry).to_owned()).collect();
        let allowed = AllowedHosts::parse(&allowed).expect("the list should do");
        let outbound = Outbound::new(Arc::new(Component { allowed, ..Component::default() }), client());
        let body = Empty::new().map_err(|never: std::convert::Infallible| match never {}).boxed_unsync();
        let request = Request::get(uri).body(body).expect("the request should do");
        outbound.send(request, None).await.expect_err("nobody should answer")
    }

    #[tokio::test]
    async fn host_outside_manifest_is_denied() {
        let error = error(&["http://127.0.0.1:8000"], "http://127.0.0.1:8001/").await;
        assert!(matches!(error, Error::HttpRequestDenied), "{error}");
    }

    #[tokio::test]
    async fn host_beyond_loopback_is_prohibited_even_if_in_manifest() {
        for far in ["http://10.0.0.1/", "http://169.254.169.254/latest", "http://[2001:db8::1]/"] {
            let error = error(&["*://*:*"], far).await;
            assert!(matches!(error, Error::DestinationIpProhibited), "{far}: {error}");
        }
    }

    #[tokio::test]
    async fn transport_error_has_its_reason() {
        let refused = error(&["*://*:*"], "http://127.0.0.1:1/").await;
        assert!(matches!(refused, Error::ConnectionRefused), "{refused}");
        let secure = error(&["*://*:*"], "https://127.0.0.1:1/").await;
        assert!(matches!(secure, Error::TlsProtocolError), "{secure}");
    }
}
