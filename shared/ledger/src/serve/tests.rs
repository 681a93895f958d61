//! Tests of the endpoints: tokens, refusals and the form of responses.

use audit::{AuditEvent, Outcome};
use futures::FutureExt;

use super::*;
use crate::{Delivery, consume, settle};
use ports::database::memory::MemoryDatabase;
use ports::objects::memory::MemoryObjects;
use ports::outbox::memory::MemoryOutbox;
use ports::{NoOutbox, Statement};

const TOKEN: &str = "an-auditors-long-token";
const DRAIN: &str = "a-drainers-long-token";
const NOW: u64 = 1_795_171_327_123;

fn trail(events: u8) -> MemoryObjects {
    let objects = MemoryObjects::new();
    let batch = (0..events).map(|number| {
        let event = AuditEvent::call(NOW - 1000 + u64::from(number), [number; 10], Outcome::success(200));
        Delivery { body: event.into_json() }
    });
    consume(&objects, batch.collect()).now_or_never().expect("memory should never wait");
    objects
}

/// A ledger without an outbox.
fn ledger<'a>(
    objects: &'a MemoryObjects,
    database: &'a MemoryDatabase,
) -> Ledger<'a, MemoryObjects, MemoryDatabase, NoOutbox> {
    Ledger { objects, database, outbox: None, read_token: Some(TOKEN), drain_token: Some(DRAIN), log: |_| {} }
}

fn ask(ledger: &Ledger<'_, MemoryObjects, MemoryDatabase, impl Outbox>, request: &Request<()>) -> Response<Bytes> {
    serve(ledger, || NOW, request).now_or_never().expect("memory should never wait")
}

fn answer(objects: &MemoryObjects, request: &Request<()>) -> Response<Bytes> {
    ask(&ledger(objects, &crate::migration::empty_books()), request)
}

fn request(method: Method, uri: &str, authorization: &[&str]) -> Request<()> {
    let mut request = Request::builder().method(method).uri(uri);
    for value in authorization {
        request = request.header(AUTHORIZATION, *value);
    }
    request.body(()).expect("a test should make a request")
}

fn with_token(uri: &str) -> Request<()> {
    request(Method::GET, uri, &[&format!("Bearer {TOKEN}")])
}

