//! The control endpoint: orders faults, and reads and writes the stores.

use std::convert::Infallible;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json, json};
use tokio::net::TcpListener;
use url::form_urlencoded;

use crate::{
    bindings::sqlite::sqlite::Value,
    database::{self, Connection},
    faults::Kind,
    guest::Backends,
    loopback,
};

/// The largest body of a request, in bytes.
const BODY_BYTES: usize = 64 * 1024 * 1024;

/// The key-value store of the requests.
const STORE: &str = "default";

/// The refusal of a request.
struct Refusal(StatusCode, String);

/// Accepts connections until the process ends.
pub async fn serve(listener: TcpListener, backends: Backends) {
    loop {
        let (stream, _) = loopback::accept(&listener).await;
        let backends = backends.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| async {
                let (status, body) = answer(&backends, request).await.unwrap_or_else(|Refusal(status, message)| {
                    (status, json!({ "error": message }).to_string().into())
                });
                let mut response = Response::new(Full::new(body));
                *response.status_mut() = status;
                Ok::<_, Infallible>(response)
            });
            // The client gets the error, too.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(backends: &Backends, request: Request<Incoming>) -> Result<(StatusCode, Bytes), Refusal> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_BYTES).collect().await;
    let body = body.map_err(|error| Refusal(StatusCode::BAD_REQUEST, error.to_string()))?.to_bytes();
    carry_out(backends, head.method, &head.uri, body).await
}

async fn carry_out(
    backends: &Backends,
    method: Method,
    uri: &Uri,
    body: Bytes,
) -> Result<(StatusCode, Bytes), Refusal> {
    let path = uri.path();
    let query = uri.query().unwrap_or_default();
    let done = Ok((StatusCode::NO_CONTENT, Bytes::new()));
    if let Some(key) = path.strip_prefix("/key-value/") {
        let key = percent_decode_str(key).decode_utf8().map_err(|error| malformed(&error))?.into_owned();
        let (store, file) = (STORE.to_owned(), &backends.key_value);
        return match method {
            Method::GET => match file.get(store, key).await.map_err(broken)? {
                Some(value) => Ok((StatusCode::OK, value.into())),
                None => Err(Refusal(StatusCode::NOT_FOUND, "no such key".to_owned())),
            },
            Method::PUT => file.set(store, key, body.into()).await.map_err(broken).and(done),
            Method::DELETE => file.delete(store, key).await.map_err(broken).and(done),
            _ => Err(Refusal(StatusCode::METHOD_NOT_ALLOWED, "GET, PUT or DELETE".to_owned())),
        };
    }
    match (&method, path) {
        (&Method::PUT, "/key-value-fault") => {
            backends.faults.order_key_value(kind(&body, false)?, share(query)?);
            done
        }
        (&Method::PUT, "/sqlite-fault") => {
            let containing = parameter(query, "containing").unwrap_or_default();
            backends.faults.order_sqlite(&containing, kind(&body, true)?, share(query)?);
            done
        }
        (&Method::GET, "/key-value") => {
            let keys = backends.key_value.keys(STORE.to_owned()).await.map_err(broken)?;
            Ok((StatusCode::OK, json!(keys).to_string().into()))
        }
        (&Method::POST, "/sqlite") => {
            let statement = String::from_utf8(body.into()).map_err(|error| malformed(&error))?;
            Ok((StatusCode::OK, rows(backends, statement).await.map_err(broken)?.to_string().into()))
        }
        _ => Err(Refusal(StatusCode::NOT_FOUND, "see `spin-test-host --help`".to_owned())),
    }
}

fn kind(body: &[u8], of_sqlite: bool) -> Result<Option<Kind>, Refusal> {
    match body.trim_ascii() {
        b"none" => Ok(None),
        b"throw" => Ok(Some(Kind::Throw)),
        b"slow" => Ok(Some(Kind::Slow)),
        b"locked" if of_sqlite => Ok(Some(Kind::Locked)),
        b"trap" if of_sqlite => Ok(Some(Kind::Trap)),
        _ => Err(malformed(&"no such fault")),
    }
}

fn share(query: &str) -> Result<f64, Refusal> {
    let Some(text) = parameter(query, "share") else { return Ok(1.0) };
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| malformed(&"`share` is a number from 0 to 1"))
}

fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
}

