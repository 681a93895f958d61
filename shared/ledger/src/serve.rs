//! The ledger's HTTP endpoints.
//!
//! ```text
//! GET /healthz         200 text/plain                 no token; also as /ledger/healthz, beside a gateway on one address
//! GET /audit/events    200 application/x-ndjson       Authorization: Bearer LEDGER_READ_TOKEN
//!                          Link: </audit/events?…>; rel="next"    when there is more (RFC 8288)
//! GET /reports/costs   200 application/json, text/csv     the same token
//! POST /ledger/drain   200 application/json           Authorization: Bearer LEDGER_DRAIN_TOKEN; 404 without an outbox
//!                      all: 400 a parameter · 401 no or another token · 503 the store fails, or no token is configured
//! any other method     405 with Allow
//! any other path       404
//! ```
//!
//! Order of events: see [`crate::trail`]; parameters: see [`crate::query`] and [`crate::report`]; what a drain answers:
//! [`crate::drain::DrainReport`]. Errors are `{"error":CODE,"message":TEXT}`. Nothing may be cached.

use audit::time::{LAST_INSTANT, rfc3339};
use bytes::Bytes;
use http::header::{
    ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LINK, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::database::Database;
use crate::drain::{DrainLimits, drain};
use crate::objects::Objects;
use crate::outbox::Outbox;
use crate::report::{self, Format, ReportQuery};
use crate::trail::{self, Page, Query, TrailError};

/// The name of the secret that auditors present.
pub const READ_TOKEN: &str = "LEDGER_READ_TOKEN";

/// The name of the secret that whoever drains the outbox presents.
pub const DRAIN_TOKEN: &str = "LEDGER_DRAIN_TOKEN";

/// The shortest secret that is taken for one; a shorter one is a mistake that must not open the trail.
const TOKEN_BYTES: usize = 16;

/// What one request drains at most. A caller waits for it, and others go on meanwhile.
const ROUND: DrainLimits = DrainLimits { events: 20_000, millis: 10_000 };

/// What requests are answered from.
pub struct Ledger<'a, O, D, Q> {
    /// The trail.
    pub objects: &'a O,
    /// The books.
    pub database: &'a D,
    /// What is drained on demand; `None` where a queue brings the events by itself.
    pub outbox: Option<&'a Q>,
    /// The secret [`READ_TOKEN`], if it is set.
    pub read_token: Option<&'a str>,
    /// The secret [`DRAIN_TOKEN`], if it is set.
    pub drain_token: Option<&'a str>,
    /// Where a line for the operator goes.
    pub log: fn(&str),
}

/// Answers `request`; `now_ms` tells the time, Unix milliseconds.
pub async fn serve<B>(
    ledger: &Ledger<'_, impl Objects, impl Database, impl Outbox>,
    now_ms: impl Fn() -> u64,
    request: &Request<B>,
) -> Response<Bytes> {
    let answer = match request.uri().path() {
        "/healthz" | "/ledger/healthz" => only(&Method::GET, request)
            .map(|()| plain(StatusCode::OK, "text/plain; charset=utf-8", Bytes::from_static(b"ok\n"))),
        "/audit/events" => events(ledger.objects, ledger.read_token, now_ms(), request).await,
        "/reports/costs" => costs(ledger.database, ledger.read_token, request).await,
        "/ledger/drain" => drained(ledger, now_ms, request).await,
        _ => Err(Refusal::UnknownPath),
    };
    answer.unwrap_or_else(|refusal| refusal.respond())
}

async fn drained<B>(
    ledger: &Ledger<'_, impl Objects, impl Database, impl Outbox>,
    now_ms: impl Fn() -> u64,
    request: &Request<B>,
) -> Result<Response<Bytes>, Refusal> {
    let outbox = ledger.outbox.ok_or(Refusal::UnknownPath)?;
    only(&Method::POST, request)?;
    authenticate(request.headers(), DRAIN_TOKEN, ledger.drain_token)?;
    let drained = drain(outbox, ledger.objects, ledger.database, ROUND, now_ms, ledger.log).await.map_err(|error| {
        (ledger.log)(&error.to_string());
        Refusal::Outbox
    })?;
    // Numbers always serialize.
    let body = serde_json::to_vec(&drained).unwrap_or_default();
    Ok(plain(StatusCode::OK, "application/json", Bytes::from(body)))
}