fn header<'a>(response: &'a Response<Bytes>, name: &http::HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn code(response: &Response<Bytes>) -> String {
    let body: serde_json::Value = serde_json::from_slice(response.body()).expect("an error should be JSON");
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "an error should be explained");
    body["error"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn health_needs_no_token() {
    for uri in ["/healthz", "/ledger/healthz"] {
        let response = answer(&MemoryObjects::new(), &request(Method::GET, uri, &[]));
        assert_eq!((response.status(), response.body().as_ref()), (StatusCode::OK, &b"ok\n"[..]), "it should be well");
    }
}

#[test]
fn auditor_reads_trail_as_ndjson() {
    let objects = trail(3);
    let response = answer(&objects, &with_token("/audit/events?from=2026-11-20"));
    assert_eq!(response.status(), StatusCode::OK, "the token should be enough");
    assert_eq!(header(&response, &CONTENT_TYPE), Some("application/x-ndjson"), "the form should be named");
    assert_eq!(header(&response, &CACHE_CONTROL), Some("no-store"), "no cache should keep a copy");
    assert_eq!(header(&response, &LINK), None, "there should be no more");
    assert_eq!(objects.contents()["events/2026-11-20/10-42.ndjson"], response.body(), "all events should be there");
}

#[test]
fn link_leads_to_next_page() {
    let objects = trail(5);
    let mut uri = "/audit/events?limit=2&until=2026-11-20T10:42:07.126Z".to_owned();
    let mut lines = Vec::new();
    loop {
        let response = answer(&objects, &with_token(&uri));
        lines.push(response.body().split(|byte| *byte == b'\n').count() - 1);
        let Some(link) = header(&response, &LINK) else {
            break;
        };
        let target = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        uri = target.expect("a link should have the form of RFC 8288").to_owned();
        assert!(uri.contains("from=2026-11-19T10:42:07.123Z"), "the default should be spelled out: {uri}");
        assert!(uri.contains("until=2026-11-20T10:42:07.126Z"), "the bound should stay: {uri}");
    }
    assert_eq!(lines, [2, 2, 1], "the pages should bring each event once");
}

#[test]
fn missing_and_wrong_tokens_are_refused() {
    let objects = trail(1);
    let right = format!("Bearer {TOKEN}");
    for (authorization, expected) in [
        (vec![], "no_token"),
        (vec!["Bearer "], "invalid_token"),
        (vec!["Bearer"], "invalid_token"),
        (vec!["Bearer an-auditors-long-tokem"], "invalid_token"),
        (vec!["Bearer an-auditors-long-token-and-more"], "invalid_token"),
        (vec![TOKEN], "invalid_token"),
        (vec!["Basic an-auditors-long-token"], "invalid_token"),
        (vec![right.as_str(), right.as_str()], "invalid_token"),
        (vec![right.as_str(), "Bearer other"], "invalid_token"),
    ] {
        let response = answer(&objects, &request(Method::GET, "/audit/events?from=nonsense", &authorization));
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{authorization:?} should not be enough");
        assert_eq!(code(&response), expected, "{authorization:?} should be told so");
        let challenge = header(&response, &WWW_AUTHENTICATE).unwrap_or_default();
        assert!(challenge.starts_with("Bearer realm="), "a 401 should carry a challenge");
        assert_eq!(challenge.contains("invalid_token"), expected == "invalid_token", "the code only with a token");
    }
}

#[test]
fn scheme_is_case_insensitive() {
    let response = answer(&trail(1), &request(Method::GET, "/audit/events", &[&format!("bearer {TOKEN}")]));
    assert_eq!(response.status(), StatusCode::OK, "RFC 9110 §11.1 compares schemes without case");
}

#[test]
fn trail_without_configured_secret_is_closed() {
    let objects = trail(1);
    for token in [None, Some(""), Some("short")] {
        let presented = format!("Bearer {}", token.unwrap_or_default());
        let request = request(Method::GET, "/audit/events", &[&presented]);
        let books = crate::migration::empty_books();
        let response = ask(&Ledger { read_token: token, ..ledger(&objects, &books) }, &request);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{token:?} should open nothing");
        assert_eq!(code(&response), "not_configured", "operators should see why");
    }
}

#[test]
fn other_methods_and_paths_are_refused() {
    for uri in ["/healthz", "/ledger/healthz", "/audit/events"] {
        for method in [Method::POST, Method::DELETE, Method::HEAD, Method::OPTIONS] {
            let response = answer(&trail(1), &request(method, uri, &[&format!("Bearer {TOKEN}")]));
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "`{uri}` should be for reading");
            assert_eq!(header(&response, &ALLOW), Some("GET"), "a 405 should say what is allowed");
        }
    }
    for uri in ["/", "/ledger", "/ledger/", "/audit", "/audit/events/", "/rejected", "/audit/events/../healthz"] {
        let response = answer(&trail(1), &with_token(uri));
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "`{uri}` should not exist");
    }
}

#[test]
fn wrong_parameter_is_explained() {
    let response = answer(&trail(1), &with_token("/audit/events?limit=many"));
    assert_eq!((response.status(), code(&response).as_str()), (StatusCode::BAD_REQUEST, "invalid_request"));
    assert!(String::from_utf8_lossy(response.body()).contains("1 to 1000"), "the message should help");
    let unknown = "/audit/events?after=019de1f0-0000-7000-8000-000000000000&from=2020-01-01";
    assert_eq!(answer(&trail(1), &with_token(unknown)).status(), StatusCode::BAD_REQUEST, "a wrong mark too");
}