/// The rows of a statement, without faults.
async fn rows(backends: &Backends, statement: String) -> Result<Json, String> {
    let connection = Connection::open(database::path(&backends.state)).await.map_err(|error| error.to_string())?;
    let mut answer = connection.execute(statement, Vec::new()).await.map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    while let Some(row) = answer.rows.recv().await {
        let values = row.values.into_iter().map(|value| match value {
            Value::Null => Json::Null,
            Value::Integer(number) => json!(number),
            Value::Real(number) => json!(number),
            Value::Text(text) => json!(text),
            Value::Blob(bytes) => json!({ "base64": STANDARD.encode(bytes) }),
        });
        rows.push(Json::Object(answer.columns.iter().cloned().zip(values).collect::<Map<_, _>>()));
    }
    answer.end.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    Ok(Json::Array(rows))
}

fn malformed(error: &impl ToString) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, error.to_string())
}

fn broken(error: String) -> Refusal {
    Refusal(StatusCode::INTERNAL_SERVER_ERROR, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{application, runtime_config::RuntimeConfig};

    fn backends(folder: &tempfile::TempDir) -> Backends {
        application::backends(folder.path().to_owned(), &RuntimeConfig::default()).expect("the state should do")
    }

    async fn ask(backends: &Backends, method: Method, uri: &str, body: &str) -> (u16, String) {
        let uri = uri.parse().expect("a path is a URI");
        match carry_out(backends, method, &uri, Bytes::from(body.to_owned())).await {
            Ok((status, body)) => (status.as_u16(), String::from_utf8_lossy(&body).into_owned()),
            Err(Refusal(status, message)) => (status.as_u16(), message),
        }
    }

    #[tokio::test]
    async fn entries_are_put_listed_and_deleted() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let backends = backends(&folder);
        assert_eq!(ask(&backends, Method::PUT, "/key-value/7/virtual-server%20x", "bytes").await.0, 204);
        assert_eq!(ask(&backends, Method::PUT, "/key-value/head", "old").await.0, 204);
        assert_eq!(ask(&backends, Method::PUT, "/key-value/head", "new").await.0, 204);
        assert_eq!(ask(&backends, Method::GET, "/key-value/head", "").await, (200, "new".to_owned()));
        let keys = ask(&backends, Method::GET, "/key-value", "").await;
        assert_eq!(keys, (200, r#"["7/virtual-server x","head"]"#.to_owned()), "keys may have slashes");
        assert_eq!(ask(&backends, Method::DELETE, "/key-value/head", "").await.0, 204);
        assert_eq!(ask(&backends, Method::GET, "/key-value/head", "").await.0, 404);
    }

    #[tokio::test]
    async fn faults_are_ordered_and_ended() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let backends = backends(&folder);
        assert_eq!(ask(&backends, Method::PUT, "/key-value-fault", "throw").await.0, 204);
        assert!(backends.faults.key_value().await.is_err(), "the store should fail");
        assert_eq!(ask(&backends, Method::PUT, "/key-value-fault", "none").await.0, 204);
        assert!(backends.faults.key_value().await.is_ok(), "the store should be back");
        let outbox = "/sqlite-fault?containing=INTO%20outbox&share=0.5";
        assert_eq!(ask(&backends, Method::PUT, outbox, "locked").await.0, 204);
        assert!(backends.faults.sqlite("INSERT INTO outbox").await.is_ok(), "one of two should pass");
        assert!(backends.faults.sqlite("INSERT INTO outbox").await.is_err(), "the other should not");
    }

    #[tokio::test]
    async fn unknown_orders_are_refused() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let backends = backends(&folder);
        for (method, uri, body, status) in [
            (Method::PUT, "/key-value-fault", "locked", 400),
            (Method::PUT, "/key-value-fault", "trap", 400),
            (Method::PUT, "/key-value-fault?share=2", "throw", 400),
            (Method::POST, "/key-value/head", "", 405),
            (Method::GET, "/", "", 404),
            (Method::POST, "/sqlite", "SELEC", 500),
        ] {
            assert_eq!(ask(&backends, method.clone(), uri, body).await.0, status, "{method} {uri}");
        }
    }

    #[tokio::test]
    async fn statement_returns_its_rows() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let backends = backends(&folder);
        let rows = ask(&backends, Method::POST, "/sqlite", "SELECT 1 AS n, 'x' AS t, NULL AS e, x'00ff' AS b").await;
        assert_eq!(rows, (200, r#"[{"b":{"base64":"AP8="},"e":null,"n":1,"t":"x"}]"#.to_owned()));
    }
}
