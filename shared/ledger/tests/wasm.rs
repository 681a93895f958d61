//! The ledger on wasm32: what the queue delivers can be read back.
#![cfg(target_arch = "wasm32")]

use audit::{AuditEvent, Outcome};
use http::{Request, StatusCode};
use ledger::{Delivery, DeliveryOutcome, Ledger, consume, serve, settle};
use ports::objects::contract::objects_contract;
use ports::objects::memory::MemoryObjects;
use ports::{Database, DatabaseError, NoOutbox, Statement, Value};
use wasm_bindgen_test::wasm_bindgen_test;

/// SQLite is native here; inside workerd the port has its contract suite.
struct NoBooks;

impl Database for NoBooks {
    async fn write(&self, _: Vec<Statement>) -> Result<(), DatabaseError> {
        Err(DatabaseError("there is none".to_owned()))
    }

    async fn read(&self, _: Statement) -> Result<Vec<Vec<Value>>, DatabaseError> {
        Err(DatabaseError("there is none".to_owned()))
    }
}

#[wasm_bindgen_test]
async fn charge_without_books_comes_again() {
    let mut event = AuditEvent::call(1_795_171_327_123, [2; 10], Outcome::success(200));
    event.cost = Some(audit::Cost::Unpriced);
    let fates = settle(&MemoryObjects::new(), &NoBooks, vec![Delivery { body: event.into_json() }]).await;
    assert!(!fates[0].is_settled(), "it should not be acknowledged: {fates:?}");
}

#[wasm_bindgen_test]
async fn events_are_stored_once_and_read_back() {
    let objects = MemoryObjects::new();
    let now = 1_795_171_327_123;
    let event = AuditEvent::call(now, [1; 10], Outcome::success(200)).into_json();
    let batch = vec![Delivery { body: event.clone() }, Delivery { body: event.clone() }];
    assert_eq!(
        consume(&objects, batch).await,
        [DeliveryOutcome::Stored, DeliveryOutcome::Duplicate],
        "it should be stored once"
    );
    let request = Request::get("/audit/events").header("authorization", "Bearer an-auditors-long-token").body(());
    let request = request.expect("the request should be one");
    let ledger = Ledger {
        objects: &objects,
        database: &NoBooks,
        outbox: None::<&NoOutbox>,
        read_token: Some("an-auditors-long-token"),
        drain_token: None,
        log: |_| {},
    };
    let response = serve(&ledger, || now + 1, &request).await;
    assert_eq!(response.status(), StatusCode::OK, "the token should be enough");
    assert_eq!(response.body().as_ref(), format!("{event}\n").as_bytes(), "the event should come back");
}

#[wasm_bindgen_test]
async fn memory_keeps_the_contract() {
    let findings = objects_contract(&MemoryObjects::new(), "wasm").await;
    assert!(findings.iter().all(|finding| finding.kept), "{findings:?}");
}