#[test]
fn failing_store_answers_503() {
    let objects = trail(1);
    objects.fail_reads(1);
    let response = answer(&objects, &with_token("/audit/events"));
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "half a trail should not pass for a trail");
    assert_eq!(code(&response), "store_failed", "and say why");
}

/// Books in which the support team has called a tool whose name is a formula.
fn books() -> MemoryDatabase {
    let books = crate::migration::empty_books();
    let mut event = AuditEvent::call(NOW, [7; 10], Outcome::success(200));
    event.team = Some("support".to_owned());
    event.origin = Some("documents".to_owned());
    event.tool = Some("=HYPERLINK(1)".to_owned());
    event.cost = Some(audit::Cost::Priced { amount: "0.002".to_owned(), currency: "USD".to_owned() });
    let batch = vec![Delivery { body: event.into_json() }];
    settle(&MemoryObjects::new(), &books, batch).now_or_never().expect("memory should never wait");
    books
}

fn reported(books: &MemoryDatabase, request: &Request<()>) -> Response<Bytes> {
    ask(&ledger(&MemoryObjects::new(), books), request)
}

#[test]
fn finance_reads_costs_as_json_and_csv() {
    let books = books();
    let json = reported(&books, &with_token("/reports/costs?month=2026-11&by=team"));
    assert_eq!((json.status(), header(&json, &CONTENT_TYPE)), (StatusCode::OK, Some("application/json")));
    let report: serde_json::Value = serde_json::from_slice(json.body()).expect("it should be JSON");
    assert_eq!(report["costs"], serde_json::json!([{ "amount": "0.002", "currency": "USD" }]), "{report}");
    assert_eq!(report["rows"][0]["SubAccountId"], "support", "{report}");
    let csv = reported(&books, &with_token("/reports/costs?month=2026-11&by=tool&format=csv"));
    assert_eq!(header(&csv, &CONTENT_TYPE), Some("text/csv; charset=utf-8; header=present"));
    let disposition = "attachment; filename=\"weir-costs-2026-11-by-tool.csv\"";
    assert_eq!(header(&csv, &CONTENT_DISPOSITION), Some(disposition), "a browser should save it");
    let text = String::from_utf8_lossy(csv.body()).into_owned();
    assert!(
        text.starts_with("BilledCost,") && text.contains(",'=HYPERLINK(1),"),
        "no cell should be a formula: {text}"
    );
}

#[test]
fn costs_need_token_and_valid_parameters() {
    let uri = "/reports/costs?month=2026-11";
    let anonymous = reported(&books(), &request(Method::GET, uri, &[]));
    assert_eq!((anonymous.status(), code(&anonymous).as_str()), (StatusCode::UNAUTHORIZED, "no_token"));
    let stranger = reported(&books(), &request(Method::GET, uri, &["Bearer another-long-token-of-somebody"]));
    assert_eq!((stranger.status(), code(&stranger).as_str()), (StatusCode::UNAUTHORIZED, "invalid_token"));
    let posted = reported(&books(), &request(Method::POST, uri, &[&format!("Bearer {TOKEN}")]));
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED, "a report is only read");
    let wrong = reported(&books(), &with_token("/reports/costs?month=november"));
    assert_eq!((wrong.status(), code(&wrong).as_str()), (StatusCode::BAD_REQUEST, "invalid_request"));
}

#[test]
fn failing_books_answer_503() {
    let books = books();
    let drop = books.write(vec![Statement::new("DROP TABLE charges", [])]);
    drop.now_or_never().expect("memory should never wait").expect("a table should be dropped");
    let response = reported(&books, &with_token("/reports/costs?month=2026-11"));
    assert_eq!((response.status(), code(&response).as_str()), (StatusCode::SERVICE_UNAVAILABLE, "books_failed"));
}

/// An outbox with one event and one body that is no event.
fn outbox() -> MemoryOutbox {
    let outbox = MemoryOutbox::new();
    outbox.append(AuditEvent::call(NOW, [7; 10], Outcome::success(200)).into_json());
    outbox.append("no event");
    outbox
}