async fn events<B>(
    objects: &impl Objects,
    token: Option<&str>,
    now_ms: u64,
    request: &Request<B>,
) -> Result<Response<Bytes>, Refusal> {
    only(&Method::GET, request)?;
    authenticate(request.headers(), READ_TOKEN, token)?;
    let query = Query::parse(request.uri().query().unwrap_or_default(), now_ms)
        .map_err(|error| Refusal::Query(error.to_string()))?;
    let page = trail::read(objects, &query).await.map_err(|error| match error {
        TrailError::UnknownEvent(_) => Refusal::Query(error.to_string()),
        TrailError::Objects(_) => Refusal::Store,
    })?;
    let next = next(&query, &page);
    let mut response = plain(StatusCode::OK, "application/x-ndjson", Bytes::from(page.ndjson));
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
    only(&Method::GET, request)?;
    authenticate(request.headers(), READ_TOKEN, token)?;
    let query = ReportQuery::parse(request.uri().query().unwrap_or_default())
        .map_err(|error| Refusal::Query(error.to_string()))?;
    let report = report::read(database, query.month, query.by).await.map_err(|_| Refusal::Books)?;
    if query.format == Format::Json {
        return Ok(plain(StatusCode::OK, "application/json", Bytes::from(report.json())));
    }
    let mut response = plain(StatusCode::OK, "text/csv; charset=utf-8; header=present", Bytes::from(report.csv()));
    let name = format!("attachment; filename=\"weir-costs-{}-by-{}.csv\"", query.month, query.by.as_str());
    if let Ok(name) = HeaderValue::try_from(name) {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn only<B>(method: &Method, request: &Request<B>) -> Result<(), Refusal> {
    if request.method() == method { Ok(()) } else { Err(Refusal::Method(method.clone())) }
}

/// Compares digests, so that neither the secret's content nor its length shows in the time it takes.
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

/// The address of the page after `page`, with every bound spelled out so that it stays the same question later.
fn next(query: &Query, page: &Page) -> Option<HeaderValue> {
    let after = page.next.as_ref()?;
    let (from, limit) = (rfc3339(query.from), query.limit);
    let until = if query.until > LAST_INSTANT { String::new() } else { format!("&until={}", rfc3339(query.until)) };
    HeaderValue::try_from(format!("</audit/events?from={from}{until}&limit={limit}&after={after}>; rel=\"next\"")).ok()
}

/// Why a request is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there is no such endpoint")]
    UnknownPath,
    #[error("this endpoint takes {0} only")]
    Method(Method),
    #[error("a bearer token is needed")]
    NoToken,
    #[error("this is not the secret `{0}`")]
    WrongToken(&'static str),
    #[error("{0}")]
    Query(String),
    #[error("the secret `{0}` is not set, or shorter than {TOKEN_BYTES} bytes")]
    NotConfigured(&'static str),
    #[error("the trail can't be read now")]
    Store,
    #[error("the books can't be read now")]
    Books,
    #[error("the outbox can't be drained now")]
    Outbox,
}

impl Refusal {
    fn respond(&self) -> Response<Bytes> {
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
        let mut response = plain(status, "application/json", Bytes::from(body));
        let headers = response.headers_mut();
        match self {
            Self::Method(only) => {
                HeaderValue::try_from(only.as_str()).ok().and_then(|only| headers.insert(ALLOW, only))
            }
            Self::NoToken => headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ledger\"")),
            // RFC 6750 §3.1: the code only when a token was there.
            Self::WrongToken(_) => headers
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ledger\", error=\"invalid_token\"")),
            _ => None,
        };
        response
    }
}

fn plain(status: StatusCode, media_type: &'static str, body: Bytes) -> Response<Bytes> {
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
