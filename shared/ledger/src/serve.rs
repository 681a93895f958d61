//! The ledger's HTTP endpoints.
//!
//! ```text
//! GET /healthz         200 text/plain                 no token; also /ledger/healthz, beside a gateway on one address
//! GET /audit/events    200 application/x-ndjson       Authorization: Bearer LEDGER_READ_TOKEN
//!                          Link: </audit/events?…>; rel="next"    if there is a next page (RFC 8288)
//! GET /reports/costs   200 application/json, text/csv     the same token
//! POST /ledger/drain   200 application/json           Authorization: Bearer LEDGER_DRAIN_TOKEN; 404 without an outbox
//!                      all: 400 faulty parameter · 401 no token or a wrong one · 503 a store failed or no token is set
//! any other method     405 with Allow
//! any other path       404
//! ```
//!
//! Order of events: [`crate::trail`]; parameters: [`crate::query`] and [`crate::report`]; response of a drain:
//! [`crate::drain::DrainReport`]. Errors are `{"error":CODE,"message":TEXT}`. Every response is `no-store`.

use audit::time::{LAST_INSTANT, rfc3339};
use bytes::Bytes;
use http::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LINK, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::drain::{DrainLimits, drain};
use crate::report::{self, Format, ReportQuery};
use crate::trail::{self, Page, Query, TrailError};
use ports::database::Database;
use ports::objects::Objects;
use ports::outbox::Outbox;

/// The name of the secret with the bearer token for `GET /audit/events` and `GET /reports/costs`.
pub const READ_TOKEN: &str = "LEDGER_READ_TOKEN";

/// The name of the secret with the bearer token for `POST /ledger/drain`.
pub const DRAIN_TOKEN: &str = "LEDGER_DRAIN_TOKEN";

/// The shortest token that a secret may hold, bytes; a shorter one counts as not configured.
const TOKEN_BYTES: usize = 16;

/// Bounds of one drain request: its client waits for the response.
const DRAIN_LIMITS: DrainLimits = DrainLimits { events: 20_000, millis: 10_000 };

/// The stores and secrets that requests are answered from.
pub struct Ledger<'a, O, D, Q> {
    /// The object store with the trail.
    pub objects: &'a O,
    /// The database with the books.
    pub database: &'a D,
    /// The outbox that `POST /ledger/drain` drains; `None` if a queue delivers the events.
    pub outbox: Option<&'a Q>,
    /// The value of the secret [`READ_TOKEN`], at least 16 bytes; `None` if it is not set.
    pub read_token: Option<&'a str>,
    /// The value of the secret [`DRAIN_TOKEN`], at least 16 bytes; `None` if it is not set.
    pub drain_token: Option<&'a str>,
    /// Writes one line to the operator's log.
    pub log: fn(&str),
}

/// Responds to `request`; `now_ms` is the clock, Unix milliseconds.
pub async fn serve<B>(
    ledger: &Ledger<'_, impl Objects, impl Database, impl Outbox>,
    now_ms: impl Fn() -> u64,
    request: &Request<B>,
) -> Response<Bytes> {
    let answer = match request.uri().path() {
        "/healthz" | "/ledger/healthz" => require_method(&Method::GET, request)
            .map(|()| respond(StatusCode::OK, "text/plain; charset=utf-8", Bytes::from_static(b"ok\n"))),
        "/audit/events" => events(ledger.objects, ledger.read_token, now_ms(), request).await,
        "/reports/costs" => costs(ledger.database, ledger.read_token, request).await,
        "/ledger/drain" => drain_outbox(ledger, now_ms, request).await,
        _ => Err(Refusal::UnknownPath),
    };
    answer.unwrap_or_else(|refusal| refusal.response())
}

async fn drain_outbox<B>(
    ledger: &Ledger<'_, impl Objects, impl Database, impl Outbox>,
    now_ms: impl Fn() -> u64,
    request: &Request<B>,
) -> Result<Response<Bytes>, Refusal> {
    let outbox = ledger.outbox.ok_or(Refusal::UnknownPath)?;
    require_method(&Method::POST, request)?;
    authenticate(request.headers(), DRAIN_TOKEN, ledger.drain_token)?;
    let report =
        drain(outbox, ledger.objects, ledger.database, DRAIN_LIMITS, now_ms, ledger.log).await.map_err(|error| {
            (ledger.log)(&error.to_string());
            Refusal::Outbox
        })?;
    // Numbers always serialize.
    let body = serde_json::to_vec(&report).unwrap_or_default();
    Ok(respond(StatusCode::OK, "application/json", Bytes::from(body)))
}

async fn events<B>(
    objects: &impl Objects,
    token: Option<&str>,
    now_ms: u64,
    request: &Request<B>,
) -> Result<Response<Bytes>, Refusal> {
    require_method(&Method::GET, request)?;
    authenticate(request.headers(), READ_TOKEN, token)?;
    let query = Query::parse(request.uri().query().unwrap_or_default(), now_ms)
        .map_err(|error| Refusal::Query(error.to_string()))?;
    let page = trail::read(objects, &query).await.map_err(|error| match error {
        TrailError::UnknownEvent(_) => Refusal::Query(error.to_string()),
        TrailError::Objects(_) => Refusal::Store,
    })?;
    let next = next_link(&query, &page);
    let mut response = respond(StatusCode::OK, "application/x-ndjson", Bytes::from(page.ndjson));
    if let Some(next) = next {
        response.headers_mut().insert(LINK, next);
    }
    Ok(response)
}