fn with_drain_token(method: Method) -> Request<()> {
    request(method, "/ledger/drain", &[&format!("Bearer {DRAIN}")])
}

#[test]
fn drain_stores_and_counts_waiting_events() {
    let (objects, books, outbox) = (MemoryObjects::new(), crate::migration::empty_books(), outbox());
    let ledger = Ledger { outbox: Some(&outbox), ..draining(&objects, &books) };
    for expected in [
        r#"{"stored":1,"duplicate":0,"rejected":1,"failed":0,"left":0}"#,
        r#"{"stored":0,"duplicate":0,"rejected":0,"failed":0,"left":0}"#,
    ] {
        let response = ask(&ledger, &with_drain_token(Method::POST));
        assert_eq!((response.status(), header(&response, &CONTENT_TYPE)), (StatusCode::OK, Some("application/json")));
        assert_eq!(response.body(), expected, "the response should count each event's outcome");
    }
    assert_eq!(objects.contents().len(), 2, "the event and what is none should both be kept: {:?}", objects.contents());
}

fn draining<'a>(
    objects: &'a MemoryObjects,
    database: &'a MemoryDatabase,
) -> Ledger<'a, MemoryObjects, MemoryDatabase, MemoryOutbox> {
    let Ledger { read_token, drain_token, log, .. } = ledger(objects, database);
    Ledger { objects, database, outbox: None, read_token, drain_token, log }
}

#[test]
fn drain_needs_its_own_token_and_method() {
    let (objects, books, outbox) = (MemoryObjects::new(), crate::migration::empty_books(), outbox());
    let ledger = Ledger { outbox: Some(&outbox), ..draining(&objects, &books) };
    for (authorization, expected) in
        [(vec![], "no_token"), (vec!["Bearer an-auditors-long-token"], "invalid_token"), (vec![DRAIN], "invalid_token")]
    {
        let response = ask(&ledger, &request(Method::POST, "/ledger/drain", &authorization));
        assert_eq!((response.status(), code(&response).as_str()), (StatusCode::UNAUTHORIZED, expected));
    }
    let read = ask(&ledger, &request(Method::GET, "/audit/events", &[&format!("Bearer {DRAIN}")]));
    assert_eq!(read.status(), StatusCode::UNAUTHORIZED, "the drain token should not open the trail");
    let response = ask(&ledger, &with_drain_token(Method::GET));
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "a link should drain nothing");
    assert_eq!(header(&response, &ALLOW), Some("POST"), "a 405 should say what is allowed");
    for drain_token in [None, Some(""), Some("short")] {
        let response = ask(
            &Ledger { outbox: Some(&outbox), drain_token, ..draining(&objects, &books) },
            &with_drain_token(Method::POST),
        );
        assert_eq!((response.status(), code(&response).as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not_configured"));
        assert!(String::from_utf8_lossy(response.body()).contains(DRAIN_TOKEN), "it should name what is missing");
    }
    assert_eq!(outbox.bodies().len(), 2, "nothing of it should have drained anything");
}

#[test]
fn host_without_outbox_has_no_drain() {
    for method in [Method::POST, Method::GET] {
        let response = answer(&MemoryObjects::new(), &with_drain_token(method));
        assert_eq!((response.status(), code(&response).as_str()), (StatusCode::NOT_FOUND, "unknown_path"));
    }
}

#[test]
fn failing_outbox_answers_503() {
    let (objects, books, outbox) = (MemoryObjects::new(), crate::migration::empty_books(), outbox());
    outbox.fail_reads(1);
    let response =
        ask(&Ledger { outbox: Some(&outbox), ..draining(&objects, &books) }, &with_drain_token(Method::POST));
    assert_eq!((response.status(), code(&response).as_str()), (StatusCode::SERVICE_UNAVAILABLE, "outbox_failed"));
}
