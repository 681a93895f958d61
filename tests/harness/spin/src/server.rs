//! HTTP/1.1 on loopback, as Spin's trigger serves it.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::{application::Application, headers, loopback};

/// The path prefix that Spin reserves.
const RESERVED: &str = "/.well-known/spin/";

/// Accepts connections until the process ends.
pub async fn serve(listener: TcpListener, application: Arc<Application>) {
    loop {
        let (stream, client) = loopback::accept(&listener).await;
        let application = application.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&application, request, client));
            // The error of a client that has disconnected; the guest sees it at its next write.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    application: &Application,
    mut request: Request<Incoming>,
    client: SocketAddr,
) -> Result<Response<WasiBody>, NoAuthority> {
    let path = request.uri().path().to_owned();
    if let Some(own) = path.strip_prefix(RESERVED) {
        return Ok(if own == "health" { whole(StatusCode::OK, "OK") } else { whole(StatusCode::NOT_FOUND, "") });
    }
    let Some(found) = application.router.find(&path) else { return Ok(whole(StatusCode::NOT_FOUND, "")) };
    let Some(component) = application.components.get(&found.0.component) else {
        return Ok(whole(StatusCode::INTERNAL_SERVER_ERROR, ""));
    };
    let uri = absolute(request.uri(), request.headers())?;
    if let Err(error) = headers::add(request.headers_mut(), &uri, found, client) {
        eprintln!("spin-test-host: {path}: {error}");
        return Ok(whole(StatusCode::INTERNAL_SERVER_ERROR, ""));
    }
    *request.uri_mut() = uri;
    let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
    Ok(component.handle((), request).await.unwrap_or_else(|error| {
        eprintln!("spin-test-host: {path}: {error:?}");
        whole(StatusCode::INTERNAL_SERVER_ERROR, "")
    }))
}

/// A request with two hosts or none: it ends its connection, as in Spin.
#[derive(Debug, thiserror::Error)]
#[error("the request's authority is missing or ambiguous")]
struct NoAuthority;

/// The URI with scheme and authority, as a component gets it.
fn absolute(uri: &Uri, headers: &HeaderMap) -> Result<Uri, NoAuthority> {
    let host_header =
        headers.get(header::HOST).map(|host| host.to_str().ok().and_then(|host| host.parse().ok()).ok_or(NoAuthority));
    let authority = match (host_header.transpose()?, uri.authority().cloned()) {
        (Some(host_header), Some(written)) if host_header != written => return Err(NoAuthority),
        (Some(authority), _) | (None, Some(authority)) => authority,
        (None, None) => return Err(NoAuthority),
    };
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(http::uri::Scheme::HTTP);
    parts.authority = Some(authority);
    Uri::from_parts(parts).map_err(|_| NoAuthority)
}

/// A response of the host's own.
fn whole(status: StatusCode, body: &'static str) -> Response<WasiBody> {
    let body = Full::new(Bytes::from_static(body.as_bytes())).map_err(|never: Infallible| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(target: &str, host: Option<&'static str>) -> Option<String> {
        let uri = target.parse().expect("the target is a URI");
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(header::HOST, http::HeaderValue::from_static(host));
        }
        absolute(&uri, &headers).ok().map(|uri| uri.to_string())
    }

    #[test]
    fn component_gets_authority_in_uri() {
        assert_eq!(ask("/mcp?a=1", Some("weir.example:8080")).as_deref(), Some("http://weir.example:8080/mcp?a=1"));
        assert_eq!(ask("http://weir.example/mcp", None).as_deref(), Some("http://weir.example/mcp"));
    }

    #[test]
    fn missing_or_ambiguous_authority_is_refused() {
        assert_eq!(ask("/mcp", None), None, "nobody said the host");
        assert_eq!(ask("http://one.example/mcp", Some("two.example")), None, "two hosts were said");
        assert_eq!(ask("/mcp", Some("not a host")), None, "this is no host");
    }
}