async fn costs<B>(
    database: &impl Database,
    token: Option<&str>,
    request: &Request<B>,
) -> Result<Response<Bytes>, Refusal> {
    require_method(&Method::GET, request)?;
    authenticate(request.headers(), READ_TOKEN, token)?;
    let query = ReportQuery::parse(request.uri().query().unwrap_or_default())
        .map_err(|error| Refusal::Query(error.to_string()))?;
    let report = report::read(database, query.month, query.by).await.map_err(|_| Refusal::Books)?;
    if query.format == Format::Json {
        return Ok(respond(StatusCode::OK, "application/json", Bytes::from(report.json())));
    }
    let mut response = respond(StatusCode::OK, "text/csv; charset=utf-8; header=present", Bytes::from(report.csv()));
    let name = format!("attachment; filename=\"weir-costs-{}-by-{}.csv\"", query.month, query.by.as_str());
    if let Ok(name) = HeaderValue::try_from(name) {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn require_method<B>(method: &Method, request: &Request<B>) -> Result<(), Refusal> {
    if request.method() == method { Ok(()) } else { Err(Refusal::Method(method.clone())) }
}

/// Checks the bearer token against the secret `name`. Compares digests in constant time: neither content nor length
/// leaks.
fn authenticate(headers: &HeaderMap, name: &'static str, token: Option<&str>) -> Result<(), Refusal> {
    let expected = token.filter(|token| token.len() >= TOKEN_BYTES).ok_or(Refusal::NotConfigured(name))?;
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::NoToken)?;
    let (scheme, presented) =
        value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(Refusal::WrongToken(name))?;
    let same = Sha256::digest(presented.trim_start_matches(' ')).ct_eq(&Sha256::digest(expected));
    if scheme.eq_ignore_ascii_case("Bearer") && values.next().is_none() && bool::from(same) {
        Ok(())
    } else {
        Err(Refusal::WrongToken(name))
    }
}

/// The `Link` to the page after `page`; it states every bound, so that a default doesn't move with the clock.
fn next_link(query: &Query, page: &Page) -> Option<HeaderValue> {
    let after = page.next.as_ref()?;
    let (from, limit) = (rfc3339(query.from), query.limit);
    let until = if query.until > LAST_INSTANT { String::new() } else { format!("&until={}", rfc3339(query.until)) };
    HeaderValue::try_from(format!("</audit/events?from={from}{until}&limit={limit}&after={after}>; rel=\"next\"")).ok()
}

/// A refused request; its text is sent to the caller.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there is no such endpoint")]
    UnknownPath,
    #[error("this endpoint accepts {0} only")]
    Method(Method),
    #[error("a bearer token is required")]
    NoToken,
    #[error("the bearer token is not the secret `{0}`")]
    WrongToken(&'static str),
    #[error("{0}")]
    Query(String),
    #[error("the secret `{0}` is not set, or shorter than {TOKEN_BYTES} bytes; set it and deploy again")]
    NotConfigured(&'static str),
    #[error("the trail can't be read; try again later")]
    Store,
    #[error("the books can't be read; try again later")]
    Books,
    #[error("the outbox can't be drained; try again later")]
    Outbox,
}

impl Refusal {
    fn response(&self) -> Response<Bytes> {
        let (status, code) = match self {
            Self::UnknownPath => (StatusCode::NOT_FOUND, "unknown_path"),
            Self::Method(_) => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::NoToken => (StatusCode::UNAUTHORIZED, "no_token"),
            Self::WrongToken(_) => (StatusCode::UNAUTHORIZED, "invalid_token"),
            Self::Query(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::NotConfigured(_) => (StatusCode::SERVICE_UNAVAILABLE, "not_configured"),
            Self::Store => (StatusCode::SERVICE_UNAVAILABLE, "store_failed"),
            Self::Books => (StatusCode::SERVICE_UNAVAILABLE, "books_failed"),
            Self::Outbox => (StatusCode::SERVICE_UNAVAILABLE, "outbox_failed"),
        };
        let body = serde_json::json!({"error": code, "message": self.to_string()}).to_string();
        let mut response = respond(status, "application/json", Bytes::from(body));
        let headers = response.headers_mut();
        match self {
            Self::Method(only) => {
                HeaderValue::try_from(only.as_str()).ok().and_then(|only| headers.insert(ALLOW, only))
            }
            Self::NoToken => headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ledger\"")),
            // RFC 6750 §3.1: the code only if the request had a token.
            Self::WrongToken(_) => headers
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ledger\", error=\"invalid_token\"")),
            _ => None,
        };
        response
    }
}

fn respond(status: StatusCode, media_type: &'static str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
